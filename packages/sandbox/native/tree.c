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
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { STOP_PASSES = 3, MAX_PASSES = 2000 };

uint64_t tree_tag(int proc_fd, pid_t pid)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "%d/ns/cgroup", pid);
	return fstatat(proc_fd, path, &status, 0) == 0 ? status.st_ino : 0;
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
