/*
 * The watchdog for limits.diskMb, where no quota holds it: a process outside the sandbox that counts what lies in its
 * writable mounts, at the start and then again, and says so when that has grown too much.
 *
 * A walk costs far more than a look at the file system's free space, so the walk is made when that look gives cause
 * to: soon when what is missing there could be all the sandbox may add, seldom otherwise, because others may have
 * freed what the sandbox has used up. Where the file system tells its free space late or not at all, by time alone.
 */
#define _GNU_SOURCE
#include "disk.h"
#include "end.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/wait.h>

enum {
	LOOK_MIN_MS = 5, LOOK_MAX_MS = 200,   /* between two looks at the free space */
	WALK_MIN_MS = 250, WALK_MAX_MS = 5000, /* between two walks without haste */
	SHARE = 50,       /* a walk is followed by that many times its time without one: 2 % of a processor */
	URGENT_SHARE = 4, /* the same in haste */
	TOLERANCE = 32,   /* that part of the limit may be written before it is counted */
	BYTES_PER_MS = 1 << 20, /* what a sandbox is thought to write at most */
	FREEZE_MS = 50, /* after which it is counted though it may not stand still */
	ENDING_MS = 5000, /* after which what an ending process holds is out of sight for good */
};

/* Of linux/magic.h: file systems that tell their free space at once, what is not on the disk yet included. */
static const unsigned long prompt_types[] = { 0xef53, 0x58465342, 0x01021994, 0xf2f52010 };

struct room {
	uint64_t bytes, files;
	bool prompt;
};

struct watch {
	const struct policy *policy;
	const struct disk_sources *sources;
	struct disk_usage limit, baseline;
	struct room first, last; /* at the baseline, and at the last walk */
	uint64_t grown;          /* bytes added, by the last walk */
	uint64_t entries;        /* names added, by the last walk */
	uint64_t pid_namespace;
	pid_t init;
	int64_t walked_at, walk_ms, pause_ms;
	struct disk_count *count;
	int line;
	bool layered;
};

static struct room look(const struct disk_sources *sources)
{
	struct room room = { .prompt = true };
	for (size_t i = 0; i < sources->count; i++) {
		bool again = false;
		for (size_t j = 0; j < i; j++)
			again |= sources->status[j].st_dev == sources->status[i].st_dev;
		struct statfs status;
		if (again || fstatfs(sources->fd[i], &status) < 0)
			continue;
		bool prompt = false;
		for (size_t t = 0; t < sizeof prompt_types / sizeof *prompt_types; t++)
			prompt |= (unsigned long)status.f_type == prompt_types[t];
		room.prompt &= prompt && status.f_blocks > 0;
		room.bytes += (uint64_t)status.f_bfree * (uint64_t)status.f_bsize;
		room.files += (uint64_t)status.f_ffree;
	}
	return room;
}

static _Noreturn void say(const struct watch *watch, const char *format, ...) __attribute__((format(printf, 2, 3)));

static _Noreturn void say(const struct watch *watch, const char *format, ...)
{
	char text[400];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length > 0)
		send(watch->line, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1, MSG_NOSIGNAL);
	_exit(0);
}

/* Tells the launcher what was counted, and says so when it is too much. */
static void judge(const struct watch *watch)
{
	const uint64_t mb = 1 << 20;
	watch->count->bytes = watch->grown;
	watch->count->entries = watch->entries;
	if (watch->grown > watch->limit.bytes)
		say(watch, "it added more than %llu MB to its writable mounts", (unsigned long long)(watch->limit.bytes / mb));
	if (watch->entries > watch->limit.entries)
		say(watch, "it added more than %llu files to its writable mounts", (unsigned long long)watch->limit.entries);
}

/* Where it has a cgroup; a process that waits for a device stops late. */
static int stop_sandbox(const struct policy *policy)
{
	int hold = freeze_hold(policy);
	for (int i = 0; hold >= 0 && i < FREEZE_MS && !freeze_done(policy); i++)
		poll(NULL, 0, 1);
	return hold;
}

/* Counts all that can be seen, and judges by it. */
static enum disk_unseen count_once(struct watch *watch)
{
	struct disk_walk walk = { .sources = watch->sources,
				  .layered = watch->layered,
				  .enough = { watch->baseline.bytes + watch->limit.bytes, watch->baseline.entries + watch->limit.entries } };
	watch->last = look(watch->sources);
	disk_walk(&walk);
	enum disk_unseen unseen = disk_held(&walk, watch->pid_namespace, watch->init);
	watch->grown = above(walk.usage.bytes, watch->baseline.bytes);
	watch->entries = above(walk.usage.entries, watch->baseline.entries);
	if (walk.unaccountable[0])
		say(watch, "what lies below %s cannot be counted: too deep, or not to be read", walk.unaccountable);
	judge(watch);
	file_set_clear(&walk.seen);
	return unseen;
}

/*
 * What is out of sight may be all that the file system misses. Where the sandbox would be ended for that, what is ending
 * may come to its end first, while all else is counted again and again.
 */
static void count(struct watch *watch, int64_t start)
{
	for (;;) {
		enum disk_unseen unseen = count_once(watch);
		uint64_t missing = above(watch->first.bytes, watch->last.bytes);
		if (unseen == UNSEEN_NOTHING || missing <= watch->grown)
			return;
		if (unseen == UNSEEN_HIDDEN || missing <= watch->limit.bytes || now_ms() - start >= ENDING_MS) {
			watch->grown = missing;
			return;
		}
		poll(NULL, 0, 1);
	}
}

