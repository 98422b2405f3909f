/* One more command in a living sandbox. */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static _Noreturn void run_child(struct policy *policy, const struct relay *relay, int line)
{
	signal(SIGPIPE, SIG_DFL);
	cgroups_join(policy);
	ids_become(policy);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("command", "parent death signal");
	if (relay->held >= 0)
		pty_child(relay);
	relay_child(relay);
	run_command(policy, line);
}

/* Returns the host's /proc. */
static int leave_host(void)
{
	signal(SIGPIPE, SIG_IGN);
	setsid();
	/* The child is not to be looked into by the sandbox's processes between entering it and exec. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("join", "dumpable");
	if (geteuid() == 0 && setgroups(0, NULL) < 0)
		fail("ids", "setgroups");
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		fail("proc", "/proc");
	return proc;
}

int join_sandbox(struct policy *policy)
{
	int proc = leave_host();
	cgroups_open(policy);
	struct relay relay;
	bool given = policy_find(policy, OP_OWNER);
	const struct op *terminal = policy_find(policy, OP_TERMINAL);
	if (given && !terminal)
		relay_open(&relay, policy);
	namespaces_enter(policy);
	if (!given)
		ids_create_as_inside(policy);
	if (terminal)
		pty_open(&relay, terminal);
	else if (!given)
		relay_open(&relay, policy);
	int pidfd = -1, started[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, started) < 0)
		fail("pipe", "started");
	started[1] = move_descriptor(started[1], FIRST_FREE_FD, "join");
	pid_t pid = spawn_child(0, policy, &pidfd);
	if (pid == 0)
		run_child(policy, &relay, started[1]);
	close(started[1]);
	struct command command = { .pid = pid, .pidfd = pidfd, .proc_fd = proc, .mark = -1,
				   .terminal = terminal ? relay.held : -1 };
	struct notify notify;
	notify_begin(&notify, policy, command_wait_for_exec(&command, started[0]));
	close(started[0]);
	prctl(PR_SET_NAME, STARTED_NAME);
	FOR_EACH_OP(policy, op, OP_DESCRIPTOR)
		close((int)number(op->arg[0], "descriptor"));
	report("started\t%d", pid);
	relay_run(&relay, &command, &notify);
	notify_end(&notify);
	return 0;
}
