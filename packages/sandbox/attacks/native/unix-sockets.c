/* Unix sockets by name; an @ stands for the NUL that begins an abstract one. */
#define _GNU_SOURCE
#include "attack.h"
#include "network.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t unix_address(const char *name, struct sockaddr_un *address)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	size_t length = strnlen(name, sizeof address->sun_path - 1);
	memcpy(address->sun_path, name, length);
	if (*name != '@')
		return sizeof *address;
	address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* connect-unix NAME */
static enum outcome connect_unix(char **args)
{
	struct sockaddr_un to;
	socklen_t size = unix_address(args[0], &to);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return outcome_of(fd < 0 ? fd : connect(fd, (struct sockaddr *)&to, size));
}

/* send-unix NAME: a datagram */
static enum outcome send_unix(char **args)
{
	struct sockaddr_un to;
	socklen_t size = unix_address(args[0], &to);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return outcome_of(fd < 0 ? fd : sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, size));
}

/*
 * retarget-unix NAME: one half of a pair, which no rule about socket(2) or connect(2) to a name has seen made, is taken
 * from its peer and sends elsewhere.
 */
static enum outcome retarget_unix(char **args)
{
	struct sockaddr_un to;
	socklen_t size = unix_address(args[0], &to);
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0 || connect(pair[0], &nobody, sizeof nobody) < 0)
		return refused_with(errno);
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_name = &to, .msg_namelen = size, .msg_iov = &data, .msg_iovlen = 1 };
	if (sendto(pair[0], "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, size) == 1)
		return SUCCEEDED;
	return outcome_of(sendmsg(pair[0], &message, MSG_DONTWAIT));
}

/* find-unix NAME: in the list that the kernel shows */
static enum outcome find_unix(char **args)
{
	FILE *file = fopen("/proc/net/unix", "re");
	if (!file)
		return refused_with(errno);
	char line[512];
	while (fgets(line, sizeof line, file))
		if (strstr(line, args[0]))
			return SUCCEEDED;
	fclose(file);
	say("not in it");
	return REFUSED;
}

static enum outcome hold(const char *name, int type)
{
	struct sockaddr_un at;
	socklen_t size = unix_address(name, &at);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) < 0 || (type == SOCK_STREAM && listen(fd, 8) < 0))
		return refused_with(errno);
	wait_for_end();
	if (*name != '@')
		unlink(name);
	return SUCCEEDED;
}

/* listen-unix NAME */
static enum outcome listen_unix(char **args)
{
	return hold(args[0], SOCK_STREAM);
}

/* receive-unix NAME */
static enum outcome receive_unix(char **args)
{
	return hold(args[0], SOCK_DGRAM);
}

const struct attack unix_socket_attacks[] = {
	{ "connect-unix", connect_unix },
	{ "send-unix", send_unix },
	{ "retarget-unix", retarget_unix },
	{ "find-unix", find_unix },
	{ "listen-unix", listen_unix },
	{ "receive-unix", receive_unix },
	{ NULL, NULL },
};
