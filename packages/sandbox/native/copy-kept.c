/*
 * Mounts inside a directory whose content is swapped. They stay where they are, and so does what leads to them: a
 * directory that is renamed takes its mounts along.
 */
#define _GNU_SOURCE
#include "copy.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_KEPT = 512 };

static struct {
	int at;
	const char *path; /* from there, without a slash at its ends */
} kept[MAX_KEPT];
static size_t kept_count;

bool is_mount(int directory, const char *name)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
				.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	int fd = sys_openat2(directory, name, &how);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EXDEV;
}

/* Takes the first name off a path; what is left of it, or NULL where that was the last one. */
static const char *split(const char *path, char name[static NAME_MAX + 1])
{
	size_t length = strcspn(path, "/");
	snprintf(name, NAME_MAX + 1, "%.*s", (int)length, path);
	return path[length] == '/' ? path + length + 1 : NULL;
}

/* The sandbox may have renamed the way to its mount: then nothing is changed. */
static void check_there(int at, const char *path)
{
	char name[NAME_MAX + 1];
	int directory = at;
	for (const char *rest = split(path, name); rest; rest = split(rest, name)) {
		int below = open_below(directory, name);
		if (directory != at)
			close(directory);
		if (below < 0)
			fail("copy mount", path);
		directory = below;
	}
	if (!is_mount(directory, name)) {
		errno = ESTALE;
		fail("copy mount", path);
	}
	if (directory != at)
		close(directory);
}

/* What was prepared must be able to take the mount in: a file cannot be where a directory on the way is. */
static void check_way(int prepared, const char *path)
{
	char name[NAME_MAX + 1];
	int directory = dup(prepared);
	for (const char *rest = split(path, name); rest && directory >= 0; rest = split(rest, name)) {
		int below = open_below(directory, name);
		if (below < 0 && errno != ENOENT)
			fail("copy mount", path);
		close(directory);
		directory = below;
	}
	if (directory >= 0)
		close(directory);
}

void keep_mount(int at, int prepared, const char *path)
{
	check_there(at, path);
	check_way(prepared, path);
	if (kept_count == MAX_KEPT) {
		errno = E2BIG;
		fail("copy mount", path);
	}
	kept[kept_count].at = at;
	kept[kept_count++].path = path;
}

enum kept_kind kept_kind_of(int at, const char *path)
{
	size_t length = strlen(path);
	for (size_t i = 0; i < kept_count; i++)
		if (kept[i].at == at && strncmp(kept[i].path, path, length) == 0) {
			if (kept[i].path[length] == '\0')
				return KEPT_MOUNT;
			if (kept[i].path[length] == '/')
				return KEPT_ABOVE;
		}
	return KEPT_NOT;
}
