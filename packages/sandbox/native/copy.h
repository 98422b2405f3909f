/* Copying, swapping and removing trees that somebody hostile may change meanwhile. */
#ifndef CLOISON_COPY_H
#define CLOISON_COPY_H

#include "launcher.h"

#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

enum { COPY_DATA_BYTES = 1 << 17, DIRENTS_BYTES = 1 << 16, COPY_QUEUE = 8 };

/* ---- names: those of directories that are still to be entered, the last one first ---- */

struct names {
	char *bytes;
	size_t length, room;
};

void names_push(struct names *names, const char *name);
/* False when there is none above that length. */
bool names_pop(struct names *names, size_t floor, char name[static NAME_MAX + 1]);
/* Calls `look` for each entry but "." and ".."; the type is one of dirent(5), or unknown. */
void each_entry(int directory, char *buffer, void (*look)(void *context, const char *name, unsigned char type), void *context);
/* A directory in another one, through no link and no mount; -1 when there is none. */
int open_below(int directory, const char *name);

/* Whether something is mounted there; what cannot be looked at is no mount. */
bool is_mount(int directory, const char *name);

/* ---- links: files of more than one name, so that they are one file in the copy too ---- */

struct links {
	pthread_mutex_t lock;
	struct link { uint64_t device, inode, number; } *table;
	size_t size, used;
	int staging; /* a directory with the first copy of each, by its number; -1 before it is needed */
	char staging_name[64];
};

/* ---- a copy of one tree ---- */

struct copy_counts {
	uint64_t files, bytes, links, sockets, devices;
	uint64_t changed; /* what was another thing by the time it was opened */
};

struct copy {
	/* What belongs to the owner of one tree belongs to the owner of the other in the copy, and the reverse. */
	struct stat from_root, to_root;
	bool gives;          /* root may give files away */
	_Atomic bool clones; /* whether the file system can share blocks, as far as was tried */
	_Atomic uint64_t entries;
	int to;
	struct links links;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct branch { int from, to; size_t depth; } queue[COPY_QUEUE];
	size_t queued, busy;
	struct copy_counts counts;
};

/* One thread of a copy. */
struct copier {
	struct copy *copy;
	struct copy_counts counts;
	struct names names;
	int from, to; /* the directory that is being read */
	char dirents[DIRENTS_BYTES] __attribute__((aligned(8)));
	char data[COPY_DATA_BYTES];
};

/* Copies all that is in a directory into an empty one, and the attributes of the directory itself. */
struct copy_counts copy_tree(int from, int to, bool threads);
/* Creates from now on as the owner of that directory, where this process may. */
void create_as_owner(int directory);
void copy_regular(struct copier *copier, const char *name);
void copy_symlink(struct copier *copier, const char *name);
void copy_fifo(struct copier *copier, const char *name);
/* Mode, times, owner and user attributes of an open file or directory. */
void copy_attributes(struct copier *copier, int from, int to, mode_t made);
/* A second name for what has been copied under another one; else false, with the lock held until links_add() or links_skip(). */
bool links_make(struct copier *copier, const struct stat *status, const char *name);
void links_add(struct copier *copier, const struct stat *status, const char *name);
void links_skip(struct copier *copier);
/* Whether the directory was written to again. */
bool links_end(struct links *links, int to);

/* The attributes of a directory, and the mode and times that it had then, for one of the same owner. */
void copy_directory_attributes(int from, int to, const struct stat *status);

/* ---- the sandbox's view, or an ordinary user's own rights over all of that user's files ---- */

void view_enter(const struct policy *policy);
/* Ends every process of the sandbox but PID 1. */
void end_processes(void);

/* ---- removing and swapping ---- */

/* Removes a file or a directory with all that is in it; nothing when it is not there. */
void remove_tree(int at, const char *name);
/* Fails unless there is nothing in the directory. */
void check_empty(int directory, const char *path);
void swap_stage(int at, const char *work);
/* Has what is mounted at a path inside stay there; fails where it is not there, or what was prepared is in its way. */
void swap_keep(int at, const char *work, const char *path);
void keep_mount(int at, int prepared, const char *path);
/* Of a path inside a directory that is swapped: whether it is kept, or leads to what is. */
enum kept_kind { KEPT_NOT, KEPT_ABOVE, KEPT_MOUNT };
enum kept_kind kept_kind_of(int at, const char *path);
void swap_out(int at, const char *work);
void swap_in(int at, const char *work);
/* Removes what was left behind, and leaves the directory's time as it was before. */
void swap_end(int at, const char *work);

#endif
