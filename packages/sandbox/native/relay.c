/*
 * The command's stdin, stdout and stderr are real pipes that belong to it (so that /dev/stdout can be opened), or a
 * terminal; the relay moves what is in them to and from the host's descriptors 0, 1 and 2, which are sockets. A slow
 * reader on either side stops the writer on the other; see stream.c.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "stream.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

enum { DRAIN_MS = 200, TURNS = 16 };

enum { CONTROL, PROCESS, NOTIFY, FIRST_STREAM, POLLS = FIRST_STREAM + 3 };

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

/* In turns: who never stops writing keeps nobody else waiting, the host's requests least of all. */
static void pump_all(struct stream *streams)
{
	bool ready = true;
	for (int turn = 0; turn < TURNS && ready; turn++) {
		ready = false;
		for (int i = 0; i < 3; i++) {
			if (streams[i].ready)
				stream_step(&streams[i]);
			ready |= streams[i].ready;
		}
	}
}

/* For the streams, and for what the caller has put before them. */
static void wait_for_work(struct stream *streams, struct pollfd *polls, int64_t deadline, int timeout)
{
	bool ready = false;
	struct pollfd *slots = &polls[FIRST_STREAM];
	for (int i = 0; i < 3; i++) {
		slots[i] = stream_wait(&streams[i]);
		ready |= streams[i].ready;
	}
	int64_t left = deadline < 0 ? timeout : deadline - now_ms();
	if (deadline >= 0)
		left = left < 0 ? 0 : timeout >= 0 && timeout < left ? timeout : left;
	poll(polls, POLLS, ready ? 0 : (int)left);
	for (int i = 0; i < 3; i++)
		streams[i].ready = streams[i].from >= 0 && (streams[i].ready || slots[i].revents != 0);
}

static void open_streams(struct stream *streams, const struct relay *relay)
{
	for (int i = 0; i < 3; i++) {
		int outside = relay->outside[i];
		stream_open(&streams[i], i == 0 ? (struct stream){ .from = i, .to = outside, .pipe = outside }
						: (struct stream){ .from = outside, .to = i, .pipe = outside });
		if (relay->held >= 0)
			stream_copies(&streams[i]);
		close(relay->inside[i]); /* the command has its own */
	}
}

void relay_run(struct relay *relay, const struct command *command, struct notify *notify)
{
	struct stream streams[3];
	open_streams(streams, relay);
	struct pollfd polls[POLLS];
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
			for (int i = 0; i < 3; i++)
				streams[i].ready = streams[i].from >= 0;
			pump_all(streams); /* what needs no waiting */
			return;
		}
		if (pidfd >= 0 && polls[PROCESS].revents) {
			command_report_end(command);
			pidfd = -1;
			stream_close(&streams[0]);
			if (relay->held >= 0)
				close(relay->held); /* the output's end is seen now, when nobody else has the terminal open */
			deadline = now_ms() + DRAIN_MS;
		}
		if (deadline >= 0 && now_ms() >= deadline) {
			for (int i = 1; i < 3; i++)
				stream_bound(&streams[i], relay->held >= 0);
			deadline = -1;
		}
	}
}
