/* Which ids of the kernel a sandbox has, and how they are shown inside. */
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
#include <sys/fsuid.h>
#include <sys/wait.h>

static bool has_capability(unsigned capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[capability / 32].effective & (1U << (capability % 32));
}

static struct ids checked(struct ids ids)
{
	if (ids.outside_uid == 0 || ids.outside_gid == 0) {
		errno = EPERM;
		fail("ids", "root of the host is never mapped; run as root with CAP_SYS_ADMIN, CAP_SETUID and "
			    "CAP_SETGID, or as an ordinary user");
	}
	return ids;
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
			   .outside_gid = getegid(),
			   .helpers = policy_find(policy, OP_ID_HELPERS) };
	ids.privileged = !ids.helpers && has_capability(CAP_SYS_ADMIN) && has_capability(CAP_SETUID) &&
			 has_capability(CAP_SETGID);
	if (ids.privileged && setgroups(0, NULL) < 0)
		fail("ids", "setgroups");
	if (policy_find(policy, OP_ID_RANGE)) {
		if (!ids.privileged && !ids.helpers) {
			errno = EPERM;
			fail("ids", "a range of ids");
		}
		ids_take(policy, &ids);
	} else if (ids.privileged) {
		/* A process id is no other living launcher's: base + pid is a distinct kernel id for each sandbox. */
		ids.outside_uid = (uid_t)number(op->arg[1], "ids") + (uid_t)getpid();
		ids.outside_gid = ids.outside_uid;
	}
	return checked(ids);
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

/* One of the two programs that may map an ordinary user's subordinate ids. */
static void run_helper(const char *program, pid_t pid, unsigned inside, unsigned outside)
{
	char words[3][16];
	const unsigned numbers[3] = { (unsigned)pid, inside, outside };
	for (int i = 0; i < 3; i++)
		snprintf(words[i], sizeof words[i], "%u", numbers[i]);
	char *arguments[] = { (char *)(uintptr_t)program, words[0], words[1], words[2], (char[]){ "1" }, NULL };
	char *environment[] = { NULL };
	pid_t helper = vfork();
	if (helper == 0) {
		execve(program, arguments, environment);
		_exit(127);
	}
	int status = -1;
	while (helper > 0 && waitpid(helper, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0) {
		errno = EPERM;
		fail("id helper", program);
	}
}

void ids_map(pid_t pid, const struct ids *ids)
{
	if (!ids->helpers) {
		write_maps(pid, ids->inside, ids->inside, ids);
		return;
	}
	run_helper(ids->helpers->arg[1], pid, ids->inside, ids->outside_gid);
	run_helper(ids->helpers->arg[0], pid, ids->inside, ids->outside_uid);
}

void ids_own_namespace(void)
{
	const struct ids outside = { .outside_uid = geteuid(), .outside_gid = getegid() };
	/* Any id but root's: what is done here as root is done by root alone. */
	enum { INSIDE = 1000 };
	if (unshare(CLONE_NEWUSER) < 0)
		fail("clone", "new user namespace");
	write_maps(getpid(), INSIDE, INSIDE, &outside);
}

static uid_t inside_id(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_IDS);
	return (uid_t)number(op ? op->arg[0] : "", "ids");
}

void ids_create_as_inside(const struct policy *policy)
{
	uid_t inside = inside_id(policy);
	setfsgid(inside);
	setfsuid(inside);
	/* They tell the id before, which is the only way to know that they worked. */
	if (setfsgid(inside) != (int)inside || setfsuid(inside) != (int)inside)
		fail("ids", "setfsuid");
}

void ids_become(const struct policy *policy)
{
	uid_t inside = inside_id(policy);
	if (policy_find(policy, OP_DROP_GROUPS) && setgroups(0, NULL) < 0)
		fail("ids", "setgroups");
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
