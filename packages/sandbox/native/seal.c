/*
 * A view of the launcher's own file that nobody can write by.
 *
 * A command may be a script whose interpreter is /proc/self/exe: then the launcher's file runs inside the sandbox, as
 * any program there, and is open to its neighbours by /proc/PID/exe (CVE-2019-5736 of runc). Its user may own it. So
 * what joins a sandbox is run by this view: a mount of its own, read-only and attached nowhere.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* -1 where this user may not mount in the namespaces that he is in. */
static int read_only_view(const char *path)
{
	int tree = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0 && errno != EPERM)
		fail("mount clone", path);
	if (tree >= 0)
		set_attributes(tree, MOUNT_ATTR_RDONLY | NO_SETUID, path);
	return tree;
}

/* An ordinary user may mount in namespaces of his own only. */
static int view_from_own_namespaces(const char *path)
{
	int line[2], tree, status = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
		fail("seal", "socket");
	pid_t pid = spawn_child(CLONE_NEWUSER | CLONE_NEWNS, NULL, NULL);
	if (pid == 0) {
		tree = read_only_view(path);
		if (tree < 0)
			fail("mount clone", path);
		_exit(descriptors_send(line[1], &tree, 1) ? 0 : INIT_FAILED);
	}
	close(line[1]);
	bool received = descriptors_receive(line[0], &tree, 1);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!received)
		_exit(INIT_FAILED); /* the child has said why */
	return tree;
}

int seal_launcher(struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_SYSTEM);
	if (!op) {
		errno = EINVAL;
		fail("seal", "missing");
	}
	int tree = read_only_view(op->arg[0]);
	if (tree < 0)
		tree = view_from_own_namespaces(op->arg[0]);
	if (dup3(tree, SEALED_FD, O_CLOEXEC) < 0)
		fail("seal", "descriptor");
	report("ready");
	char byte;
	while (read(CONTROL_FD, &byte, 1) > 0)
		;
	return 0;
}
