/* Reading directories, and the way down. Every step is by a name without a slash, from a directory that is held open. */
#define _GNU_SOURCE
#include "copy.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* One of getdents64(2). */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

void names_push(struct names *names, const char *name)
{
	size_t length = strlen(name) + 1;
	if (names->length + length > names->room) {
		names->room = (names->length + length) * 2;
		names->bytes = realloc(names->bytes, names->room);
		if (!names->bytes)
			fail("copy", "memory");
	}
	memcpy(names->bytes + names->length, name, length);
	names->length += length;
}

bool names_pop(struct names *names, size_t floor, char name[static NAME_MAX + 1])
{
	if (names->length <= floor)
		return false;
	size_t start = names->length - 1;
	while (start > floor && names->bytes[start - 1] != '\0')
		start--;
	strncpy(name, names->bytes + start, NAME_MAX);
	name[NAME_MAX] = '\0';
	names->length = start;
	return true;
}

void each_entry(int directory, char *buffer, void (*look)(void *context, const char *name, unsigned char type), void *context)
{
	long got;
	while ((got = syscall(SYS_getdents64, directory, buffer, DIRENTS_BYTES)) > 0)
		for (long at = 0; at < got;) {
			const struct entry *entry = (const struct entry *)(const void *)(buffer + at);
			if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
				look(context, entry->name, entry->type);
			at += entry->length;
		}
	/* A directory that was removed while it was open has no entries any more. */
	if (got < 0 && errno != ENOENT)
		fail("copy read", "directory");
}

int open_below(int directory, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	return sys_openat2(directory, name, &how);
}
