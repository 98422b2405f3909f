/* Changing what is mounted for reading only. Each leaves the file as it was where it succeeds. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* open-write PATH ...: the first of them that opens for writing, without writing; /dev/null may cover them */
static enum outcome open_write(char **args)
{
	int error = ENOENT;
	for (; *args; args++) {
		struct stat status;
		int fd = open(*args, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
			say("%s", *args);
			return SUCCEEDED;
		}
		if (error == ENOENT)
			error = fd < 0 ? errno : ENODEV;
	}
	return refused_with(error);
}

/* create PATH */
static enum outcome create_file(char **args)
{
	int fd = open(args[0], O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlink(args[0]);
	return outcome_of(fd);
}

/* reopen-write PATH: for reading first, then by the magic link of its descriptor for writing */
static enum outcome reopen_write(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return untried("the file is not there");
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return outcome_of(open(path, O_RDWR | O_CLOEXEC));
}

/* map-write PATH: a shared mapping, writable at once or made so later */
static enum outcome map_write(char **args)
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return untried("the file is not there");
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	if (mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return SUCCEEDED;
	void *later = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	return later == MAP_FAILED ? refused_with(errno) : outcome_of(mprotect(later, bytes, PROT_READ | PROT_WRITE));
}

/* change-status PATH: its mode, owner or times */
static enum outcome change_status(char **args)
{
	struct stat status;
	if (stat(args[0], &status) < 0)
		return untried("the file is not there");
	const struct timespec times[] = { status.st_atim, status.st_mtim };
	if (chmod(args[0], status.st_mode & 0777) == 0)
		say("chmod");
	else if (chown(args[0], getuid(), (gid_t)-1) == 0)
		say("chown");
	else if (utimensat(AT_FDCWD, args[0], times, 0) == 0)
		say("utimensat");
	else
		return refused_with(errno);
	return SUCCEEDED;
}

/* change-attribute PATH */
static enum outcome change_attribute(char **args)
{
	int result = setxattr(args[0], "user.cloison-attack", "1", 1, 0);
	if (result < 0 && errno == EOPNOTSUPP)
		return untried("no extended attributes on this file system");
	if (result == 0)
		removexattr(args[0], "user.cloison-attack");
	return outcome_of(result);
}

/* change-flags PATH: FS_NODUMP_FL, which a file's owner may set */
static enum outcome change_flags(char **args)
{
	int flags = 0;
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return untried("the file is not there");
	if (syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags) < 0)
		return untried("no flags on this file system");
	int changed = flags ^ FS_NODUMP_FL;
	long result = syscall(SYS_ioctl, fd, FS_IOC_SETFLAGS, &changed);
	int error = errno;
	if (result == 0)
		syscall(SYS_ioctl, fd, FS_IOC_SETFLAGS, &flags);
	errno = error;
	return outcome_of(result);
}

/* change-names DIRECTORY NAME: takes a file out, or makes a directory */
static enum outcome change_names(char **args)
{
	char old[4096], new[4096];
	snprintf(old, sizeof old, "%s/%s", args[0], args[1]);
	snprintf(new, sizeof new, "%s/attack-new", args[0]);
	if (rename(old, new) == 0) {
		rename(new, old);
		say("rename");
		return SUCCEEDED;
	}
	if (mkdir(new, 0700) < 0 && unlink(old) < 0)
		return refused_with(errno);
	rmdir(new);
	say("mkdir or unlink");
	return SUCCEEDED;
}

/* clone-writable DIRECTORY NAME: a copy of the mount whose flag is cleared */
static enum outcome clone_writable(char **args)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, args[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return refused_with(errno);
	struct mount_attr attributes = { .attr_clr = MOUNT_ATTR_RDONLY };
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
		return refused_with(errno);
	return outcome_of(openat(tree, args[1], O_WRONLY | O_CLOEXEC));
}

/* lease PATH: whoever opens the file next waits until the holder gives it back, or for lease-break-time (45 s) */
static enum outcome lease(char **args)
{
	int fd = open(args[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return untried("the file cannot be made");
	enum outcome outcome = outcome_of(fcntl(fd, F_SETLEASE, F_WRLCK));
	fcntl(fd, F_SETLEASE, F_UNLCK);
	unlink(args[0]);
	return outcome;
}

const struct attack read_only_attacks[] = {
	{ "open-write", open_write },
	{ "create", create_file },
	{ "reopen-write", reopen_write },
	{ "map-write", map_write },
	{ "change-status", change_status },
	{ "change-attribute", change_attribute },
	{ "change-flags", change_flags },
	{ "change-names", change_names },
	{ "clone-writable", clone_writable },
	{ "lease", lease },
	{ NULL, NULL },
};
