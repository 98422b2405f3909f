/* Typing into a terminal on behalf of its user: here one of the act's own, never the user's. */
#define _GNU_SOURCE
#include "attack.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long ask(int terminal, unsigned long request, int *argument)
{
	return syscall(SYS_ioctl, terminal, request, argument);
}

/* A new terminal that controls this process; -1 where none can be had. */
static int own_terminal(void)
{
	char path[64];
	int unlock = 0, number = -1;
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY); /* it ends with its master */
	if (master < 0 || ask(master, TIOCSPTLCK, &unlock) < 0 || ask(master, TIOCGPTN, &number) < 0)
		return -1;
	snprintf(path, sizeof path, "/dev/pts/%d", number);
	setsid();
	int terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return terminal < 0 || ask(terminal, TIOCSCTTY, NULL) < 0 ? -1 : terminal;
}

/* terminal REQUEST: with a zero as what it is about; by the raw call, whose request is a register of 64 bits. */
static enum outcome ask_terminal(char **args)
{
	int zero = 0;
	int terminal = own_terminal();
	if (terminal < 0)
		return untried("no terminal can be made");
	return outcome_of(ask(terminal, number_of(args[0]), &zero));
}

int run_with_terminal(char **program)
{
	if (own_terminal() < 0) {
		puts("no terminal can be made");
		return UNTRIED;
	}
	execv(program[0], program);
	perror(program[0]);
	return USAGE;
}

const struct attack terminal_attacks[] = {
	{ "terminal", ask_terminal },
	{ NULL, NULL },
};
