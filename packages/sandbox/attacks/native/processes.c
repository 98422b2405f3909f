/* Other processes: looking into them, ending them, staying when they are gone. */
#define _GNU_SOURCE
#include "attack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What would end the whole machine's processes outside is never done there, whoever asks. */
static int among_processes_of_a_sandbox(void)
{
	char name[32] = "";
	FILE *file = fopen("/proc/1/comm", "re");
	if (file && !fgets(name, sizeof name, file))
		*name = '\0';
	if (file)
		fclose(file);
	return strncmp(name, "cloison", strlen("cloison")) == 0;
}

/* kill-everybody SIGNAL: whoever the kernel lets this user signal; the caller is left out. */
static enum outcome kill_everybody(char **args)
{
	if (!among_processes_of_a_sandbox())
		return untried("only ever done inside a sandbox");
	return outcome_of(kill(-1, atoi(args[0])));
}

const struct attack process_attacks[] = {
	{ "kill-everybody", kill_everybody },
	{ NULL, NULL },
};
