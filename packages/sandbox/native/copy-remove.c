/* Removing a tree, and swapping what is in a directory for what was prepared beside it. */
#define _GNU_SOURCE
#include "copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFILLS = 2000 };

struct removal {
	struct names names;
	int directory;
	char dirents[DIRENTS_BYTES] __attribute__((aligned(8)));
};

/* Directories are left for later: what their type is when it is not told, the kernel says. */
static void remove_file(void *context, const char *name, unsigned char type)
{
	struct removal *removal = context;
	if (type != DT_DIR && (unlinkat(removal->directory, name, 0) == 0 || errno == ENOENT))
		return;
	if (type != DT_DIR && errno != EISDIR && errno != EPERM)
		fail("copy remove", name);
	names_push(&removal->names, name);
}

struct removal_level {
	int fd;
	size_t floor;
	char name[NAME_MAX + 1];
};

struct removal_stack {
	struct removal_level *levels;
	size_t depth, room;
};

static void enter(struct removal *removal, struct removal_stack *stack, int at, const char *name)
{
	int fd = open_below(at, name);
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0)
		fail("copy remove", name);
	if (stack->depth == stack->room) {
		stack->room = stack->room * 2 + 16;
		stack->levels = realloc(stack->levels, stack->room * sizeof *stack->levels);
		if (!stack->levels)
			fail("copy", "memory");
	}
	struct removal_level *level = &stack->levels[stack->depth++];
	*level = (struct removal_level){ .fd = fd, .floor = removal->names.length };
	for (size_t i = 0; i < NAME_MAX && name[i]; i++)
		level->name[i] = name[i];
	removal->directory = fd;
	each_entry(fd, removal->dirents, remove_file, removal);
}

static void remove_below(int at, const char *first)
{
	struct removal *removal = calloc(1, sizeof *removal);
	struct removal_stack stack = { 0 };
	char name[NAME_MAX + 1];
	int refilled = 0;
	if (!removal)
		fail("copy", "memory");
	enter(removal, &stack, at, first);
	while (stack.depth > 0) {
		struct removal_level *level = &stack.levels[stack.depth - 1];
		if (names_pop(&removal->names, level->floor, name)) {
			enter(removal, &stack, level->fd, name);
			continue;
		}
		close(level->fd);
		stack.depth--;
		int parent = stack.depth > 0 ? stack.levels[stack.depth - 1].fd : at;
		if (unlinkat(parent, level->name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		if (errno != ENOTEMPTY || ++refilled > REFILLS)
			fail("copy remove", level->name);
		/* A process that is being killed has written there once more. */
		poll(NULL, 0, 1);
		strcpy(name, level->name);
		enter(removal, &stack, parent, name);
	}
	free(stack.levels);
	free(removal->names.bytes);
	free(removal);
}

void remove_tree(int at, const char *name)
{
	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return;
	if (errno != EISDIR && errno != EPERM)
		fail("copy remove", name);
	remove_below(at, name);
}
