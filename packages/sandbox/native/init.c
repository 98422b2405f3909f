/* PID 1 of a sandbox: makes it, gives up every privilege, then reaps until the host is gone. */
#define _GNU_SOURCE
#include "disk.h"
#include "end.h"
#include "syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void on_signal(int signal)
{
	(void)signal; /* only there to end ppoll() */
}

static void reap(pid_t watched)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == watched) {
			if (WIFSIGNALED(status))
				report("signal\t%d", WTERMSIG(status));
			else
				report("exit\t%d", WEXITSTATUS(status));
			_exit(INIT_CONTROL_CLOSED);
		}
}

/* Ends, and with it every process of the namespace, when the control descriptor closes. What is sent is the launcher's. */
static _Noreturn void serve(pid_t watched, const sigset_t *unblocked)
{
	struct pollfd control = { .fd = CONTROL_FD };
	for (;;) {
		reap(watched);
		if (ppoll(&control, 1, NULL, unblocked) > 0)
			_exit(INIT_CONTROL_CLOSED);
	}
}

static void wait_for(int parent)
{
	char byte;
	if (read(parent, &byte, 1) != 1)
		_exit(INIT_FAILED);
}

static void block_signals(sigset_t *unblocked)
{
	sigset_t blocked;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGCHLD, &action, NULL);
}

static void set_hostname(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_HOSTNAME);
	if (op && sethostname(op->arg[0], strlen(op->arg[0])) < 0)
		fail("hostname", op->arg[0]);
}

/* A sandbox for one command, which ends with it. The child runs in this memory until it has its own (vfork). */
static pid_t start_watched(const struct policy *policy, const sigset_t *unblocked)
{
	pid_t pid = vfork();
	if (pid < 0)
		fail("command", "vfork");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, unblocked, NULL);
		exec_command(policy);
	}
	return pid;
}

_Noreturn void run_init(struct policy *policy, const struct ids *ids, int parent)
{
	struct helper helper;
	helper_begin(&helper);
	wait_for(parent); /* the ids are mapped */
	cgroups_join(policy);
	if (!ids->privileged)
		mounts_open(policy, ids); /* as the user who started it, who may be another than the sandbox's */
	ids_become(policy);
	if (ids->helpers)
		mounts_check_access(policy);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("init", "parent death signal");
	mounts_build(policy);
	disk_forget();
	helper_detach_root(&helper);
	/* While the helper works: what needs no network namespace. */
	set_hostname(policy);
	session_keyring();
	rlimits_set(policy);
	capability_bounds_drop();
	sigset_t unblocked;
	block_signals(&unblocked);
	helper_take_network(&helper);
	capabilities_drop();
	/* Nobody of the sandbox may look into PID 1, which shares its user id. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("init", "dumpable");
	seccomp_install(policy);
	bool kept = !policy_find(policy, OP_ARG);
	if (kept) {
		namespaces_send(parent);
		usage_send(parent);
	}
	helper_end(&helper);
	if (kept)
		wait_for(parent); /* a command may join as soon as "ready" is told */
	if (sys_close_range(STATUS_FD + 1, ~0U, 0) < 0)
		fail("init", "close_range");
	pid_t watched = policy_find(policy, OP_ARG) ? start_watched(policy, &unblocked) : 0;
	report("ready");
	serve(watched, &unblocked);
}
