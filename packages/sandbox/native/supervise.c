/* What the joining launcher does to its command: waits for its start, signals or ends it, tells how it ended. */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/*
 * A request is one byte: a signal's number for the process group, or one of these: for all that the command has started;
 * for its terminal's size, which follows as columns and rows of two bytes, the lower one first.
 */
enum { REQUEST_KILL_TREE = 0xff, REQUEST_RESIZE = 0xfe };

void command_report_end(const struct command *command)
{
	int status;
	struct rusage usage;
	while (wait4(command->pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			fail("wait", "command");
	long cpu_ms = usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 + usage.ru_stime.tv_sec * 1000 +
		      usage.ru_stime.tv_usec / 1000;
	report("%s\t%d\t%ld\t%ld", WIFSIGNALED(status) ? "signal" : "exit",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), cpu_ms, usage.ru_maxrss);
}

/* The host ends the whole sandbox for it. Nobody else may reap the command: the sandbox's end waits for that. */
static _Noreturn void give_up(const struct command *command, const char *why)
{
	report("error\tkill\t%d\t%s", ESRCH, why); /* before the end, which is the end of waiting for some */
	command_report_end(command);
	_exit(INIT_FAILED);
}

/*
 * Where it was not seen to begin its program it may have begun since, and have started others. Stopped, it gets no
 * further than the end of the call that it is in: what has no mark then has started nothing.
 */
static int mark_of(const struct command *command)
{
	if (command->mark >= 0 || command->unreadable)
		return command->mark;
	kill(command->pid, SIGSTOP);
	return tree_hold_own(command->proc_fd, command->pid);
}

static void kill_tree(const struct command *command)
{
	int mark = mark_of(command);
	kill(command->pid, SIGKILL);
	if (command->unreadable)
		give_up(command, "what the command has started cannot be told: its program may be run but not read");
	if (mark >= 0 && !tree_kill(command->proc_fd, mark))
		give_up(command, "processes of the command are still there");
	if (mark >= 0 && tree_hides())
		give_up(command, "a process in the sandbox cannot be told: its program may be run but not read");
}

bool command_control(const struct command *command, bool living)
{
	unsigned char request;
	ssize_t got = read(CONTROL_FD, &request, 1);
	if (got < 0 && errno == EINTR)
		return true;
	if (got == 1) {
		if (request == REQUEST_RESIZE) {
			pty_resize(living ? command->terminal : -1);
			return true;
		}
		/* Once it was waited for, its number and its group's may be another's. */
		if (living && request == REQUEST_KILL_TREE)
			kill_tree(command);
		else if (living)
			kill(-command->pid, request);
		return true;
	}
	/* The host or the sandbox is gone: PID 1 with it. */
	if (living) {
		kill(command->pid, SIGKILL);
		command_report_end(command);
	}
	return false;
}

int command_wait_for_exec(struct command *command, int started)
{
	/* A process of the sandbox's own user can stop the child before it runs its program: the host stays in control. */
	int listener = -1;
	struct pollfd polls[] = { { .fd = started, .events = POLLIN }, { .fd = CONTROL_FD, .events = POLLIN } };
	for (;;) {
		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			fail("join", "poll");
		if (polls[0].revents && !descriptors_receive(started, &listener, 1)) {
			command->mark = tree_hold(command->proc_fd, command->pid);
			command->unreadable = command->mark < 0 && (errno == EACCES || errno == EPERM);
			return listener;
		}
		if (polls[1].revents && !command_control(command, true))
			_exit(INIT_CONTROL_CLOSED);
	}
}
