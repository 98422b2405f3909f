/* What is refused, again and again, from many sides at once, and with filters of its own. */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_FAMILY = 100, HIGHEST_ERRNO = 200 };

/* The errno of a call that the default filter refuses; it would succeed without. */
static int refused(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER) < 0 ? errno : 0;
}

static long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_errnos(const atomic_long *errnos)
{
	const char *comma = "";
	printf("{");
	for (int i = 0; i < HIGHEST_ERRNO; i++)
		if (errnos[i]) {
			printf("%s\"%d\":%ld", comma, i, errnos[i]);
			comma = ",";
		}
	printf("}");
}

/* Sockets of as many families that are not there: each is a kind of refusal of its own. */
static int many_kinds(int count)
{
	atomic_long errnos[HIGHEST_ERRNO] = { 0 };
	for (int i = 0; i < count; i++)
		errnos[socket(FIRST_FAMILY + i, SOCK_STREAM, 0) < 0 ? errno : 0]++;
	print_errnos(errnos);
	return 0;
}

/* As many processes do nothing but refused calls, for so long; 0: until their end. */
static int flood(int processes, long ms)
{
	struct shared {
		atomic_long errnos[HIGHEST_ERRNO];
	} *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long start = now_ms();
	for (int i = 0; i < processes; i++)
		if (fork() == 0) {
			alarm(LIFE_SECONDS);
			while (ms == 0 || now_ms() - start < ms)
				shared->errnos[refused()]++;
			_exit(0);
		}
	if (ms == 0) {
		puts("ready");
		fflush(stdout);
	}
	while (wait(NULL) > 0)
		;
	printf("{\"elapsedMs\":%ld,\"errnos\":", now_ms() - start);
	print_errnos(shared->errnos);
	puts("}");
	return 0;
}

static void *refused_often(void *errnos)
{
	for (int i = 0; i < 20; i++)
		((atomic_long *)errnos)[refused()]++;
	return NULL;
}

static int threads(int count)
{
	static atomic_long errnos[HIGHEST_ERRNO];
	pthread_t all[64];
	for (int i = 0; i < count && i < 64; i++)
		pthread_create(&all[i], NULL, refused_often, errnos);
	for (int i = 0; i < count && i < 64; i++)
		pthread_join(all[i], NULL);
	print_errnos(errnos);
	return 0;
}

/* Processes that are killed in the middle of refused calls; then one that is not. */
static int killed_callers(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0)
			for (;;)
				refused();
		nanosleep(&(struct timespec){ .tv_nsec = 300000 + i * 10000 }, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	printf("%d\n", refused());
	return 0;
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* Refused calls under a rain of signals that restart nothing. */
static int interrupted(int count)
{
	static atomic_long errnos[HIGHEST_ERRNO];
	struct sigaction action = { .sa_handler = on_alarm };
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 200 }, { 0, 200 } }, NULL);
	for (int i = 0; i < count; i++)
		errnos[refused()]++;
	print_errnos(errnos);
	return 0;
}

static int filter(unsigned long flags, long number, unsigned verdict)
{
	struct sock_filter program[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)number },
		{ BPF_RET | BPF_K, 0, 0, verdict },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog all = { .len = 4, .filter = program };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &all) < 0 ? errno : 0;
}

/* What a program can do with filters of its own to what the sandbox's refuses. */
static int nested(void)
{
	unsigned long listener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	printf("{\"listener\":%d", filter(listener, SYS_unshare, SECCOMP_RET_USER_NOTIF));
	printf(",\"highBit\":%d", filter(listener | 1UL << 40, SYS_unshare, SECCOMP_RET_USER_NOTIF));
	printf(",\"allow\":%d", filter(0, SYS_unshare, SECCOMP_RET_ALLOW));
	printf(",\"afterAllow\":%d", refused());
	printf(",\"trace\":%d", filter(0, SYS_unshare, SECCOMP_RET_TRACE));
	printf(",\"afterTrace\":%d", refused());
	printf(",\"notify\":%d", filter(0, SYS_unshare, SECCOMP_RET_USER_NOTIF));
	printf(",\"afterNotify\":%d", refused());
	printf(",\"own\":%d", filter(0, SYS_unshare, SECCOMP_RET_ERRNO | 7));
	printf(",\"afterOwn\":%d}\n", refused());
	return 0;
}

/* A process that stays behind, and does a refused call when the file `PATH.go` is there; its errno is in PATH then. */
static int linger(const char *path)
{
	char go[512], done[512];
	snprintf(go, sizeof go, "%s.go", path);
	snprintf(done, sizeof done, "%s.new", path);
	if (fork() > 0)
		return 0;
	setsid();
	alarm(LIFE_SECONDS);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	while (access(go, F_OK) < 0)
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	FILE *file = fopen(done, "w");
	fprintf(file, "%d", refused());
	fclose(file);
	return rename(done, path);
}

int probe_denials(const char *what, const char *first, const char *second)
{
	if (strcmp(what, "many-kinds") == 0)
		return many_kinds(atoi(first));
	if (strcmp(what, "flood") == 0)
		return flood(atoi(first), atol(second));
	if (strcmp(what, "threads") == 0)
		return threads(atoi(first));
	if (strcmp(what, "killed-callers") == 0)
		return killed_callers(atoi(first));
	if (strcmp(what, "interrupted") == 0)
		return interrupted(atoi(first));
	if (strcmp(what, "nested") == 0)
		return nested();
	if (strcmp(what, "linger") == 0)
		return linger(first);
	return -1;
}
