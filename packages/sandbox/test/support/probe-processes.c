#define _GNU_SOURCE
#include "probe.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char thread_state(const char *pid, const char *tid)
{
	char path[600], line[512] = "";
	snprintf(path, sizeof path, "/proc/%.20s/task/%.20s/stat", pid, tid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 'X';
	char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	fclose(file);
	return end ? end[2] : 'X';
}

/* A zombie whose other threads go on is alive. */
static int is_alive(const char *pid)
{
	char path[64];
	int alive = 0;
	snprintf(path, sizeof path, "/proc/%.20s/task", pid);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));)
		if (isdigit((unsigned char)*entry->d_name) && !strchr("ZX", thread_state(pid, entry->d_name)))
			alive = 1;
	if (tasks)
		closedir(tasks);
	return alive;
}

/* The living processes that can be seen, PID 1 and itself left out. */
static int list_processes(void)
{
	DIR *directory = opendir("/proc");
	const char *comma = "";
	printf("[");
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		int pid = atoi(entry->d_name);
		if (pid < 2 || pid == getpid() || !is_alive(entry->d_name))
			continue;
		printf("%s%d", comma, pid);
		comma = ",";
	}
	printf("]\n");
	return 0;
}

static void *wait_in_thread(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static _Noreturn void lose_leader(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_in_thread, NULL);
	syscall(SYS_exit, 0); /* this thread only: the process goes on as a "zombie" */
	_exit(1);
}

enum { STACKS = 64, STACK_BYTES = 1 << 14 };

static char *stacks;

/* A thread that makes the next one and ends: nobody who looks at one finds it again. */
static int hand_on(void *count)
{
	long made = (long)count;
	char *top = stacks + STACK_BYTES * (made % STACKS + 1);
	clone(hand_on, top, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, (void *)(made + 1));
	syscall(SYS_exit, 0);
	return 0;
}

static void hand_on_for_ever(void)
{
	size_t bytes = (size_t)STACK_BYTES * (STACKS + 1);
	stacks = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hand_on(NULL);
}

/* Starts a process that would like to outlive its command, and waits. */
static _Noreturn void stay(const char *kind)
{
	pid_t child = fork();
	if (child == 0) {
		if (strcmp(kind, "daemon") == 0 && (setsid(), fork() != 0))
			_exit(0);
		alarm(LIFE_SECONDS);
		if (strcmp(kind, "deaf") == 0)
			for (int i = 1; i < NSIG; i++)
				if (i != SIGALRM)
					signal(i, SIG_IGN);
		if (strcmp(kind, "undumpable") == 0)
			prctl(PR_SET_DUMPABLE, 0);
		setsid();
		if (strcmp(kind, "leaderless") == 0)
			lose_leader();
		if (strcmp(kind, "fleeting") == 0)
			hand_on_for_ever();
		for (;;)
			pause();
	}
	if (strcmp(kind, "daemon") == 0)
		waitpid(child, NULL, 0);
	printf("ready\n");
	fflush(stdout);
	if (strcmp(kind, "leaderless-parent") == 0)
		lose_leader();
	for (;;)
		pause();
}

/* Forks until it fails, then ends the children. */
static int count_forks(int max)
{
	pid_t *children = calloc((size_t)max, sizeof *children);
	int made = 0, failure = 0;
	while (children && made < max && failure == 0) {
		pid_t pid = fork();
		if (pid == 0) {
			alarm(LIFE_SECONDS);
			for (;;)
				pause();
		}
		if (pid < 0)
			failure = errno;
		else
			children[made++] = pid;
	}
	for (int i = 0; i < made; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	printf("{\"made\":%d,\"errno\":%d}\n", made, failure);
	return 0;
}

/* Every process forks as fast as it can, and again when others die, until `max` were made in all. */
static _Noreturn void bomb(int max)
{
	atomic_int *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	printf("ready\n");
	fflush(stdout);
	while (atomic_load(made) < max) {
		pid_t pid = fork();
		if (pid == 0)
			alarm(LIFE_SECONDS);
		if (pid > 0)
			atomic_fetch_add(made, 1);
	}
	for (;;)
		pause();
}

static int eat(int megabytes)
{
	for (int i = 0; i < megabytes; i++) {
		char *part = malloc(1 << 20);
		if (!part)
			return 3;
		memset(part, 1, 1 << 20);
	}
	printf("ate %d\n", megabytes);
	return 0;
}

/* Stops whoever has the same user id, again and again: also a command that is about to start. */
static _Noreturn void stop_others(void)
{
	printf("ready\n");
	fflush(stdout);
	for (;;)
		kill(-1, SIGSTOP);
}

/* Gives PID 1 the least claim to the processor, and leaves it none. */
static void starve_init(int max)
{
	struct sched_param none = { 0 };
	cpu_set_t first;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	int refused = sched_setscheduler(1, SCHED_IDLE, &none) + setpriority(PRIO_PROCESS, 1, 19) +
		      setpriority(PRIO_USER, getuid(), 19) + sched_setaffinity(1, sizeof first, &first);
	int go[2];
	char byte;
	if (pipe(go) < 0)
		return;
	for (int i = 0; i < max; i++)
		if (fork() == 0) {
			setsid();
			alarm(LIFE_SECONDS / 2);
			close(go[1]);
			if (read(go[0], &byte, 1) == 0)
				for (;;)
					;
		}
	printf("ready %d\n", refused);
	fflush(stdout);
	close(go[1]); /* all begin at once */
	while (max > 0)
		pause();
}

int probe_processes(const char *what, const char *argument)
{
	if (strcmp(what, "processes") == 0)
		return list_processes();
	if (strcmp(what, "scan") == 0)
		return probe_scan(argument);
	if (strcmp(what, "stay") == 0)
		stay(argument);
	if (strcmp(what, "forks") == 0)
		return count_forks(atoi(argument));
	if (strcmp(what, "bomb") == 0)
		bomb(atoi(argument));
	if (strcmp(what, "eat") == 0)
		return eat(atoi(argument));
	if (strcmp(what, "stop-others") == 0)
		stop_others();
	if (strcmp(what, "starve-init") == 0)
		return starve_init(atoi(argument)), 0;
	fprintf(stderr, "probe: unknown word %s\n", what);
	return 64;
}
