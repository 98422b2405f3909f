/*
 * Ending the whole sandbox when its memory is used up. On v2 the kernel does that (memory.oom.group); on v1 it tells
 * by an eventfd when it is about to kill a process, and the launcher ends PID 1, and with it all others.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int open_in(const char *directory, const char *name, int flags)
{
	char path[4096];
	if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		fail("oom watch", directory);
	}
	return open(path, flags | O_CLOEXEC);
}

/* Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control". */
static int watch_v1(const char *directory, int oom_control)
{
	char line[64];
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int control = open_in(directory, "cgroup.event_control", O_WRONLY);
	int length = snprintf(line, sizeof line, "%d %d", event, oom_control);
	if (event < 0 || control < 0 || write(control, line, (size_t)length) != length)
		fail("oom watch", directory);
	close(control);
	close(oom_control);
	return move_descriptor(event, FIRST_FREE_FD, "oom watch");
}

int oom_watch(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_OOM_END);
	if (!op)
		return -1;
	int oom_control = open_in(op->arg[0], "memory.oom_control", O_RDONLY);
	if (oom_control < 0 && errno != ENOENT)
		fail("oom watch", op->arg[0]);
	return oom_control < 0 ? -1 : watch_v1(op->arg[0], oom_control);
}

bool oom_happened(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_OOM_END);
	int fd = op ? open_in(op->arg[0], "memory.events", O_RDONLY) : -1;
	if (fd < 0)
		return false;
	char text[1024];
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	const char *kills = strstr(text, "\noom_kill ");
	return kills && strncmp(kills, "\noom_kill 0\n", strlen("\noom_kill 0\n")) != 0;
}
