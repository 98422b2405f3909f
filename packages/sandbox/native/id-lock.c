/*
 * Ids that no other living sandbox of the machine has: a lock on one byte of a file for each, which the kernel lets go
 * when the launcher ends, however it ends (open file description locks, see fcntl(2)). A byte's place is the id itself,
 * so ranges that overlap are told apart too.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Group ids are locked beyond all user ids. */
static const off_t GROUPS = (off_t)1 << 32;

enum { MAX_LOCKS = 2 };

struct locks {
	int fd[MAX_LOCKS];
	size_t count;
};

/* -1 for a directory that is somebody else's, or cannot be made: no host of this user's keeps ids apart there. */
static int open_lock(const char *path)
{
	struct stat status;
	if ((mkdir(path, 0700) < 0 && errno != EEXIST) || lstat(path, &status) < 0)
		return -1;
	if (status.st_uid != geteuid()) {
		errno = EPERM;
		return -1; /* others could take every id, or let one be taken twice */
	}
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0 || fstat(directory, &status) < 0)
		fail("id lock", path);
	if (status.st_uid != geteuid() || (status.st_mode & 022) != 0) {
		errno = EPERM;
		fail("id lock", path);
	}
	int fd = openat(directory, "ids", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		fail("id lock", path);
	close(directory);
	return move_descriptor(fd, FIRST_FREE_FD, "id lock");
}

/* An id is taken in all of them: a host that was started earlier may not have had the first. */
static struct locks open_locks(const struct policy *policy)
{
	struct locks locks = { .count = 0 };
	const char *path = "";
	FOR_EACH_OP(policy, op, OP_ID_LOCK) {
		path = op->arg[0];
		int fd = locks.count < MAX_LOCKS ? open_lock(path) : -1;
		if (fd >= 0)
			locks.fd[locks.count++] = fd;
	}
	if (locks.count == 0)
		fail("id lock", path);
	return locks;
}

static bool set_lock(int fd, short type, off_t place)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = place, .l_len = 1 };
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return true;
	if (errno != EAGAIN && errno != EACCES)
		fail("id lock", "fcntl");
	return false;
}

static void give_back(const struct locks *locks, uid_t uid, gid_t gid)
{
	for (size_t i = 0; i < locks->count; i++) {
		set_lock(locks->fd[i], F_UNLCK, uid);
		set_lock(locks->fd[i], F_UNLCK, GROUPS + gid);
	}
}

static bool take(const struct locks *locks, uid_t uid, gid_t gid)
{
	for (size_t i = 0; i < locks->count; i++)
		if (!set_lock(locks->fd[i], F_WRLCK, uid) || !set_lock(locks->fd[i], F_WRLCK, GROUPS + gid)) {
			give_back(locks, uid, gid);
			return false;
		}
	return true;
}

void ids_take(const struct policy *policy, struct ids *ids)
{
	struct locks locks = open_locks(policy); /* never closed here: their end frees the id */
	FOR_EACH_OP(policy, op, OP_ID_RANGE) {
		uint64_t uid = number(op->arg[0], "ids"), gid = number(op->arg[1], "ids"), count = number(op->arg[2], "ids");
		/* Not all from the same end: the first free one is found at once more often. */
		uint64_t start = count > 0 ? (uint64_t)getpid() % count : 0;
		for (uint64_t i = 0; i < count; i++) {
			uint64_t n = (start + i) % count;
			ids->outside_uid = (uid_t)(uid + n);
			ids->outside_gid = (gid_t)(gid + n);
			if (take(&locks, ids->outside_uid, ids->outside_gid))
				return;
		}
	}
	errno = EAGAIN;
	fail("ids used up", "every id of the range is a living sandbox's");
}
