#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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

static bool has_capability(unsigned capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[capability / 32].effective & (1U << (capability % 32));
}

struct ids ids_choose(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_IDS);
	if (!op) {
		errno = EINVAL;
		fail("ids", "missing");
	}
	struct ids ids = { .inside = (uid_t)number(op->arg[0], "ids"),
			   .outside_uid = geteuid(),
			   .outside_gid = getegid() };
	ids.privileged = has_capability(CAP_SYS_ADMIN) && has_capability(CAP_SETUID) && has_capability(CAP_SETGID);
	if (ids.privileged) {
		/* A process id is no other living launcher's: base + pid is a distinct kernel id for each sandbox. */
		uid_t id = (uid_t)number(op->arg[1], "ids") + (uid_t)getpid();
		ids.outside_uid = id;
		ids.outside_gid = id;
		if (setgroups(0, NULL) < 0)
			fail("ids", "setgroups");
	}
	if (ids.outside_uid == 0 || ids.outside_gid == 0) {
		errno = EPERM;
		fail("ids", "root of the host is never mapped; run as root with CAP_SYS_ADMIN, CAP_SETUID and "
			    "CAP_SETGID, or as an ordinary user");
	}
	return ids;
}

static void write_in(int process, const char *name, const char *text, size_t length)
{
	int fd = openat(process, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		fail("id map", name);
	close(fd);
}

static void write_map(int process, const char *name, unsigned inside, unsigned outside)
{
	char line[64];
	int length = snprintf(line, sizeof line, "%u %u 1\n", inside, outside);
	write_in(process, name, line, (size_t)length);
}

static void write_maps(pid_t pid, uid_t inside_uid, gid_t inside_gid, const struct ids *outside)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/%d", pid);
	int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		fail("id map", path);
	write_in(process, "setgroups", "deny", strlen("deny"));
	write_map(process, "gid_map", inside_gid, outside->outside_gid);
	write_map(process, "uid_map", inside_uid, outside->outside_uid);
	close(process);
}

void ids_map(pid_t pid, const struct ids *ids)
{
	write_maps(pid, ids->inside, ids->inside, ids);
}

void ids_become(uid_t inside)
{
	if (setresgid(inside, inside, inside) < 0 || setresuid(inside, inside, inside) < 0)
		fail("ids", "become");
}

int ids_mount_map(const struct ids *ids, uid_t uid, gid_t gid)
{
	static int kept = -1;
	static uid_t kept_uid;
	static gid_t kept_gid;
	if (kept >= 0 && kept_uid == uid && kept_gid == gid)
		return kept;
	int hold[2];
	if (pipe2(hold, O_CLOEXEC) < 0)
		fail("id map", "pipe");
	pid_t pid = spawn_child(CLONE_NEWUSER, NULL, NULL);
	if (pid == 0) {
		char byte;
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) < 0);
	}
	write_maps(pid, uid, gid, ids);
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail("id map", path);
	close(hold[0]);
	close(hold[1]);
	waitpid(pid, NULL, 0);
	if (kept >= 0)
		close(kept);
	kept = fd;
	kept_uid = uid;
	kept_gid = gid;
	return fd;
}

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

void namespaces_enter(const struct policy *policy)
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
		if (setns(fds[i], namespaces[i].flag) < 0)
			fail("enter namespace", namespaces[i].name);
		close(fds[i]);
	}
	close(launcher);
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
