/*
 * Stopping all that is in a sandbox's cgroup. More than one may want that at a time, the host and the watchdog that
 * counts: each holds a shared lock on the group's directory meanwhile, and who can have it for itself alone when it
 * lets go is the last and thaws. The kernel lets go for who is killed.
 */
#define _GNU_SOURCE
#include "end.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The words of each version's control file. */
static const struct freezer {
	const char *file, *freeze, *thaw;
	const char *events, *frozen; /* where, and by what, it is told that all stand still */
} freezers[] = {
	{ "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN" },
	{ "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1" },
};

/* The group's directory in the hierarchy that can freeze; -1 without one. */
static int open_group(const struct policy *policy, const struct freezer **freezer)
{
	FOR_EACH_OP(policy, op, OP_CGROUP_REMOVE) {
		int group = open(op->arg[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (group < 0)
			continue;
		for (size_t i = 0; i < sizeof freezers / sizeof *freezers; i++)
			if (faccessat(group, freezers[i].file, W_OK, AT_EACCESS) == 0) {
				*freezer = &freezers[i];
				return group;
			}
		close(group);
	}
	return -1;
}

static bool write_control(int group, const char *name, const char *text)
{
	int fd = openat(group, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool written = write(fd, text, strlen(text)) >= 0;
	close(fd);
	return written;
}

int freeze_hold(const struct policy *policy)
{
	const struct freezer *freezer;
	int group = open_group(policy, &freezer);
	if (group < 0)
		return -1;
	if (flock(group, LOCK_SH) == 0 && write_control(group, freezer->file, freezer->freeze))
		return group;
	close(group);
	return -1;
}

/*
 * On v1 who asks has to ask again (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst said so until Linux 3.8): a
 * process that began to wait for its vfork(2)'s child while it was to stop is passed over.
 */
bool freeze_done(const struct policy *policy)
{
	char answer[256];
	const struct freezer *freezer;
	int group = open_group(policy, &freezer);
	if (group < 0)
		return false;
	int fd = openat(group, freezer->events, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, answer, sizeof answer - 1);
	answer[got < 0 ? 0 : got] = '\0';
	if (fd >= 0)
		close(fd);
	bool done = strstr(answer, freezer->frozen) != NULL;
	if (!done)
		write_control(group, freezer->file, freezer->freeze);
	close(group);
	return done;
}

void freeze_release(const struct policy *policy, int hold)
{
	const struct freezer *freezer;
	int group = open_group(policy, &freezer);
	if (group >= 0 && flock(hold, LOCK_EX | LOCK_NB) == 0)
		write_control(group, freezer->file, freezer->thaw);
	if (group >= 0)
		close(group);
	close(hold);
}
