/*
 * Ending a command with everything it started, whatever that did: daemons, double forks, new sessions.
 * Each command has a cgroup namespace of its own. Its processes inherit it and cannot leave it (setns,
 * unshare and clone's namespace flags are refused to them), so its inode number marks them for good. It is held
 * open meanwhile: a number that is free may be given to another command's.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { STOP_PASSES = 3, MAX_PASSES = 2000 };

/* Applies `look` to the cgroup namespace of a process's first thread, or of another where that one has ended. */
static int64_t look_at_namespace(int proc_fd, pid_t pid, int64_t (*look)(int directory, const char *path))
{
	char path[64];
	snprintf(path, sizeof path, "%d/ns/cgroup", pid);
	int64_t seen = look(proc_fd, path);
	if (seen >= 0 || errno != ENOENT)
		return seen;
	snprintf(path, sizeof path, "%d/task", pid);
	int fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *threads = fd < 0 ? NULL : fdopendir(fd);
	if (!threads)
		return -1;
	for (struct dirent *entry; seen < 0 && (entry = readdir(threads));) {
		snprintf(path, sizeof path, "%.20s/ns/cgroup", entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]))
			seen = look(dirfd(threads), path);
	}
	closedir(threads);
	return seen;
}

static int64_t inode_of(int directory, const char *path)
{
	struct stat status;
	return fstatat(directory, path, &status, 0) == 0 ? (int64_t)status.st_ino : -1;
}

static int64_t open_namespace(int directory, const char *path)
{
	return openat(directory, path, O_RDONLY | O_CLOEXEC);
}

int tree_hold(int proc_fd, pid_t pid)
{
	return (int)look_at_namespace(proc_fd, pid, open_namespace);
}

static bool signal_if_tagged(int proc_fd, pid_t pid, int64_t tag, int signal)
{
	if (look_at_namespace(proc_fd, pid, inode_of) != tag)
		return false;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return false;
	/* Asked again: the number may have been given to another process before it was pinned. */
	bool ours = look_at_namespace(proc_fd, pid, inode_of) == tag;
	if (ours)
		syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
	close(pidfd);
	return ours;
}

static bool pass(int proc_fd, int64_t tag, int signal)
{
	bool found = false;
	int fd = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		fail("kill", "/proc");
	for (struct dirent *entry; (entry = readdir(directory));)
		if (isdigit((unsigned char)entry->d_name[0]))
			found |= signal_if_tagged(proc_fd, atoi(entry->d_name), tag, signal);
	closedir(directory);
	return found;
}

bool tree_kill(int proc_fd, int held)
{
	struct stat mark, own;
	if (fstat(held, &mark) < 0 || fstatat(proc_fd, "self/ns/cgroup", &own, 0) < 0 || mark.st_ino == own.st_ino)
		return false;
	int64_t tag = (int64_t)mark.st_ino;
	/* Stopped first, so that a fork bomb stands still while it is counted. */
	for (int i = 0; i < STOP_PASSES; i++)
		if (!pass(proc_fd, tag, SIGSTOP))
			return true;
	for (int i = 0; i < MAX_PASSES; i++)
		if (!pass(proc_fd, tag, SIGKILL))
			return true;
	return false;
}
