/*
 * How the attendant gets from a path to a file. The root is the sandbox's, magic links lead nowhere, and nothing but
 * regular files and directories is ever opened: what is there is looked at first by a descriptor that opens nothing
 * (O_PATH), and it is that descriptor that is opened, not the path again.
 */
#define _GNU_SOURCE
#include "attend.h"
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* RESOLVE_IN_ROOT asks for another try when something was renamed meanwhile, anywhere. */
enum { TRIES = 100, MAX_LINKS = 40, PATH_BYTES = 4096 };

int own_descriptors = -1;
static int root = -1;

void paths_begin(void)
{
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fchdir(own_descriptors) < 0)
		fail("attendant", "root");
}

struct place place_of(const struct request *request)
{
	const struct job *base = request->base ? job_of(request->base, JOB_BASE) : NULL;
	return (struct place){ .at = request->base == 0 ? root : base ? base->fd : -1, .strict = request->base != 0 };
}

int open_path(struct place place, const char *path, uint64_t flags)
{
	uint64_t within = place.strict ? RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS : RESOLVE_IN_ROOT;
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | within };
	int fd = -1;
	for (int i = 0; i < TRIES && fd < 0 && (i == 0 || errno == EAGAIN); i++)
		fd = sys_openat2(place.at, *path ? path : ".", &how);
	return fd;
}

const char *descriptor_name(int fd)
{
	static char name[16];
	snprintf(name, sizeof name, "%d", fd);
	return name;
}

int reopen(int path_fd, int flags)
{
	struct statfs system;
	/* A file of proc is no data: reading one may wait, or tell of processes. */
	if (fstatfs(path_fd, &system) < 0)
		return -1;
	if (system.f_type == PROC_SUPER_MAGIC) {
		errno = ENXIO;
		return -1;
	}
	/* It does not wait for who has a lease on the file: EAGAIN then. */
	return openat(own_descriptors, descriptor_name(path_fd), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int open_regular(struct place place, const char *path, int flags, struct stat *status)
{
	int fd = -1, path_fd = open_path(place, path, O_PATH);
	if (path_fd < 0)
		return -1;
	if (fstat(path_fd, status) == 0) {
		if (S_ISREG(status->st_mode))
			fd = reopen(path_fd, flags);
		else
			errno = S_ISDIR(status->st_mode) ? EISDIR : S_ISLNK(status->st_mode) ? ELOOP : ENXIO;
	}
	int failure = errno;
	close(path_fd);
	errno = failure;
	return fd;
}

static bool is_name(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Opens the directory that a path's last name is in. */
static int open_parent(struct place place, const char *path, struct target *target)
{
	char copy[PATH_BYTES];
	size_t length = strlen(path);
	while (length > 0 && path[length - 1] == '/')
		length--;
	size_t start = length;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (length >= sizeof copy || length - start >= sizeof target->name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(target->name, path + start, length - start);
	target->name[length - start] = '\0';
	if (!is_name(target->name)) {
		errno = length == 0 ? EBUSY : EINVAL; /* the root is always there */
		return -1;
	}
	memcpy(copy, path, start);
	copy[start] = '\0';
	target->directory = open_path(place, copy, O_PATH | O_DIRECTORY);
	return target->directory;
}

/* Where the link at the target leads, in the place of `path`; false with errno 0 where there is no link. */
static bool follow_link(const struct target *target, char *path)
{
	char link[PATH_BYTES];
	ssize_t length = readlinkat(target->directory, target->name, link, sizeof link - 1);
	if (length < 0) {
		errno = errno == EINVAL || errno == ENOENT ? 0 : errno;
		return false;
	}
	link[length] = '\0';
	size_t end = strlen(path);
	while (end > 0 && path[end - 1] == '/')
		end--;
	while (end > 0 && path[end - 1] != '/')
		end--;
	if (*link == '/')
		end = 0;
	if (end + (size_t)length >= PATH_BYTES) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(path + end, link, (size_t)length + 1);
	return true;
}

int open_target(struct place place, const char *path, bool follow, struct target *target)
{
	char current[PATH_BYTES];
	if (strlen(path) >= sizeof current) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(current, path);
	for (int links = 0; links < MAX_LINKS; links++) {
		if (open_parent(place, current, target) < 0)
			return -1;
		if (place.strict || !follow)
			return target->directory;
		bool followed = follow_link(target, current);
		if (!followed && errno == 0)
			return target->directory;
		int failure = errno;
		close(target->directory);
		target->directory = -1;
		errno = failure;
		if (!followed)
			return -1;
	}
	errno = ELOOP;
	return -1;
}

int make_parents_of(struct place place, const char *path)
{
	char prefix[PATH_BYTES];
	if (strlen(path) >= sizeof prefix) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (const char *slash = strchr(path + 1, '/'); *path && slash; slash = strchr(slash + 1, '/')) {
		struct target target;
		memcpy(prefix, path, (size_t)(slash - path));
		prefix[slash - path] = '\0';
		if (open_parent(place, prefix, &target) < 0) {
			if (errno == EINVAL || errno == EBUSY)
				continue; /* "a//b", "a/./b": there is nothing to make */
			return -1;
		}
		int made = mkdirat(target.directory, target.name, 0755), failure = errno;
		close(target.directory);
		/* What is there, or may not be made, is seen when the next name is looked for in it. */
		if (made < 0 && failure != EEXIST && failure != EROFS && failure != EACCES) {
			errno = failure;
			return -1;
		}
	}
	return 0;
}
