/* Claims that come with how the host was started: real time, core dumps, resource limits. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* real-time: before every ordinary process of the machine */
static enum outcome real_time(char **args)
{
	(void)args;
	struct sched_param first = { .sched_priority = 1 };
	/* musl's sched_setscheduler(3) says ENOSYS */
	long result = syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first);
	return result < 0 && errno == EINVAL ? untried("not in this control group") : outcome_of(result);
}

/* grant-real-time PID PRIORITY: to another process, for what it starts later */
static enum outcome grant_real_time(char **args)
{
	struct rlimit limit;
	pid_t pid = (pid_t)atoi(args[0]);
	limit.rlim_cur = limit.rlim_max = (rlim_t)atoi(args[1]);
	return outcome_of(prlimit(pid, RLIMIT_RTPRIO, &limit, NULL));
}

/* less-nice */
static enum outcome less_nice(char **args)
{
	(void)args;
	return outcome_of(setpriority(PRIO_PROCESS, 0, -5));
}

/* more-files-open: a higher hard limit */
static enum outcome more_files_open(char **args)
{
	(void)args;
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return refused_with(errno);
	limit.rlim_cur = ++limit.rlim_max;
	return outcome_of(setrlimit(RLIMIT_NOFILE, &limit));
}

/* dump-core DIRECTORY: crashes, and looks whether the kernel has kept the memory or given it to its handler */
static enum outcome dump_core(char **args)
{
	if (chdir(args[0]) < 0)
		return untried("the directory is not there");
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit;
		getrlimit(RLIMIT_CORE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_CORE, &limit);
		abort();
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return refused_with(errno);
	unlink("core");
	if (WIFSIGNALED(status) && WCOREDUMP(status))
		return SUCCEEDED;
	say("no dump");
	return REFUSED;
}

const struct attack rights_attacks[] = {
	{ "real-time", real_time },
	{ "grant-real-time", grant_real_time },
	{ "less-nice", less_nice },
	{ "more-files-open", more_files_open },
	{ "dump-core", dump_core },
	{ NULL, NULL },
};
