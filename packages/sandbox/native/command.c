/* The last steps before a program of the sandbox's own runs. */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* Puts the descriptors that the policy names in their places and marks all others to close at exec. */
static void place_descriptors(const struct policy *policy)
{
	int last = 2;
	FOR_EACH_OP(policy, op, OP_DESCRIPTOR)
		op->fd = move_descriptor((int)number(op->arg[0], "descriptor"), FIRST_FREE_FD, "descriptor");
	int status = move_descriptor(STATUS_FD, FIRST_FREE_FD, "descriptor");
	FOR_EACH_OP(policy, op, OP_DESCRIPTOR) {
		int target = (int)number(op->arg[1], "descriptor");
		if (target != last + 1 || target >= STATUS_FD || dup2(op->fd, target) < 0)
			fail("descriptor", op->arg[1]);
		last = target;
	}
	if (sys_close_range((unsigned)last + 1, FIRST_FREE_FD - 1, 0) < 0 || sys_close_range((unsigned)last + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		fail("descriptor", "close_range");
	/* A failure after this is told on the moved descriptor, which closes when the program starts. */
	if (dup3(status, STATUS_FD, O_CLOEXEC) < 0)
		fail("descriptor", "status");
}

/* All that comes before exec: a profile may refuse it afterwards. */
static char **prepare(const struct policy *policy)
{
	extern char **environ;
	environ = policy_list(policy, OP_ENV);
	const struct op *cwd = policy_find(policy, OP_CWD);
	if (cwd && chdir(cwd->arg[0]) < 0)
		fail("cwd", cwd->arg[0]);
	setsid();
	return policy_list(policy, OP_ARG);
}

_Noreturn void exec_command(const struct policy *policy)
{
	char **argv = prepare(policy);
	execvp(argv[0], argv);
	fail("exec", argv[0]);
}

_Noreturn void run_command(const struct policy *policy, int line)
{
	session_keyring();
	rlimits_set(policy);
	place_descriptors(policy);
	capability_bounds_drop();
	capabilities_drop();
	char **argv = prepare(policy);
	seccomp_install_listened(policy, line);
	/* From here on only what seccomp/fixed-calls.ts lists. */
	execvp(argv[0], argv);
	fail("exec", argv[0]);
}
