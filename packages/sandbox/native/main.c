/*
 * cloison-launcher create | join
 *
 * Applies the policy that it reads from descriptor 3 and reports on descriptor 4. It decides nothing: the
 * policy is made by the @cloison/sandbox library, which is the only caller.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	if (argc != 2 || (strcmp(argv[1], "create") != 0 && strcmp(argv[1], "join") != 0)) {
		fputs("usage: cloison-launcher create|join, by @cloison/sandbox\n", stderr);
		return 2;
	}
	/* Nothing inherited by mistake: what a command may have is named in its policy. */
	fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
	fcntl(STATUS_FD, F_SETFD, FD_CLOEXEC);
	/* The host's would show in the modes of what is made here, and in what the command makes. */
	umask(022);
	struct policy policy;
	policy_read(&policy, CONTROL_FD);
	return strcmp(argv[1], "create") == 0 ? create_sandbox(&policy) : join_sandbox(&policy);
}
