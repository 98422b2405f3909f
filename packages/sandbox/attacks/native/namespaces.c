/* Getting into namespaces of one's own, or into somebody else's; being root in them. */
#define _GNU_SOURCE
#include "attack.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

/* unshare FLAGS */
static enum outcome unshare_flags(char **args)
{
	return outcome_of(unshare((int)number_of(args[0])));
}

static enum outcome child_or(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return outcome_of(pid);
}

/* clone FLAGS: by the raw call, whose flags are a register of 64 bits. */
static enum outcome clone_flags(char **args)
{
	return child_or(syscall(SYS_clone, number_of(args[0]) | SIGCHLD, NULL, NULL, NULL, NULL));
}

/* clone3 FLAGS: they lie in memory, where a filter cannot look. */
static enum outcome clone3_flags(char **args)
{
	struct clone_args how = { .flags = number_of(args[0]), .exit_signal = SIGCHLD };
	return child_or(syscall(SYS_clone3, &how, sizeof how));
}

/* setns PID NAME */
static enum outcome setns_file(char **args)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%s/ns/%s", args[0], args[1]);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return outcome_of(fd < 0 ? fd : setns(fd, 0));
}

/* setns-pidfd PID FLAGS */
static enum outcome setns_pidfd(char **args)
{
	int fd = (int)syscall(SYS_pidfd_open, process_named(args[0]), 0);
	return outcome_of(fd < 0 ? fd : setns(fd, (int)number_of(args[1])));
}

/* write-uid-map [fresh]: maps root; into a new user namespace where that is asked for. */
static enum outcome write_uid_map(char **args)
{
	char line[32];
	int length = snprintf(line, sizeof line, "0 %u 1\n", geteuid());
	if (args[0] && strcmp(args[0], "fresh") == 0 && unshare(CLONE_NEWUSER) < 0)
		return untried("no user namespace can be made");
	int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	return outcome_of(fd < 0 ? fd : write(fd, line, (size_t)length));
}

static enum outcome become_root(char **args)
{
	(void)args;
	return outcome_of(setresuid(0, 0, 0));
}

const struct attack namespace_attacks[] = {
	{ "unshare", unshare_flags },
	{ "clone", clone_flags },
	{ "clone3", clone3_flags },
	{ "setns", setns_file },
	{ "setns-pidfd", setns_pidfd },
	{ "write-uid-map", write_uid_map },
	{ "become-root", become_root },
	{ NULL, NULL },
};
