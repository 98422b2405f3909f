/* More memory than is allowed, of every kind that a process can make the kernel keep. All of it is touched. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MB = 1 << 20 };

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static enum outcome touch(char *memory, size_t bytes)
{
	if (memory == MAP_FAILED)
		return refused_with(errno);
	memset(memory, 1, bytes);
	say("%zu MB", bytes / MB);
	return SUCCEEDED;
}

static char *map_file(int fd, size_t bytes)
{
	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return MAP_FAILED;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static char *system_v(size_t bytes)
{
	int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
	char *at = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	return at == (char *)-1 ? MAP_FAILED : at;
}

static char *anonymous(size_t bytes, int flags)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
}

/* memory private|shared|memfd|secret|sysv|locked|huge MB */
static enum outcome memory(char **args)
{
	size_t bytes = (size_t)atoi(args[1]) * MB;
	const char *kind = args[0];
	if (strcmp(kind, "private") == 0)
		return touch(anonymous(bytes, MAP_PRIVATE), bytes);
	if (strcmp(kind, "shared") == 0)
		return touch(anonymous(bytes, MAP_SHARED), bytes);
	if (strcmp(kind, "locked") == 0)
		return touch(anonymous(bytes, MAP_PRIVATE | MAP_LOCKED), bytes);
	if (strcmp(kind, "huge") == 0)
		return touch(anonymous(bytes, MAP_PRIVATE | MAP_HUGETLB), bytes);
	if (strcmp(kind, "memfd") == 0)
		return touch(map_file((int)syscall(SYS_memfd_create, "attack", 0), bytes), bytes);
	if (strcmp(kind, "sysv") == 0)
		return touch(system_v(bytes), bytes);
	int secret = (int)syscall(SYS_memfd_secret, 0);
	return secret < 0 ? untried("no memfd_secret in this kernel") : touch(map_file(secret, bytes), bytes);
}

/* fill DIRECTORY MB */
static enum outcome fill(char **args)
{
	static char piece[MB];
	char path[4096];
	snprintf(path, sizeof path, "%s/attack-fill", args[0]);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	int wanted = atoi(args[1]), written = 0;
	memset(piece, 1, sizeof piece);
	signal(SIGXFSZ, SIG_IGN); /* RLIMIT_FSIZE as an errno */
	while (fd >= 0 && written < wanted && write(fd, piece, sizeof piece) == (ssize_t)sizeof piece)
		written++;
	int error = errno;
	unlink(path);
	say("%d MB", written);
	return written == wanted ? SUCCEEDED : refused_with(error);
}

/* many-files DIRECTORY N: empty files, whose inodes and names take memory or room all the same */
static enum outcome many_files(char **args)
{
	int wanted = atoi(args[1]), made = 0, error = 0;
	if (chdir(args[0]) < 0)
		return untried("the directory is not there");
	char name[64];
	for (; made < wanted; made++) {
		snprintf(name, sizeof name, "attack-%d", made);
		if (mknod(name, S_IFREG | 0600, 0) < 0) {
			error = errno;
			break;
		}
	}
	for (int i = 0; i < made; i++) {
		snprintf(name, sizeof name, "attack-%d", i);
		unlink(name);
	}
	if (made < wanted)
		return refused_with(error);
	say("%d files", made);
	return SUCCEEDED;
}

/* Writes PIECES files of 4 MB and leaves them, or keeps them open only. */
static int write_files(const char *directory, int pieces, int nameless)
{
	enum { FILE_MB = 4 };
	static char piece[MB];
	memset(piece, 1, sizeof piece);
	for (int made = 0; made < pieces; made++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/attack-fill-%d", directory, made);
		int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || (nameless && unlink(path) < 0))
			return -1;
		for (int i = 0; i < FILE_MB; i++)
			if (write(fd, piece, sizeof piece) != (ssize_t)sizeof piece)
				return -1;
	}
	return 0;
}

/* fill-disk DIRECTORY PIECES named|nameless SECONDS: and stays for so long, to see whether somebody minds */
static enum outcome fill_disk(char **args)
{
	if (write_files(args[0], atoi(args[1]), strcmp(args[2], "nameless") == 0) < 0)
		return refused_with(errno);
	sleep((unsigned)atoi(args[3]));
	return SUCCEEDED;
}

/* flood MB: to standard output */
static enum outcome flood(char **args)
{
	static char piece[1 << 16];
	memset(piece, 'x', sizeof piece);
	for (long left = atol(args[0]) * MB; left > 0;) {
		ssize_t put = write(STDOUT_FILENO, piece, sizeof piece);
		if (put <= 0)
			return refused_with(errno);
		left -= put;
	}
	return SUCCEEDED;
}

const struct attack memory_attacks[] = {
	{ "memory", memory },
	{ "fill", fill },
	{ "many-files", many_files },
	{ "fill-disk", fill_disk },
	{ "flood", flood },
	{ NULL, NULL },
};
