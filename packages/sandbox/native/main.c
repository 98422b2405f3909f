/*
 * cloison-launcher create | join | attend | copy | check | seal | dial
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
#include <sys/prctl.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	int (*run)(struct policy *policy);
} modes[] = { { "create", create_sandbox }, { "join", join_sandbox }, { "attend", attend_sandbox },
	      { "check", check_host },      { "seal", seal_launcher }, { "dial", dial_ports }, { "copy", copy_trees } };

int main(int argc, char **argv)
{
	int (*run)(struct policy *) = NULL;
	for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			run = modes[i].run;
	if (!run) {
		fputs("usage: cloison-launcher create|join|attend|check|seal|dial|copy, by @cloison/sandbox\n", stderr);
		return 2;
	}
	/* It may have been run by the number of a descriptor, which would then be its name. */
	prctl(PR_SET_NAME, "cloison-launcher");
	/* Nothing inherited by mistake: what a command may have is named in its policy. */
	fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
	fcntl(STATUS_FD, F_SETFD, FD_CLOEXEC);
	/* The host's would show in the modes of what is made here, and in what the command makes. */
	umask(022);
	struct policy policy;
	policy_read(&policy, CONTROL_FD);
	return run(&policy);
}
