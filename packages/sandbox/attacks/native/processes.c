/* Acting on other processes: signals, debugging, their memory, their descriptors, their share of the machine. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

enum { IOPRIO_PROCESS = 1, IOPRIO_LOWEST = 2 << 13 | 7, KCMP_SAME_VM = 1, ADVISE_COLD = 20 };

static long page[512] __attribute__((aligned(4096)));

/* kill-everybody SIGNAL: whoever the kernel lets this user signal; the caller is left out. */
static enum outcome kill_everybody(char **args)
{
	if (!inside_sandbox())
		return untried("only ever done inside a sandbox");
	return outcome_of(kill(-1, (int)number_of(args[0])));
}

/* Milliseconds to wait for a signal's effect: PID 1 shows none, others do when the machine gets round to them. */
static int tries_for(pid_t pid)
{
	return pid == 1 ? 100 : 5000;
}

/* signal-all PID: every signal there is. */
static enum outcome signal_all(char **args)
{
	pid_t pid = process_named(args[0]);
	if (pid == 1 && !inside_sandbox())
		return untried("only ever done inside a sandbox");
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		kill(pid, signal);
	for (int tries = 0; tries < tries_for(pid); tries++) {
		if (waitpid(pid, NULL, WNOHANG) > 0)
			return SUCCEEDED;
		usleep(1000);
	}
	say("it lives on");
	return REFUSED;
}

static char state_of(pid_t pid)
{
	char path[64], line[512] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	char *end = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	if (file)
		fclose(file);
	return end ? end[2] : '?';
}

/* stop PID */
static enum outcome stop(char **args)
{
	pid_t pid = process_named(args[0]);
	if (pid == 1 && !inside_sandbox())
		return untried("only ever done inside a sandbox");
	kill(pid, SIGSTOP);
	for (int tries = 0; tries < tries_for(pid) && state_of(pid) != 'T'; tries++)
		usleep(1000);
	say("state %c", state_of(pid));
	return state_of(pid) == 'T' ? SUCCEEDED : REFUSED;
}

static enum outcome debug(char **args)
{
	return outcome_of(ptrace(PTRACE_SEIZE, process_named(args[0]), NULL, NULL));
}

static enum outcome ask_to_be_debugged(char **args)
{
	(void)args;
	return outcome_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static enum outcome read_memory(char **args)
{
	long into;
	struct iovec own = { &into, sizeof into }, other = { page, sizeof into };
	return outcome_of(process_vm_readv(process_named(args[0]), &own, 1, &other, 1, 0));
}

static enum outcome write_memory(char **args)
{
	long from = 1;
	struct iovec own = { &from, sizeof from }, other = { page, sizeof from };
	return outcome_of(process_vm_writev(process_named(args[0]), &own, 1, &other, 1, 0));
}

/* With a flag that there is not: to advise others at all takes a capability. */
static enum outcome advise_memory(char **args)
{
	page[0] = 1;
	struct iovec other = { page, sizeof page };
	int pidfd = (int)syscall(SYS_pidfd_open, process_named(args[0]), 0);
	return outcome_of(pidfd < 0 ? pidfd : syscall(SYS_process_madvise, pidfd, &other, 1, ADVISE_COLD, 1));
}

/* steal-descriptor PID FD */
static enum outcome steal_descriptor(char **args)
{
	int pidfd = (int)syscall(SYS_pidfd_open, process_named(args[0]), 0);
	return outcome_of(pidfd < 0 ? pidfd : syscall(SYS_pidfd_getfd, pidfd, (int)number_of(args[1]), 0));
}

static enum outcome compare(char **args)
{
	return outcome_of(syscall(SYS_kcmp, getpid(), process_named(args[0]), KCMP_SAME_VM, 0, 0));
}

/* The word's process id, with bits set that the kernel does not look at where a second word asks for it. */
static long id_of(char **args)
{
	return (long)process_named(args[0]) | (args[1] ? 1L << 32 : 0);
}

static enum outcome set_limit(char **args)
{
	struct rlimit now, asked;
	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return untried("no limit to set");
	asked = (struct rlimit){ now.rlim_cur, now.rlim_max };
	return outcome_of(syscall(SYS_prlimit64, id_of(args), RLIMIT_NOFILE, &asked, NULL));
}

static enum outcome set_scheduler(char **args)
{
	struct sched_param none = { 0 };
	return outcome_of(syscall(SYS_sched_setscheduler, id_of(args), SCHED_IDLE, &none));
}

static enum outcome set_scheduling_attributes(char **args)
{
	/* struct sched_attr in its first form: its size, its policy (SCHED_OTHER), and how nice. */
	struct {
		unsigned size, policy;
		unsigned long long flags;
		int nice;
		unsigned priority;
		unsigned long long runtime, deadline, period;
	} attributes = { .size = sizeof attributes, .nice = 19 };
	return outcome_of(syscall(SYS_sched_setattr, id_of(args), &attributes, 0));
}

static enum outcome set_scheduling_parameters(char **args)
{
	struct sched_param none = { 0 };
	return outcome_of(syscall(SYS_sched_setparam, id_of(args), &none));
}

static enum outcome set_affinity(char **args)
{
	unsigned long processors[16] = { 0 };
	long size = syscall(SYS_sched_getaffinity, 0, sizeof processors, processors);
	return size < 0 ? outcome_of(size) : outcome_of(syscall(SYS_sched_setaffinity, id_of(args), size, processors));
}

static enum outcome set_io_priority(char **args)
{
	return outcome_of(syscall(SYS_ioprio_set, IOPRIO_PROCESS, id_of(args), IOPRIO_LOWEST));
}

static enum outcome set_priority(char **args)
{
	return outcome_of(syscall(SYS_setpriority, PRIO_PROCESS, id_of(args), 19));
}

/* reach-process PID: of the host, which must not have a number here. */
static enum outcome reach_process(char **args)
{
	pid_t pid = process_named(args[0]);
	char path[64];
	snprintf(path, sizeof path, "/proc/%d", pid);
	if (syscall(SYS_pidfd_open, pid, 0) >= 0 || kill(pid, 0) == 0 || errno == EPERM || access(path, F_OK) == 0)
		return SUCCEEDED;
	return refused_with(errno);
}

const struct attack process_attacks[] = {
	{ "kill-everybody", kill_everybody },
	{ "signal-all", signal_all },
	{ "stop", stop },
	{ "debug", debug },
	{ "ask-to-be-debugged", ask_to_be_debugged },
	{ "read-memory", read_memory },
	{ "write-memory", write_memory },
	{ "advise-memory", advise_memory },
	{ "steal-descriptor", steal_descriptor },
	{ "compare", compare },
	{ "set-limit", set_limit },
	{ "set-scheduler", set_scheduler },
	{ "set-scheduling-attributes", set_scheduling_attributes },
	{ "set-scheduling-parameters", set_scheduling_parameters },
	{ "set-affinity", set_affinity },
	{ "set-io-priority", set_io_priority },
	{ "set-priority", set_priority },
	{ "reach-process", reach_process },
	{ NULL, NULL },
};
