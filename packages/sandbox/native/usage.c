/* What a sandbox uses of memory for files, and has added to its writable mounts where that is counted. */
#define _GNU_SOURCE
#include "disk.h"
#include "end.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/statfs.h>
#include <unistd.h>

void usage_send(int parent)
{
	int place = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0 || !descriptors_send(parent, &place, 1))
		fail("usage", "/tmp");
	close(place);
}

/* All places in memory are one file system. */
static bool look(int place, struct disk_usage *used)
{
	struct statfs status;
	if (place < 0 || fstatfs(place, &status) < 0)
		return false;
	used->bytes = (uint64_t)(status.f_blocks - status.f_bfree) * (uint64_t)status.f_bsize;
	used->entries = (uint64_t)(status.f_files - status.f_ffree);
	return true;
}

void usage_receive(struct usage *usage, int init)
{
	struct disk_usage used = { 0, 0 };
	if (!descriptors_receive(init, &usage->place, 1)) {
		usage->place = -1; /* a child that failed has said why */
		return;
	}
	usage->place = move_descriptor(usage->place, FIRST_FREE_FD, "usage");
	look(usage->place, &used);
	usage->first_bytes = used.bytes;
	usage->first_files = used.entries;
}

/* By who holds the limit. */
static bool disk_added(const struct disk *disk, struct disk_usage *added)
{
	if (disk->count) {
		*added = (struct disk_usage){ disk->count->bytes, disk->count->entries };
		return true;
	}
	if (!quota_usage(disk, added))
		return false;
	added->bytes = above(added->bytes, disk->before.bytes);
	added->entries = above(added->entries, disk->before.entries);
	return true;
}

void usage_report(const struct usage *usage, const struct disk *disk)
{
	struct disk_usage memory, mounts;
	bool looked = look(usage->place, &memory), counted = disk_added(disk, &mounts);
	report("usage\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64,
	       looked ? (int64_t)above(memory.bytes, usage->first_bytes) : -1,
	       looked ? (int64_t)above(memory.entries, usage->first_files) : -1,
	       counted ? (int64_t)mounts.bytes : -1, counted ? (int64_t)mounts.entries : -1);
}
