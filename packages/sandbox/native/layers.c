/*
 * A root of layers (overlayfs): a directory that the caller gave, or the host's system, with what the sandbox needs in a
 * layer above it, so that nothing is ever created in the caller's tree; and, where asked for, a layer on top that the
 * sandbox writes to. All of it is made inside the sandbox's user namespace and with its rights: the kernel looks into
 * the layers with those, for as long as the overlay lives. See Documentation/filesystems/overlayfs.rst.
 *
 * Layers must be attached before they can be named (detached ones are taken since Linux 6.15), so they lie in the tmpfs
 * that the sandbox is built in:
 *
 *   made          targets of mounts, /etc/passwd and so on
 *   upper         a tmpfs of its own, or the caller's directory; in it, for each overlay, files and work
 *   N/lower       the N-th directory that is shown writable, or the caller's root
 *   N/mirror      its directories, as the sandbox's own
 *   top           the overlay that becomes the root
 *
 * None of them can be reached once the root is changed: they go with the old one.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_NAME = 256, MAX_OPTION = 1024 };

/* Room for the directories of a mirror, one for each page: beside what the sandbox may write, which can be far less. */
static const char *const MIRROR_BYTES = "1073741824";

static void make_directory(int at, const char *name)
{
	if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
		fail("overlay", name);
}

static int open_directory(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail("overlay", name);
	return fd;
}

static void set_option(int fs, const char *key, const char *value)
{
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0) < 0)
		fail("overlay", key);
}

/* Both lie in one directory of the upper file system, as they must. */
static void set_upper(int fs, const char *upper)
{
	static const char *const parts[][2] = { { "upperdir", "files" }, { "workdir", "work" } };
	char option[MAX_OPTION];
	make_directory(AT_FDCWD, upper);
	/* No link that somebody has put there while it was an ordinary directory, now or on the way below. */
	close(open_directory(AT_FDCWD, upper));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(option, sizeof option, "%s/%s", upper, parts[i][1]);
		make_directory(AT_FDCWD, option);
		close(open_directory(AT_FDCWD, option));
		set_option(fs, parts[i][0], option);
	}
}

/* The working directory is the tmpfs that holds the layers: their names are short, and tell the sandbox nothing. */
static int mount_overlay(const char *lower, const char *upper)
{
	int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	if (fs < 0)
		fail("overlay", "kernel module");
	set_option(fs, "source", "layers");
	set_option(fs, "lowerdir", lower);
	/* With an ordinary user's attributes the kernel follows no redirection and takes no data from elsewhere. */
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
		fail("overlay", "userxattr");
	if (upper)
		set_upper(fs, upper);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fail("overlay", upper ? "writable" : "read-only");
	int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, NO_SETUID | (upper ? 0 : MOUNT_ATTR_RDONLY));
	if (mount < 0)
		fail("overlay", "mount");
	close(fs);
	return mount;
}

/* Attaches a directory as the next lower layer; `mirrored` also where the sandbox shall write. Returns its number. */
static int add_lower(int tree, bool mirrored)
{
	static int count;
	char name[MAX_NAME];
	snprintf(name, sizeof name, "%d", count);
	make_directory(AT_FDCWD, name);
	if (mirrored) {
		int own = new_filesystem("tmpfs", MIRROR_BYTES, "0755", NO_SETUID);
		if (sys_move_mount(own, AT_FDCWD, name) < 0)
			fail("overlay", name);
		close(own);
	}
	snprintf(name, sizeof name, "%d/lower", count);
	make_directory(AT_FDCWD, name);
	if (sys_move_mount(tree, AT_FDCWD, name) < 0)
		fail("overlay", name);
	close(tree);
	if (mirrored) {
		int from = open_directory(AT_FDCWD, name);
		snprintf(name, sizeof name, "%d/mirror", count);
		make_directory(AT_FDCWD, name);
		int to = open_directory(AT_FDCWD, name);
		mirror_directories(from, to);
		close(to);
	}
	return count++;
}

static void attach_upper(const struct op *upper)
{
	int tree = upper->fd >= 0 ? upper->fd : new_filesystem("tmpfs", upper->arg[1], "0755", NO_SETUID);
	make_directory(AT_FDCWD, "upper");
	if (sys_move_mount(tree, AT_FDCWD, "upper") < 0)
		fail("overlay", "upper");
	close(tree);
}

void layers_begin(struct root *root, const struct policy *policy, int base)
{
	const struct op *upper = policy_find(policy, OP_UPPER);
	*root = (struct root){ .base = base, .made = base, .top = base, .writable = upper };
	root->layered = upper || policy_find(policy, OP_ROOTFS);
	if (!root->layered)
		return;
	if (fchdir(base) < 0)
		fail("overlay", "directory");
	make_directory(AT_FDCWD, "made");
	make_directory(AT_FDCWD, "top");
	root->made = open_directory(AT_FDCWD, "made");
	if (upper)
		attach_upper(upper);
}

void layers_end(struct root *root, const struct policy *policy)
{
	if (!root->layered)
		return;
	const struct op *rootfs = policy_find(policy, OP_ROOTFS);
	char lower[MAX_OPTION] = "made";
	if (rootfs) {
		int number = add_lower(rootfs->fd, root->writable);
		if (root->writable)
			snprintf(lower, sizeof lower, "made:%d/mirror:%d/lower", number, number);
		else
			snprintf(lower, sizeof lower, "made:%d/lower", number);
	}
	root->top = mount_overlay(lower, root->writable ? rootfs ? "upper/rootfs" : "upper/root" : NULL);
	if (sys_move_mount(root->top, root->base, "top") < 0)
		fail("overlay", "top");
}

int layers_over(const struct root *root, int tree, const char *path)
{
	if (fchdir(root->base) < 0)
		fail("overlay", "directory");
	static const char UPPER[] = "upper/";
	char name[sizeof UPPER + MAX_NAME], lower[MAX_OPTION];
	if (snprintf(name, sizeof name, "%s%s", UPPER, relative(path)) >= (int)sizeof name) {
		errno = ENAMETOOLONG;
		fail("overlay", path);
	}
	for (char *slash = strchr(name + strlen(UPPER), '/'); slash; slash = strchr(slash, '/'))
		*slash = '-';
	int number = add_lower(tree, true);
	snprintf(lower, sizeof lower, "%d/mirror:%d/lower", number, number);
	return mount_overlay(lower, name);
}

/*
 * A private view of a snapshot, whose files become the sandbox's own in the layer above. Where the root has no layers,
 * both lie in what /proc will cover, so that nothing has to be detached again.
 */
int layers_branch(const struct root *root, int lower, int upper)
{
	static int count;
	char names[2][MAX_NAME];
	const int trees[2] = { lower, upper };
	int at = root->layered ? root->base : open_directory(root->made, "proc");
	if (fchdir(at) < 0)
		fail("overlay", "directory");
	for (int i = 0; i < 2; i++) {
		snprintf(names[i], sizeof names[i], "branch-%d-%s", count, i ? "upper" : "lower");
		make_directory(AT_FDCWD, names[i]);
		if (sys_move_mount(trees[i], AT_FDCWD, names[i]) < 0)
			fail("overlay", names[i]);
		close(trees[i]);
	}
	count++;
	return mount_overlay(names[0], names[1]);
}
