/*
 * cloison-attack [userns] ID [ARGUMENT ...]
 * cloison-attack [userns] batch ID [ARGUMENT ...] [-- ID [ARGUMENT ...]] ...
 * cloison-attack with-key NAME PROGRAM [ARGUMENT ...]
 * cloison-attack with-terminal PROGRAM [ARGUMENT ...]
 *
 * Tries one act and tells by its exit status whether it succeeded (0), was refused (1) or cannot be tried here (2),
 * and why on standard output. `batch` tries many, each in a process of its own, and prints for each a line of its
 * index, its status and its reason. `userns` tries them as root of fresh namespaces, where much succeeds that a sandbox
 * must refuse: the control. `with-key` runs a program in a session that holds a key, `with-terminal` in a terminal.
 * Nothing here lasts longer than ACT_SECONDS or changes the machine for good.
 */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REASON_BYTES = 256 };

static const struct attack *const tables[] = {
	namespace_attacks, mount_attacks,    node_attacks,	 look_attacks,	     race_attacks,    process_attacks,
	lasting_attacks,   socket_attacks,   kernel_attacks,	 machine_attacks,    terminal_attacks, key_attacks,
	link_attacks,	   read_only_attacks, file_mode_attacks, kernel_file_attacks, ipc_attacks,    network_attacks,
	own_network_attacks, unix_socket_attacks, many_attacks,	 memory_attacks,     buffer_attacks,  rights_attacks,
};

static int in_own_namespaces;

/* Shared with the child that acts, which may be killed at any moment. */
static char *reason;

void say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(reason, REASON_BYTES, format, arguments);
	va_end(arguments);
}

static const struct {
	int number;
	const char *name;
} error_names[] = {
#define NAME(error) { error, #error }
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(EBADF), NAME(EAGAIN), NAME(ENOMEM),
	NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK), NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
	NAME(EISDIR), NAME(EINVAL), NAME(EMFILE), NAME(ENOTTY), NAME(ETXTBSY), NAME(ENOSPC), NAME(EFBIG), NAME(EROFS), NAME(ELOOP),
	NAME(ENOSYS), NAME(EPROTO), NAME(ENOTSUP), NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT), NAME(EAFNOSUPPORT),
	NAME(ECONNREFUSED), NAME(EDQUOT), NAME(ENOKEY), NAME(ENOPKG), NAME(EOVERFLOW), NAME(ESTALE), NAME(EUSERS),
	NAME(ENETUNREACH), NAME(EADDRNOTAVAIL),
#undef NAME
};

enum outcome refused_with(int error)
{
	for (size_t i = 0; i < sizeof error_names / sizeof *error_names; i++)
		if (error_names[i].number == error) {
			say("%s", error_names[i].name);
			return REFUSED;
		}
	say("errno %d", error);
	return REFUSED;
}

enum outcome outcome_of(long result)
{
	return result < 0 ? refused_with(errno) : SUCCEEDED;
}

enum outcome untried(const char *why)
{
	say("%s", why);
	return UNTRIED;
}

static const struct attack *find(const char *id)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct attack *each = tables[i]; each->id; each++)
			if (strcmp(each->id, id) == 0)
				return each;
	return NULL;
}

/* Runs one act in a child, because it may be killed for it. */
static int attempt(char **words)
{
	const struct attack *attack = find(words[0]);
	*reason = '\0';
	if (!attack) {
		say("there is no act \"%s\"", words[0]);
		return USAGE;
	}
	pid_t pid = fork();
	if (pid == 0) {
		alarm(ACT_SECONDS);
		if (in_own_namespaces && unshare(CLONE_NEWNS) < 0) /* one act's mounts are not the next one's */
			_exit(USAGE);
		_exit((int)attack->act(words + 1));
	}
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	if (pid > 0 && WIFEXITED(status))
		return WEXITSTATUS(status);
	int signal = pid > 0 ? WTERMSIG(status) : 0;
	if (signal == SIGSYS) {
		say("SIGSYS");
		return REFUSED;
	}
	say("the act did not end by itself: signal %d", signal);
	return USAGE;
}

static int batch(int argc, char **argv)
{
	for (int first = 0, index = 0; first < argc; index++) {
		int end = first;
		while (end < argc && strcmp(argv[end], "--") != 0)
			end++;
		argv[end] = NULL;
		int status = end > first ? attempt(argv + first) : (int)USAGE;
		printf("%d\t%d\t%s\n", index, status, reason);
		fflush(stdout);
		first = end + 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	reason = mmap(NULL, REASON_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reason == MAP_FAILED)
		return USAGE;
	int first = 1;
	if (argc > 3 && strcmp(argv[1], "with-key") == 0)
		return run_with_key(argv[2], argv + 3);
	if (argc > 2 && strcmp(argv[1], "with-terminal") == 0)
		return run_with_terminal(argv + 2);
	if (argc > first && strcmp(argv[first], "userns") == 0) {
		enter_own_namespaces();
		in_own_namespaces = 1;
		first++;
	}
	if (argc > first && strcmp(argv[first], "batch") == 0)
		return batch(argc - first - 1, argv + first + 1);
	if (argc <= first) {
		fputs("usage: cloison-attack [userns] [batch] ID [ARGUMENT ...] [-- ...]\n", stderr);
		return USAGE;
	}
	int status = attempt(argv + first);
	puts(reason);
	return status;
}
