/* Leaving something in a writable mount that gives rights to whoever runs or opens it outside. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const mode_t SET_ID = S_IFREG | S_ISUID | S_ISGID | 0755;

static int plain(const char *path)
{
	unlink(path);
	return open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0755);
}

/* Whether the file has a set-id bit now; takes the file away. */
static enum outcome has_set_id(const char *path, int error)
{
	struct stat status;
	int found = stat(path, &status);
	unlink(path);
	if (found == 0 && status.st_mode & (S_ISUID | S_ISGID))
		return SUCCEEDED;
	if (error)
		return refused_with(error);
	say("the bits were dropped");
	return REFUSED;
}

/* fchmodat2-set-id PATH */
static enum outcome fchmodat2_set_id(char **args)
{
	int fd = plain(args[0]);
	if (fd < 0)
		return untried("the file cannot be made");
	errno = 0;
	syscall(SYS_fchmodat2, fd, "", SET_ID & 07777, AT_EMPTY_PATH);
	return errno == ENOSYS ? (unlink(args[0]), refused_with(ENOSYS)) : has_set_id(args[0], errno);
}

/* mknod-set-id PATH */
static enum outcome mknod_set_id(char **args)
{
	umask(0);
	unlink(args[0]);
	errno = 0;
	mknod(args[0], SET_ID, 0);
	return has_set_id(args[0], errno);
}

/* nameless-set-id DIRECTORY */
static enum outcome nameless_set_id(char **args)
{
	umask(0);
	int fd = open(args[0], O_TMPFILE | O_RDWR | O_CLOEXEC, SET_ID & 07777);
	struct stat status;
	if (fd < 0)
		return errno == EOPNOTSUPP ? untried("no O_TMPFILE on this file system") : refused_with(errno);
	if (fstat(fd, &status) < 0 || !(status.st_mode & S_ISUID)) {
		say("the bits were dropped");
		return REFUSED;
	}
	return SUCCEEDED;
}

/* file-capability PATH: CAP_SYS_ADMIN for whoever runs it */
static enum outcome file_capability(char **args)
{
	int fd = plain(args[0]);
	if (fd < 0)
		return untried("the file cannot be made");
	struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE };
	data.data[0].permitted = 1U << CAP_SYS_ADMIN;
	int result = fsetxattr(fd, "security.capability", &data, sizeof data, 0);
	int error = errno;
	unlink(args[0]);
	if (result < 0 && error == EOPNOTSUPP)
		return untried("no file capabilities on this file system");
	errno = error;
	return outcome_of(result);
}

const struct attack file_mode_attacks[] = {
	{ "fchmodat2-set-id", fchmodat2_set_id },
	{ "mknod-set-id", mknod_set_id },
	{ "nameless-set-id", nameless_set_id },
	{ "file-capability", file_capability },
	{ NULL, NULL },
};
