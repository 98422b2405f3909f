/* Reading files and directories: a chunk at a time, as long as the host takes more. */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* So few that what is told of them fits a chunk: an entry of the kernel's has 24 bytes at least, of ours 64 more. */
enum { DIRECTORY_BYTES = 1 << 14 };

/* As linux/dirent.h has it. */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t bytes;
	uint8_t type;
	char name[];
};

struct entry {
	struct file_status status;
	uint32_t name_bytes, failure;
};

void serve_read(const struct request *request)
{
	struct stat status = { 0 };
	int fd = open_regular(place_of(request), request->path, O_RDONLY, &status);
	struct job *job = fd < 0 ? NULL : job_new(request, JOB_READ, fd);
	if (!job) {
		tell_error(request->id, fd < 0 ? status.st_mode : 0);
		if (fd >= 0)
			close(fd);
		return;
	}
	job->credit = (int64_t)(request->b & INT32_MAX);
	job->done = request->a;
	tell_status(request->id, &status, "");
	if (job->credit > 0 && frames_room())
		step_read(job); /* most files end here: nobody waits for another turn */
}

void step_read(struct job *job)
{
	static char chunk[CHUNK_BYTES];
	size_t wanted = job->credit < CHUNK_BYTES ? (size_t)job->credit : CHUNK_BYTES;
	ssize_t got = pread(job->fd, chunk, wanted, (off_t)job->done);
	if (got < 0 && errno == EINTR)
		return;
	if (got > 0) {
		job->done += (uint64_t)got;
		job->credit -= got;
		tell(job->id, TELL_DATA, chunk, (size_t)got);
		/* The end is told with the last data, so that it costs no other turn. */
		struct stat status;
		if (fstat(job->fd, &status) < 0 || job->done < (uint64_t)status.st_size || !frames_room())
			return;
	}
	if (got < 0)
		tell_error(job->id, 0);
	else
		tell_end(job->id, job->done);
	job_end(job);
}

void serve_list(const struct request *request)
{
	struct place place = place_of(request);
	uint64_t links = request->flags & FLAG_NO_FOLLOW ? O_NOFOLLOW : 0;
	int fd = -1, path_fd = open_path(place, request->path, O_PATH | O_DIRECTORY | links);
	if (path_fd >= 0) {
		fd = reopen(path_fd, O_RDONLY | O_DIRECTORY);
		int failure = errno;
		close(path_fd);
		errno = failure;
	}
	struct job *job = fd < 0 ? NULL : job_new(request, JOB_LIST, fd);
	if (!job) {
		tell_error(request->id, 0);
		if (fd >= 0)
			close(fd);
		return;
	}
	job->credit = (int64_t)(request->b & INT32_MAX);
}

static size_t put_entry(int directory, const char *name, char *into)
{
	struct stat status = { 0 };
	struct entry entry = { .name_bytes = (uint32_t)strlen(name) };
	/* It may be gone again, which is told as it is. */
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		entry.failure = (uint32_t)errno;
	describe(&entry.status, &status);
	memcpy(into, &entry, sizeof entry);
	memcpy(into + sizeof entry, name, entry.name_bytes);
	return sizeof entry + entry.name_bytes;
}

void step_list(struct job *job)
{
	static _Alignas(8) char found[DIRECTORY_BYTES];
	static char chunk[CHUNK_BYTES];
	size_t bytes = 0;
	long got = syscall(SYS_getdents64, job->fd, found, sizeof found);
	for (long at = 0; at < got;) {
		struct directory_entry entry;
		memcpy(&entry, found + at, sizeof entry);
		const char *name = found + at + offsetof(struct directory_entry, name);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			bytes += put_entry(job->fd, name, chunk + bytes);
		at += entry.bytes;
	}
	if (got > 0) {
		job->credit -= (int64_t)bytes;
		tell(job->id, TELL_DATA, chunk, bytes);
		return;
	}
	if (got < 0)
		tell_error(job->id, 0);
	else
		tell_end(job->id, 0);
	job_end(job);
}
