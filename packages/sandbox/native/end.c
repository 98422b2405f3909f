/* Waiting for a sandbox's end, or ending it for what it has used up. */
#define _GNU_SOURCE
#include "disk.h"
#include "end.h"
#include "syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the host asks for, a byte each. */
enum { REQUEST_PAUSE = 'p', REQUEST_RESUME = 'r', REQUEST_USAGE = 'u' };

enum { ENDED, CONTROL, OOM, DISK, COUNT };

/* False when the host is gone. */
static bool serve_requests(struct end *end, const struct policy *policy, const struct disk *disk)
{
	char requests[16];
	ssize_t got = read(CONTROL_FD, requests, sizeof requests);
	if (got < 0 && errno == EINTR)
		return true;
	for (ssize_t i = 0; i < got; i++) {
		if (requests[i] == REQUEST_PAUSE)
			pause_begin(&end->pause, policy);
		if (requests[i] == REQUEST_RESUME)
			pause_end(&end->pause, policy);
		if (requests[i] == REQUEST_USAGE)
			usage_report(&end->usage, disk);
		if (disk->line >= 0 && (requests[i] == DISK_UNWATCH || requests[i] == DISK_WATCH))
			send(disk->line, &requests[i], 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	return got > 0;
}

static void find_cause(struct end *end, const struct pollfd *polls, const struct policy *policy, const struct disk *disk)
{
	/* Asked first: what the host has sent before it was gone changes nothing any more. */
	if (polls[CONTROL].revents && !serve_requests(end, policy, disk))
		end->cause = "closed";
	else if (polls[OOM].revents)
		end->cause = "memory";
	else if (polls[DISK].revents && disk_stands_by(disk))
		report("unwatched");
	else if (polls[DISK].revents) {
		end->cause = "disk";
		disk_verdict(disk, end->detail, sizeof end->detail);
	} else if (pause_timeout(&end->pause, end->deadline) == 0)
		end->cause = "wall";
	else
		pause_look(&end->pause, policy);
}

/* Killed before it may go on: what was paused does nothing more. */
static void end_now(const struct end *end, const struct policy *policy, struct disk *disk)
{
	disk_end(disk); /* which may have frozen the sandbox */
	syscall(SYS_pidfd_send_signal, end->pidfd, SIGKILL, NULL, 0);
	cgroups_let_die(policy);
}

/*
 * PID 1 ends by itself when the control descriptor closes; but it lives within the sandbox's limits, and others there
 * may have used them up, or it is paused. So it is ended from outside, and the limits of time and disk space are kept
 * here.
 */
void end_wait(struct end *end, const struct policy *policy, struct disk *disk)
{
	const struct op *wall = policy_find(policy, OP_WALL_MS);
	end->deadline = wall ? now_ms() + (int64_t)number(wall->arg[0], "wall-ms") : -1;
	struct pollfd polls[COUNT] = { [ENDED] = { .fd = end->pidfd, .events = POLLIN },
				       [CONTROL] = { .fd = CONTROL_FD, .events = POLLIN },
				       [OOM] = { .fd = end->oom, .events = POLLIN },
				       [DISK] = { .fd = disk->line, .events = POLLIN } };
	for (;;) {
		int timeout = end->cause ? -1 : pause_timeout(&end->pause, end->deadline);
		if (poll(polls, end->cause ? 1 : COUNT, timeout) < 0 && errno != EINTR)
			fail("wait", "poll");
		if (polls[ENDED].revents) {
			if (!end->cause && (polls[OOM].revents || oom_happened(policy)))
				end->cause = "memory";
			break;
		}
		if (end->cause)
			continue;
		find_cause(end, polls, policy, disk);
		if (end->cause)
			end_now(end, policy, disk);
	}
	disk_end(disk);
}

void end_report(const struct end *end, int status)
{
	if (end->cause)
		report("ended\t%s\t0\t%s", end->cause, end->detail);
	else if (WIFSIGNALED(status))
		report("ended\tkilled\t%d", WTERMSIG(status));
	else
		report("ended\t%s", WEXITSTATUS(status) == INIT_CONTROL_CLOSED ? "closed" : "failed");
}
