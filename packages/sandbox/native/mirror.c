/*
 * In an overlay a directory belongs to whoever owns its highest layer. So that the sandbox can create and delete in
 * directories of the host's root, a layer above has the same directories as its own. Only directories: a file keeps its
 * owner and its mode, so what only its owner may read stays unreadable. Nor does the mirror open anything: the kernel
 * looks into the layer below with the rights of the sandbox.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Of directories in one another, each with two descriptors open; deeper ones stay their owner's. */
enum { MIRROR_DEPTH = 64 };

struct level {
	int from, to;
	int depth;
	bool links_count; /* a directory with two links has none in it: most need not be read */
};

static void mirror(struct level level);

/* The file systems that count a link for each ".." */
static bool counts_links(int fd)
{
	struct statfs status;
	if (fstatfs(fd, &status) < 0)
		fail("overlay", "file system");
	return status.f_type == EXT4_SUPER_MAGIC || status.f_type == XFS_SUPER_MAGIC || status.f_type == TMPFS_MAGIC;
}

static bool is_directory(int from, const struct dirent *entry)
{
	struct stat status;
	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return false;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(from, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static void mirror_one(const struct level *level, const char *name)
{
	struct stat status;
	int from = openat(level->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0)
		return; /* not readable, or gone: it stays as it is */
	if (fstat(from, &status) < 0 || mkdirat(level->to, name, (status.st_mode & 0777) | 0700) < 0)
		fail("overlay", name);
	if (level->links_count && status.st_nlink == 2) {
		close(from);
		return;
	}
	int to = openat(level->to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		fail("overlay", name);
	mirror((struct level){ from, to, level->depth - 1, level->links_count });
	close(to);
}

/* Closes level.from. */
static void mirror(struct level level)
{
	DIR *directory = fdopendir(level.from);
	if (!directory)
		fail("overlay", "directory");
	for (struct dirent *entry; level.depth > 0 && (entry = readdir(directory));)
		if (is_directory(level.from, entry))
			mirror_one(&level, entry->d_name);
	closedir(directory);
}

void mirror_directories(int from, int to)
{
	mirror((struct level){ from, to, MIRROR_DEPTH, counts_links(from) });
}
