/*
 * A file that was removed keeps its blocks while somebody has it open or mapped. No walk finds it; the processes that
 * hold it do.
 */
#define _GNU_SOURCE
#include "disk.h"
#include "syscalls.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

enum { BLOCK_BYTES = 512, MAX_TABLES = 256, LOOKS = 20 };

struct hold {
	struct disk_walk *walk;
	int proc;
	bool hidden, ending;
	size_t tables;
	pid_t table[MAX_TABLES]; /* a thread for each table of descriptors that was looked through */
};

static bool on_source(const struct hold *hold, dev_t device)
{
	for (size_t i = 0; i < hold->walk->sources->count; i++)
		if (hold->walk->sources->status[i].st_dev == device)
			return true;
	return false;
}

/* NS_GET_TGID_IN_PIDNS of linux/nsfs.h: a process's id in another namespace. */
static const unsigned long TGID_IN_PID_NAMESPACE = _IOR(0xb7, 0x9, int);

/* Of linux/magic.h. */
static const unsigned long OVERLAY = 0x794c7630;

/* An overlay on a source has a device of its own, and tells the blocks of the file below. */
static bool on_overlay(const struct hold *hold, int list, const char *name)
{
	struct statfs status;
	int fd = hold->walk->layered ? openat(list, name, O_PATH | O_CLOEXEC) : -1;
	bool found = fd >= 0 && fstatfs(fd, &status) == 0 && (unsigned long)status.f_type == OVERLAY;
	if (fd >= 0)
		close(fd);
	return found;
}

/* Reads a file of a process that everybody may read. An empty text where there is none. */
static void read_public(const struct hold *hold, pid_t pid, const char *name, char *text, size_t room)
{
	char path[64];
	snprintf(path, sizeof path, "%d/%s", pid, name);
	int fd = openat(hold->proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, room - 1);
	text[got < 0 ? 0 : got] = '\0';
	if (fd >= 0)
		close(fd);
}

/* What the kernel tells everybody of a process or thread; false when it is gone. */
struct facts {
	char state;
	pid_t parent;
	unsigned flags; /* PF_… of linux/sched.h */
};

static bool read_facts(const struct hold *hold, pid_t pid, struct facts *facts)
{
	char text[1024];
	read_public(hold, pid, "stat", text, sizeof text);
	const char *fields = strrchr(text, ')'); /* the name before it may hold anything */
	return fields && sscanf(fields, ") %c %d %*d %*d %*d %*d %u", &facts->state, &facts->parent, &facts->flags) == 3;
}

