/* More processes, threads and descriptors than are allowed. Whatever stays behind ends itself after ACT_SECONDS. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static enum outcome made_of(int made, int wanted, int error)
{
	if (made < wanted)
		refused_with(error);
	else
		say("%d", made);
	return made < wanted ? REFUSED : SUCCEEDED;
}

static _Noreturn void idle(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(ACT_SECONDS);
	for (;;)
		pause();
}

/* Forks until it fails. Those that live die with their parent; those that end stay as zombies until it does. */
static enum outcome fork_many(int wanted, int zombies)
{
	int made = 0, error = 0;
	for (; made < wanted && !error; made += !error) {
		pid_t pid = fork();
		if (pid == 0 && zombies)
			_exit(0);
		if (pid == 0)
			idle();
		error = pid < 0 ? errno : 0;
	}
	return made_of(made, wanted, error);
}

/* processes N */
static enum outcome processes(char **args)
{
	return fork_many(atoi(args[0]), 0);
}

/* zombies N */
static enum outcome zombies(char **args)
{
	return fork_many(atoi(args[0]), 1);
}

static void *idle_thread(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

/* threads N */
static enum outcome threads(char **args)
{
	enum { STACK_BYTES = 1 << 16 };
	int wanted = atoi(args[0]), made = 0, error = 0;
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	for (; made < wanted && !error; made += !error) {
		pthread_t thread;
		error = pthread_create(&thread, &small, idle_thread, NULL);
	}
	return made_of(made, wanted, error);
}

/* fork-for-ever N: all fork as fast as they can until N were made in all, or for ever where fewer are allowed */
static _Noreturn enum outcome fork_for_ever(char **args)
{
	int wanted = atoi(args[0]);
	atomic_int *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ready();
	while (atomic_fetch_add(made, 1) < wanted) {
		pid_t pid = fork();
		if (pid == 0)
			alarm(ACT_SECONDS);
		if (pid < 0)
			atomic_fetch_sub(made, 1);
	}
	for (;;)
		pause();
}

static void ignore_signals(void)
{
	for (int i = 1; i < SIGRTMAX; i++)
		if (i != SIGALRM)
			signal(i, SIG_IGN);
}

/* hogs N: busy processes that ignore every signal they can */
static _Noreturn enum outcome hogs(char **args)
{
	ignore_signals();
	for (int i = atoi(args[0]); i > 0; i--)
		if (fork() == 0) {
			setsid();
			alarm(ACT_SECONDS);
			for (;;)
				;
		}
	ready();
	for (;;)
		pause();
}

/* stopped N: processes that have stopped themselves; inside a sandbox only, because no alarm ends them */
static enum outcome stopped(char **args)
{
	for (int i = atoi(args[0]); i > 0; i--)
		if (fork() == 0) {
			setsid();
			raise(SIGSTOP);
			_exit(0);
		}
	ready();
	raise(SIGSTOP);
	return SUCCEEDED;
}

static int open_many(int wanted)
{
	int opened = 0;
	while (opened < wanted && open("/dev/null", O_RDONLY) >= 0)
		opened++;
	return opened;
}

/* descriptors PROCESSES EACH: open files in all */
static enum outcome descriptors(char **args)
{
	int wanted = atoi(args[0]), each = atoi(args[1]), made = 0, done[2];
	struct rlimit limit;
	if (pipe(done) < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return refused_with(errno);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < wanted; i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			alarm(ACT_SECONDS);
			if (open_many(each) < each || write(done[1], "", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
	close(done[1]);
	for (char byte; made < wanted && read(done[0], &byte, 1) == 1;)
		made++;
	return made_of(made, wanted, EMFILE);
}

const struct attack many_attacks[] = {
	{ "processes", processes },
	{ "zombies", zombies },
	{ "threads", threads },
	{ "fork-for-ever", fork_for_ever },
	{ "hogs", hogs },
	{ "stopped", stopped },
	{ "descriptors", descriptors },
	{ NULL, NULL },
};
