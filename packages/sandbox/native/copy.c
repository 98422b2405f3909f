/*
 * cloison-launcher copy: snapshots. Directories are named by where they are to be looked for: `host:` a path outside,
 * `source:` one outside that is only read, `inside:` a path as the sandbox sees it. All of the outside are opened first.
 */
#define _GNU_SOURCE
#include "copy.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const char HOST[] = "host:", SOURCE[] = "source:", INSIDE[] = "inside:";

enum { MAX_PLACES = 512, LOCK_TRIES = 1000, LOCK_PAUSE_MS = 10 };

static struct {
	const char *name;
	int fd;
} places[MAX_PLACES];
static size_t place_count;

/* What follows the prefix; NULL without it. */
static const char *after(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : NULL;
}

static int open_path(const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS };
	int fd = sys_openat2(AT_FDCWD, path, &how);
	if (fd < 0)
		fail("copy place", path);
	return fd;
}

static int open_place(const char *name)
{
	const char *source = after(name, SOURCE), *host = after(name, HOST), *inside = after(name, INSIDE);
	if (source) {
		int tree = clone_source(source), fd = open_below(tree, ".");
		if (fd < 0)
			fail("copy place", source);
		close(tree);
		return fd;
	}
	return open_path(host ? host : inside ? inside : name);
}

static int place(const char *name)
{
	for (size_t i = 0; i < place_count; i++)
		if (strcmp(places[i].name, name) == 0)
			return places[i].fd;
	if (place_count == MAX_PLACES) {
		errno = E2BIG;
		fail("copy place", name);
	}
	places[place_count].fd = move_descriptor(open_place(name), FIRST_FREE_FD, "descriptor");
	places[place_count].name = name;
	return places[place_count++].fd;
}

static void open_outside(const struct policy *policy)
{
	for (const struct op *op = policy->ops; op < policy->ops + policy->count; op++)
		for (int i = 0; op->kind >= OP_COPY_SAME && i < 2; i++)
			if (op->arg[i] && (after(op->arg[i], HOST) || after(op->arg[i], SOURCE)))
				place(op->arg[i]);
}

/* What was mounted is what is copied, whatever lies at its path now. */
static void check_same(const char *one, const char *other)
{
	struct stat a, b;
	if (fstat(place(one), &a) < 0 || fstat(place(other), &b) < 0 || a.st_dev != b.st_dev || a.st_ino != b.st_ino) {
		errno = ESTALE;
		fail("copy source", one);
	}
}

static void copy_one(const struct op *op, bool threads)
{
	int to = place(op->arg[1]), below = -1;
	for (const char *rest = op->arg[2]; *rest;) {
		char name[NAME_MAX + 1];
		size_t length = strcspn(rest, "/");
		snprintf(name, sizeof name, "%.*s", (int)length, rest);
		below = open_below(to, name);
		if (below < 0)
			fail("copy place", op->arg[2]);
		to = below;
		rest += length + (rest[length] == '/');
	}
	struct copy_counts counts = copy_tree(place(op->arg[0]), to, threads);
	report("copied\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, counts.files, counts.bytes,
	       counts.links, counts.sockets, counts.devices, counts.changed);
}

/* Its last holder may be dying: that takes a moment. */
static void lock(const char *name)
{
	for (int i = 0; flock(place(name), LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES)
			fail("copy lock", name);
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
}

static void mark(const char *name, const char *file)
{
	int fd = openat(place(name), file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		fail("copy write", file);
	close(fd);
}

static void run(const struct op *op, bool threads)
{
	switch (op->kind) {
	case OP_COPY_SAME:
		check_same(op->arg[0], op->arg[1]);
		break;
	case OP_COPY_TREE:
		copy_one(op, threads);
		break;
	case OP_COPY_STAGE:
		swap_stage(place(op->arg[0]), op->arg[1]);
		break;
	case OP_COPY_LOCK:
		lock(op->arg[0]);
		break;
	case OP_COPY_MARK:
		mark(op->arg[0], op->arg[1]);
		break;
	case OP_COPY_OUT:
		swap_out(place(op->arg[0]), op->arg[1]);
		break;
	case OP_COPY_IN:
		swap_in(place(op->arg[0]), op->arg[1]);
		break;
	case OP_COPY_END:
		swap_end(place(op->arg[0]), op->arg[1]);
		break;
	case OP_COPY_REMOVE:
		remove_tree(place(op->arg[0]), op->arg[1]);
		break;
	case OP_COPY_EMPTY:
		check_empty(place(op->arg[0]), op->arg[0]);
		break;
	case OP_COPY_KEEP:
		swap_keep(place(op->arg[0]), op->arg[1], op->arg[2]);
		break;
	case OP_COPY_END_PROCESSES:
		end_processes();
		break;
	default:
		break;
	}
}

static void die_with_parent(void)
{
	struct pollfd control = { .fd = CONTROL_FD, .events = POLLIN };
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("copy", "parent death signal");
	/* It may have died before. */
	if (poll(&control, 1, 0) > 0)
		_exit(INIT_FAILED);
}

static void run_all(const struct policy *policy, bool threads)
{
	for (const struct op *op = policy->ops; op < policy->ops + policy->count; op++)
		run(op, threads);
	report("done");
}

/* What is written to the sandbox's memory is its own, up to its limit. */
static void run_charged(const struct policy *policy)
{
	int status = -1;
	pid_t pid = spawn_child(0, policy, NULL);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		cgroups_join(policy);
		run_all(policy, false);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		errno = ENOMEM;
		fail("copy memory", "killed");
	}
}

int copy_trees(struct policy *policy)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	setsid();
	umask(0); /* modes are those of what is copied */
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	cgroups_open(policy);
	open_outside(policy);
	view_enter(policy);
	/* A child of it is seen in the sandbox for a moment; what is mapped here may not be written any more. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("copy", "dumpable");
	die_with_parent();
	if (policy_find(policy, OP_CGROUP_V1) || policy_find(policy, OP_CGROUP_V2))
		run_charged(policy);
	else
		run_all(policy, true);
	return 0;
}
