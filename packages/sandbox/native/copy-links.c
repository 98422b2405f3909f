/*
 * Files of more than one name. The first copy of each has a name in a directory of its own meanwhile, from which the
 * others are made: no path is remembered that would grow too long or lead elsewhere by then.
 */
#define _GNU_SOURCE
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { FIRST_SIZE = 256 };

static struct link *place_of(struct link *table, size_t size, const struct stat *status)
{
	size_t at = (size_t)((status->st_ino ^ (uint64_t)status->st_dev << 32) * 0x9e3779b97f4a7c15U >> 20) & (size - 1);
	while (table[at].number != 0 && (table[at].inode != status->st_ino || table[at].device != status->st_dev))
		at = (at + 1) & (size - 1);
	return &table[at];
}

static void grow(struct links *links)
{
	size_t size = links->size ? links->size * 2 : FIRST_SIZE;
	struct link *table = calloc(size, sizeof *table);
	if (!table)
		fail("copy", "memory");
	for (size_t i = 0; i < links->size; i++) {
		struct stat key = { .st_dev = links->table[i].device, .st_ino = links->table[i].inode };
		if (links->table[i].number != 0)
			*place_of(table, size, &key) = links->table[i];
	}
	free(links->table);
	links->table = table;
	links->size = size;
}

static void stage(struct links *links, int to)
{
	uint64_t random;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		fail("copy", "random");
	snprintf(links->staging_name, sizeof links->staging_name, ".cloison-links-%016llx", (unsigned long long)random);
	if (mkdirat(to, links->staging_name, 0700) < 0 || (links->staging = open_below(to, links->staging_name)) < 0)
		fail("copy write", links->staging_name);
}

bool links_make(struct copier *copier, const struct stat *status, const char *name)
{
	struct links *links = &copier->copy->links;
	char number[24];
	pthread_mutex_lock(&links->lock);
	const struct link *found = links->size ? place_of(links->table, links->size, status) : NULL;
	if (!found || found->number == 0)
		return false;
	snprintf(number, sizeof number, "%llu", (unsigned long long)found->number);
	if (linkat(links->staging, number, copier->to, name, 0) < 0)
		fail("copy write", name);
	copier->counts.links++;
	pthread_mutex_unlock(&links->lock);
	return true;
}

void links_add(struct copier *copier, const struct stat *status, const char *name)
{
	struct links *links = &copier->copy->links;
	char number[24];
	if (links->used * 2 >= links->size)
		grow(links);
	if (links->staging < 0)
		stage(links, copier->copy->to);
	*place_of(links->table, links->size, status) = (struct link){ status->st_dev, status->st_ino, ++links->used };
	snprintf(number, sizeof number, "%llu", (unsigned long long)links->used);
	if (linkat(copier->to, name, links->staging, number, 0) < 0)
		fail("copy write", name);
	pthread_mutex_unlock(&links->lock);
}

void links_skip(struct copier *copier)
{
	pthread_mutex_unlock(&copier->copy->links.lock);
}

bool links_end(struct links *links, int to)
{
	free(links->table);
	if (links->staging < 0)
		return false;
	close(links->staging);
	remove_tree(to, links->staging_name);
	return true;
}
