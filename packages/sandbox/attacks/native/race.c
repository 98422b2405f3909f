/* Catching the launcher's process between its entry into the sandbox and the start of a command's program. */
#define _GNU_SOURCE
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_US = 20 };

static const char *const ways[] = { "exe", "mem", "environ", "fd", "cwd", "root", "ns/mnt", "maps" };

struct race {
	int before; /* looks at the launcher's processes */
	int breached;
	int after; /* commands' own processes that could be looked into */
};

static int is_launcher(const char *pid)
{
	char path[64], name[32] = "";
	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, name, sizeof name - 1) <= 0)
		*name = '\0';
	if (fd >= 0)
		close(fd);
	return strncmp(name, "cloison-launch", strlen("cloison-launch")) == 0;
}

static int can_open(const char *pid, const char *way)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%.20s/%s", pid, way);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void try_at(struct race *race, const char *pid)
{
	if (!is_launcher(pid)) {
		race->after += can_open(pid, "mem");
		return;
	}
	race->before++;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		/* Still the launcher when it was open: else it was the command's program that was found. */
		if (can_open(pid, ways[i]) && is_launcher(pid)) {
			say("%s of the launcher's process", ways[i]);
			race->breached = 1;
		}
}

static void look_once(struct race *race)
{
	DIR *directory = opendir("/proc");
	pid_t own = getpid(), parent = getppid();
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		int pid = atoi(entry->d_name);
		if (pid > 1 && pid != own && pid != parent)
			try_at(race, entry->d_name);
	}
	if (directory)
		closedir(directory);
}

/* race-joiners [after]: until standard input ends. With "after" the prey is what the launcher becomes. */
static enum outcome race_joiners(char **args)
{
	struct race race = { 0 };
	struct pollfd input = { .fd = 0, .events = POLLIN };
	while (!race.breached && poll(&input, 1, 0) == 0)
		look_once(&race);
	if (race.breached)
		return SUCCEEDED;
	say("seen %d times before its program began, looked into %d times after", race.before, race.after);
	if (args[0])
		return race.after > 0 ? SUCCEEDED : REFUSED;
	return race.before > 0 ? REFUSED : untried("no process was caught before its program began");
}

/* Of a program that is not this one: its file, held by a descriptor beyond its end; -1 where it is not to be had. */
static int executable_of(const char *pid)
{
	struct stat own, other;
	char path[64];
	snprintf(path, sizeof path, "/proc/%.20s/exe", pid);
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &other) == 0 && stat("/proc/self/exe", &own) == 0 && (own.st_ino != other.st_ino || own.st_dev != other.st_dev))
		return fd;
	close(fd);
	return -1;
}

/* Tries to change it. What runs cannot be written, here or elsewhere; but its mode can be set, here to what it is. */
static enum outcome change_file(int held)
{
	struct stat status;
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", held);
	if (fstat(held, &status) < 0)
		return outcome_of(-1);
	return outcome_of(open(path, O_WRONLY | O_CLOEXEC) >= 0 ? 0 : chmod(path, status.st_mode & 07777));
}

static int find_launcher(void)
{
	int held = -1;
	DIR *directory = opendir("/proc");
	for (struct dirent *entry; held < 0 && directory && (entry = readdir(directory));)
		if (atoi(entry->d_name) > 1 && is_launcher(entry->d_name))
			held = executable_of(entry->d_name);
	if (directory)
		closedir(directory);
	return held;
}

static void let_go_at_last(int signal)
{
	(void)signal;
	kill(-1, SIGCONT);
	_exit(USAGE);
}

/*
 * catch-launcher: until standard input ends, waits for the launcher to run as a program of the sandbox. Everybody else
 * is stopped again and again, so that it does not end unseen.
 */
static enum outcome catch_launcher(char **args)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	int held = -1;
	(void)args;
	if (!inside_sandbox())
		return untried("only ever done inside a sandbox");
	signal(SIGALRM, let_go_at_last);
	while (held < 0 && poll(&input, 1, 0) == 0) {
		kill(-1, SIGSTOP);
		held = find_launcher();
		kill(-1, SIGCONT);
		usleep(STEP_US);
	}
	return held < 0 ? untried("the launcher was not caught") : change_file(held);
}

const struct attack race_attacks[] = {
	{ "catch-launcher", catch_launcher },
	{ "race-joiners", race_joiners },
	{ NULL, NULL },
};
