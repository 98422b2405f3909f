/* The writable sources, pinned by descriptors: what is counted is what is mounted, whoever swaps paths meanwhile. */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>

static struct disk_sources sources;

bool disk_is_source(const struct stat *status)
{
	for (size_t i = 0; i < sources.count; i++)
		if (sources.status[i].st_ino == status->st_ino && sources.status[i].st_dev == status->st_dev)
			return true;
	return false;
}

static void add(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS };
	struct stat status;
	int fd = sys_openat2(AT_FDCWD, path, &how);
	if (fd < 0 || fstat(fd, &status) < 0)
		fail("mount source", path);
	if (disk_is_source(&status)) {
		close(fd);
		return;
	}
	if (sources.count == DISK_MAX_SOURCES) {
		errno = E2BIG;
		fail("disk", "too many writable mounts");
	}
	sources.fd[sources.count] = move_descriptor(fd, FIRST_FREE_FD, "descriptor");
	sources.status[sources.count++] = status;
}

const struct disk_sources *disk_open(const struct policy *policy)
{
	FOR_EACH_OP(policy, op, OP_DISK_SOURCE)
		add(op->arg[0]);
	return policy_find(policy, OP_DISK) ? &sources : NULL;
}

void disk_check(const struct policy *policy, int tree, const char *path)
{
	struct stat mounted;
	if (!policy_find(policy, OP_DISK))
		return;
	if (fstat(tree, &mounted) < 0 || !disk_is_source(&mounted)) {
		errno = ESTALE;
		fail("mount source", path);
	}
}

void disk_forget(void)
{
	for (size_t i = 0; i < sources.count; i++)
		close(sources.fd[i]);
	sources.count = 0;
}
