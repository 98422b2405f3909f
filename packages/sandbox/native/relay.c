/*
 * The command's stdin, stdout and stderr are real pipes that belong to it (so that /dev/stdout can be
 * opened); the relay copies between them and the host's descriptors 0, 1 and 2. A slow reader on either
 * side stops the writer on the other: each stream holds one buffer, and nothing is read while it is full.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

enum { BUFFER_BYTES = 1 << 16, DRAIN_MS = 200, TURNS = 16 };

struct stream {
	int from, to;
	size_t start, end;
	size_t allowance; /* bytes that may still be read; bounded once the command has ended and the grace is over */
	bool bounded;
	char *buffer;
};

enum { CONTROL, PROCESS, NOTIFY, FIRST_STREAM };

static char buffers[3][BUFFER_BYTES];

void relay_open(struct relay *relay, const struct policy *policy)
{
	/* Without an owner they are made as the sandbox's own: see ids_create_as_inside(). */
	const struct op *owner = policy_find(policy, OP_OWNER);
	relay->held = -1;
	for (int i = 0; i < 3; i++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) < 0)
			fail("stdio", "pipe");
		relay->inside[i] = ends[i == 0 ? 0 : 1];
		relay->outside[i] = ends[i == 0 ? 1 : 0];
		if (owner && fchown(relay->inside[i], (uid_t)number(owner->arg[0], "owner"),
				    (gid_t)number(owner->arg[1], "owner")) < 0)
			fail("stdio", "owner");
		fcntl(relay->outside[i], F_SETFL, O_NONBLOCK);
		fcntl(i, F_SETFL, fcntl(i, F_GETFL) | O_NONBLOCK);
	}
}

void relay_child(const struct relay *relay)
{
	for (int i = 0; i < 3; i++)
		if (dup2(relay->inside[i], i) < 0)
			fail("stdio", "dup");
}

static void close_stream(struct stream *stream)
{
	if (stream->from >= 0)
		close(stream->from);
	if (stream->to >= 0)
		close(stream->to);
	stream->from = stream->to = -1;
}

/* One step of a stream; false when it has nothing to do before its descriptors change. */
static bool pump(struct stream *stream)
{
	bool moved = false;
	if (stream->to < 0)
		return false;
	if (stream->start == stream->end && stream->from >= 0 && stream->allowance > 0) {
		size_t room = stream->allowance < BUFFER_BYTES ? stream->allowance : BUFFER_BYTES;
		ssize_t got = read(stream->from, stream->buffer, room);
		/* A pipe that is empty before all of it was read has had another reader, who may keep it so for ever. */
		if (got < 0 && (errno == EINTR || (errno == EAGAIN && !stream->bounded)))
			return false;
		if (got <= 0) {
			close(stream->from);
			stream->from = -1;
		} else {
			stream->start = 0;
			stream->end = (size_t)got;
			if (stream->bounded)
				stream->allowance -= (size_t)got;
		}
	}
	if (stream->start < stream->end) {
		ssize_t put = write(stream->to, stream->buffer + stream->start, stream->end - stream->start);
		if (put < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (put < 0) {
			close_stream(stream); /* the reader is gone: the writer gets SIGPIPE, as in any pipeline */
			return false;
		}
		stream->start += (size_t)put;
		moved = true;
	}
	if (stream->start == stream->end && (stream->from < 0 || stream->allowance == 0))
		close_stream(stream);
	return moved;
}

/* In turns: who never stops writing keeps nobody else waiting, the host's requests least of all. */
static void pump_all(struct stream *streams)
{
	bool moved = true;
	for (int turn = 0; turn < TURNS && moved; turn++) {
		moved = false;
		for (int i = 0; i < 3; i++)
			moved |= pump(&streams[i]);
	}
}

static void watch(struct pollfd *slot, const struct stream *stream)
{
	slot[0] = slot[1] = (struct pollfd){ .fd = -1 };
	if (stream->start < stream->end)
		slot[1] = (struct pollfd){ .fd = stream->to, .events = POLLOUT };
	else if (stream->from >= 0)
		slot[0] = (struct pollfd){ .fd = stream->from, .events = POLLIN };
}

/* For the streams, and for what the caller has put before them. */
static void wait_for_work(struct stream *streams, struct pollfd *polls, int64_t deadline, int timeout)
{
	for (int i = 0; i < 3; i++)
		watch(&polls[FIRST_STREAM + 2 * i], &streams[i]);
	int64_t left = deadline < 0 ? timeout : deadline - now_ms();
	if (deadline >= 0)
		left = left < 0 ? 0 : timeout >= 0 && timeout < left ? timeout : left;
	poll(polls, FIRST_STREAM + 6, (int)left);
}

static void open_streams(struct stream *streams, const struct relay *relay)
{
	for (int i = 0; i < 3; i++) {
		streams[i] = (struct stream){ .allowance = SIZE_MAX, .buffer = buffers[i] };
		streams[i].from = i == 0 ? 0 : relay->outside[i];
		streams[i].to = i == 0 ? relay->outside[0] : i;
		close(relay->inside[i]); /* the command has its own */
	}
}

/*
 * A background process may hold the pipes for ever: after the grace, what is in them now is still the command's and
 * is delivered, however slow the reader; what comes later is nobody's.
 */
static void end_grace(struct stream *streams, bool terminal)
{
	for (int i = 1; i < 3; i++) {
		int waiting = 0;
		if (terminal)
			waiting = BUFFER_BYTES; /* the kernel counts a part of what is on its way; it never holds as much as this */
		else if (streams[i].from >= 0 && ioctl(streams[i].from, FIONREAD, &waiting) < 0)
			waiting = 0;
		streams[i].allowance = (size_t)waiting;
		streams[i].bounded = true;
	}
}

void relay_run(struct relay *relay, const struct command *command, struct notify *notify)
{
	struct stream streams[3];
	open_streams(streams, relay);
	struct pollfd polls[FIRST_STREAM + 6];
	int pidfd = command->pidfd;
	int64_t deadline = -1;
	for (;;) {
		pump_all(streams);
		if (pidfd < 0 && streams[1].to < 0 && streams[2].to < 0)
			return;
		int timeout = -1;
		polls[CONTROL] = (struct pollfd){ .fd = CONTROL_FD, .events = POLLIN };
		polls[PROCESS] = (struct pollfd){ .fd = pidfd, .events = POLLIN };
		polls[NOTIFY] = (struct pollfd){ .fd = notify_watch(notify, &timeout), .events = POLLIN };
		wait_for_work(streams, polls, deadline, timeout);
		if (polls[NOTIFY].revents)
			notify_serve(notify);
		if (polls[CONTROL].revents && !command_control(command, pidfd >= 0)) {
			pump_all(streams); /* what needs no waiting */
			return;
		}
		if (pidfd >= 0 && polls[PROCESS].revents) {
			command_report_end(command);
			pidfd = -1;
			close_stream(&streams[0]);
			if (relay->held >= 0)
				close(relay->held); /* the output's end is seen now, when nobody else has the terminal open */
			deadline = now_ms() + DRAIN_MS;
		}
		if (deadline >= 0 && now_ms() >= deadline) {
			end_grace(streams, relay->held >= 0);
			deadline = -1;
		}
	}
}
