/* What a sandbox adds to the host's disks through its writable mounts. */
#ifndef CLOISON_DISK_H
#define CLOISON_DISK_H

#include "launcher.h"

#include <sys/stat.h>

enum { DISK_MAX_SOURCES = 64 };

/* The writable sources; the descriptors only name them (O_PATH). */
struct disk_sources {
	size_t count;
	int fd[DISK_MAX_SOURCES];
	struct stat status[DISK_MAX_SOURCES];
};

struct disk_usage {
	uint64_t bytes;
	uint64_t entries; /* names in directories, and files that have none and are held open */
};

static inline uint64_t above(uint64_t value, uint64_t floor)
{
	return value > floor ? value - floor : 0;
}

/* Files by device and number, to count each once. */
struct file_set {
	struct file_key { uint64_t device, inode; } *keys; /* an inode of 0 is a free place */
	size_t used, size;
};

/* Whether it was not there yet. */
bool file_set_add(struct file_set *set, uint64_t device, uint64_t inode);
bool file_set_has(const struct file_set *set, uint64_t device, uint64_t inode);
void file_set_clear(struct file_set *set);

struct tagging;

struct disk_walk {
	const struct disk_sources *sources;
	struct disk_usage usage;
	struct disk_usage enough; /* beyond either of these, the walk need not go on */
	struct file_set seen;
	bool layered; /* one of the sources is written to through an overlay, which has device numbers of its own */
	/* Called with each directory and file, opened; NULL to count alone. */
	void (*visit)(struct disk_walk *walk, int fd, bool directory);
	struct tagging *tagging;
	char unaccountable[256]; /* a name below which nothing can be counted though it may be written; empty if none */
};

/* Adds up the blocks and names of all sources: no link followed, no mount crossed, hard links counted once. */
void disk_walk(struct disk_walk *walk);

/*
 * What of that may be out of sight: nothing; what processes hold that are ending, until they have ended; what is mapped
 * but not open, on its way through a socket, or of a process that may not be looked into.
 */
enum disk_unseen { UNSEEN_NOTHING, UNSEEN_ENDING, UNSEEN_HIDDEN };

/* Adds what processes of a pid namespace hold open of files that have no name any more. */
enum disk_unseen disk_held(struct disk_walk *walk, uint64_t pid_namespace, pid_t init);

/*
 * What a command's launcher is called until it has seen its program begin, and then: disk_held() looks for that. The
 * first is what the kernel keeps of the name that main.c sets.
 */
#define STARTER_NAME "cloison-launche"
#define STARTED_NAME "cloison-command"

/* What a watchdog has counted last, for the launcher to read. */
struct disk_count {
	_Atomic uint64_t bytes, entries;
};

/* ---- the watchdog, as the launcher sees it ---- */

/* Requests of the host's that are passed on to it: not to look while the host itself writes there, and to look again. */
enum { DISK_UNWATCH = 'o', DISK_WATCH = 'w' };

struct disk {
	const struct disk_sources *sources; /* NULL where nobody asked for a limit */
	uint32_t project; /* the id of a project quota; 0 without one */
	struct disk_usage before; /* what the project had when it was made */
	struct disk_count *count; /* NULL without a watchdog */
	pid_t pid;
	int line; /* readable when the sandbox is to end; -1 without a watchdog */
};

struct disk_start {
	pid_t init;
	int line; /* to PID 1; not the watchdog's */
	bool privileged;
};

/* Opens the writable sources, before anybody mounts them; NULL where nobody asked for a limit. */
const struct disk_sources *disk_open(const struct policy *policy);
bool disk_is_source(const struct stat *status);
/* Fails unless what is mounted is what is watched. */
void disk_check(const struct policy *policy, int tree, const char *path);
/* Closes the sources again. */
void disk_forget(void);
/* Starts the watchdog and waits for its first count. False when it has failed, and has said why; true where none is asked for. */
bool disk_begin(struct disk *disk, const struct policy *policy, const struct disk_start *start);
/* By the watchdog, when it is told not to look: until it is told to, or the launcher is gone. */
void disk_stand_by(int line);
/* Whether what it has said is no verdict, but that it does not look any more. */
bool disk_stands_by(const struct disk *disk);
/* Why the sandbox is to end; always a text. */
void disk_verdict(const struct disk *disk, char *text, size_t room);
void disk_end(struct disk *disk);

/* ---- the quota, in place of a watchdog ---- */

/* Lets the sources grow by so much. False where they cannot have a quota; nothing of it is left then. */
bool quota_begin(struct disk *disk, const struct disk_usage *more);
/* What the project has. */
bool quota_usage(const struct disk *disk, struct disk_usage *used);
/* To be called when nothing of the sandbox lives any more. */
void quota_end(struct disk *disk);

#endif
