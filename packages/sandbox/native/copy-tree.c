/*
 * A copy of a tree, with two threads: one hands a directory to the other when that has nothing to do. Nothing here
 * follows a link or crosses a mount, and a directory that is moved while it is open is still the sandbox's own.
 */
#define _GNU_SOURCE
#include "copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A level of the way down takes two descriptors. More entries than that are no work of a project's. */
enum { MAX_DEPTH = 1000, MAX_ENTRIES = 20 * 1000 * 1000, DIRECTORY_MODE = 0700 };

struct level {
	int from, to;
	size_t floor; /* of its names */
};

static unsigned char type_of(const struct copier *copier, const char *name)
{
	struct stat status;
	if (fstatat(copier->from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return (unsigned char)IFTODT(status.st_mode);
}

/* One is there already where something is mounted in it. */
static void make_directory(const struct copier *copier, const char *name)
{
	struct stat status;
	if (mkdirat(copier->to, name, DIRECTORY_MODE) == 0)
		return;
	int failure = errno;
	if (failure == EEXIST && fstatat(copier->to, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
		return;
	errno = failure;
	fail("copy write", name);
}

static void copy_entry(void *context, const char *name, unsigned char type)
{
	struct copier *copier = context;
	if (copier->copy->entries++ >= MAX_ENTRIES) {
		errno = E2BIG;
		fail("copy size", name);
	}
	switch (type == DT_UNKNOWN ? type_of(copier, name) : type) {
	case DT_REG:
		copy_regular(copier, name);
		break;
	case DT_DIR:
		make_directory(copier, name);
		names_push(&copier->names, name);
		break;
	case DT_LNK:
		copy_symlink(copier, name);
		break;
	case DT_FIFO:
		copy_fifo(copier, name);
		break;
	case DT_SOCK:
		copier->counts.sockets++;
		break;
	case DT_UNKNOWN:
		copier->counts.changed++;
		break;
	default:
		copier->counts.devices++;
	}
}

static bool open_branch(struct copier *copier, const struct level *level, const char *name, struct branch *branch)
{
	branch->from = open_below(level->from, name);
	if (branch->from < 0) {
		if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR && errno != EXDEV)
			fail("copy read", name);
		if (errno != EXDEV)
			copier->counts.changed++; /* what is there now is no directory of this tree any more */
		return false;
	}
	branch->to = open_below(level->to, name);
	if (branch->to >= 0)
		return true;
	if (errno != EXDEV)
		fail("copy write", name);
	close(branch->from); /* a mount hides it there */
	return false;
}

/* To whichever thread is first to want one: descriptors of a few wait so, and no more. */
static bool hand_over(struct copy *copy, const struct branch *branch)
{
	pthread_mutex_lock(&copy->lock);
	bool wanted = copy->queued < COPY_QUEUE;
	if (wanted) {
		copy->queue[copy->queued++] = *branch;
		pthread_cond_signal(&copy->changed);
	}
	pthread_mutex_unlock(&copy->lock);
	return wanted;
}

static void read_level(struct copier *copier, const struct level *level)
{
	copier->from = level->from;
	copier->to = level->to;
	each_entry(level->from, copier->dirents, copy_entry, copier);
	/* All that is made in it is made: what lies deeper does not change its time. */
	copy_attributes(copier, level->from, level->to, DIRECTORY_MODE);
}

static void walk(struct copier *copier, const struct branch *root)
{
	struct level *levels = calloc(MAX_DEPTH + 1, sizeof *levels);
	char name[NAME_MAX + 1];
	if (!levels)
		fail("copy", "memory");
	size_t depth = 1;
	levels[0] = (struct level){ root->from, root->to, copier->names.length };
	read_level(copier, &levels[0]);
	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		if (!names_pop(&copier->names, level->floor, name)) {
			close(level->from);
			close(level->to);
			depth--;
			continue;
		}
		struct branch branch = { .depth = root->depth + depth };
		if (branch.depth >= MAX_DEPTH) {
			errno = ENAMETOOLONG;
			fail("copy depth", name);
		}
		if (!open_branch(copier, level, name, &branch) || hand_over(copier->copy, &branch))
			continue;
		levels[depth++] = (struct level){ branch.from, branch.to, copier->names.length };
		read_level(copier, &levels[depth - 1]);
	}
	free(levels);
}

static void add_counts(struct copy_counts *sum, const struct copy_counts *more)
{
	sum->files += more->files;
	sum->bytes += more->bytes;
	sum->links += more->links;
	sum->sockets += more->sockets;
	sum->devices += more->devices;
	sum->changed += more->changed;
}

static void *work(void *context)
{
	struct copy *copy = context;
	struct copier *copier = calloc(1, sizeof *copier);
	if (!copier)
		fail("copy", "memory");
	copier->copy = copy;
	pthread_mutex_lock(&copy->lock);
	while (copy->queued > 0 || copy->busy > 0) {
		if (copy->queued == 0) {
			pthread_cond_wait(&copy->changed, &copy->lock);
			continue;
		}
		struct branch branch = copy->queue[--copy->queued];
		copy->busy++;
		pthread_mutex_unlock(&copy->lock);
		walk(copier, &branch);
		pthread_mutex_lock(&copy->lock);
		copy->busy--;
	}
	add_counts(&copy->counts, &copier->counts);
	pthread_cond_broadcast(&copy->changed);
	pthread_mutex_unlock(&copy->lock);
	free(copier->names.bytes);
	free(copier);
	return NULL;
}

static int again(int directory)
{
	int fd = open_below(directory, ".");
	if (fd < 0)
		fail("copy read", "directory");
	return fd;
}

struct copy_counts copy_tree(int from, int to, bool threads)
{
	struct copy copy = { .gives = geteuid() == 0, .clones = true, .to = to, .links = { .staging = -1 } };
	pthread_t other;
	if (fstat(from, &copy.from_root) < 0 || fstat(to, &copy.to_root) < 0)
		fail("copy read", "directory");
	create_as_owner(to);
	pthread_mutex_init(&copy.lock, NULL);
	pthread_mutex_init(&copy.links.lock, NULL);
	pthread_cond_init(&copy.changed, NULL);
	copy.queue[copy.queued++] = (struct branch){ again(from), again(to), 0 };
	threads = threads && pthread_create(&other, NULL, work, &copy) == 0;
	work(&copy);
	if (threads)
		pthread_join(other, NULL);
	const struct timespec times[2] = { copy.from_root.st_atim, copy.from_root.st_mtim };
	if (links_end(&copy.links, to) && futimens(to, times) < 0)
		fail("copy write", "times");
	return copy.counts;
}
