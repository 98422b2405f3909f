/*
 * Connects to ports inside a living sandbox and gives the connected sockets to the host, which then talks by them itself.
 *
 * It enters the sandbox's user and network namespaces and no other: nobody inside can see, signal or trace it, and it works
 * while the sandbox is frozen or has used up what it may. It is one of the sandbox's own user, with no capability, no
 * descriptor but its three lines, and a filter that leaves it TCP sockets and nothing else.
 */
#define _GNU_SOURCE
#include "dial.h"
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

enum { REQUEST_CANCEL, REQUEST_CONNECT };

/* As src/ports/dialer.ts writes it; little-endian, as every machine this runs on. */
struct request {
	uint32_t id;
	uint16_t port;
	uint16_t kind;
};

struct dialer {
	struct channel channel;
	unsigned char bytes[64 * sizeof(struct request)]; /* of requests that are not complete */
	size_t length;
	struct connection connections[MAX_CONNECTIONS];
};

static void begin(struct dialer *dialer, const struct request *request)
{
	for (struct connection *each = dialer->connections; each < dialer->connections + MAX_CONNECTIONS; each++) {
		if (each->fd >= 0)
			continue;
		*each = (struct connection){ .id = request->id, .port = request->port, .fd = -1 };
		if (!connection_begin(each))
			channel_refuse(&dialer->channel, request->id, errno);
		return;
	}
	channel_refuse(&dialer->channel, request->id, EAGAIN);
}

static void cancel(struct dialer *dialer, uint32_t id)
{
	for (struct connection *each = dialer->connections; each < dialer->connections + MAX_CONNECTIONS; each++)
		if (each->fd >= 0 && each->id == id)
			connection_drop(each);
}

static void read_requests(struct dialer *dialer)
{
	ssize_t got = read(CONTROL_FD, dialer->bytes + dialer->length, sizeof dialer->bytes - dialer->length);
	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0)
		_exit(0); /* the host or the sandbox is gone */
	dialer->length += (size_t)got;
	size_t at = 0;
	for (struct request request; dialer->length - at >= sizeof request; at += sizeof request) {
		memcpy(&request, dialer->bytes + at, sizeof request);
		if (request.kind == REQUEST_CONNECT)
			begin(dialer, &request);
		else
			cancel(dialer, request.id);
	}
	dialer->length -= at;
	memmove(dialer->bytes, dialer->bytes + at, dialer->length);
}

/* The next that is connected, if Node has taken the one before. */
static void give_next(struct dialer *dialer)
{
	for (struct connection *each = dialer->connections; each < dialer->connections + MAX_CONNECTIONS; each++) {
		if (dialer->channel.awaiting)
			return;
		if (each->fd < 0 || !each->connected)
			continue;
		channel_give(&dialer->channel, each->id, each->fd);
		each->fd = -1;
	}
}

static _Noreturn void serve(struct dialer *dialer)
{
	static struct pollfd polls[2 + MAX_CONNECTIONS];
	static struct connection *waiting[MAX_CONNECTIONS];
	for (;;) {
		give_next(dialer);
		nfds_t count = 0;
		polls[0] = (struct pollfd){ .fd = CONTROL_FD, .events = POLLIN };
		polls[1] = (struct pollfd){ .fd = dialer->channel.fd, .events = POLLIN };
		for (struct connection *each = dialer->connections; each < dialer->connections + MAX_CONNECTIONS; each++)
			if (each->fd >= 0 && !each->connected) {
				waiting[count] = each;
				polls[2 + count++] = (struct pollfd){ .fd = each->fd, .events = POLLOUT };
			}
		if (poll(polls, 2 + count, -1) < 0) {
			if (errno != EINTR)
				fail("dial", "poll");
			continue;
		}
		for (nfds_t i = 0; i < count; i++)
			if (polls[2 + i].revents && !connection_continue(waiting[i]))
				channel_refuse(&dialer->channel, waiting[i]->id, errno);
		if (polls[1].revents && !channel_read(&dialer->channel))
			_exit(0);
		if (polls[0].revents)
			read_requests(dialer);
	}
}

/* All but the three lines; the channel becomes the first after the status. */
static int keep_lines(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_DESCRIPTOR);
	int given = op ? (int)number(op->arg[0], "descriptor") : -1;
	int channel = STATUS_FD + 1;
	if (given != channel && dup3(given, channel, O_CLOEXEC) < 0)
		fail("descriptor", "channel");
	if (sys_close_range(0, CONTROL_FD - 1, 0) < 0 || sys_close_range((unsigned)channel + 1, ~0U, 0) < 0)
		fail("descriptor", "close_range");
	return channel;
}

int dial_ports(struct policy *policy)
{
	static struct dialer dialer;
	signal(SIGPIPE, SIG_IGN);
	setsid();
	if (geteuid() == 0 && setgroups(0, NULL) < 0)
		fail("ids", "setgroups");
	namespaces_enter_some(policy, CLONE_NEWUSER | CLONE_NEWNET);
	ids_become(policy);
	dialer.channel.fd = keep_lines(policy);
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		dialer.connections[i].fd = -1;
	rlimits_set(policy);
	capability_bounds_drop();
	capabilities_drop();
	/* After the last change of ids, which sets it anew: the host's user may be the sandbox's. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("dial", "dumpable");
	seccomp_install(policy);
	serve(&dialer);
}
