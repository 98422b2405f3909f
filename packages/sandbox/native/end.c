/* Waiting for a sandbox's end, or ending it for what it has used up. */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { ENDED, CONTROL, OOM, DISK, COUNT };

static void find_cause(struct end *end, const struct pollfd *polls, const struct disk *disk, int64_t deadline)
{
	if (polls[CONTROL].revents)
		end->cause = "closed";
	else if (polls[OOM].revents)
		end->cause = "memory";
	else if (polls[DISK].revents) {
		end->cause = "disk";
		disk_verdict(disk, end->detail, sizeof end->detail);
	} else if (deadline >= 0 && now_ms() >= deadline)
		end->cause = "wall";
}

/*
 * PID 1 ends by itself when the control descriptor closes; but it lives within the sandbox's limits, and others there
 * may have used them up. So it is ended from outside, and the limits of time and disk space are kept here.
 */
void end_wait(struct end *end, const struct policy *policy, struct disk *disk)
{
	const struct op *wall = policy_find(policy, OP_WALL_MS);
	int64_t deadline = wall ? now_ms() + (int64_t)number(wall->arg[0], "wall-ms") : -1;
	struct pollfd polls[COUNT] = { [ENDED] = { .fd = end->pidfd, .events = POLLIN },
				       [CONTROL] = { .fd = CONTROL_FD },
				       [OOM] = { .fd = end->oom, .events = POLLIN },
				       [DISK] = { .fd = disk->line, .events = POLLIN } };
	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline > now_ms() ? deadline - now_ms() : 0;
		if (poll(polls, end->cause ? 1 : COUNT, end->cause ? -1 : (int)left) < 0 && errno != EINTR)
			fail("wait", "poll");
		if (polls[ENDED].revents) {
			if (!end->cause && (polls[OOM].revents || oom_happened(policy)))
				end->cause = "memory";
			break;
		}
		if (end->cause)
			continue;
		find_cause(end, polls, disk, deadline);
		if (end->cause) {
			disk_end(disk); /* which may have frozen the sandbox */
			cgroups_let_die(policy);
			syscall(SYS_pidfd_send_signal, end->pidfd, SIGKILL, NULL, 0);
		}
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
