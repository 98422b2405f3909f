/* Watching for changes: inotify(7), whose queue in the kernel is bounded and says so when it was full. */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { EVENT_BYTES = 1 << 14 };

static void begin(const struct request *request)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct job *job = fd < 0 ? NULL : job_new(request, JOB_WATCH, fd);
	if (!job) {
		tell_error(request->id, 0);
		if (fd >= 0)
			close(fd);
		return;
	}
	job->credit = (int64_t)(request->b & INT32_MAX);
}

/* Adds what is at a path to the watch of the job `a`, for the events `mode`; tells its number there. */
static void add(const struct request *request)
{
	const struct job *job = job_of((uint32_t)request->a, JOB_WATCH);
	uint64_t links = request->flags & FLAG_NO_FOLLOW ? O_NOFOLLOW : 0;
	int watch = -1, fd = job ? open_path(place_of(request), request->path, O_PATH | links) : -1;
	if (!job)
		errno = EBADF;
	if (fd >= 0) {
		/* By the descriptor, which is a name in the current directory. */
		watch = inotify_add_watch(job->fd, descriptor_name(fd), request->mode);
		int failure = errno;
		close(fd);
		errno = failure;
	}
	if (watch < 0)
		tell_error(request->id, 0);
	else
		tell_end(request->id, (uint64_t)watch);
}

void serve_watch(const struct request *request)
{
	if (request->operation == ASK_WATCH)
		begin(request);
	else
		add(request);
}

void step_watch(struct job *job)
{
	static char events[EVENT_BYTES];
	ssize_t got = read(job->fd, events, sizeof events);
	if (got > 0) {
		job->credit -= got;
		tell(job->id, TELL_DATA, events, (size_t)got);
	}
}
