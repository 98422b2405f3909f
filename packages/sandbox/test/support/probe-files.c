/* Files that are swapped without end, and files that are watched from outside. */
#define _GNU_SOURCE
#include "probe.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SWAP_SECONDS = 600 };

static void exchange(const char *one, const char *other)
{
	syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

/*
 * swap DIRECTORY TARGET: makes x, a directory with a file f in it, and f, a file, in DIRECTORY, and exchanges them for
 * links that lead to TARGET, TARGET/f and ../decoy, and x for a pipe, until it is killed.
 */
static int swap(const char *directory, const char *target)
{
	char file[4096];
	snprintf(file, sizeof file, "%s/f", target);
	alarm(SWAP_SECONDS);
	if (chdir(directory) < 0)
		return 1;
	mkdir("x", 0755);
	close(open("x/f", O_CREAT | O_WRONLY, 0644));
	close(open("f", O_CREAT | O_WRONLY, 0644));
	if (symlink(target, "absolute") < 0 || symlink("../decoy", "relative") < 0 || symlink(file, "file") < 0 ||
	    mkfifo("pipe", 0644) < 0)
		return 1;
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		exchange("x", "absolute");
		exchange("f", "file");
		exchange("x", "absolute");
		exchange("x", "relative");
		exchange("f", "file");
		exchange("x", "relative");
		exchange("x", "pipe");
		exchange("x", "pipe");
	}
}

/* watch-files PATH…: until standard input ends, then how often anybody has done something to them. */
static int watch_files(char **paths)
{
	static char events[1 << 16];
	struct pollfd polls[2] = { { .fd = 0, .events = POLLIN }, { .fd = inotify_init1(IN_NONBLOCK), .events = POLLIN } };
	long count = 0;
	alarm(SWAP_SECONDS);
	for (; *paths; paths++)
		if (inotify_add_watch(polls[1].fd, *paths, IN_ALL_EVENTS) < 0)
			return 1;
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		poll(polls, 2, -1);
		for (ssize_t got; (got = read(polls[1].fd, events, sizeof events)) > 0;)
			for (ssize_t at = 0; at < got; count++)
				at += (ssize_t)sizeof(struct inotify_event) + ((struct inotify_event *)(events + at))->len;
		if (polls[0].revents) {
			printf("%ld\n", count);
			return 0;
		}
	}
}

/* lease FILE: nobody opens it to write, before the lease is given back, which is when standard input ends. */
static int lease(const char *file)
{
	char byte;
	int fd = open(file, O_RDWR | O_CREAT, 0644);
	signal(SIGIO, SIG_IGN);
	if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return 1;
	printf("ready\n");
	fflush(stdout);
	return read(0, &byte, 1) < 0;
}

/* deep DIRECTORY LEVELS: directories in one another, deeper than any path can name. */
static int deep(const char *directory, int levels)
{
	if (chdir(directory) < 0)
		return 1;
	for (int i = 0; i < levels; i++)
		if (mkdir("directory", 0755) < 0 || chdir("directory") < 0)
			return 1;
	return 0;
}

int probe_files(const char *what, char **words)
{
	if (strcmp(what, "swap") == 0 && words[0] && words[1])
		return swap(words[0], words[1]);
	if (strcmp(what, "lease") == 0)
		return lease(words[0]);
	if (strcmp(what, "deep") == 0 && words[1])
		return deep(words[0], atoi(words[1]));
	return strcmp(what, "watch-files") == 0 ? watch_files(words) : -1;
}
