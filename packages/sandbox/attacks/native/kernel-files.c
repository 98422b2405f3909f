/* The kernel's own files: settings, devices, memory, control groups. */
#define _GNU_SOURCE
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WALK_DESCRIPTORS = 16 };

static int seen;

static int open_for_writing(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)at;
	/* What is covered is covered by /dev/null; what a process has of its own is no setting. */
	if (type != FTW_F || !S_ISREG(status->st_mode) || isdigit((unsigned char)path[strlen("/proc/")]))
		return 0;
	seen++;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	close(fd);
	say("%s", path);
	return 1;
}

/* walk-writable DIRECTORY: any file below, in /proc, that opens for writing; nothing is written */
static enum outcome walk_writable(char **args)
{
	if (nftw(args[0], open_for_writing, WALK_DESCRIPTORS, FTW_PHYS) == 1)
		return SUCCEEDED;
	say("none of %d files", seen);
	return REFUSED;
}

static int is_unknown_device(const char *path, const struct stat *status, int type, struct FTW *at)
{
	static const char *const known[] = { "null", "zero", "full", "random", "urandom", "tty", "pts/ptmx" };
	(void)at;
	if (type == FTW_D || type == FTW_DNR || !(S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)))
		return 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(path + strlen("/dev/"), known[i]) == 0)
			return 0;
	say("%s", path);
	return 1;
}

/* walk-devices: any device that a sandbox is not given */
static enum outcome walk_devices(char **args)
{
	(void)args;
	if (nftw("/dev", is_unknown_device, WALK_DESCRIPTORS, FTW_PHYS) == 1)
		return SUCCEEDED;
	say("the seven that are given");
	return REFUSED;
}

static int has_content(const char *path)
{
	char byte;
	DIR *directory = opendir(path);
	if (directory) {
		int entries = 0;
		for (struct dirent *entry; (entry = readdir(directory));)
			entries += entry->d_name[0] != '.';
		closedir(directory);
		return entries > 0;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	ssize_t got = read(fd, &byte, 1);
	close(fd);
	return got == 1;
}

/* any-content PATH ...: the first file or directory that has something to read */
static enum outcome any_content(char **args)
{
	for (; *args; args++)
		if (has_content(*args)) {
			say("%s", *args);
			return SUCCEEDED;
		}
	say("nothing to read");
	return REFUSED;
}

/* map-files: opens a mapped file by its address */
static enum outcome map_files(char **args)
{
	(void)args;
	DIR *directory = opendir("/proc/self/map_files");
	int error = directory ? ENOENT : errno;
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return SUCCEEDED;
		error = errno;
	}
	return refused_with(error);
}

/* mount-type TYPE DIRECTORY */
static enum outcome mount_type(char **args)
{
	int result = mount("none", args[1], args[0], 0, NULL);
	if (result < 0 && errno == ENODEV)
		return untried("not in this kernel");
	return outcome_of(result);
}

/* find-in PATH TEXT: whether a file of the kernel's tells about something */
static enum outcome find_in(char **args)
{
	FILE *file = fopen(args[0], "re");
	if (!file)
		return refused_with(errno);
	char line[1024];
	while (fgets(line, sizeof line, file))
		if (strstr(line, args[1]))
			return SUCCEEDED;
	fclose(file);
	say("not in it");
	return REFUSED;
}

const struct attack kernel_file_attacks[] = {
	{ "walk-writable", walk_writable },
	{ "walk-devices", walk_devices },
	{ "any-content", any_content },
	{ "map-files", map_files },
	{ "mount-type", mount_type },
	{ "find-in", find_in },
	{ NULL, NULL },
};
