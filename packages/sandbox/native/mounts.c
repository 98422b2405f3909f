/*
 * The sandbox's file system, by the mount API of Linux 5.2 (open_tree, fsopen, move_mount) and mount_setattr
 * of 5.12: every mount is made detached, given its attributes, and only then attached, so that there is no
 * moment at which it is there without them.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const char *relative(const char *path)
{
	return *path == '/' ? path + 1 : path;
}

static void make_parents(int root, const char *path)
{
	char copy[4096];
	if (strlen(path) >= sizeof copy) {
		errno = ENAMETOOLONG;
		fail("mount target", path);
	}
	strcpy(copy, path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(root, relative(copy), 0755) < 0 && errno != EEXIST)
			fail("mount target", path);
		*slash = '/';
	}
}

/* Nothing that the caller named is on the way: the path leads through directories made here. */
static void attach(int tree, int root, const char *path)
{
	if (sys_move_mount(tree, root, relative(path)) < 0)
		fail("mount attach", path);
	close(tree);
}

static void attach_pinned(int tree, int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int target = sys_openat2(root, relative(path), &how);
	if (target < 0 || sys_move_mount(tree, target, "") < 0)
		fail("mount attach", path);
	close(target);
	close(tree);
}

static int make(int root, const char *path, bool directory)
{
	int done = directory ? mkdirat(root, relative(path), 0755) : mknodat(root, relative(path), S_IFREG | 0644, 0);
	return done < 0 && errno == EEXIST ? 0 : done;
}

static void make_target(int root, const char *path, bool directory)
{
	if (make(root, path, directory) == 0)
		return;
	make_parents(root, path);
	if (make(root, path, directory) < 0)
		fail("mount target", path);
}

static int new_filesystem(const char *type, const char *size, const char *mode, uint64_t attributes)
{
	int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	if (fs < 0)
		fail("new file system", type);
	if ((size && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size", size, 0) < 0) ||
	    (mode && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, strcmp(type, "devpts") ? "mode" : "ptmxmode", mode, 0) < 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fail("new file system", type);
	int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
	if (mount < 0)
		fail("new file system", type);
	close(fs);
	return mount;
}

static void add_bind(struct op *op, int root, const struct ids *ids)
{
	int tree = op->fd >= 0 ? op->fd : open_mount(op, ids);
	struct stat status;
	if (fstat(tree, &status) < 0)
		fail("mount source", op->arg[0]);
	make_target(root, op->arg[1], S_ISDIR(status.st_mode));
	if (op->kind == OP_BIND)
		attach_pinned(tree, root, op->arg[1]);
	else
		attach(tree, root, op->arg[1]);
}

static int create_file(int root, const char *path)
{
	return openat(root, relative(path), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
}

static void add_file(const struct op *op, int root)
{
	int fd = create_file(root, op->arg[0]);
	if (fd < 0 && errno == ENOENT) {
		make_parents(root, op->arg[0]);
		fd = create_file(root, op->arg[0]);
	}
	size_t length = strlen(op->arg[1]);
	if (fd < 0 || write(fd, op->arg[1], length) != (ssize_t)length)
		fail("file", op->arg[0]);
	close(fd);
}

static void add_symlink(const struct op *op, int root)
{
	if (symlinkat(op->arg[0], root, relative(op->arg[1])) == 0)
		return;
	make_parents(root, op->arg[1]);
	if (symlinkat(op->arg[0], root, relative(op->arg[1])) < 0)
		fail("symlink", op->arg[1]);
}

/* A writable directory: a view of the root's own file system that stays writable when the root no longer is. */
static void add_scratch(const struct op *op, int root)
{
	make_target(root, op->arg[0], true);
	attach(clone_path(root, relative(op->arg[0]), 0), root, op->arg[0]);
}

static void add_devices(int root)
{
	static const char *const nodes[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty" };
	static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" }, { "fd/0", "dev/stdin" }, { "fd/1", "dev/stdout" },
						{ "fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		make_target(root, nodes[i], false);
		int tree = clone_path(AT_FDCWD, nodes[i], 0);
		attach(tree, root, nodes[i]);
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i][0], root, links[i][1]) < 0)
			fail("symlink", links[i][1]);
	make_target(root, "/dev/pts", true);
	attach(new_filesystem("devpts", NULL, "0666", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), root, "/dev/pts");
}

static void make_read_only(const struct op *op, int root)
{
	int tree = clone_path(root, relative(op->arg[0]), AT_RECURSIVE);
	set_attributes(tree, MOUNT_ATTR_RDONLY | NO_SETUID | MOUNT_ATTR_NOEXEC, op->arg[0]);
	attach(tree, root, op->arg[0]);
}

/*
 * Covers a file with /dev/null and a directory with an empty one. What this kernel does not have needs no cover;
 * asked first, because throwing a detached mount away costs a grace period of RCU.
 */
static void mask(const struct op *op, int root)
{
	struct stat status;
	if (fstatat(root, relative(op->arg[0]), &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	bool directory = S_ISDIR(status.st_mode);
	int tree = clone_path(root, directory ? "var/empty" : "dev/null", 0);
	if (directory)
		set_attributes(tree, MOUNT_ATTR_RDONLY | NO_SETUID | MOUNT_ATTR_NOEXEC, op->arg[0]);
	attach(tree, root, op->arg[0]);
}

static void build(struct op *op, int root, const struct ids *ids)
{
	switch (op->kind) {
	case OP_SYSTEM:
	case OP_BIND:
		add_bind(op, root, ids);
		break;
	case OP_SYMLINK:
		add_symlink(op, root);
		break;
	case OP_SCRATCH:
		add_scratch(op, root);
		break;
	case OP_DIRECTORY:
		make_target(root, op->arg[0], true);
		break;
	case OP_FILE:
		add_file(op, root);
		break;
	case OP_PROC:
		make_target(root, "/proc", true);
		attach(new_filesystem("proc", NULL, NULL, NO_SETUID | MOUNT_ATTR_NOEXEC), root, "/proc");
		break;
	case OP_DEV:
		add_devices(root);
		break;
	case OP_MASK:
		mask(op, root);
		break;
	case OP_READ_ONLY:
		make_read_only(op, root);
		break;
	default:
		break;
	}
}

/* A directory of the host's to stand on while building; what it hides is gone with the old root. */
static void stand(int root)
{
	static const char *const places[] = { "/tmp", "/mnt", "/run", "/var" };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (sys_move_mount(root, AT_FDCWD, places[i]) == 0)
			return;
	fail("root", "no directory to mount on among /tmp /mnt /run /var");
}

void mounts_build(struct policy *policy, const struct ids *ids)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private) < 0)
		fail("root", "private propagation");
	if (!ids->privileged)
		mounts_open(policy, ids); /* before /tmp is covered */
	const struct op *size = policy_find(policy, OP_ROOT);
	int root = new_filesystem("tmpfs", size ? size->arg[0] : "16m", "0755", NO_SETUID);
	stand(root);
	for (struct op *op = policy->ops; op < policy->ops + policy->count; op++)
		build(op, root, ids);
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	if (sys_mount_setattr(root, "", AT_EMPTY_PATH, &read_only) < 0)
		fail("root", "read-only");
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || chdir("/") < 0)
		fail("root", "pivot");
	close(root);
}
