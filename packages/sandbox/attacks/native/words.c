/* What the words of a command line mean. */
#define _GNU_SOURCE
#include "attack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

unsigned long number_of(const char *word)
{
	return word ? strtoul(word, NULL, 0) : 0;
}

pid_t process_named(const char *word)
{
	if (!word || strcmp(word, "sibling") != 0)
		return (pid_t)number_of(word);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(ACT_SECONDS);
		for (;;)
			pause();
	}
	return pid;
}

int inside_sandbox(void)
{
	char name[32] = "";
	FILE *file = fopen("/proc/1/comm", "re");
	if (file && !fgets(name, sizeof name, file))
		*name = '\0';
	if (file)
		fclose(file);
	return strncmp(name, "cloison-launch", strlen("cloison-launch")) == 0;
}
