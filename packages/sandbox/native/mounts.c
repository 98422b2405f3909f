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
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Directories of the caller's, or of an earlier sandbox's, may lie on the way. */
static void attach_pinned(int tree, const struct root *root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int target = sys_openat2(root->top, relative(path), &how);
	if (target < 0 || sys_move_mount(tree, target, "") < 0)
		fail("mount attach", path);
	close(target);
	close(tree);
}

/* On a path through directories that were made here alone, unless the root has layers. */
static void attach(int tree, const struct root *root, const char *path)
{
	if (root->layered) {
		attach_pinned(tree, root, path);
		return;
	}
	if (sys_move_mount(tree, root->top, relative(path)) < 0)
		fail("mount attach", path);
	close(tree);
}

static bool set(int fs, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0) == 0;
}

/* As many files as pages, because an empty one takes memory of the kernel's; and what a root is made of. */
static bool set_size(int fs, const char *size)
{
	enum { FEWEST = 1024, PAGE = 4096 };
	char files[32];
	snprintf(files, sizeof files, "%llu", (unsigned long long)number(size, "root") / PAGE + FEWEST);
	return set(fs, "size", size) && set(fs, "nr_inodes", files);
}

/* The sandbox's, whoever opens them; not so many that other sandboxes of the host can have none. */
static bool set_terminals(int fs, const char *mode)
{
	char uid[16], gid[16];
	snprintf(uid, sizeof uid, "%u", geteuid());
	snprintf(gid, sizeof gid, "%u", getegid());
	return set(fs, "ptmxmode", mode) && set(fs, "uid", uid) && set(fs, "gid", gid) && set(fs, "max", "256");
}

int new_filesystem(const char *type, const char *size, const char *mode, uint64_t attributes)
{
	int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	if (fs < 0)
		fail("new file system", type);
	bool terminals = strcmp(type, "devpts") == 0;
	if ((size && !set_size(fs, size)) || (mode && !(terminals ? set_terminals(fs, mode) : set(fs, "mode", mode))) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fail("new file system", type);
	int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
	if (mount < 0)
		fail("new file system", type);
	close(fs);
	return mount;
}

static bool is_directory(const struct op *op)
{
	struct stat status;
	if (fstat(op->fd, &status) < 0)
		fail("mount source", op->arg[0]);
	return S_ISDIR(status.st_mode);
}

static const char *const device_nodes[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty" };
enum { DEVICE_NODES = sizeof device_nodes / sizeof *device_nodes };

static void make_devices(int at)
{
	static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" }, { "fd/0", "dev/stdin" }, { "fd/1", "dev/stdout" },
						{ "fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };
	for (size_t i = 0; i < DEVICE_NODES; i++)
		make_target(at, device_nodes[i], false);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i][0], at, links[i][1]) < 0)
			fail("symlink", links[i][1]);
	make_target(at, "/dev/pts", true);
}

static void attach_devices(const struct root *root)
{
	if (root->layered) {
		/* Nothing but these, whatever lies in the /dev of a lower layer; and not for writing. */
		int tree = clone_path(root->made, "dev", 0);
		set_attributes(tree, MOUNT_ATTR_RDONLY | NO_SETUID, "/dev");
		attach(tree, root, "/dev");
	}
	for (size_t i = 0; i < DEVICE_NODES; i++)
		attach(clone_path(AT_FDCWD, device_nodes[i], 0), root, device_nodes[i]);
	attach(new_filesystem("devpts", NULL, "0666", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), root, "/dev/pts");
}

static void attach_system(const struct op *op, const struct root *root)
{
	if (!root->writable)
		attach(op->fd, root, op->arg[1]);
	else if (is_directory(op))
		attach(layers_over(root, op->fd, op->arg[1]), root, op->arg[1]);
}

static void make_read_only(const struct op *op, const struct root *root)
{
	int tree = clone_path(root->top, relative(op->arg[0]), AT_RECURSIVE);
	set_attributes(tree, MOUNT_ATTR_RDONLY | NO_SETUID | MOUNT_ATTR_NOEXEC, op->arg[0]);
	attach(tree, root, op->arg[0]);
}

/*
 * Covers a file with /dev/null and a directory with an empty one. What this kernel does not have needs no cover;
 * asked first, because throwing a detached mount away costs a grace period of RCU.
 */
static void mask(const struct op *op, const struct root *root)
{
	struct stat status;
	if (fstatat(root->top, relative(op->arg[0]), &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	bool directory = S_ISDIR(status.st_mode);
	int tree = directory ? clone_path(root->made, "var/empty", 0) : clone_path(AT_FDCWD, "/dev/null", 0);
	if (directory)
		set_attributes(tree, MOUNT_ATTR_RDONLY | NO_SETUID | MOUNT_ATTR_NOEXEC, op->arg[0]);
	attach(tree, root, op->arg[0]);
}

/* First, everything that mounts need to be there; in a root of layers they cannot be made any later. */
static void make(const struct op *op, const struct root *root)
{
	switch (op->kind) {
	case OP_SYSTEM:
		if (root->writable && !is_directory(op))
			make_copy(root->made, op->arg[1]);
		else
			make_target(root->made, op->arg[1], is_directory(op));
		break;
	case OP_BIND:
	case OP_BRANCH:
		make_target(root->made, op->arg[1], is_directory(op));
		break;
	case OP_SYMLINK:
		make_symlink(root->made, op->arg[0], op->arg[1]);
		break;
	case OP_FILE:
		make_file(root->made, op->arg[0], op->arg[1]);
		break;
	case OP_SCRATCH:
	case OP_DIRECTORY:
		make_target(root->made, op->arg[0], true);
		break;
	case OP_PROC:
		make_target(root->made, "/proc", true);
		break;
	case OP_DEV:
		make_devices(root->made);
		break;
	default:
		break;
	}
}

static void mount_one(const struct op *op, const struct root *root)
{
	switch (op->kind) {
	case OP_SYSTEM:
		attach_system(op, root);
		break;
	case OP_BIND:
		attach_pinned(op->fd, root, op->arg[1]);
		break;
	case OP_BRANCH:
		attach_pinned(op->fd, root, op->arg[1]);
		break;
	case OP_SCRATCH:
		/* A view of the root's own file system that stays writable when the root no longer is. */
		attach(clone_path(root->made, relative(op->arg[0]), 0), root, op->arg[0]);
		break;
	case OP_PROC:
		attach(new_filesystem("proc", NULL, NULL, NO_SETUID | MOUNT_ATTR_NOEXEC), root, "/proc");
		break;
	case OP_DEV:
		attach_devices(root);
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

void mounts_build(struct policy *policy)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private) < 0)
		fail("root", "private propagation");
	const struct op *size = policy_find(policy, OP_ROOT);
	int base = new_filesystem("tmpfs", size ? size->arg[0] : "16777216", "0755", NO_SETUID);
	stand(base);
	struct root root;
	layers_begin(&root, policy, base);
	const struct op *end = policy->ops + policy->count;
	for (const struct op *op = policy->ops; op < end; op++)
		make(op, &root);
	layers_end(&root, policy);
	FOR_EACH_OP(policy, op, OP_BRANCH)
		op->fd = layers_branch(&root, op[-1].fd, op->fd);
	for (const struct op *op = policy->ops; op < end; op++)
		mount_one(op, &root);
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	if (!root.writable && sys_mount_setattr(root.top, "", AT_EMPTY_PATH, &read_only) < 0)
		fail("root", "read-only");
	if (fchdir(root.top) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || chdir("/") < 0)
		fail("root", "pivot");
	close(root.top);
}
