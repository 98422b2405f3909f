/*
 * What is in a directory gives way to a tree that was prepared in it, under a name of its own. Each step can be done
 * again after it was broken off: first all that was there goes out, then all that was prepared comes in.
 */
#define _GNU_SOURCE
#include "copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char NEW[] = "new", OLD[] = "old";

static int open_work(int at, const char *work, const char *part)
{
	int directory = open_below(at, work), fd = directory < 0 ? -1 : open_below(directory, part);
	if (fd < 0)
		fail("copy swap", part);
	close(directory);
	return fd;
}

void swap_stage(int at, const char *work)
{
	create_as_owner(at);
	int directory = mkdirat(at, work, 0700) < 0 ? -1 : open_below(at, work);
	if (directory < 0 || mkdirat(directory, NEW, 0700) < 0 || mkdirat(directory, OLD, 0700) < 0)
		fail("copy write", work);
	close(directory);
}

static void remember(void *names, const char *name, unsigned char type)
{
	(void)type;
	names_push(names, name);
}

/* A directory of an overlay's lower layer cannot be renamed: it is removed. So nobody may come back from there. */
static void move(int from, int to, const char *name)
{
	if (renameat(from, name, to, name) == 0 || errno == ENOENT)
		return;
	if (errno != EXDEV)
		fail("copy swap", name);
	remove_tree(from, name);
}

/* A part of a swap: `root` and `path` tell where in the directory that is swapped. */
struct moving {
	int root, from, to;
	const char *path;
};

static void move_all(const struct moving *moving, const char *except);

/* A directory on the way to a mount stays; what else is in it goes. */
static void move_within(const struct moving *moving, const char *name, const char *path)
{
	struct stat status;
	bool made = mkdirat(moving->to, name, 0700) == 0;
	struct moving below = { .root = moving->root, .path = path,
				.from = open_below(moving->from, name), .to = open_below(moving->to, name) };
	if (below.from < 0 || below.to < 0 || fstat(below.from, &status) < 0)
		fail("copy swap", name);
	move_all(&below, "");
	if (!made)
		copy_directory_attributes(below.from, below.to, &status);
	close(below.from);
	close(below.to);
}

static void move_or_keep(const struct moving *moving, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s%s%s", moving->path, *moving->path ? "/" : "", name);
	enum kept_kind kind = kept_kind_of(moving->root, path);
	if (kind == KEPT_ABOVE)
		move_within(moving, name, path);
	else if (kind == KEPT_NOT)
		move(moving->from, moving->to, name);
}

static void move_all(const struct moving *moving, const char *except)
{
	struct names names = { 0 };
	char name[NAME_MAX + 1], *dirents = malloc(DIRENTS_BYTES);
	if (!dirents)
		fail("copy", "memory");
	int list = open_below(moving->from, ".");
	if (list < 0)
		fail("copy swap", "directory");
	each_entry(list, dirents, remember, &names);
	while (names_pop(&names, 0, name))
		if (strcmp(name, except) != 0)
			move_or_keep(moving, name);
	close(list);
	free(dirents);
	free(names.bytes);
}

void swap_keep(int at, const char *work, const char *path)
{
	int new = open_work(at, work, NEW);
	keep_mount(at, new, path);
	close(new);
}

void check_empty(int directory, const char *path)
{
	struct names names = { 0 };
	char *dirents = malloc(DIRENTS_BYTES);
	if (!dirents)
		fail("copy", "memory");
	each_entry(directory, dirents, remember, &names);
	if (names.length > 0) {
		errno = EEXIST;
		fail("copy write", path);
	}
	free(dirents);
}

void swap_out(int at, const char *work)
{
	create_as_owner(at);
	int old = open_work(at, work, OLD);
	const struct moving all = { .root = at, .from = at, .to = old, .path = "" };
	move_all(&all, work);
	close(old);
}

void swap_in(int at, const char *work)
{
	create_as_owner(at);
	int new = open_work(at, work, NEW);
	struct stat status;
	if (fstat(new, &status) < 0)
		fail("copy swap", work);
	const struct moving all = { .root = at, .from = new, .to = at, .path = "" };
	move_all(&all, "");
	copy_directory_attributes(new, at, &status);
	close(new);
}

void swap_end(int at, const char *work)
{
	struct stat status;
	create_as_owner(at);
	if (fstat(at, &status) < 0)
		fail("copy swap", work);
	remove_tree(at, work);
	const struct timespec times[2] = { status.st_atim, status.st_mtim };
	if (futimens(at, times) < 0)
		fail("copy swap", work);
}
