/* Declarations of the attendant, which works on the sandbox's files for the host; see attend.c. */
#ifndef CLOISON_ATTEND_H
#define CLOISON_ATTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum {
	CHUNK_BYTES = 1 << 16,                /* of data in one frame */
	FRAME_BYTES = CHUNK_BYTES + (1 << 14), /* with two paths and what is told beside them */
	OUT_BYTES = 4 * FRAME_BYTES,
	MAX_JOBS = 512,
	NAME_BYTES = 256,
};

/* What src/attendant/protocol.ts sends, with the same numbers. */
enum operation {
	ASK_STAT = 1, ASK_READ, ASK_LIST, ASK_WRITE, ASK_DATA, ASK_CANCEL, ASK_CREDIT, ASK_DIRECTORY, ASK_REMOVE,
	ASK_RENAME, ASK_SYMLINK, ASK_LINK, ASK_ATTRIBUTES, ASK_COPY, ASK_BASE, ASK_WATCH, ASK_WATCH_ADD,
};

/* And what it answers. */
enum answer { TELL_ERROR = 1, TELL_STATUS, TELL_DATA, TELL_END, TELL_CREDIT };

enum {
	FLAG_NO_FOLLOW = 1, /* a link is meant itself */
	FLAG_PARENTS = 2,   /* missing directories on the way are made */
	FLAG_APPEND = 4,
	FLAG_LAST = 8,      /* all the data has come with this frame */
	FLAG_DIRECTORY = 16,
	FLAG_KEEP = 32,     /* what is there is not replaced; where a directory is made, one that is there is as good */
};

/* The same layout on the wire: all of it is little-endian there, as are the two processors that this is built for. */
struct request {
	uint32_t id, operation, flags, base, mode, path_bytes, other_bytes, data_bytes;
	uint64_t a, b;
	const char *path, *other, *data; /* path and other end with NUL */
};

struct file_status {
	uint64_t size, inode, device;
	int64_t modified_ns;
	uint32_t mode, links, uid, gid;
};

/* An absolute path for the root; with a base it is beneath that, and no link on it is followed. */
struct place {
	int at;
	bool strict;
};

/* A directory, and a name in it that is neither "." nor "..". */
struct target {
	int directory;
	char name[NAME_BYTES];
};

enum job_kind { JOB_FREE, JOB_BASE, JOB_READ, JOB_LIST, JOB_WRITE, JOB_COPY, JOB_WATCH };

/* What is not done at once. */
struct job {
	enum job_kind kind;
	uint32_t id;
	int fd;
	int64_t credit; /* bytes that the host still takes; below zero by one chunk at most */
	uint64_t done;
	uint64_t limit;
	int from; /* of a copy */
	struct target target;
	char temporary[48]; /* the name that the file has until it is whole; empty while it has none */
	uint32_t mode;
	bool append, keep, fresh; /* fresh: nothing had the file's name when it was begun */
};

/* ---- frames ---- */

bool frames_room(void);
void tell(uint32_t id, enum answer answer, const void *payload, size_t bytes);
/* Errno, and of what is no regular file and no directory its mode. */
void tell_error(uint32_t id, uint32_t mode);
void tell_end(uint32_t id, uint64_t value);
void tell_status(uint32_t id, const struct stat *status, const char *link);
void describe(struct file_status *into, const struct stat *status);
/* Writes what waits; false when the host is gone. */
bool frames_flush(int line);
bool frames_waiting(void);
/* Takes what has come; false when the host is gone or does not keep to the protocol. */
bool frames_receive(int line, void (*serve)(const struct request *request));

/* ---- paths; all of them give -1 and errno ---- */

void paths_begin(void);
struct place place_of(const struct request *request);
int open_path(struct place place, const char *path, uint64_t flags);
/* A descriptor with more rights for what a path descriptor is open on, if it is a regular file or a directory. */
int reopen(int path_fd, int flags);
/* The same by path; `status` tells what is there, also when it may not be opened (ENXIO). */
int open_regular(struct place place, const char *path, int flags, struct stat *status);
/* Where a name is; where it is a link, and `follow` says so, where that leads. */
int open_target(struct place place, const char *path, bool follow, struct target *target);
int make_parents_of(struct place place, const char *path);
/* A name for linkat(2) and inotify_add_watch(2) of what a descriptor is open on: relative to /proc/self/fd. */
const char *descriptor_name(int fd);
extern int own_descriptors; /* /proc/self/fd of the host's, which is also the current directory */

/* ---- jobs ---- */

struct job *job_new(const struct request *request, enum job_kind kind, int fd);
struct job *job_of(uint32_t id, enum job_kind kind);
void job_end(struct job *job);

void serve_read(const struct request *request);
void serve_list(const struct request *request);
void step_read(struct job *job);
void step_list(struct job *job);
void serve_write(const struct request *request);
void serve_data(const struct request *request);
void serve_copy(const struct request *request);
void step_copy(struct job *job);
/* Gives a job's file its name; errno tells why not. */
bool finish_file(struct job *job);
void abandon_file(struct job *job);
bool begin_file(struct job *job, const struct request *request, const char *path);
void serve_watch(const struct request *request);
void step_watch(struct job *job);
void serve_name(const struct request *request);

#endif
