/*
 * A project quota on the writable sources (ext4, xfs): all in them gets a project id of the sandbox's own, which new
 * files inherit, and the file system refuses what goes beyond the limit. See quotactl(2) and FS_IOC_FSSETXATTR(2const).
 *
 * Only a process in the host's own user namespace may change a project id, so the sandbox cannot leave its project. A
 * launcher that was killed leaves ids behind: the next sandbox of the same source takes them over, and the limits of
 * the dead are lifted at every start.
 */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <signal.h>
#include <stdio.h>

/* quota.h gives the commands without their types; sys/quota.h, which has both, does not go with it. */
enum { PROJECT_QUOTA = 2, COMMAND_SHIFT = 8 };
/* The kernel counts limits in blocks of this size (QIF_DQBLKSIZE). */
enum { QUOTA_BLOCK = 1024 };

/* Ids of sandboxes: a launcher's process id added to this, or to a multiple of the most process ids beyond it. */
static const uint32_t FIRST_PROJECT = 0x43000000, PROCESS_IDS = 1 << 22, LAST_PROJECT = 0x44000000;

struct tagging {
	uint32_t from, to; /* what has the one gets the other */
	bool strict;       /* what has neither is an obstacle */
	bool failed;
};

static int quota(int fd, unsigned command, uint32_t id, void *data)
{
	return (int)syscall(SYS_quotactl_fd, fd, command << COMMAND_SHIFT | PROJECT_QUOTA, id, data);
}

static bool is_ours(uint32_t id)
{
	return id >= FIRST_PROJECT && id < LAST_PROJECT;
}

static bool is_dead(uint32_t id)
{
	pid_t pid = (pid_t)((id - FIRST_PROJECT) % PROCESS_IDS);
	return is_ours(id) && pid != getpid() && kill(pid, 0) < 0 && errno == ESRCH;
}

static bool limit(int fd, uint32_t id, uint64_t bytes, uint64_t files)
{
	struct if_dqblk block = { .dqb_bhardlimit = (bytes + QUOTA_BLOCK - 1) / QUOTA_BLOCK,
				  .dqb_ihardlimit = files,
				  .dqb_valid = QIF_LIMITS };
	return quota(fd, Q_SETQUOTA, id, &block) == 0;
}

/* The ids of the dead keep nobody from anything, but are given to others only once nothing has them. */
static void lift_limits_of_the_dead(int fd)
{
	struct if_nextdqblk next;
	for (uint32_t id = FIRST_PROJECT; quota(fd, Q_GETNEXTQUOTA, id, &next) == 0 && is_ours(next.dqb_id); id = next.dqb_id + 1)
		if (is_dead(next.dqb_id) && (next.dqb_bhardlimit || next.dqb_ihardlimit))
			limit(fd, next.dqb_id, 0, 0);
}

/* An id that no file has and no limit; 0 if there is none, or no quota. */
static uint32_t free_project(int fd)
{
	for (uint32_t id = FIRST_PROJECT + (uint32_t)getpid(); id < LAST_PROJECT; id += PROCESS_IDS) {
		struct if_dqblk block = { 0 };
		if (quota(fd, Q_GETQUOTA, id, &block) < 0 && errno != ENOENT)
			return 0;
		if (!block.dqb_curspace && !block.dqb_curinodes && !block.dqb_bhardlimit && !block.dqb_ihardlimit)
			return id;
	}
	return 0;
}

static void tag(struct disk_walk *walk, int fd, bool directory)
{
	struct tagging *tagging = walk->tagging;
	struct fsxattr attributes;
	if (syscall(SYS_ioctl, fd, FS_IOC_FSGETXATTR, &attributes) < 0) {
		tagging->failed = true;
		return;
	}
	uint32_t now = attributes.fsx_projid;
	if (now == tagging->to)
		return;
	if (now != tagging->from && !(tagging->strict && is_dead(now))) {
		tagging->failed |= tagging->strict;
		return;
	}
	attributes.fsx_projid = tagging->to;
	if (directory && tagging->to != 0)
		attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
	else
		attributes.fsx_xflags &= ~(uint32_t)FS_XFLAG_PROJINHERIT;
	tagging->failed |= syscall(SYS_ioctl, fd, FS_IOC_FSSETXATTR, &attributes) < 0;
}

static bool tag_all(const struct disk_sources *sources, struct tagging tagging)
{
	struct disk_walk walk = { .sources = sources, .enough = { UINT64_MAX, UINT64_MAX }, .visit = tag, .tagging = &tagging };
	disk_walk(&walk);
	file_set_clear(&walk.seen);
	return !tagging.failed && !walk.unaccountable[0];
}

static bool on_one_file_system(const struct disk_sources *sources)
{
	for (size_t i = 1; i < sources->count; i++)
		if (sources->status[i].st_dev != sources->status[0].st_dev)
			return false;
	return true;
}

/* quotactl_fd(2) takes no O_PATH descriptor. */
static int open_source(const struct disk_sources *sources)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", sources->fd[0]);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

bool quota_usage(const struct disk *disk, struct disk_usage *used)
{
	struct if_dqblk block;
	int fd = disk->project == 0 ? -1 : open_source(disk->sources);
	bool got = fd >= 0 && quota(fd, Q_GETQUOTA, disk->project, &block) == 0;
	if (got)
		*used = (struct disk_usage){ block.dqb_curspace, block.dqb_curinodes };
	if (fd >= 0)
		close(fd);
	return got;
}

bool quota_begin(struct disk *disk, const struct disk_usage *more)
{
	if (!on_one_file_system(disk->sources))
		return false;
	int fd = open_source(disk->sources);
	lift_limits_of_the_dead(fd);
	disk->project = fd < 0 ? 0 : free_project(fd);
	/* A limit that nothing meets keeps the id from others. */
	if (disk->project != 0 && limit(fd, disk->project, UINT64_MAX / 4, 0)) {
		if (tag_all(disk->sources, (struct tagging){ .from = 0, .to = disk->project, .strict = true }) &&
		    quota_usage(disk, &disk->before) &&
		    limit(fd, disk->project, disk->before.bytes + more->bytes, disk->before.entries + more->entries)) {
			close(fd);
			return true;
		}
		quota_end(disk);
	}
	if (fd >= 0)
		close(fd);
	disk->project = 0;
	return false;
}

void quota_end(struct disk *disk)
{
	if (disk->project == 0)
		return;
	tag_all(disk->sources, (struct tagging){ .from = disk->project, .to = 0 });
	int fd = open_source(disk->sources);
	if (fd >= 0) {
		limit(fd, disk->project, 0, 0);
		close(fd);
	}
	disk->project = 0;
}
