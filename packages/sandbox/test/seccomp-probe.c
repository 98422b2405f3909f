/*
 * Does one thing under a seccomp filter and says how it went. The filter is a file of struct sock_filter, or
 * "-" for none.
 *
 *   seccomp-probe FILTER call NUMBER [ARGUMENT ...]   one raw system call; an argument is a number or /a/path
 *   seccomp-probe FILTER int80                        getpid by the i386 gate (x86-64 only)
 *   seccomp-probe FILTER run PROGRAM [ARGUMENT ...]   becomes another program
 *
 * call and int80 print "0" for success or the errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_INSTRUCTIONS = 4096, MAX_ARGUMENTS = 6 };

static void die(const char *what)
{
	perror(what);
	exit(70);
}

static void install(const char *path)
{
	static struct sock_filter filter[MAX_INSTRUCTIONS];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, filter, sizeof(filter));

	if (size <= 0)
		die(path);
	close(fd);
	struct sock_fprog program = { .len = size / sizeof(filter[0]), .filter = filter };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("no_new_privs");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		die("seccomp");
}

static void call(char **words)
{
	long number = strtol(words[0], NULL, 0);
	unsigned long arguments[MAX_ARGUMENTS] = { 0 };
	pid_t self = getpid();

	for (int i = 0; i < MAX_ARGUMENTS && words[i + 1]; i++)
		arguments[i] = words[i + 1][0] == '/' ? (unsigned long)words[i + 1] : strtoul(words[i + 1], NULL, 0);
	long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
	int error = result < 0 ? errno : 0;
	if (getpid() != self)
		_exit(0); /* the child of a successful clone */
	printf("%d\n", error);
}

static void int80(void)
{
#ifdef __x86_64__
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20 /* i386 getpid */) : "memory", "r8", "r9", "r10", "r11");
	printf("%d\n", result < 0 ? (int)-result : 0);
#endif
}

int main(int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };

	if (argc < 3)
		return 64;
	setrlimit(RLIMIT_CORE, &no_core);
	if (strcmp(argv[1], "-") != 0)
		install(argv[1]);
	if (strcmp(argv[2], "int80") == 0)
		int80();
	else if (strcmp(argv[2], "call") == 0 && argc > 3)
		call(argv + 3);
	else if (strcmp(argv[2], "run") == 0 && argc > 3) {
		execvp(argv[3], argv + 3);
		die(argv[3]);
	} else
		return 64;
	return 0;
}
