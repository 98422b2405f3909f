/*
 * What mounts are attached to, and the files of the sandbox's own. Nothing that the caller named is on the way: all of
 * it is made in a new tmpfs that no other process can reach.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

const char *relative(const char *path)
{
	return *path == '/' ? path + 1 : path;
}

static void make_parents(int at, const char *path)
{
	char copy[4096];
	if (strlen(path) >= sizeof copy) {
		errno = ENAMETOOLONG;
		fail("mount target", path);
	}
	strcpy(copy, path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(at, relative(copy), 0755) < 0 && errno != EEXIST)
			fail("mount target", path);
		*slash = '/';
	}
}

static int make(int at, const char *path, bool directory)
{
	int done = directory ? mkdirat(at, relative(path), 0755) : mknodat(at, relative(path), S_IFREG | 0644, 0);
	return done < 0 && errno == EEXIST ? 0 : done;
}

void make_target(int at, const char *path, bool directory)
{
	if (make(at, path, directory) == 0)
		return;
	make_parents(at, path);
	if (make(at, path, directory) < 0)
		fail("mount target", path);
}

static int create_file(int at, const char *path)
{
	int fd = openat(at, relative(path), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	make_parents(at, path);
	return openat(at, relative(path), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
}

void make_file(int at, const char *path, const char *text)
{
	int fd = create_file(at, path);
	size_t length = strlen(text);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		fail("file", path);
	close(fd);
}

/* Of a file of the host's system: what everybody may read of it. */
void make_copy(int at, const char *path)
{
	int from = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int to = create_file(at, path);
	if (from < 0 || to < 0)
		fail("file", path);
	ssize_t copied;
	while ((copied = sendfile(to, from, NULL, 1 << 20)) > 0)
		;
	if (copied < 0)
		fail("file", path);
	close(from);
	close(to);
}

void make_symlink(int at, const char *to, const char *path)
{
	if (symlinkat(to, at, relative(path)) == 0)
		return;
	make_parents(at, path);
	if (symlinkat(to, at, relative(path)) < 0)
		fail("symlink", path);
}
