/* Memory that lies in the kernel's own buffers: buffers pipe|unix|udp|tcp MB */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MB = 1 << 20, PIECE_BYTES = 60000, LARGEST_BYTES = 8 * MB };

static int fill_pipe(void)
{
	int ends[2];
	if (pipe(ends) < 0)
		return -1;
	fcntl(ends[1], F_SETPIPE_SZ, MB);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	return ends[1];
}

static void enlarge(int fd, int option)
{
	int bytes = LARGEST_BYTES / 2;
	setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

static int fill_unix(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	enlarge(pair[0], SO_SNDBUF);
	return pair[0];
}

static int bound(int type, struct sockaddr_in *address)
{
	socklen_t size = sizeof *address;
	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) < 0 || getsockname(fd, (struct sockaddr *)address, &size) < 0)
		return -1;
	return fd;
}

/* Sends to itself and never receives. */
static int fill_udp(void)
{
	struct sockaddr_in own;
	int fd = bound(SOCK_DGRAM | SOCK_NONBLOCK, &own);
	enlarge(fd, SO_RCVBUF);
	return fd < 0 || connect(fd, (struct sockaddr *)&own, sizeof own) < 0 ? -1 : fd;
}

static int fill_tcp(void)
{
	struct sockaddr_in own;
	int listener = bound(SOCK_STREAM, &own);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	enlarge(fd, SO_SNDBUF);
	if (listener < 0 || listen(listener, 1) < 0 || connect(fd, (struct sockaddr *)&own, sizeof own) < 0)
		return -1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static int (*maker(const char *kind))(void)
{
	if (strcmp(kind, "pipe") == 0)
		return fill_pipe;
	if (strcmp(kind, "unix") == 0)
		return fill_unix;
	return strcmp(kind, "udp") == 0 ? fill_udp : fill_tcp;
}

/* How much a socket keeps: what does not fit into a UDP socket is dropped without a word. */
static long kept_by(int fd, long sent)
{
	uint32_t memory[9] = { 0 }; /* linux/sock_diag.h: SK_MEMINFO_RMEM_ALLOC is the first of SK_MEMINFO_VARS */
	socklen_t size = sizeof memory;
	int type = 0;
	socklen_t type_size = sizeof type;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) < 0 || type != SOCK_DGRAM)
		return sent;
	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0 ? sent : (long)memory[0];
}

static long fill_one(int fd, long room)
{
	static char piece[PIECE_BYTES];
	long sent = 0, kept = 0;
	while (sent < room) {
		ssize_t put = write(fd, piece, sizeof piece);
		if (put <= 0)
			break;
		sent += put;
		long now = kept_by(fd, sent);
		if (now <= kept)
			break; /* full */
		kept = now;
	}
	return kept;
}

static enum outcome buffers(char **args)
{
	int (*make)(void) = maker(args[0]);
	long wanted = atol(args[1]) * MB, kept = 0;
	int error = ENOMEM;
	while (kept < wanted) {
		int fd = make();
		if (fd < 0) {
			error = errno;
			break;
		}
		long more = fill_one(fd, LARGEST_BYTES);
		if (more == 0)
			break;
		kept += more;
	}
	if (kept < wanted)
		return refused_with(error);
	say("%ld MB", kept / MB);
	return SUCCEEDED;
}

const struct attack buffer_attacks[] = {
	{ "buffers", buffers },
	{ NULL, NULL },
};
