/*
 * Adding up trees that somebody hostile changes meanwhile: every step is taken from a directory that is held open, by
 * a name without a slash, and no link is followed. A tree deeper than descriptors last cannot be counted, and says so.
 */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIRENTS_BYTES = 1 << 16, BLOCK_BYTES = 512 };

/* One of getdents64(2). */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Directories on the way down, each with the names of those in it that are still to be entered. */
struct descent {
	struct level { int fd; size_t names; } *levels;
	size_t depth, room;
	char *names;
	size_t length, capacity;
};

static void *enlarge(void *memory, size_t *capacity, size_t wanted, size_t each)
{
	if (wanted <= *capacity)
		return memory;
	*capacity = wanted * 2;
	void *larger = realloc(memory, *capacity * each);
	if (!larger)
		fail("disk", "memory");
	return larger;
}

static void remember(struct descent *descent, const char *name)
{
	size_t length = strlen(name) + 1;
	descent->names = enlarge(descent->names, &descent->capacity, descent->length + length, 1);
	memcpy(descent->names + descent->length, name, length);
	descent->length += length;
}

static void count(struct disk_walk *walk, const struct stat *status)
{
	if (S_ISDIR(status->st_mode) || status->st_nlink < 2 || file_set_add(&walk->seen, status->st_dev, status->st_ino))
		walk->usage.bytes += (uint64_t)status->st_blocks * BLOCK_BYTES;
}

static bool is_enough(const struct disk_walk *walk)
{
	return walk->usage.bytes > walk->enough.bytes || walk->usage.entries > walk->enough.entries || walk->unaccountable[0];
}

static void cannot_count(struct disk_walk *walk, const char *name)
{
	strncpy(walk->unaccountable, name, sizeof walk->unaccountable - 1);
}

static void visit_file(struct disk_walk *walk, int directory, const char *name)
{
	/* Should it be something else by now: no link, and no waiting for the other end of a pipe. */
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		walk->visit(walk, fd, false);
	else if (errno != ENOENT && errno != ELOOP)
		cannot_count(walk, name);
	if (fd >= 0)
		close(fd);
}

static void look_at(struct disk_walk *walk, struct descent *descent, int directory, const char *name)
{
	struct stat status;
	walk->usage.entries++;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return; /* gone meanwhile */
	if (S_ISREG(status.st_mode) && walk->visit)
		visit_file(walk, directory, name);
	if (!S_ISDIR(status.st_mode))
		count(walk, &status);
	else if (!disk_is_source(&status)) {
		count(walk, &status);
		remember(descent, name);
	}
}

static void read_directory(struct disk_walk *walk, struct descent *descent, int fd)
{
	static char buffer[DIRENTS_BYTES] __attribute__((aligned(8)));
	for (long got; !is_enough(walk) && (got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
		for (long at = 0; at < got;) {
			const struct entry *entry = (const struct entry *)(const void *)(buffer + at);
			if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
				look_at(walk, descent, fd, entry->name);
			at += entry->length;
		}
}

/* What may not be read is no matter where it may not be written either. */
static void not_entered(struct disk_walk *walk, int at, const char *name)
{
	struct stat status;
	if (errno == EMFILE || errno == ENFILE)
		cannot_count(walk, name);
	if (errno != EACCES || fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (status.st_uid == geteuid() || faccessat(at, name, W_OK | X_OK, AT_EACCESS) == 0)
		cannot_count(walk, name);
}

static void enter(struct disk_walk *walk, struct descent *descent, int at, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	int fd = sys_openat2(at, name, &how);
	if (fd < 0 && errno == EPERM) {
		how.flags &= ~(uint64_t)O_NOATIME; /* only an owner may leave the time of reading as it was */
		fd = sys_openat2(at, name, &how);
	}
	if (fd < 0) {
		not_entered(walk, at, name);
		return;
	}
	if (walk->visit)
		walk->visit(walk, fd, true);
	descent->levels = enlarge(descent->levels, &descent->room, descent->depth + 1, sizeof *descent->levels);
	descent->levels[descent->depth++] = (struct level){ .fd = fd, .names = descent->length };
	read_directory(walk, descent, fd);
}

static void walk_tree(struct disk_walk *walk, int root)
{
	struct descent descent = { 0 };
	enter(walk, &descent, root, ".");
	while (descent.depth > 0) {
		struct level *level = &descent.levels[descent.depth - 1];
		if (descent.length == level->names || is_enough(walk)) {
			close(level->fd);
			descent.length = level->names;
			descent.depth--;
			continue;
		}
		/* The last name of all; what is read next may overwrite it, so it is taken out first. */
		char name[NAME_MAX + 1];
		size_t start = descent.length - 1;
		while (start > level->names && descent.names[start - 1] != '\0')
			start--;
		strncpy(name, descent.names + start, sizeof name - 1);
		name[sizeof name - 1] = '\0';
		descent.length = start;
		enter(walk, &descent, level->fd, name);
	}
	free(descent.levels);
	free(descent.names);
}

static void visit_source(struct disk_walk *walk, int source)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", source);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		cannot_count(walk, path);
		return;
	}
	walk->visit(walk, fd, false);
	close(fd);
}

void disk_walk(struct disk_walk *walk)
{
	for (size_t i = 0; i < walk->sources->count; i++) {
		struct stat status;
		if (fstat(walk->sources->fd[i], &status) < 0)
			continue;
		count(walk, &status);
		if (S_ISDIR(status.st_mode))
			walk_tree(walk, walk->sources->fd[i]);
		else if (walk->visit)
			visit_source(walk, walk->sources->fd[i]);
	}
}
