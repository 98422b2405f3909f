/*
 * Tries, each in a process of its own, the acts that sandboxes are made of, and tells how the kernel answered.
 * It prepares nothing for a sandbox: `doctor` reads here why one cannot be made, and what options can be had.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

typedef void (*body)(struct policy *policy, const struct ids *ids);

static bool ended_well(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("check", "wait");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs the body as PID 1 of a sandbox would: in these namespaces of its own, with its ids mapped. */
static void inside(struct policy *policy, uint64_t flags, body run)
{
	struct ids ids = ids_choose(policy);
	int line[2];
	char byte;
	if (pipe2(line, O_CLOEXEC) < 0)
		fail("check", "pipe");
	pid_t pid = spawn_child(CLONE_NEWUSER | flags, NULL, NULL);
	if (pid == 0) {
		close(line[1]);
		if (read(line[0], &byte, 1) != 1)
			_exit(INIT_FAILED);
		ids_become(policy);
		if (run)
			run(policy, &ids);
		_exit(0);
	}
	ids_map(pid, &ids);
	if (write(line[1], "", 1) != 1)
		fail("check", "pipe");
	if (!ended_well(pid))
		_exit(INIT_FAILED); /* it has said why */
}

static void user_namespace(struct policy *policy)
{
	(void)policy;
	pid_t pid = spawn_child(CLONE_NEWUSER, NULL, NULL);
	if (pid == 0)
		_exit(0);
	if (!ended_well(pid))
		_exit(INIT_FAILED);
}

static void id_map(struct policy *policy)
{
	inside(policy, 0, NULL);
}

static void make_private(struct policy *policy, const struct ids *ids)
{
	(void)policy, (void)ids;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("mount", "private propagation");
}

/* That the first process of a user namespace may do what its capabilities say. */
static void privileges_inside(struct policy *policy)
{
	inside(policy, CLONE_NEWNS, make_private);
}

static void pid_namespace(struct policy *policy)
{
	inside(policy, CLONE_NEWPID, NULL);
}

static void ipc_namespace(struct policy *policy)
{
	inside(policy, CLONE_NEWIPC, NULL);
}

static void uts_namespace(struct policy *policy)
{
	inside(policy, CLONE_NEWUTS, NULL);
}

static void network_namespace(struct policy *policy)
{
	inside(policy, CLONE_NEWNET, NULL);
}

static void cgroup_namespace(struct policy *policy)
{
	inside(policy, CLONE_NEWCGROUP, NULL);
}

static void clone_usr(struct policy *policy, const struct ids *ids)
{
	(void)policy, (void)ids;
	close(clone_path(AT_FDCWD, "/usr", AT_RECURSIVE));
}

static void mount_clone(struct policy *policy)
{
	inside(policy, CLONE_NEWNS, clone_usr);
}

static void set_usr_attributes(struct policy *policy, const struct ids *ids)
{
	(void)policy, (void)ids;
	set_attributes(clone_path(AT_FDCWD, "/usr", AT_RECURSIVE), MOUNT_ATTR_RDONLY | NO_SETUID, "/usr");
}

static void mount_attributes(struct policy *policy)
{
	inside(policy, CLONE_NEWNS, set_usr_attributes);
}

static void mount_tmpfs(struct policy *policy, const struct ids *ids)
{
	make_private(policy, ids);
	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") < 0)
		fail("new file system", "tmpfs");
}

static void new_tmpfs(struct policy *policy)
{
	inside(policy, CLONE_NEWNS, mount_tmpfs);
}

static void mount_proc(struct policy *policy, const struct ids *ids)
{
	mount_tmpfs(policy, ids);
	if (mount("proc", "/tmp", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		fail("new file system", "proc");
}

static void new_proc(struct policy *policy)
{
	inside(policy, CLONE_NEWNS | CLONE_NEWPID, mount_proc);
}

static void mount_overlay(struct policy *policy, const struct ids *ids)
{
	mount_tmpfs(policy, ids);
	if (mkdir("/tmp/upper", 0755) < 0 || mkdir("/tmp/work", 0755) < 0 || mkdir("/tmp/both", 0755) < 0)
		fail("overlay", "directories");
	if (mount("overlay", "/tmp/both", "overlay", 0, "userxattr,lowerdir=/usr,upperdir=/tmp/upper,workdir=/tmp/work") < 0)
		fail("new file system", "overlay");
}

static void overlay(struct policy *policy)
{
	inside(policy, CLONE_NEWNS, mount_overlay);
}

/* Shows a directory under the sandbox's ids. Only a privileged launcher does that, in the host's namespaces. */
static void mount_id_map(struct policy *policy)
{
	struct ids ids = ids_choose(policy);
	if (!ids.privileged) {
		errno = EPERM;
		fail("mount id map", "not privileged");
	}
	mounts_open(policy, &ids);
}

static void keyring(struct policy *policy)
{
	(void)policy;
	session_keyring();
}

static void seccomp_filter(struct policy *policy)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		fail("seccomp", "action");
	capabilities_drop();
	seccomp_install(policy);
}

/* The kernel gives a process one listener: a container manager may have taken it. */
static void seccomp_notification(struct policy *policy)
{
	(void)policy;
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };
	capabilities_drop();
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0)
		fail("seccomp", "listener");
}

static const struct {
	const char *name;
	void (*run)(struct policy *policy);
} acts[] = {
	{ "user namespace", user_namespace },
	{ "id map", id_map },
	{ "privileges inside", privileges_inside },
	{ "pid namespace", pid_namespace },
	{ "ipc namespace", ipc_namespace },
	{ "uts namespace", uts_namespace },
	{ "network namespace", network_namespace },
	{ "cgroup namespace", cgroup_namespace },
	{ "mount clone", mount_clone },
	{ "mount attributes", mount_attributes },
	{ "tmpfs", new_tmpfs },
	{ "proc", new_proc },
	{ "overlay", overlay },
	{ "mount id map", mount_id_map },
	{ "keyring", keyring },
	{ "seccomp filter", seccomp_filter },
	{ "seccomp notification", seccomp_notification },
};

int check_host(struct policy *policy)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		report("act\t%s", acts[i].name);
		pid_t pid = fork();
		if (pid < 0)
			fail("check", "fork");
		if (pid == 0) {
			acts[i].run(policy);
			_exit(0);
		}
		/* An act that failed has told why in a line of its own, unless a signal ended it. */
		report("tried\t%s", ended_well(pid) ? "ok" : "failed");
	}
	return 0;
}
