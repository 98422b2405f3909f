/* A set of files by open addressing, doubled when it is half full. */
#define _GNU_SOURCE
#include "disk.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

static size_t place_of(const struct file_set *set, uint64_t device, uint64_t inode)
{
	size_t at = (size_t)((inode ^ device << 32) * 0x9e3779b97f4a7c15U >> 20) & (set->size - 1);
	while (set->keys[at].inode != 0 && (set->keys[at].inode != inode || set->keys[at].device != device))
		at = (at + 1) & (set->size - 1);
	return at;
}

static void grow(struct file_set *set)
{
	struct file_set larger = { .used = set->used, .size = set->size ? set->size * 2 : FIRST_SIZE };
	larger.keys = calloc(larger.size, sizeof *larger.keys);
	if (!larger.keys)
		fail("disk", "memory");
	for (size_t i = 0; i < set->size; i++)
		if (set->keys[i].inode != 0)
			larger.keys[place_of(&larger, set->keys[i].device, set->keys[i].inode)] = set->keys[i];
	free(set->keys);
	*set = larger;
}

bool file_set_has(const struct file_set *set, uint64_t device, uint64_t inode)
{
	return set->size > 0 && set->keys[place_of(set, device, inode)].inode != 0;
}

bool file_set_add(struct file_set *set, uint64_t device, uint64_t inode)
{
	if (set->used * 2 >= set->size)
		grow(set);
	struct file_key *key = &set->keys[place_of(set, device, inode)];
	if (key->inode != 0)
		return false;
	*key = (struct file_key){ device, inode };
	set->used++;
	return true;
}

void file_set_clear(struct file_set *set)
{
	free(set->keys);
	*set = (struct file_set){ 0 };
}
