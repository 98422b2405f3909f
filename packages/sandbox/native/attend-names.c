/* What is done to names, at once. */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void tell_done(const struct request *request, int result)
{
	if (result < 0)
		tell_error(request->id, 0);
	else
		tell_end(request->id, 0);
}

static void close_kept(int fd)
{
	int failure = errno;
	if (fd >= 0)
		close(fd);
	errno = failure;
}

static void look(const struct request *request)
{
	uint64_t links = request->flags & FLAG_NO_FOLLOW ? O_NOFOLLOW : 0;
	struct place place = place_of(request);
	struct stat status;
	char link[4096] = "";
	int fd = open_path(place, request->path, O_PATH | links);
	if (fd < 0 || fstat(fd, &status) < 0)
		tell_error(request->id, 0);
	else if (S_ISLNK(status.st_mode) && readlinkat(fd, "", link, sizeof link - 1) < 0)
		tell_error(request->id, 0);
	else
		tell_status(request->id, &status, link);
	close_kept(fd);
}

static int make_directory(const struct request *request)
{
	struct place place = place_of(request);
	struct target target;
	if (open_target(place, request->path, false, &target) < 0 &&
	    (errno != ENOENT || !(request->flags & FLAG_PARENTS) || make_parents_of(place, request->path) < 0 ||
	     open_target(place, request->path, false, &target) < 0))
		return -1;
	int made = mkdirat(target.directory, target.name, request->mode ? request->mode & 0777 : 0755);
	if (made < 0 && errno == EEXIST && request->flags & FLAG_KEEP) {
		struct place own = { .at = target.directory, .strict = place.strict };
		int there = open_path(own, target.name, O_PATH | O_DIRECTORY);
		made = there < 0 ? -1 : 0;
		if (there < 0 && errno == ENOTDIR)
			errno = EEXIST;
		close_kept(there);
	}
	close_kept(target.directory);
	return made;
}

static int take_away(const struct request *request)
{
	struct target target;
	if (open_target(place_of(request), request->path, false, &target) < 0)
		return -1;
	int done = unlinkat(target.directory, target.name, request->flags & FLAG_DIRECTORY ? AT_REMOVEDIR : 0);
	close_kept(target.directory);
	return done;
}

static int move(const struct request *request)
{
	struct target from, to;
	if (open_target(place_of(request), request->path, false, &from) < 0)
		return -1;
	int done = open_target(place_of(request), request->other, false, &to);
	if (done >= 0) {
		unsigned flags = request->flags & FLAG_KEEP ? RENAME_NOREPLACE : 0;
		done = sys_renameat2(from.directory, from.name, to.directory, to.name, flags);
		close_kept(to.directory);
	}
	close_kept(from.directory);
	return done;
}

static int make_link(const struct request *request)
{
	struct target target;
	if (open_target(place_of(request), request->path, false, &target) < 0)
		return -1;
	int done = symlinkat(request->other, target.directory, target.name);
	close_kept(target.directory);
	return done;
}

/* A second name for a regular file, and for nothing else. */
static int make_name(const struct request *request)
{
	struct place place = place_of(request);
	struct target target;
	struct stat status;
	int done = -1, from = open_path(place, request->other, O_PATH | O_NOFOLLOW);
	if (from < 0 || fstat(from, &status) < 0)
		return -1;
	if (!S_ISREG(status.st_mode))
		errno = S_ISLNK(status.st_mode) ? ELOOP : ENXIO;
	else if (open_target(place, request->path, false, &target) >= 0) {
		done = linkat(own_descriptors, descriptor_name(from), target.directory, target.name, AT_SYMLINK_FOLLOW);
		close_kept(target.directory);
	}
	close_kept(from);
	return done;
}

/* Mode and time of modification, each where it is given; of a link the time alone. */
static int set_attributes_of(const struct request *request)
{
	struct stat status;
	int done = -1, fd = open_path(place_of(request), request->path, O_PATH | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	const char *name = descriptor_name(fd);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)((int64_t)request->a / 1000000000),
								  .tv_nsec = (long)((int64_t)request->a % 1000000000) } };
	if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		done = request->mode ? fchmodat(own_descriptors, name, request->mode & 0777, 0) : 0;
	else
		errno = ENXIO;
	if (done == 0 && request->b)
		done = utimensat(own_descriptors, name, times, 0);
	close_kept(fd);
	return done;
}

void serve_name(const struct request *request)
{
	switch (request->operation) {
	case ASK_STAT:
		look(request);
		break;
	case ASK_DIRECTORY:
		tell_done(request, make_directory(request));
		break;
	case ASK_REMOVE:
		tell_done(request, take_away(request));
		break;
	case ASK_RENAME:
		tell_done(request, move(request));
		break;
	case ASK_SYMLINK:
		tell_done(request, make_link(request));
		break;
	case ASK_LINK:
		tell_done(request, make_name(request));
		break;
	case ASK_ATTRIBUTES:
		tell_done(request, set_attributes_of(request));
		break;
	default:
		errno = ENOSYS;
		tell_error(request->id, 0);
	}
}