/* Opens the list of a thread's descriptors; NULL with what that leaves unseen noted when it has some all the same. */
static DIR *open_descriptors(struct hold *hold, pid_t thread)
{
	enum { PF_EXITING = 0x4 };
	char path[64];
	struct facts facts;
	snprintf(path, sizeof path, "%d/fd", thread);
	for (int i = 0; i < LOOKS; i++) {
		int fd = openat(hold->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *list = fd < 0 ? NULL : fdopendir(fd);
		/* One that has ended, and has only not been waited for, has closed all it had open. */
		if (list || (errno != EACCES && errno != EPERM) || !read_facts(hold, thread, &facts) || strchr("ZX", facts.state))
			return list;
		/* Of one that is ending the memory goes first, however long that takes, and the list is then root's. */
		if (facts.flags & PF_EXITING) {
			hold->ending = true;
			return NULL;
		}
		poll(NULL, 0, 1);
	}
	hold->hidden = true;
	return NULL;
}

/* A socket's queue may hold descriptors that no process has; its fdinfo counts them ("scm_fds", Linux 5.6). */
static void look_at_socket(struct hold *hold, pid_t thread, const char *descriptor)
{
	char path[96], text[1024];
	snprintf(path, sizeof path, "%d/fdinfo/%.20s", thread, descriptor);
	int fd = openat(hold->proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[got < 0 ? 0 : got] = '\0';
	const char *queued = strstr(text, "scm_fds:");
	if (queued && strtoul(queued + strlen("scm_fds:"), NULL, 10) > 0)
		hold->hidden = true;
}

static void look_at_descriptors(struct hold *hold, pid_t thread)
{
	DIR *list = open_descriptors(hold, thread);
	if (!list)
		return;
	for (struct dirent *entry; (entry = readdir(list));) {
		struct stat status;
		if (entry->d_name[0] == '.' || fstatat(dirfd(list), entry->d_name, &status, 0) < 0)
			continue;
		if (S_ISSOCK(status.st_mode))
			look_at_socket(hold, thread, entry->d_name);
		else if (status.st_nlink == 0 &&
			 (on_source(hold, status.st_dev) || on_overlay(hold, dirfd(list), entry->d_name)) &&
			 file_set_add(&hold->walk->seen, status.st_dev, status.st_ino)) {
			hold->walk->usage.entries++;
			hold->walk->usage.bytes += (uint64_t)status.st_blocks * BLOCK_BYTES;
		}
	}
	closedir(list);
}

/* Threads share one table of descriptors as a rule, and may have each its own. */
static bool is_new_table(struct hold *hold, pid_t thread)
{
	for (size_t i = 0; i < hold->tables; i++)
		if (syscall(SYS_kcmp, hold->table[i], thread, KCMP_FILES, 0, 0) == 0)
			return false;
	if (hold->tables < MAX_TABLES)
		hold->table[hold->tables++] = thread;
	return true;
}

/* Lines `from-to rights offset major:minor inode path`, the path of a removed file with " (deleted)" after it. */
static void look_at_mappings(struct hold *hold, pid_t pid)
{
	char path[64], *line = NULL;
	size_t room = 0;
	snprintf(path, sizeof path, "%d/maps", pid);
	int fd = openat(hold->proc, path, O_RDONLY | O_CLOEXEC);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	while (maps && getline(&line, &room, maps) > 0) {
		unsigned major, minor;
		unsigned long inode;
		if (strstr(line, " (deleted)\n") && sscanf(line, "%*s %*s %*s %x:%x %lu", &major, &minor, &inode) == 3 &&
		    (hold->walk->layered || on_source(hold, makedev(major, minor))) &&
		    !file_set_has(&hold->walk->seen, makedev(major, minor), inode))
			hold->hidden = true;
	}
	free(line);
	if (maps)
		fclose(maps);
}

static void look_at_process(struct hold *hold, pid_t pid)
{
	char path[64];
	snprintf(path, sizeof path, "%d/task", pid);
	int fd = openat(hold->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *threads = fd < 0 ? NULL : fdopendir(fd);
	if (!threads) {
		hold->hidden |= errno == EACCES || errno == EPERM;
		return;
	}
	for (struct dirent *entry; (entry = readdir(threads));) {
		pid_t thread = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (thread > 0 && is_new_table(hold, thread))
			look_at_descriptors(hold, thread);
	}
	closedir(threads);
	look_at_mappings(hold, pid);
}

/* A launcher that has not seen its command's program begin; its name shows that, see join.c. */
static bool is_starter(const struct hold *hold, pid_t pid)
{
	char text[4096];
	read_public(hold, pid, "comm", text, sizeof text);
	if (strcmp(text, STARTER_NAME "\n") != 0)
		return false;
	/* One id, as it has one in this pid namespace alone: a process of the sandbox has two, whatever it calls itself. */
	read_public(hold, pid, "status", text, sizeof text);
	const char *ids = strstr(text, "\nNSpid:");
	int first, second;
	return ids && sscanf(ids, "\nNSpid: %d%*1[\t]%d", &first, &second) == 1;
}

/*
 * Whether a process is a command's in the moment before its program, when it has run the launcher's own code alone and
 * may not be looked into. How long that moment is, nobody knows: the processor or the disk may be busy, the sandbox
 * frozen. The kernel tells that it has begun no program, and by its parent whose it is. Once its program has begun it
 * could make such a process itself (CLONE_PARENT), but then the launcher's name is soon another.
 */
static bool is_starting(const struct hold *hold, pid_t pid)
{
	enum { PF_FORKNOEXEC = 0x40 };
	struct facts facts;
	return read_facts(hold, pid, &facts) && (facts.flags & PF_FORKNOEXEC) && is_starter(hold, facts.parent);
}

/*
 * A process whose program may be run but not read shows an ordinary user's watchdog nothing, not even its namespaces;
 * the namespace knows it (Linux 6.11).
 */
static bool is_hidden_inside(const struct hold *hold, pid_t pid)
{
	enum { PID_NAMESPACE_FD = FIRST_NAMESPACE_FD + 2 };
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "%d/ns/pid", pid);
	for (int i = 0; i < LOOKS; i++) {
		if (fstatat(hold->proc, path, &status, 0) == 0 || (errno != EACCES && errno != EPERM) ||
		    syscall(SYS_ioctl, PID_NAMESPACE_FD, TGID_IN_PID_NAMESPACE, pid) <= 1 || is_starting(hold, pid))
			return false;
		poll(NULL, 0, 1);
	}
	return true;
}

static bool is_inside(struct hold *hold, pid_t pid, uint64_t pid_namespace)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "%d/ns/pid", pid);
	if (fstatat(hold->proc, path, &status, 0) == 0)
		return status.st_ino == pid_namespace && !is_starting(hold, pid);
	hold->hidden |= is_hidden_inside(hold, pid);
	return false;
}

enum disk_unseen disk_held(struct disk_walk *walk, uint64_t pid_namespace, pid_t init)
{
	struct hold hold = { .walk = walk, .proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	int fd = hold.proc < 0 ? -1 : openat(hold.proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	if (!list)
		fail("disk", "/proc");
	for (struct dirent *entry; (entry = readdir(list));) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (pid > 0 && pid != init && is_inside(&hold, pid, pid_namespace))
			look_at_process(&hold, pid);
	}
	closedir(list);
	close(hold.proc);
	return hold.hidden ? UNSEEN_HIDDEN : hold.ending ? UNSEEN_ENDING : UNSEEN_NOTHING;
}
