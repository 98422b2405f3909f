/*
 * The attendant: works on a sandbox's files for the host. It has entered the sandbox's user and mount namespaces and
 * has the sandbox's own ids, no capability and a filter; so whatever the sandbox does with links and renames, it gets
 * no further than the sandbox itself. It has not entered the pid namespace: nobody inside can see, signal or trace it.
 *
 * One process, no threads, no call that waits for anybody of the sandbox: what is long is done in steps, in turns.
 */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct job jobs[MAX_JOBS];
static size_t used; /* one more than the index of the last that is not free */

struct job *job_of(uint32_t id, enum job_kind kind)
{
	for (struct job *job = jobs; job < jobs + used; job++)
		if (job->kind != JOB_FREE && job->id == id && (kind == JOB_FREE || job->kind == kind))
			return job;
	return NULL;
}

struct job *job_new(const struct request *request, enum job_kind kind, int fd)
{
	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++)
		if (job->kind == JOB_FREE) {
			if (used <= (size_t)(job - jobs))
				used = (size_t)(job - jobs) + 1;
			*job = (struct job){ .kind = kind, .id = request->id, .fd = fd, .from = -1, .target.directory = -1 };
			return job;
		}
	errno = EMFILE;
	return NULL;
}

static void close_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void job_end(struct job *job)
{
	abandon_file(job);
	close_open(job->fd);
	close_open(job->from);
	close_open(job->target.directory);
	job->kind = JOB_FREE;
	while (used > 0 && jobs[used - 1].kind == JOB_FREE)
		used--;
}

static void serve_base(const struct request *request)
{
	uint64_t links = request->flags & FLAG_NO_FOLLOW ? O_NOFOLLOW : 0;
	int fd = open_path(place_of(request), request->path, O_PATH | O_DIRECTORY | links);
	struct job *job = fd < 0 ? NULL : job_new(request, JOB_BASE, fd);
	if (!job) {
		tell_error(request->id, 0);
		close_open(fd);
		return;
	}
	tell_end(request->id, 0);
}

static void serve(const struct request *request)
{
	struct job *job;
	switch (request->operation) {
	case ASK_READ:
		serve_read(request);
		break;
	case ASK_LIST:
		serve_list(request);
		break;
	case ASK_WRITE:
		serve_write(request);
		break;
	case ASK_DATA:
		serve_data(request);
		break;
	case ASK_COPY:
		serve_copy(request);
		break;
	case ASK_BASE:
		serve_base(request);
		break;
	case ASK_WATCH:
	case ASK_WATCH_ADD:
		serve_watch(request);
		break;
	case ASK_CREDIT:
		if ((job = job_of(request->id, JOB_FREE)) && request->a <= INT32_MAX)
			job->credit += (int64_t)request->a;
		break;
	case ASK_CANCEL:
		if ((job = job_of(request->id, JOB_FREE)))
			job_end(job);
		break;
	default:
		serve_name(request);
	}
}

/* Whether a job has something to do now; a watch has when the kernel says so. */
static bool runnable(const struct job *job)
{
	return job->kind == JOB_COPY || ((job->kind == JOB_READ || job->kind == JOB_LIST) && job->credit > 0);
}

static void step(struct job *job)
{
	if (job->kind == JOB_READ)
		step_read(job);
	else if (job->kind == JOB_LIST)
		step_list(job);
	else
		step_copy(job);
}

/* One step of each, as long as there is room for what it tells. */
static bool step_all(void)
{
	static size_t first; /* in turns, also when there is no room for all */
	bool left = false;
	for (size_t i = 0, count = used; i < count; i++) {
		struct job *job = &jobs[(first + i) % count];
		if (!runnable(job))
			continue;
		if (!frames_room()) {
			first = (first + i) % count;
			return true;
		}
		step(job);
		left |= runnable(job);
	}
	return left;
}

static nfds_t poll_watches(struct pollfd *polls, struct job **watching)
{
	nfds_t count = 0;
	for (struct job *job = jobs; job < jobs + used && frames_room(); job++)
		if (job->kind == JOB_WATCH && job->credit > 0) {
			polls[count] = (struct pollfd){ .fd = job->fd, .events = POLLIN };
			watching[count++] = job;
		}
	return count;
}

static void attend(void)
{
	static struct pollfd polls[MAX_JOBS + 1];
	static struct job *watching[MAX_JOBS];
	bool living = true;
	while (living) {
		bool busy = step_all();
		nfds_t watches = poll_watches(polls + 1, watching);
		short wanted = (short)((frames_room() ? POLLIN : 0) | (frames_waiting() ? POLLOUT : 0));
		polls[0] = (struct pollfd){ .fd = CONTROL_FD, .events = wanted };
		if (poll(polls, watches + 1, busy && frames_room() ? 0 : -1) < 0 && errno != EINTR)
			return;
		for (nfds_t i = 0; i < watches; i++)
			if (polls[i + 1].revents && frames_room())
				step_watch(watching[i]);
		/* Also where nothing new has come: what came before may have waited for room. */
		living = frames_receive(CONTROL_FD, serve);
		living = frames_flush(CONTROL_FD) && living;
	}
}

static void give_up_privileges(const struct policy *policy)
{
	ids_become(policy);
	rlimits_set(policy);
	capability_bounds_drop();
	capabilities_drop();
	/* Nobody inside can name this process; this is for the host's other processes of the same user. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("attendant", "dumpable");
}

int attend_sandbox(struct policy *policy)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ };
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_IGN);
	setsid();
	umask(0); /* modes are what the host says */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("attendant", "dumpable");
	if (geteuid() == 0 && setgroups(0, NULL) < 0)
		fail("ids", "setgroups");
	own_descriptors = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own_descriptors < 0)
		fail("proc", "/proc/self/fd");
	namespaces_enter_some(policy, CLONE_NEWUSER | CLONE_NEWNS);
	give_up_privileges(policy);
	paths_begin();
	fcntl(CONTROL_FD, F_SETFL, fcntl(CONTROL_FD, F_GETFL) | O_NONBLOCK);
	seccomp_install(policy);
	report("ready");
	close(STATUS_FD);
	attend();
	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++)
		if (job->kind != JOB_FREE)
			job_end(job);
	return 0;
}
