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
#include <time.h>
#include <unistd.h>

enum { STOP_PASSES = 3, MAX_PASSES = 2000, FLEETING_LOOKS = 100, HIDDEN_LOOKS = 1000 };

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

int tree_hold_own(int proc_fd, pid_t pid)
{
	struct stat mark;
	int held = tree_hold(proc_fd, pid);
	if (held < 0 || (fstat(held, &mark) == 0 && (int64_t)mark.st_ino != inode_of(proc_fd, "self/ns/cgroup")))
		return held;
	close(held);
	return -1;
}

struct hunt {
	int proc_fd;
	int64_t mark;     /* of the command's processes */
	int64_t pids;     /* the sandbox's pid namespace */
	int signal;
};

/* Whether there are threads beside a first one that has ended: their directory has a link for each, and two of its own. */
static bool has_more_threads(int proc_fd, pid_t pid)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "%d/task", pid);
	return fstatat(proc_fd, path, &status, 0) == 0 && status.st_nlink > 3;
}

static bool in_sandbox(const struct hunt *hunt, pid_t pid)
{
	char path[64];
	snprintf(path, sizeof path, "%d/ns/pid", pid);
	return inode_of(hunt->proc_fd, path) == hunt->pids;
}

/*
 * A process may have a new thread for every look, each gone before it can be looked at. Stopped, it stands still.
 * Only one of this sandbox is ever stopped for that, and it goes on when it is another command's.
 */
static int64_t look_at_fleeting(const struct hunt *hunt, pid_t pid, int pidfd)
{
	int64_t seen = -1;
	syscall(SYS_pidfd_send_signal, pidfd, SIGSTOP, NULL, 0);
	for (int i = 0; i < FLEETING_LOOKS && seen < 0 && has_more_threads(hunt->proc_fd, pid); i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
		seen = look_at_namespace(hunt->proc_fd, pid, inode_of);
	}
	if (seen != hunt->mark)
		syscall(SYS_pidfd_send_signal, pidfd, SIGCONT, NULL, 0);
	return seen;
}

/* Alive in this sandbox, but not to be looked at. */
static bool is_fleeting(const struct hunt *hunt, pid_t pid)
{
	return has_more_threads(hunt->proc_fd, pid) && in_sandbox(hunt, pid);
}

/* Whether there is such a process: one of the command's, or one that the next pass has to look at again. */
static bool signal_if_marked(const struct hunt *hunt, pid_t pid)
{
	int64_t seen = look_at_namespace(hunt->proc_fd, pid, inode_of);
	if (seen >= 0 ? seen != hunt->mark : !is_fleeting(hunt, pid))
		return false;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return false;
	/* Asked again: the number may have been given to another process before it was pinned. */
	seen = look_at_namespace(hunt->proc_fd, pid, inode_of);
	if (seen < 0 && is_fleeting(hunt, pid))
		seen = look_at_fleeting(hunt, pid, pidfd);
	if (seen == hunt->mark)
		syscall(SYS_pidfd_send_signal, pidfd, hunt->signal, NULL, 0);
	close(pidfd);
	return seen == hunt->mark || (seen < 0 && is_fleeting(hunt, pid));
}

static bool pass(const struct hunt *hunt)
{
	bool found = false;
	int fd = openat(hunt->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		fail("kill", "/proc");
	for (struct dirent *entry; (entry = readdir(directory));)
		if (isdigit((unsigned char)entry->d_name[0]))
			found |= signal_if_marked(hunt, atoi(entry->d_name));
	closedir(directory);
	return found;
}

bool tree_kill(int proc_fd, int held)
{
	struct stat mark;
	/* This process has entered the sandbox's pid namespace for its children only. */
	struct hunt hunt = { .proc_fd = proc_fd, .pids = inode_of(proc_fd, "self/ns/pid_for_children"), .signal = SIGSTOP };
	if (fstat(held, &mark) < 0 || (int64_t)mark.st_ino == inode_of(proc_fd, "self/ns/cgroup") || hunt.pids < 0)
		return false;
	hunt.mark = (int64_t)mark.st_ino;
	/* Stopped first, so that a fork bomb stands still while it is counted. */
	for (int i = 0; i < STOP_PASSES; i++)
		if (!pass(&hunt))
			return true;
	hunt.signal = SIGKILL;
	for (int i = 0; i < MAX_PASSES; i++)
		if (!pass(&hunt))
			return true;
	return false;
}

/* Whether a process of the sandbox beside PID 1 cannot be looked at. `proc` is the sandbox's own /proc. */
static bool has_hidden(int proc)
{
	bool found = false;
	int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return true;
	for (struct dirent *entry; !found && (entry = readdir(directory));) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		found = pid > 1 && look_at_namespace(proc, pid, inode_of) < 0 && (errno == EACCES || errno == EPERM);
	}
	closedir(directory);
	return found;
}

bool tree_hides(void)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool hidden = true;
	/* Another command's process cannot be looked at either, for the moment before its program. */
	for (int i = 0; i < HIDDEN_LOOKS && (hidden = has_hidden(proc)); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	close(proc);
	return hidden;
}
