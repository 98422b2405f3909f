/* Changing what is mounted where. In namespaces of one's own all of it is allowed, and gone with them. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* sys/mount.h and linux/mount.h cannot be had together everywhere. */
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
enum { REMOUNT = 32, BIND = 4096, READ_ONLY = 1, DETACH = 2 };

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* mount-new TYPE TARGET */
static enum outcome mount_new(char **args)
{
	return outcome_of(mount("none", args[1], args[0], 0, NULL));
}

/* mount-bind SOURCE TARGET */
static enum outcome mount_bind(char **args)
{
	return outcome_of(mount(args[0], args[1], NULL, BIND, NULL));
}

/* remount-writable TARGET [own]: with a read-only file system of its own there first. */
static enum outcome remount_writable(char **args)
{
	if (args[1] && mount("none", args[0], "tmpfs", READ_ONLY, NULL) < 0)
		return untried("no file system of its own");
	return outcome_of(mount(NULL, args[0], NULL, REMOUNT | BIND, NULL));
}

/* unmount TARGET */
static enum outcome unmount(char **args)
{
	return outcome_of(umount2(args[0], DETACH));
}

static enum outcome new_file_system(char **args)
{
	return outcome_of(syscall(SYS_fsopen, args[0], 0));
}

static enum outcome clone_tree(char **args)
{
	return outcome_of(syscall(SYS_open_tree, AT_FDCWD, args[0], OPEN_TREE_CLONE));
}

/* move-mount FROM TO */
static enum outcome move_mount(char **args)
{
	return outcome_of(syscall(SYS_move_mount, AT_FDCWD, args[0], AT_FDCWD, args[1], 0));
}

/* set-writable TARGET */
static enum outcome set_writable(char **args)
{
	struct mount_attr attributes = { .attr_clr = MOUNT_ATTR_RDONLY };
	return outcome_of(syscall(SYS_mount_setattr, AT_FDCWD, args[0], 0, &attributes, sizeof attributes));
}

static int make_directory(const char *path)
{
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* A root of one's own making, with the old one below it. */
static enum outcome pivot_aside(char **args)
{
	(void)args;
	mount("none", "/tmp", "tmpfs", 0, NULL); /* in a sandbox pivot_root must be refused without it too */
	if (chdir("/tmp") < 0 || make_directory("aside") < 0)
		return untried("no directory to stand on");
	return outcome_of(syscall(SYS_pivot_root, ".", "aside"));
}

static enum outcome change_root(char **args)
{
	return outcome_of(chroot(args[0]));
}

static int same_root(const struct stat *before)
{
	struct stat now;
	return stat("/", &now) == 0 && now.st_dev == before->st_dev && now.st_ino == before->st_ino;
}

/* Leaves a root by making another below it, while standing outside of that one. */
static enum outcome change_root_twice(char **args)
{
	(void)args;
	struct stat real;
	int outside = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (outside < 0 || stat("/", &real) < 0 || make_directory("prison") < 0 || make_directory("prison/cell") < 0)
		return untried("no directory to be locked up in");
	int locked = chroot("prison");
	if (locked == 0 && same_root(&real))
		return untried("chroot does nothing");
	if (locked < 0 || chroot("/cell") < 0 || fchdir(outside) < 0)
		return outcome_of(-1);
	for (int level = 0; level < 32; level++)
		if (chdir("..") < 0)
			return outcome_of(-1);
	if (chroot(".") < 0)
		return outcome_of(-1);
	say("the first root again");
	return same_root(&real) ? SUCCEEDED : REFUSED;
}

const struct attack mount_attacks[] = {
	{ "mount-new", mount_new },
	{ "mount-bind", mount_bind },
	{ "remount-writable", remount_writable },
	{ "unmount", unmount },
	{ "fsopen", new_file_system },
	{ "open-tree", clone_tree },
	{ "move-mount", move_mount },
	{ "set-writable", set_writable },
	{ "pivot-aside", pivot_aside },
	{ "chroot", change_root },
	{ "chroot-twice", change_root_twice },
	{ NULL, NULL },
};
