/* Processes that would like to stay, and what is true of every process and thread. */
#define _GNU_SOURCE
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIFE_SECONDS = 30 };

static _Noreturn void linger_on(void)
{
	alarm(LIFE_SECONDS);
	for (;;)
		pause();
}

/* linger TEXT: the text is there for others to find it by. */
static enum outcome linger(char **args)
{
	(void)args;
	linger_on();
}

/* daemon TEXT: leaves a process behind that belongs to no one, deaf to whatever it may be deaf to, and stays. */
static enum outcome become_daemon(char **args)
{
	(void)args;
	pid_t child = fork();
	if (child == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		for (int signal_number = 1; signal_number < NSIG; signal_number++)
			if (signal_number != SIGALRM)
				signal(signal_number, SIG_IGN);
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		linger_on();
	}
	waitpid(child, NULL, 0);
	if (write(1, "ready\n", 6) != 6)
		return untried("nobody is there to be told");
	linger_on();
}

static int differs(const char *path, const char *field, const char *expected)
{
	char line[256];
	size_t length = strlen(field);
	int found = 0;
	FILE *file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof line, file))
		if (strncmp(line, field, length) == 0 && line[length] == ':') {
			char *value = line + length + 1 + strspn(line + length + 1, " \t");
			value[strcspn(value, "\n")] = '\0';
			found = strcmp(value, expected) != 0;
			if (found)
				say("%s of %s is %s", field, path, value);
		}
	if (file)
		fclose(file);
	return found;
}

/* How many threads of a process were looked at; -1 when one differs. */
static int check_threads(const char *pid, char **args)
{
	char path[600];
	int threads = 0;
	snprintf(path, sizeof path, "/proc/%.20s/task", pid);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && threads >= 0 && (entry = readdir(tasks));) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/task/%.20s/status", pid, entry->d_name);
		threads = differs(path, args[0], args[1]) ? -1 : threads + 1;
	}
	if (tasks)
		closedir(tasks);
	return threads;
}

/* All that this thread is permitted, as inheritable and ambient too. */
static void raise_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		return;
	for (int i = 0; i < 2; i++)
		data[i].inheritable = data[i].permitted;
	if (syscall(SYS_capset, &header, data) == 0)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0);
}

/* find-thread FIELD EXPECTED [raised]: one of whom /proc's status says something else; or of itself, with all rights. */
static enum outcome find_thread(char **args)
{
	int threads = 0, least = args[2] ? 1 : 8;
	DIR *directory = args[2] ? NULL : opendir("/proc");
	if (args[2]) {
		raise_capabilities();
		threads = check_threads("self", args);
	}
	for (struct dirent *entry; directory && threads >= 0 && (entry = readdir(directory));)
		if (isdigit((unsigned char)*entry->d_name)) {
			int found = check_threads(entry->d_name, args);
			threads = found < 0 ? -1 : threads + found;
		}
	if (threads < 0)
		return SUCCEEDED;
	if (threads < least)
		return untried("too few threads to look at");
	say("%s is %s for all of %d threads", args[0], args[1], threads);
	return REFUSED;
}

const struct attack lasting_attacks[] = {
	{ "linger", linger },
	{ "daemon", become_daemon },
	{ "find-thread", find_thread },
	{ NULL, NULL },
};
