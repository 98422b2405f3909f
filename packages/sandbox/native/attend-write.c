/*
 * Writing files. A file that is written anew has no name until it is whole (O_TMPFILE), or one of its own where the
 * file system cannot do that; then it takes the place of what is there at once. So nobody sees half of it, and what
 * is left when the attendant ends in between is what was there before.
 */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { NEW_FILE_MODE = 0644, MODE_BITS = 0777, TRIES = 20 };

static void name_temporary(char *name, size_t bytes)
{
	uint64_t noise = 0;
	if (getrandom(&noise, sizeof noise, 0) < 0)
		noise = (uint64_t)now_ms();
	snprintf(name, bytes, ".cloison-%016llx", (unsigned long long)noise);
}

/* A new file in the target's directory; its temporary name is empty where it has none. */
static int create_beside(struct job *job)
{
	int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
	*job->temporary = '\0';
	int fd = openat(job->target.directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, NEW_FILE_MODE);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL))
		return fd;
	name_temporary(job->temporary, sizeof job->temporary);
	fd = openat(job->target.directory, job->temporary, flags | O_CREAT | O_EXCL, NEW_FILE_MODE);
	if (fd < 0)
		*job->temporary = '\0';
	return fd;
}

/* What is at the target decides whether it may be replaced, and what mode the new file has. */
static bool may_replace(struct job *job, const struct request *request, struct stat *there)
{
	if (fstatat(job->target.directory, job->target.name, there, AT_SYMLINK_NOFOLLOW) < 0) {
		job->mode = request->mode ? request->mode & MODE_BITS : NEW_FILE_MODE;
		*there = (struct stat){ 0 };
		return job->fresh = errno == ENOENT;
	}
	if (job->keep || S_ISDIR(there->st_mode) || !(S_ISREG(there->st_mode) || S_ISLNK(there->st_mode))) {
		errno = job->keep ? EEXIST : S_ISDIR(there->st_mode) ? EISDIR : ENXIO;
		return false;
	}
	job->mode = (request->mode ? request->mode : S_ISREG(there->st_mode) ? there->st_mode : NEW_FILE_MODE) & MODE_BITS;
	return true;
}

static int open_to_append(const struct request *request, struct job *job, struct stat *status)
{
	struct place place = { .at = job->target.directory, .strict = true };
	uint64_t flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_APPEND | O_CLOEXEC;
	for (int i = 0; i < TRIES; i++) {
		int fd = open_regular(place, job->target.name, O_WRONLY | O_APPEND, status);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		*status = (struct stat){ 0 };
		mode_t mode = request->mode ? request->mode & MODE_BITS : NEW_FILE_MODE;
		fd = openat(place.at, job->target.name, (int)flags, mode);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static bool open_for(struct job *job, const struct request *request, struct stat *there)
{
	if (job->append)
		return (job->fd = open_to_append(request, job, there)) >= 0;
	return may_replace(job, request, there) && (job->fd = create_beside(job)) >= 0;
}

bool begin_file(struct job *job, const struct request *request, const char *path)
{
	struct place place = place_of(request);
	struct stat there = { 0 };
	job->append = request->flags & FLAG_APPEND;
	job->keep = request->flags & FLAG_KEEP;
	int directory = open_target(place, path, !(request->flags & FLAG_NO_FOLLOW), &job->target);
	if (directory < 0 && errno == ENOENT && request->flags & FLAG_PARENTS && make_parents_of(place, path) == 0)
		directory = open_target(place, path, !(request->flags & FLAG_NO_FOLLOW), &job->target);
	if (directory >= 0 && open_for(job, request, &there))
		return true;
	tell_error(request->id, there.st_mode);
	return false;
}

bool finish_file(struct job *job)
{
	if (job->append)
		return true;
	if (fchmod(job->fd, job->mode) < 0)
		return false;
	int directory = job->target.directory;
	bool direct = job->keep || job->fresh;
	for (int i = 0; !*job->temporary; i++) {
		char name[sizeof job->temporary];
		name_temporary(name, sizeof name);
		const char *own = direct ? job->target.name : name;
		if (linkat(own_descriptors, descriptor_name(job->fd), directory, own, AT_SYMLINK_FOLLOW) == 0) {
			if (direct)
				return true;
			strcpy(job->temporary, name);
		} else if (job->keep || errno != EEXIST || i == TRIES)
			return false;
		direct = false; /* something has come there meanwhile, and is replaced */
	}
	unsigned flags = job->keep ? RENAME_NOREPLACE : 0;
	if (sys_renameat2(directory, job->temporary, directory, job->target.name, flags) < 0)
		return false;
	*job->temporary = '\0';
	return true;
}

void abandon_file(struct job *job)
{
	if (*job->temporary)
		unlinkat(job->target.directory, job->temporary, 0);
	*job->temporary = '\0';
}

/* Writes a chunk, and tells how much the host may send for it; the job is gone where that failed. */
static void take(struct job *job, const struct request *request)
{
	size_t at = 0;
	while (at < request->data_bytes) {
		ssize_t put = write(job->fd, request->data + at, request->data_bytes - at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			tell_error(job->id, 0);
			job_end(job);
			return;
		}
		at += (size_t)put;
	}
	job->done += at;
	if (request->flags & FLAG_LAST) {
		if (finish_file(job))
			tell_end(job->id, job->done);
		else
			tell_error(job->id, 0);
		job_end(job);
	} else if (at > 0) {
		uint64_t credit = at;
		tell(job->id, TELL_CREDIT, &credit, sizeof credit);
	}
}

void serve_write(const struct request *request)
{
	struct job *job = job_new(request, JOB_WRITE, -1);
	if (!job)
		tell_error(request->id, 0);
	else if (begin_file(job, request, request->path))
		take(job, request);
	else
		job_end(job);
}

void serve_data(const struct request *request)
{
	/* Where the writing has failed, the host has sent this before it knew. */
	struct job *job = job_of(request->id, JOB_WRITE);
	if (job)
		take(job, request);
}
