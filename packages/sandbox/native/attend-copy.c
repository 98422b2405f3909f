/* Copying a regular file: shared where the file system can, holes kept, in steps. */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { STEP_BYTES = 1 << 20 };

void serve_copy(const struct request *request)
{
	struct stat status = { 0 };
	int from = open_regular(place_of(request), request->path, O_RDONLY, &status);
	if (from < 0) {
		tell_error(request->id, status.st_mode);
		return;
	}
	struct job *job = job_new(request, JOB_COPY, -1);
	if (!job) {
		tell_error(request->id, 0);
		close(from);
		return;
	}
	job->from = from;
	struct request changed = *request;
	changed.base = (uint32_t)request->a; /* the other path may be beneath another */
	if (!changed.mode)
		changed.mode = status.st_mode & 0777;
	if (!begin_file(job, &changed, request->other)) {
		job_end(job);
		return;
	}
	job->limit = (uint64_t)status.st_size; /* what is written to it meanwhile is not waited for */
	if (ioctl(job->fd, FICLONE, from) == 0)
		job->done = job->limit;
}

static ssize_t copy_by_hand(const struct job *job, size_t bytes)
{
	static char chunk[CHUNK_BYTES];
	ssize_t got = pread(job->from, chunk, bytes < sizeof chunk ? bytes : sizeof chunk, (off_t)job->done);
	return got <= 0 ? got : pwrite(job->fd, chunk, (size_t)got, (off_t)job->done);
}

/* Bytes copied; 0 at the end. */
static ssize_t copy_some(struct job *job)
{
	off_t data = lseek(job->from, (off_t)job->done, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		return 0; /* a hole up to the end */
	if (data > (off_t)job->done)
		job->done = (uint64_t)data;
	if (job->done >= job->limit)
		return 0;
	off_t hole = lseek(job->from, (off_t)job->done, SEEK_HOLE);
	uint64_t end = hole > (off_t)job->done && (uint64_t)hole < job->limit ? (uint64_t)hole : job->limit;
	size_t bytes = end - job->done < STEP_BYTES ? (size_t)(end - job->done) : STEP_BYTES;
	loff_t in = (loff_t)job->done, out = in;
	ssize_t copied = copy_file_range(job->from, &in, job->fd, &out, bytes, 0);
	return copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP) ? copy_by_hand(job, bytes) : copied;
}

void step_copy(struct job *job)
{
	ssize_t copied = job->done < job->limit ? copy_some(job) : 0;
	if (copied > 0) {
		job->done += (uint64_t)copied;
		return;
	}
	if (copied < 0 && errno == EINTR)
		return;
	/* What was cut off meanwhile is no zeros. */
	struct stat status;
	if (copied == 0 && fstat(job->from, &status) == 0 && (uint64_t)status.st_size < job->limit)
		job->limit = job->done > (uint64_t)status.st_size ? job->done : (uint64_t)status.st_size;
	if (copied == 0 && ftruncate(job->fd, (off_t)job->limit) == 0 && finish_file(job))
		tell_end(job->id, job->limit);
	else
		tell_error(job->id, 0);
	job_end(job);
}
