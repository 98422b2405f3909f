/* Reaching files that lie outside of what was mounted, by names, links and renames. */
#define _GNU_SOURCE
#include "attack.h"
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A race is over after that time and so many moves, on a machine that has no time for it after the longer one. */
enum { RACE_MS = 250, RACE_MOVES = 200, LONGEST_RACE_MS = 6000, TRIES_BETWEEN_LOOKS = 100 };

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether anything can be read there. */
static enum outcome read_from(int fd)
{
	char byte;
	if (fd < 0)
		return refused_with(errno);
	ssize_t got = read(fd, &byte, 1);
	if (got < 0)
		return refused_with(errno);
	close(fd);
	if (got == 0)
		say("nothing in it");
	return got == 1 ? SUCCEEDED : REFUSED;
}

/* read PATH */
static enum outcome read_path(char **args)
{
	return read_from(open(args[0], O_RDONLY | O_CLOEXEC));
}

/* read-beside DIRECTORY NAME: from a descriptor of the directory */
static enum outcome read_beside(char **args)
{
	int directory = open(args[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return untried("the directory is not there");
	return read_from(openat(directory, args[1], O_RDONLY | O_CLOEXEC));
}

/* rename-out STAND FROM TO NAME: stands in a directory, moves it above the mount's root, and goes up from there */
static enum outcome rename_out(char **args)
{
	if (chdir(args[0]) < 0 || rename(args[1], args[2]) < 0) {
		say("the directory could not be moved: errno %d", errno);
		return USAGE;
	}
	enum outcome outcome = read_from(open(args[3], O_RDONLY | O_CLOEXEC));
	rename(args[2], args[1]);
	return outcome;
}

static _Noreturn void move_to_and_fro(const char *one, const char *other, atomic_int *moves)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; atomic_fetch_add(moves, 1)) {
		rename(one, other);
		rename(other, one);
	}
}

static int race_goes_on(int64_t began, atomic_int *moves)
{
	int64_t lasted = now_ms() - began;
	return lasted < LONGEST_RACE_MS && (lasted < RACE_MS || atomic_load(moves) < RACE_MOVES);
}

/* rename-out-race STAND FROM TO NAME: the same while another process moves it to and fro */
static enum outcome rename_out_race(char **args)
{
	if (chdir(args[0]) < 0)
		return untried("the directory is not there");
	atomic_int *moves = mmap(NULL, sizeof *moves, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t mover = fork();
	if (mover == 0)
		move_to_and_fro(args[1], args[2], moves);
	enum outcome outcome = REFUSED;
	long tries = 0;
	for (int64_t began = now_ms(); outcome != SUCCEEDED && race_goes_on(began, moves);)
		for (int i = 0; i < TRIES_BETWEEN_LOOKS && outcome != SUCCEEDED; i++, tries++)
			outcome = read_from(open(args[3], O_RDONLY | O_CLOEXEC));
	kill(mover, SIGKILL);
	waitpid(mover, NULL, 0);
	rename(args[2], args[1]);
	if (outcome == REFUSED)
		say("not in %ld tries and %d moves", tries, atomic_load(moves));
	return outcome;
}

static enum outcome linked(int result, const char *path)
{
	enum outcome outcome = outcome_of(result);
	if (outcome == SUCCEEDED)
		unlink(path);
	return outcome;
}

/* link OLD NEW */
static enum outcome hard_link(char **args)
{
	return linked(link(args[0], args[1]), args[1]);
}

static int link_descriptor(int fd, const char *to)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

/* link-descriptor OLD NEW: through the magic link of an open file */
static enum outcome link_open_file(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return untried("the file is not there");
	return linked(link_descriptor(fd, args[1]), args[1]);
}

/* link-nameless DIRECTORY NEW: a file without a name gets one elsewhere */
static enum outcome link_nameless(char **args)
{
	int fd = open(args[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EOPNOTSUPP ? untried("no O_TMPFILE on this file system") : refused_with(errno);
	return linked(link_descriptor(fd, args[1]), args[1]);
}

/* rename OLD NEW */
static enum outcome rename_file(char **args)
{
	int made = open(args[0], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (made < 0)
		return untried("the file cannot be made");
	close(made);
	return linked(rename(args[0], args[1]), args[1]);
}

/* exchange ONE OTHER: changes names with one another until standard input ends */
static enum outcome exchange(char **args)
{
	pid_t swapper = fork();
	if (swapper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (syscall(SYS_renameat2, AT_FDCWD, args[0], AT_FDCWD, args[1], RENAME_EXCHANGE) < 0)
				_exit(1);
	}
	wait_for_end();
	kill(swapper, SIGKILL);
	int status;
	waitpid(swapper, &status, 0);
	return WIFSIGNALED(status) ? SUCCEEDED : untried("no exchange of names on this file system");
}

const struct attack link_attacks[] = {
	{ "read", read_path },
	{ "read-beside", read_beside },
	{ "rename-out", rename_out },
	{ "rename-out-race", rename_out_race },
	{ "link", hard_link },
	{ "link-descriptor", link_open_file },
	{ "link-nameless", link_nameless },
	{ "rename", rename_file },
	{ "exchange", exchange },
	{ NULL, NULL },
};
