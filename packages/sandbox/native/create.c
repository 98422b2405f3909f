/* The host's side of a sandbox's life: makes PID 1, waits for its end, cleans up after it. See end.c. */
#define _GNU_SOURCE
#include "disk.h"
#include "end.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
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

/* The child has its own copies of the opened mounts; held here they would outlive it. */
static void let_go_of_mounts(const struct policy *policy)
{
	for (const struct op *op = policy->ops; op < policy->ops + policy->count; op++)
		if (op->fd >= 0)
			close(op->fd);
}

static int reap(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("wait", "init");
	return status;
}

int create_sandbox(struct policy *policy)
{
	set_signals(SIG_IGN);
	setsid();
	struct ids ids = ids_choose(policy);
	cgroups_open(policy);
	struct disk disk = { .sources = disk_open(policy), .line = -1 };
	struct end end = { .oom = oom_watch(policy), .pause = { .hold = -1 }, .usage = { .place = -1 } };
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
		if (end.oom >= 0)
			close(end.oom);
		set_signals(SIG_DFL);
		run_init(policy, &ids, pair[0]);
	}
	close(pair[0]);
	end.pidfd = move_descriptor(pidfd, FIRST_FREE_FD, "init"); /* the numbers of the namespaces are taken later */
	let_go_of_mounts(policy);
	ids_map(pid, &ids);
	report("init\t%d\t%u\t%u", pid, ids.outside_uid, ids.outside_gid);
	/* A sandbox made for one command takes no others, so its namespaces need not be kept. */
	if (send(init, "", 1, MSG_NOSIGNAL) == 1 && !policy_find(policy, OP_ARG)) {
		namespaces_receive(init);
		usage_receive(&end.usage, init);
		if (disk_begin(&disk, policy, &(struct disk_start){ pid, init, ids.privileged }))
			send(init, "", 1, MSG_NOSIGNAL);
	}
	close(init);
	end_wait(&end, policy, &disk);
	int status = reap(pid);
	cgroups_remove(policy);
	quota_end(&disk);
	end_report(&end, status);
	return 0;
}
