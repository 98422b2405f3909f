/* Terminals: typing into one on behalf of its user, here one of the act's own; the host's side of one; all there are. */
#define _GNU_SOURCE
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static int is_master(int directory, const char *name)
{
	char path[256];
	ssize_t length = readlinkat(directory, name, path, sizeof path - 1);
	if (length <= 0)
		return 0;
	path[length] = '\0';
	return strstr(path, "ptmx") != NULL;
}

/* find-master: a process that holds the master of any terminal, by which what is typed and shown there can be had. */
static enum outcome find_master(char **args)
{
	(void)args;
	DIR *proc = opendir("/proc");
	int seen = 0;
	for (struct dirent *process; proc && (process = readdir(proc));) {
		char path[300];
		snprintf(path, sizeof path, "/proc/%s/fd", process->d_name);
		DIR *open_files = opendir(path);
		seen += open_files != NULL;
		for (struct dirent *file; open_files && (file = readdir(open_files));)
			if (is_master(dirfd(open_files), file->d_name)) {
				say("descriptor %s of process %s", file->d_name, process->d_name);
				return SUCCEEDED;
			}
		if (open_files)
			closedir(open_files);
	}
	say("not among the files of the %d that can be seen", seen);
	return REFUSED;
}

/* many-terminals COUNT: as many at once. */
static enum outcome many_terminals(char **args)
{
	unsigned long count = number_of(args[0]);
	for (unsigned long made = 0; made < count; made++)
		if (open("/dev/ptmx", O_RDWR | O_NOCTTY) < 0) {
			int error = errno;
			if (error == EMFILE)
				return untried("no more files can be opened");
			say("%lu, then %s", made, strerror(error));
			return REFUSED;
		}
	return SUCCEEDED;
}

const struct attack terminal_attacks[] = {
	{ "terminal", ask_terminal },
	{ "find-master", find_master },
	{ "many-terminals", many_terminals },
	{ NULL, NULL },
};
