/* Looking into other processes by way of /proc, and what a process was given by mistake. */
#define _GNU_SOURCE
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_LEAKED = 3, LAST_LEAKED = 1024 };

static int open_of(pid_t pid, const char *name, int flags)
{
	char path[96];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	return open(path, flags | O_CLOEXEC);
}

/* look NAME PID */
static enum outcome look(char **args)
{
	return outcome_of(open_of(process_named(args[1]), args[0], O_RDONLY | O_NONBLOCK));
}

/* open-writable NAME PID */
static enum outcome open_writable(char **args)
{
	return outcome_of(open_of(process_named(args[1]), args[0], O_WRONLY));
}

/* read-file PATH: what is empty tells as little as what is not there. */
static enum outcome read_file(char **args)
{
	char byte;
	int fd = open(args[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, &byte, 1);
	if (got != 0)
		return outcome_of(got);
	say("empty");
	return REFUSED;
}

/* open-file PATH: opens it for reading, and reads nothing. What /dev/null covers is not itself. */
static enum outcome open_file(char **args)
{
	struct stat status;
	int fd = open(args[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return untried("this kernel does not have it");
	if (fd < 0 || fstat(fd, &status) < 0)
		return outcome_of(-1);
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
		return SUCCEEDED;
	say("covered");
	return REFUSED;
}

static int may_hold_programs(const char *target)
{
	struct stat status;
	return stat(target, &status) == 0 && (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode));
}

/* find-mount-without OPTION: any that this process sees, but those of a single device. */
static enum outcome find_mount_without(char **args)
{
	char line[4096], target[256], options[256];
	int mounts = 0;
	FILE *file = fopen("/proc/self/mountinfo", "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "%*s %*s %*s %*s %255s %255s", target, options) == 2 && may_hold_programs(target)) {
			mounts++;
			if (!strstr(options, args[0])) {
				say("%s", target);
				fclose(file);
				return SUCCEEDED;
			}
		}
	if (!file || mounts == 0)
		return untried("no list of mounts");
	fclose(file);
	say("%s for all of %d mounts", args[0], mounts);
	return REFUSED;
}

static int is_own_image(pid_t pid)
{
	struct stat own, other;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	return stat(path, &other) < 0 || (stat("/proc/self/exe", &own) == 0 && own.st_ino == other.st_ino && own.st_dev == other.st_dev);
}

static int copy_file(const char *from, const char *to)
{
	char bytes[1 << 16];
	unlink(to);
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	ssize_t got;
	while (in >= 0 && out >= 0 && (got = read(in, bytes, sizeof bytes)) > 0)
		if (write(out, bytes, (size_t)got) != got)
			break;
	close(in);
	close(out);
	return in >= 0 && out >= 0;
}

/* A descriptor of a running program's file, by its process; it is kept beyond the process's end. */
static int executable_of(const char *program)
{
	int fd = -1;
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, "sleep", "5", (char *)NULL);
		_exit(USAGE);
	}
	for (int tries = 0; pid > 0 && tries < 2000 && is_own_image(pid); tries++)
		usleep(1000);
	if (pid > 0 && !is_own_image(pid))
		fd = open_of(pid, "exe", O_PATH);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return fd;
}

/* overwrite-executable PROGRAM: "copy" is one of its own. Opens it for writing when nothing runs it any more. */
static enum outcome overwrite_executable(char **args)
{
	int own = strcmp(args[0], "copy") == 0;
	char path[64];
	if (own && !copy_file("/bin/sleep", "sleep"))
		return untried("no copy of a program");
	int held = executable_of(own ? "./sleep" : args[0]);
	if (held < 0)
		return untried("its program did not run");
	snprintf(path, sizeof path, "/proc/self/fd/%d", held);
	return outcome_of(open(path, O_WRONLY | O_CLOEXEC));
}

/* leaked-directories [own]: stands in every directory that a descriptor leads to. */
static enum outcome leaked_directories(char **args)
{
	if (args[0] && dup2(open("/", O_RDONLY | O_DIRECTORY), FIRST_LEAKED) < 0)
		return untried("no directory to hold");
	for (int fd = FIRST_LEAKED; fd <= LAST_LEAKED; fd++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		if (chdir(path) == 0) {
			say("descriptor %d", fd);
			return SUCCEEDED;
		}
	}
	say("no directory in descriptors %d to %d", FIRST_LEAKED, LAST_LEAKED);
	return REFUSED;
}

static enum outcome leaked_descriptors(char **args)
{
	(void)args;
	for (int fd = FIRST_LEAKED; fd <= LAST_LEAKED; fd++)
		if (fcntl(fd, F_GETFD) >= 0) {
			say("descriptor %d", fd);
			return SUCCEEDED;
		}
	say("none of descriptors %d to %d is open", FIRST_LEAKED, LAST_LEAKED);
	return REFUSED;
}

/* Written backwards, so that whoever looks for the text does not find itself. */
static int contains_reversed(const char *bytes, size_t size, const char *reversed)
{
	size_t length = strlen(reversed);
	for (size_t at = 0; at + length <= size; at++) {
		size_t same = 0;
		while (same < length && bytes[at + same] == reversed[length - 1 - same])
			same++;
		if (same == length)
			return 1;
	}
	return 0;
}

/* find-process REVERSED: any process with that text among its arguments. */
static enum outcome find_process(char **args)
{
	DIR *directory = opendir("/proc");
	int seen = 0;
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		char bytes[4096];
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		int fd = open_of((pid_t)atoi(entry->d_name), "cmdline", O_RDONLY);
		ssize_t got = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
		close(fd);
		seen++;
		if (got > 0 && contains_reversed(bytes, (size_t)got, args[0])) {
			say("process %s", entry->d_name);
			return SUCCEEDED;
		}
	}
	say("not among the %d that can be seen", seen);
	return REFUSED;
}

const struct attack look_attacks[] = {
	{ "look", look },
	{ "open-writable", open_writable },
	{ "read-file", read_file },
	{ "open-file", open_file },
	{ "find-mount-without", find_mount_without },
	{ "overwrite-executable", overwrite_executable },
	{ "leaked-directories", leaked_directories },
	{ "leaked-descriptors", leaked_descriptors },
	{ "find-process", find_process },
	{ NULL, NULL },
};
