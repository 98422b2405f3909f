/* Who owns the copy, its mode, its times and its user attributes. */
#define _GNU_SOURCE
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { KEPT_MODE = 01777 };

/* Of an overlay that trusts them: a layer below another would be read by what the sandbox wrote. */
static const char OVERLAYS[] = "user.overlay.";
static const char USERS[] = "user.";

static void copy_one_attribute(int from, int to, const char *name)
{
	char *value = malloc(XATTR_SIZE_MAX);
	if (!value)
		fail("copy", "memory");
	ssize_t length = fgetxattr(from, name, value, XATTR_SIZE_MAX);
	if (length >= 0 && fsetxattr(to, name, value, (size_t)length, 0) < 0)
		fail("copy attribute", name);
	free(value);
}

static void copy_user_attributes(int from, int to)
{
	static const size_t ROOM = XATTR_LIST_MAX;
	if (flistxattr(from, NULL, 0) <= 0)
		return; /* nearly always */
	char *list = malloc(ROOM);
	ssize_t length = list ? flistxattr(from, list, ROOM) : -1;
	if (length < 0)
		fail("copy attribute", "list");
	for (char *name = list; name < list + length; name += strlen(name) + 1)
		if (strncmp(name, USERS, strlen(USERS)) == 0 && strncmp(name, OVERLAYS, strlen(OVERLAYS)) != 0)
			copy_one_attribute(from, to, name);
	free(list);
}

static unsigned swapped(unsigned id, unsigned one, unsigned other)
{
	return id == one ? other : id == other ? one : id;
}

/* The two owners stand for each other, so that a copy of the copy is as it was; all other ids stay. */
static void give(const struct copy *copy, int to, const struct stat *status)
{
	const struct stat *a = &copy->from_root, *b = &copy->to_root;
	uid_t uid = swapped(status->st_uid, a->st_uid, b->st_uid);
	gid_t gid = swapped(status->st_gid, a->st_gid, b->st_gid);
	if ((uid != b->st_uid || gid != b->st_gid) && fchown(to, uid, gid) < 0)
		fail("copy owner", "chown");
}

void copy_attributes(struct copier *copier, int from, int to, mode_t made)
{
	struct stat status;
	if (fstat(from, &status) < 0)
		fail("copy read", "attributes");
	copy_user_attributes(from, to);
	if (copier->copy->gives)
		give(copier->copy, to, &status);
	/* No set-user-id and no set-group-id: a copy has another owner. */
	mode_t mode = status.st_mode & (S_ISDIR(status.st_mode) ? KEPT_MODE : 0777);
	if (mode != made && fchmod(to, mode) < 0)
		fail("copy write", "mode");
	const struct timespec times[2] = { status.st_atim, status.st_mtim };
	if (futimens(to, times) < 0)
		fail("copy write", "times");
}

void copy_directory_attributes(int from, int to, const struct stat *status)
{
	copy_user_attributes(from, to);
	const struct timespec times[2] = { status->st_atim, status->st_mtim };
	if (fchmod(to, status->st_mode & KEPT_MODE) < 0 || futimens(to, times) < 0)
		fail("copy write", "attributes");
}

/* The kernel takes what root has over files away with the id; they are still permitted. See capabilities(7). */
static void raise_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		fail("copy owner", "capget");
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted;
	if (syscall(SYS_capset, &header, data) < 0)
		fail("copy owner", "capset");
}

void create_as_owner(int directory)
{
	struct stat owner;
	if (fstat(directory, &owner) < 0)
		fail("copy owner", "fstat");
	if (geteuid() != 0)
		return;
	setfsgid(owner.st_gid);
	setfsuid(owner.st_uid);
	/* They tell the id before, which is the only way to know that they worked. */
	if (setfsgid(owner.st_gid) != (int)owner.st_gid || setfsuid(owner.st_uid) != (int)owner.st_uid)
		fail("copy owner", "setfsuid");
	raise_capabilities();
	/* Taken back with every change of ids. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("copy", "parent death signal");
}
