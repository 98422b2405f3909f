/*
 * Ending a command with everything it started, whatever that did: daemons, double forks, new sessions.
 * Each command has a cgroup namespace of its own. Its processes inherit it and cannot leave it (setns,
 * unshare and clone's namespace flags are refused to them), so its inode number marks them for good.
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

static uint64_t namespace_at(int directory, const char *path)
{
	struct stat status;
	return fstatat(directory, path, &status, 0) == 0 ? status.st_ino : 0;
}

/* A process whose first thread has ended lives on in its other threads, which have its namespaces still. */
static uint64_t tag_of_threads(int proc_fd, pid_t pid)
{
	char path[64];
	snprintf(path, sizeof path, "%d/task", pid);
	int fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *threads = fd < 0 ? NULL : fdopendir(fd);
	if (!threads)
		return 0;
	uint64_t tag = 0;
	for (struct dirent *entry; tag == 0 && (entry = readdir(threads));) {
		snprintf(path, sizeof path, "%.20s/ns/cgroup", entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]))
			tag = namespace_at(dirfd(threads), path);
	}
	closedir(threads);
	return tag;
}

uint64_t tree_tag(int proc_fd, pid_t pid)
{
	char path[64];
	snprintf(path, sizeof path, "%d/ns/cgroup", pid);
	uint64_t tag = namespace_at(proc_fd, path);
	return tag == 0 && errno == ENOENT ? tag_of_threads(proc_fd, pid) : tag;
}

static bool signal_if_tagged(int proc_fd, pid_t pid, uint64_t tag, int signal)
{
	if (tree_tag(proc_fd, pid) != tag)
		return false;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return false;
	/* Asked again: the number may have been given to another process before it was pinned. */
	bool ours = tree_tag(proc_fd, pid) == tag;
	if (ours)
		syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
	close(pidfd);
	return ours;
}

static bool pass(int proc_fd, uint64_t tag, int signal)
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

bool tree_kill(int proc_fd, uint64_t tag)
{
	/* Stopped first, so that a fork bomb stands still while it is counted. */
	for (int i = 0; i < STOP_PASSES; i++)
		if (!pass(proc_fd, tag, SIGSTOP))
			return true;
	for (int i = 0; i < MAX_PASSES; i++)
		if (!pass(proc_fd, tag, SIGKILL))
			return true;
	return false;
}