static void walk_now(struct watch *watch, bool urgent)
{
	int64_t start = now_ms();
	int hold = urgent ? stop_sandbox(watch->policy) : -1;
	uint64_t before = watch->grown;
	count(watch, start);
	judge(watch);
	if (hold >= 0)
		freeze_release(watch->policy, hold);
	watch->walked_at = now_ms();
	watch->walk_ms = watch->walked_at - start + 1;
	int64_t least = watch->walk_ms * SHARE > WALK_MIN_MS ? watch->walk_ms * SHARE : WALK_MIN_MS;
	int64_t slower = watch->pause_ms * 2 < WALK_MAX_MS ? watch->pause_ms * 2 : WALK_MAX_MS;
	watch->pause_ms = urgent || watch->grown > before || slower < least ? least : slower;
}

/* How long until the free space is to be looked at again. */
static int look_pause(const struct watch *watch, const struct room *now)
{
	uint64_t left = above(watch->limit.bytes, watch->grown + above(watch->last.bytes, now->bytes));
	uint64_t ms = left / BYTES_PER_MS;
	return ms < LOOK_MIN_MS ? LOOK_MIN_MS : ms > LOOK_MAX_MS ? LOOK_MAX_MS : (int)ms;
}

static void look_and_walk(struct watch *watch, const struct room *now)
{
	uint64_t left = watch->limit.bytes - watch->grown, fallen = above(watch->last.bytes, now->bytes);
	uint64_t files_left = watch->limit.entries - watch->entries, files_fallen = above(watch->last.files, now->files);
	int64_t rested = now_ms() - watch->walked_at;
	bool changed = !now->prompt || fallen > 0 || files_fallen > 0 || now->bytes != watch->last.bytes;
	/* A sandbox that has nearly all it may have is not to be counted for every byte that others write. */
	bool could_be_over = now->prompt && (fallen >= left + watch->limit.bytes / TOLERANCE ||
					     files_fallen >= files_left + watch->limit.entries / TOLERANCE);
	bool far_over = now->prompt && fallen >= left + watch->limit.bytes / 4;
	if (far_over || (could_be_over && rested >= watch->walk_ms * URGENT_SHARE))
		walk_now(watch, true);
	else if (changed && rested >= (now->prompt ? watch->pause_ms : watch->walk_ms * SHARE) && rested >= WALK_MIN_MS / 5)
		walk_now(watch, !now->prompt);
}

static _Noreturn void serve(struct watch *watch)
{
	struct pollfd launcher = { .fd = watch->line, .events = POLLIN };
	struct room now = watch->last;
	for (;;) {
		if (poll(&launcher, 1, look_pause(watch, &now)) > 0) {
			disk_stand_by(watch->line);
			continue;
		}
		now = look(watch->sources);
		look_and_walk(watch, &now);
	}
}

/* ---- the start ---- */

/*
 * In the sandbox's user namespace an ordinary user's watchdog may read what the sandbox's own user has closed to
 * readers. It stays in the host's mount and pid namespaces.
 */
static void prepare(pid_t launcher, bool privileged)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (!privileged && setns(FIRST_NAMESPACE_FD, CLONE_NEWUSER) < 0)
		fail("disk", "user namespace");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("disk", "parent death signal");
	if (getppid() != launcher)
		_exit(0);
}

static _Noreturn void run(struct watch *watch)
{
	struct disk_walk walk = { .sources = watch->sources, .enough = { UINT64_MAX, UINT64_MAX } };
	int64_t start = now_ms();
	watch->first = watch->last = look(watch->sources);
	disk_walk(&walk);
	if (walk.unaccountable[0]) {
		errno = EACCES;
		fail("disk", walk.unaccountable);
	}
	watch->baseline = walk.usage;
	file_set_clear(&walk.seen);
	watch->walked_at = now_ms();
	watch->walk_ms = watch->walked_at - start + 1;
	watch->pause_ms = WALK_MIN_MS;
	/* From now on nothing of it is the sandbox's start any more. */
	close(CONTROL_FD);
	close(STATUS_FD);
	if (send(watch->line, "", 1, MSG_NOSIGNAL) != 1)
		_exit(0);
	serve(watch);
}

static uint64_t inode_of(int fd)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		fail("disk", "pid namespace");
	return status.st_ino;
}

bool disk_begin(struct disk *disk, const struct policy *policy, const struct disk_start *start)
{
	const struct op *op = policy_find(policy, OP_DISK);
	int ends[2];
	char byte;
	if (!op)
		return true;
	struct disk_usage limit = { number(op->arg[0], "disk"), number(op->arg[1], "disk") };
	if (policy_find(policy, OP_DISK_QUOTA) && quota_begin(disk, &limit)) {
		report("disk\tquota");
		return true;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		fail("disk", "socketpair");
	pid_t launcher = getpid();
	disk->count = mmap(NULL, sizeof *disk->count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (disk->count == MAP_FAILED)
		fail("disk", "mmap");
	disk->pid = fork();
	if (disk->pid < 0)
		fail("disk", "fork");
	if (disk->pid == 0) {
		close(ends[0]);
		close(start->line);
		struct watch watch = { .policy = policy, .sources = disk->sources, .line = ends[1], .init = start->init, .count = disk->count,
				       .layered = policy_find(policy, OP_UPPER) || policy_find(policy, OP_BRANCH),
				       .limit = limit,
				       .pid_namespace = inode_of(FIRST_NAMESPACE_FD + 2) };
		prepare(launcher, start->privileged);
		run(&watch);
	}
	close(ends[1]);
	disk->line = ends[0];
	if (recv(disk->line, &byte, 1, 0) != 1)
		return false;
	report("disk\twatchdog");
	return true;
}
