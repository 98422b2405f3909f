/* The host's side of a sandbox's life: makes PID 1, waits for its end, cleans up after it. */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* The network's is made beside, the cgroup's when its group is joined. */
static const uint64_t FIRST_NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;

/* The host ends a sandbox by closing the control descriptor. ^C at a terminal is the host's to answer. */
static void set_signals(void (*handler)(int))
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], handler);
}

static void report_end(const char *cause, int status)
{
	if (cause)
		report("ended\t%s", cause);
	else if (WIFSIGNALED(status))
		report("ended\tkilled\t%d", WTERMSIG(status));
	else
		report("ended\t%s", WEXITSTATUS(status) == INIT_CONTROL_CLOSED ? "closed" : "failed");
}

/*
 * PID 1 ends by itself when the control descriptor closes; but it lives within the sandbox's limits, and others there
 * may have used them up. So it is ended from outside, and the time limit is kept here. Returns why it was ended, if it was.
 */
static const char *wait_for_end(const struct policy *policy, int pidfd, int oom)
{
	const struct op *wall = policy_find(policy, OP_WALL_MS);
	int64_t deadline = wall ? now_ms() + (int64_t)number(wall->arg[0], "wall-ms") : -1;
	const char *cause = NULL;
	enum { ENDED, CONTROL, OOM, COUNT };
	struct pollfd polls[COUNT] = { { .fd = pidfd, .events = POLLIN }, { .fd = CONTROL_FD }, { .fd = oom, .events = POLLIN } };
	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline > now_ms() ? deadline - now_ms() : 0;
		if (poll(polls, cause ? 1 : COUNT, cause ? -1 : (int)left) < 0 && errno != EINTR)
			fail("wait", "poll");
		if (polls[ENDED].revents)
			return !cause && (polls[OOM].revents || oom_happened(policy)) ? "memory" : cause;
		if (cause)
			continue;
		if (polls[CONTROL].revents)
			cause = "closed";
		else if (polls[OOM].revents)
			cause = "memory";
		else if (deadline >= 0 && now_ms() >= deadline)
			cause = "wall";
		if (cause) {
			cgroups_let_die(policy);
			syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		}
	}
}

int create_sandbox(struct policy *policy)
{
	set_signals(SIG_IGN);
	setsid();
	struct ids ids = ids_choose(policy);
	cgroups_open(policy);
	int oom = oom_watch(policy);
	upper_lock(policy);
	if (ids.privileged)
		mounts_open(policy, &ids);
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		fail("pipe", "init");
	int init = move_descriptor(pair[1], FIRST_FREE_FD, "pipe");
	int pidfd = -1;
	pid_t pid = spawn_child(FIRST_NAMESPACES, policy, &pidfd);
	if (pid == 0) {
		close(init);
		if (oom >= 0)
			close(oom);
		set_signals(SIG_DFL);
		run_init(policy, &ids, pair[0]);
	}
	close(pair[0]);
	pidfd = move_descriptor(pidfd, FIRST_FREE_FD, "init"); /* the numbers of the namespaces are taken later */
	/* The child has its own copies of the opened mounts; held here they would outlive it. */
	for (struct op *op = policy->ops; op < policy->ops + policy->count; op++)
		if (op->fd >= 0)
			close(op->fd);
	ids_map(pid, &ids);
	report("init\t%d\t%u\t%u", pid, ids.outside_uid, ids.outside_gid);
	/* A sandbox made for one command takes no others, so its namespaces need not be kept. */
	if (send(init, "", 1, MSG_NOSIGNAL) == 1 && !policy_find(policy, OP_ARG)) {
		namespaces_receive(init);
		send(init, "", 1, MSG_NOSIGNAL);
	}
	close(init);
	const char *cause = wait_for_end(policy, pidfd, oom);
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("wait", "init");
	cgroups_remove(policy);
	report_end(cause, status);
	return 0;
}
