#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Entered in this order: the user namespace first, it gives the right to enter the others. */
static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET },   { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
};
enum { NAMESPACE_COUNT = sizeof namespaces / sizeof *namespaces };

/* Sent to the launcher outside, which keeps them for later commands: it may not look in here for long. */
void namespaces_send(int parent)
{
	int fds[NAMESPACE_COUNT];
	for (int i = 0; i < NAMESPACE_COUNT; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i].name);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			fail("namespaces", path);
	}
	if (!descriptors_send(parent, fds, NAMESPACE_COUNT))
		fail("namespaces", "send");
}

void namespaces_receive(int init)
{
	int fds[NAMESPACE_COUNT];
	if (!descriptors_receive(init, fds, NAMESPACE_COUNT))
		return; /* a child that failed has said why, and its end is seen by waiting for it */
	for (int i = 0; i < NAMESPACE_COUNT; i++)
		fds[i] = move_descriptor(fds[i], FIRST_FREE_FD, "namespaces");
	for (int i = 0; i < NAMESPACE_COUNT; i++) {
		if (dup3(fds[i], FIRST_NAMESPACE_FD + i, O_CLOEXEC) < 0)
			fail("namespaces", namespaces[i].name);
		close(fds[i]);
	}
}

void namespaces_enter_some(const struct policy *policy, int flags)
{
	/* A directory of /proc stays that process's own even when its number is used again. */
	const struct op *op = policy_find(policy, OP_NAMESPACE);
	int launcher = op ? (int)number(op->arg[0], "namespaces") : -1;
	int fds[NAMESPACE_COUNT];
	for (int i = 0; i < NAMESPACE_COUNT; i++) {
		char path[32];
		snprintf(path, sizeof path, "fd/%d", FIRST_NAMESPACE_FD + i);
		fds[i] = openat(launcher, path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			fail("sandbox gone", namespaces[i].name);
	}
	for (int i = 0; i < NAMESPACE_COUNT; i++) {
		if ((namespaces[i].flag & flags) && setns(fds[i], namespaces[i].flag) < 0)
			fail("enter namespace", namespaces[i].name);
		close(fds[i]);
	}
	close(launcher);
}

void namespaces_enter(const struct policy *policy)
{
	namespaces_enter_some(policy, ~0);
}

pid_t spawn_child(uint64_t flags, const struct policy *policy, int *pidfd)
{
	const struct op *cgroup = policy ? policy_find(policy, OP_CGROUP_V2) : NULL;
	struct clone_args args = {
		.flags = flags | (cgroup ? CLONE_INTO_CGROUP : 0) | (pidfd ? CLONE_PIDFD : 0),
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup ? (unsigned)cgroup->fd : 0,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (pid < 0)
		fail("clone", flags & CLONE_NEWUSER ? "new user namespace" : "in the sandbox");
	return pid;
}
