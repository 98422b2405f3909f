/* Services by address: connect-tcp, exchange-udp, and the other end of both. */
#define _GNU_SOURCE
#include "attack.h"
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 10000, CONNECT_MS = 2000 };

socklen_t network_address(const char *text, const char *port, struct sockaddr_storage *address)
{
	memset(address, 0, sizeof *address);
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		return sizeof *v4;
	}
	inet_pton(AF_INET6, text, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)atoi(port));
	if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
		v6->sin6_scope_id = if_nametoindex("lo");
	return sizeof *v6;
}

/* A refusal for want of IPv6 says nothing. */
static enum outcome refused(int error)
{
	return error == EAFNOSUPPORT ? untried("no IPv6 in this kernel") : refused_with(error);
}

/* connect-tcp ADDRESS PORT */
enum outcome connect_tcp(char **args)
{
	struct sockaddr_storage to;
	socklen_t size = network_address(args[0], args[1], &to);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return refused(errno);
	if (connect(fd, (struct sockaddr *)&to, size) == 0)
		return SUCCEEDED;
	if (errno != EINPROGRESS)
		return refused(errno);
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int error = ETIMEDOUT;
	socklen_t length = sizeof error;
	if (poll(&wait, 1, CONNECT_MS) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error ? refused(error) : SUCCEEDED;
}

/* exchange-udp ADDRESS PORT: a datagram there, and one back */
enum outcome exchange_udp(char **args)
{
	struct sockaddr_storage to;
	socklen_t size = network_address(args[0], args[1], &to);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, size) < 0 || send(fd, "?", 1, 0) < 0)
		return refused(errno);
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char byte;
	if (poll(&wait, 1, ANSWER_MS) != 1)
		return refused(ETIMEDOUT);
	return recv(fd, &byte, 1, 0) == 1 ? SUCCEEDED : refused(errno);
}

static void on_alarm(int number)
{
	(void)number; /* only there to end read() */
}

/* Whoever holds something has to give it back: it ends by no signal of a terminal's, nor without a word by its alarm. */
void wait_for_end(void)
{
	struct sigaction ends_read = { .sa_handler = on_alarm };
	sigaction(SIGALRM, &ends_read, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	char byte;
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

int listen_at(const char *address, const char *port)
{
	struct sockaddr_storage at;
	socklen_t size = network_address(address, port, &at);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	return fd < 0 || bind(fd, (struct sockaddr *)&at, size) < 0 || listen(fd, 8) < 0 ? -1 : fd;
}

/* listen-tcp ADDRESS PORT */
static enum outcome listen_tcp(char **args)
{
	if (listen_at(args[0], args[1]) < 0)
		return refused_with(errno);
	wait_for_end();
	return SUCCEEDED;
}

/* interfaces: any network interface beside the loopback */
static enum outcome interfaces(char **args)
{
	(void)args;
	enum { MAX_INDEX = 64 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (int index = 1; index < MAX_INDEX; index++) {
		struct ifreq request = { .ifr_ifindex = index };
		if (ioctl(fd, SIOCGIFNAME, &request) < 0 || strcmp(request.ifr_name, "lo") == 0)
			continue;
		say("%s", request.ifr_name);
		return SUCCEEDED;
	}
	say("none but lo");
	return REFUSED;
}

const struct attack network_attacks[] = {
	{ "connect-tcp", connect_tcp },
	{ "exchange-udp", exchange_udp },
	{ "listen-tcp", listen_tcp },
	{ "interfaces", interfaces },
	{ NULL, NULL },
};
