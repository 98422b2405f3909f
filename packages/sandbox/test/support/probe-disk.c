/*
 * Ways to fill a disk: disk HOW DIRECTORY MB SECONDS, in files of 1 MB, no more than MB of them; "filled" when all are
 * written, and then it waits, so that what has no name any more is held by somebody. For names and links: that many.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 1 << 20, PAGE = 4096, DEEP = 3000 };

static char bytes[FILE_BYTES];

static int fail_with(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 3;
}

static int new_file(int at, int number, char *name)
{
	sprintf(name, "file-%d", number);
	int fd = openat(at, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
	for (size_t done = 0; fd >= 0 && done < sizeof bytes;) {
		ssize_t put = write(fd, bytes + done, sizeof bytes - done);
		if (put < 0)
			return -1;
		done += (size_t)put;
	}
	return fd;
}

static int queue(int fd)
{
	static int ends[2];
	char control[CMSG_SPACE(sizeof fd)] = { 0 }, byte = 0;
	struct iovec vector = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	if (ends[1] == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0)
		return -1;
	return sendmsg(ends[0], &message, MSG_DONTWAIT) == 1 ? close(fd) : socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0 ? -1 : queue(fd);
}

static int keep(const char *how, int at, const char *name, int fd)
{
	if (strcmp(how, "plain") == 0 || strcmp(how, "deep") == 0 || strcmp(how, "closed") == 0)
		return close(fd);
	if (unlinkat(at, name, 0) < 0)
		return -1;
	if (strcmp(how, "open") == 0)
		return 0;
	if (strcmp(how, "mapped") == 0)
		return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : close(fd);
	return queue(fd);
}

static int go_deep(int at)
{
	for (int i = 0; i < DEEP; i++) {
		int next = mkdirat(at, "d", 0755) < 0 ? -1 : openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	return at;
}

static int close_to_readers(int at)
{
	int inner = mkdirat(at, "closed", 0755) < 0 ? -1 : openat(at, "closed", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return inner < 0 || fchmod(inner, 0300) < 0 ? -1 : inner;
}

static int make_names(const char *how, int at, int count)
{
	char name[32];
	for (int i = 0; i < count; i++) {
		sprintf(name, "name-%d", i);
		int made = strcmp(how, "links") != 0 || i == 0 ? mknodat(at, name, S_IFREG | 0644, 0) : linkat(at, "name-0", at, name, 0);
		if (made < 0)
			return fail_with("name");
	}
	printf("filled\n");
	fflush(stdout);
	return 0;
}

int probe_disk(const char *how, const char *directory, int mb, unsigned seconds)
{
	struct rlimit files;
	char name[NAME_MAX];
	int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	memset(bytes, 'x', sizeof bytes);
	if (at >= 0 && (strcmp(how, "names") == 0 || strcmp(how, "links") == 0))
		return make_names(how, at, mb) || sleep(seconds);
	if (at >= 0 && strcmp(how, "deep") == 0)
		at = go_deep(at);
	if (at >= 0 && strcmp(how, "closed") == 0)
		at = close_to_readers(at);
	if (at < 0)
		return fail_with("directory");
	for (int i = 0; i < mb; i++) {
		int fd = new_file(at, i, name);
		if (fd < 0 || keep(how, at, name, fd) < 0)
			return fail_with(name);
		fputc('.', stderr); /* a megabyte */
		poll(NULL, 0, 2); /* on a busy machine who counts has to wait for its turn: so does who writes */
	}
	printf("filled\n");
	fflush(stdout);
	return (int)sleep(seconds);
}
