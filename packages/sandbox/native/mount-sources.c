/*
 * Detached copies of what is to be mounted, made in the view and with the rights of whoever may open it: outside the
 * sandbox by a privileged launcher, else inside its user namespace before the root is covered.
 */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

int clone_path(int at, const char *path, unsigned recursive)
{
	int tree = sys_open_tree(at, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | recursive);
	if (tree < 0)
		fail(errno == EINVAL && !recursive ? "mount below source" : "mount clone", path);
	return tree;
}

/* A path that the caller named: what was checked is what is opened, whoever swaps links meanwhile. */
static int open_pinned(const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS };
	int source = sys_openat2(AT_FDCWD, path, &how);
	if (source < 0)
		fail("mount source", path);
	return source;
}

/* File systems mounted below it stay out: a /proc there would show the host's processes. */
static int clone_pinned(const char *path)
{
	int source = open_pinned(path, O_PATH);
	int tree = sys_open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0)
		fail(errno == EINVAL ? "mount below source" : "mount clone", path);
	close(source);
	return tree;
}

int clone_source(const char *path)
{
	int tree = clone_pinned(path);
	set_attributes(tree, NO_SETUID | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, path);
	return tree;
}

void set_attributes(int tree, uint64_t set, const char *path)
{
	/* Private: what the host mounts there later does not come in. */
	struct mount_attr attr = { .attr_set = set, .propagation = MS_PRIVATE };
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) < 0)
		fail("mount attributes", path);
}

static bool writable(const struct op *op)
{
	return op->kind == OP_UPPER || op->kind == OP_BRANCH || (op->kind == OP_BIND && strcmp(op->arg[2], "rw") == 0);
}

/*
 * Shows what the source's owner owns as the sandbox's own. A read-only source whose file system cannot do
 * that is mounted all the same: the sandbox then reads only what everybody may read, which is less.
 */
static void map_owner(int tree, const struct op *op, const struct ids *ids)
{
	struct stat owner;
	if (fstat(tree, &owner) < 0)
		fail("mount source", op->arg[0]);
	if (owner.st_uid == ids->outside_uid && owner.st_gid == ids->outside_gid)
		return; /* given to the sandbox's id by the caller, as a file system without id maps needs it */
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (unsigned)ids_mount_map(ids, owner.st_uid, owner.st_gid) };
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr) < 0 &&
	    (writable(op) || op->kind == OP_BRANCH_LOWER))
		fail("mount id map", op->arg[0]);
}

/* A service of the host may have been put there since the path was checked. */
static void refuse_socket(int tree, const struct op *op)
{
	struct stat status;
	if (fstat(tree, &status) < 0 || S_ISSOCK(status.st_mode)) {
		errno = EINVAL;
		fail("mount source", op->arg[0]);
	}
}

static int open_mount(const struct op *op, const struct ids *ids, bool layer)
{
	/* The host's system comes with all that is mounted in it; what becomes a layer is one file system. */
	int tree = op->kind == OP_SYSTEM ? clone_path(AT_FDCWD, op->arg[0], layer ? 0 : AT_RECURSIVE) :
					   clone_pinned(op->arg[0]);
	if (op->kind == OP_BIND)
		refuse_socket(tree, op);
	if (op->kind != OP_SYSTEM && op->kind != OP_ROOTFS && ids->privileged)
		map_owner(tree, op, ids);
	set_attributes(tree, NO_SETUID | (writable(op) ? 0 : MOUNT_ATTR_RDONLY), op->arg[0]);
	return tree;
}

void mounts_open(struct policy *policy, const struct ids *ids)
{
	bool layer = policy_find(policy, OP_UPPER);
	for (struct op *op = policy->ops; op < policy->ops + policy->count; op++) {
		bool upper = op->kind == OP_UPPER && *op->arg[0];
		bool branch = op->kind == OP_BRANCH_LOWER || op->kind == OP_BRANCH;
		if (op->kind != OP_SYSTEM && op->kind != OP_BIND && op->kind != OP_ROOTFS && !upper && !branch)
			continue;
		op->fd = open_mount(op, ids, layer);
		if (writable(op))
			disk_check(policy, op->fd, op->arg[0]);
	}
}

void mounts_check_access(const struct policy *policy)
{
	struct stat status;
	FOR_EACH_OP(policy, op, OP_BIND) {
		if (fstat(op->fd, &status) < 0)
			fail("mount source", op->arg[0]);
		int wanted = (writable(op) ? R_OK | W_OK : R_OK) | (S_ISDIR(status.st_mode) ? X_OK : 0);
		if (syscall(SYS_faccessat2, op->fd, "", wanted, AT_EMPTY_PATH | AT_EACCESS) < 0)
			fail("mount access", op->arg[0]);
	}
}

static void lock_upper(const char *path)
{
	int fd = move_descriptor(open_pinned(path, O_RDONLY | O_DIRECTORY), FIRST_FREE_FD, "mount source");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		fail("upper in use", path);
}

void upper_lock(const struct policy *policy)
{
	const struct op *upper = policy_find(policy, OP_UPPER);
	if (upper && *upper->arg[0])
		lock_upper(upper->arg[0]);
	FOR_EACH_OP(policy, op, OP_BRANCH)
		lock_upper(op->arg[0]);
}
