/* Getting into namespaces of one's own, or into somebody else's. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/mount.h>
#include <unistd.h>

/* unshare FLAGS */
static enum outcome unshare_flags(char **args)
{
	return outcome_of(unshare((int)strtol(args[0], NULL, 0)));
}

static enum outcome mount_tmpfs(char **args)
{
	return outcome_of(mount("none", args[0], "tmpfs", 0, NULL));
}

const struct attack namespace_attacks[] = {
	{ "unshare", unshare_flags },
	{ "mount-tmpfs", mount_tmpfs },
	{ NULL, NULL },
};
