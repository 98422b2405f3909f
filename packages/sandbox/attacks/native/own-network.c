/* Changing the network that one is in. Run as root of namespaces of one's own, the same acts are the controls. */
#define _GNU_SOURCE
#include "attack.h"
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* musl and the kernel's headers do not agree on linux/in6.h: what SIOCSIFADDR takes for IPv6 */
struct in6_request {
	struct in6_addr address;
	uint32_t prefix;
	int index;
};

static int add_address(const char *text)
{
	struct sockaddr_storage address;
	network_address(text, "0", &address);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (address.ss_family == AF_INET) {
		struct ifreq request = { .ifr_name = "lo:1" };
		memcpy(&request.ifr_addr, &address, sizeof request.ifr_addr);
		return ioctl(fd, SIOCSIFADDR, &request);
	}
	struct in6_request request = { .prefix = 64, .index = (int)if_nametoindex("lo") };
	request.address = ((struct sockaddr_in6 *)&address)->sin6_addr;
	return ioctl(fd, SIOCSIFADDR, &request);
}

static int set_loopback(short flags)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = flags };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);
}

/* add-address ADDRESS */
static enum outcome address_added(char **args)
{
	return outcome_of(add_address(args[0]));
}

/* loopback-down */
static enum outcome loopback_down(char **args)
{
	(void)args;
	return outcome_of(set_loopback(0));
}

/* add-route */
static enum outcome route_added(char **args)
{
	(void)args;
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = "lo" };
	route.rt_dst.sa_family = route.rt_genmask.sa_family = route.rt_gateway.sa_family = AF_INET;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	set_loopback(IFF_UP);
	return outcome_of(fd < 0 ? fd : ioctl(fd, SIOCADDRT, &route));
}

/* firewall: the table of netfilter's rules */
static enum outcome firewall(char **args)
{
	(void)args;
	enum { IPT_SO_GET_INFO = 64 }; /* linux/netfilter_ipv4/ip_tables.h */
	char table[84] = "filter";     /* struct ipt_getinfo */
	socklen_t size = sizeof table;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? fd : getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, table, &size);
	if (result < 0 && (errno == ENOPROTOOPT || errno == ENOENT))
		return untried("no ip_tables in this kernel");
	return outcome_of(result);
}

/* mark-packets: SO_MARK, by which routes and firewalls tell packets apart */
static enum outcome mark_packets(char **args)
{
	(void)args;
	int mark = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return outcome_of(fd < 0 ? fd : setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark));
}

/* tunnel */
static enum outcome tunnel(char **args)
{
	(void)args;
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	return outcome_of(fd < 0 ? fd : ioctl(fd, TUNSETIFF, &request));
}

static _Noreturn void answer(struct sockaddr_storage at, socklen_t size)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char byte;
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) < 0)
		_exit(1);
	for (;;) {
		struct sockaddr_storage from;
		socklen_t length = sizeof from;
		if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &length) == 1)
			sendto(fd, &byte, 1, 0, (struct sockaddr *)&from, length);
	}
}

static enum outcome reach_udp(char **args)
{
	struct sockaddr_storage at;
	socklen_t size = network_address(args[0], args[1], &at);
	pid_t server = fork();
	if (server == 0)
		answer(at, size);
	enum outcome outcome = REFUSED;
	for (int i = 0; i < 50 && outcome == REFUSED; i++) {
		poll(NULL, 0, 10); /* it may not be bound yet */
		outcome = exchange_udp(args);
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return outcome;
}

/* reach tcp|udp ADDRESS PORT: makes the address its own and a service at it, and reaches that */
static enum outcome reach(char **args)
{
	if (set_loopback(IFF_UP) < 0 || add_address(args[1]) < 0)
		return refused_with(errno);
	/* An IPv6 address may be used once its detection of duplicates has begun. */
	for (int i = 0; i < 100 && strcmp(args[0], "tcp") == 0; i++, poll(NULL, 0, 10))
		if (listen_at(args[1], args[2]) >= 0)
			return connect_tcp(args + 1);
	return strcmp(args[0], "udp") == 0 ? reach_udp(args + 1) : refused_with(errno);
}

const struct attack own_network_attacks[] = {
	{ "add-address", address_added },
	{ "loopback-down", loopback_down },
	{ "add-route", route_added },
	{ "firewall", firewall },
	{ "mark-packets", mark_packets },
	{ "tunnel", tunnel },
	{ "reach", reach },
	{ NULL, NULL },
};
