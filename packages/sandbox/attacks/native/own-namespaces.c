/* Root of namespaces of one's own, as any user may become it where the kernel allows user namespaces. */
#define _GNU_SOURCE
#include "attack.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

static _Noreturn void give_up(const char *step)
{
	perror(step);
	exit(USAGE);
}

static void write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		give_up(path);
	close(fd);
}

static void map(const char *path, unsigned outside)
{
	char line[32];
	snprintf(line, sizeof line, "0 %u 1\n", outside);
	write_line(path, line);
}

void enter_own_namespaces(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP) < 0)
		give_up("unshare");
	write_line("/proc/self/setgroups", "deny");
	map("/proc/self/uid_map", uid);
	map("/proc/self/gid_map", gid);
	pid_t pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid > 0) {
		int status;
		if (waitpid(pid, &status, 0) < 0)
			give_up("waitpid");
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : USAGE);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
		give_up("mount");
}
