/* Stopping a sandbox while it is counted, where it has a cgroup. */
#define _GNU_SOURCE
#include "disk.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FREEZE_MS = 50 }; /* a process that waits for a device freezes late */

static bool control(const struct policy *policy, const char *name, const char *text, char *answer, size_t room)
{
	FOR_EACH_OP(policy, op, OP_CGROUP_REMOVE) {
		char path[4096];
		if (snprintf(path, sizeof path, "%s/%s", op->arg[0], name) >= (int)sizeof path)
			continue;
		int fd = open(path, (text ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t done = text ? write(fd, text, strlen(text)) : read(fd, answer, room - 1);
		if (!text)
			answer[done < 0 ? 0 : done] = '\0';
		close(fd);
		return done >= 0;
	}
	return false;
}

static bool is_frozen(const struct policy *policy)
{
	char answer[256];
	if (control(policy, "freezer.state", NULL, answer, sizeof answer))
		return strncmp(answer, "FROZEN", strlen("FROZEN")) == 0;
	return control(policy, "cgroup.events", NULL, answer, sizeof answer) && strstr(answer, "frozen 1");
}

bool disk_freeze(const struct policy *policy)
{
	if (is_frozen(policy))
		return false; /* by somebody else, who is to thaw it */
	if (!control(policy, "freezer.state", "FROZEN", NULL, 0) && !control(policy, "cgroup.freeze", "1", NULL, 0))
		return false;
	for (int i = 0; i < FREEZE_MS && !is_frozen(policy); i++)
		poll(NULL, 0, 1);
	return true;
}

void disk_thaw(const struct policy *policy)
{
	if (!control(policy, "freezer.state", "THAWED", NULL, 0))
		control(policy, "cgroup.freeze", "0", NULL, 0);
}
