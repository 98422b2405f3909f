/* What a process that copies sees, and the end of what runs there. */
#define _GNU_SOURCE
#include "copy.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { PROCESSES_FD = FIRST_NAMESPACE_FD + 2 };

static int processes = -1;

void view_enter(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_NAMESPACE);
	if (!op) {
		if (geteuid() != 0)
			ids_own_namespace();
		return;
	}
	/* From in there an ordinary user may not look at the launcher any more. */
	char path[32];
	snprintf(path, sizeof path, "fd/%d", PROCESSES_FD);
	processes = openat((int)number(op->arg[0], "namespaces"), path, O_RDONLY | O_CLOEXEC);
	if (processes < 0)
		fail("sandbox gone", "pid");
	processes = move_descriptor(processes, FIRST_FREE_FD, "namespaces");
	/* Root keeps its own privileges, which reach further than those in there. */
	namespaces_enter_some(policy, CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER));
}

/* kill(2) with -1 takes all but PID 1 and the caller, at one moment: nobody forks away from it. */
void end_processes(void)
{
	int status = -1;
	if (setns(processes, CLONE_NEWPID) < 0)
		fail("enter namespace", "pid");
	pid_t pid = spawn_child(0, NULL, NULL);
	if (pid == 0)
		_exit(kill(-1, SIGKILL) < 0 && errno != ESRCH);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		fail("copy end processes", "kill");
}
