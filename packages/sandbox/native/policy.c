/*
 * The policy: a decimal length, then that many bytes of NUL-ended strings. Each operation is its name
 * followed by a fixed number of arguments. The host decides everything; nothing here has a default.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLICY_MAX_BYTES = 4 << 20, LENGTH_DIGITS = 8 };

static const struct {
	const char *name;
	enum op_kind kind;
	int arguments;
} operations[] = {
	{ "ids", OP_IDS, 2 },
	{ "id-lock", OP_ID_LOCK, 1 },
	{ "id-range", OP_ID_RANGE, 3 },
	{ "id-helpers", OP_ID_HELPERS, 2 },
	{ "drop-groups", OP_DROP_GROUPS, 0 },
	{ "hostname", OP_HOSTNAME, 1 },
	{ "wall-ms", OP_WALL_MS, 1 },
	{ "namespaces", OP_NAMESPACE, 1 },
	{ "owner", OP_OWNER, 2 },
	{ "cgroup-v1", OP_CGROUP_V1, 1 },
	{ "cgroup-v2", OP_CGROUP_V2, 1 },
	{ "cgroup-remove", OP_CGROUP_REMOVE, 1 },
	{ "oom-end", OP_OOM_END, 1 },
	{ "disk", OP_DISK, 2 },
	{ "disk-source", OP_DISK_SOURCE, 1 },
	{ "disk-quota", OP_DISK_QUOTA, 0 },
	{ "rootfs", OP_ROOTFS, 1 },
	{ "upper", OP_UPPER, 2 },
	{ "system", OP_SYSTEM, 2 },
	{ "bind", OP_BIND, 3 },
	{ "branch-lower", OP_BRANCH_LOWER, 1 }, /* of the branch that follows it */
	{ "branch", OP_BRANCH, 2 },
	{ "symlink", OP_SYMLINK, 2 },
	{ "root", OP_ROOT, 1 },
	{ "scratch", OP_SCRATCH, 1 },
	{ "directory", OP_DIRECTORY, 1 },
	{ "file", OP_FILE, 2 },
	{ "proc", OP_PROC, 0 },
	{ "dev", OP_DEV, 0 },
	{ "mask", OP_MASK, 1 },
	{ "read-only", OP_READ_ONLY, 1 },
	{ "rlimit", OP_RLIMIT, 2 },
	{ "seccomp", OP_SECCOMP, 1 },
	{ "descriptor", OP_DESCRIPTOR, 2 },
	{ "terminal", OP_TERMINAL, 2 },
	{ "cwd", OP_CWD, 1 },
	{ "env", OP_ENV, 1 },
	{ "arg", OP_ARG, 1 },
	{ "copy-same", OP_COPY_SAME, 2 },
	{ "copy-tree", OP_COPY_TREE, 3 },
	{ "copy-stage", OP_COPY_STAGE, 2 },
	{ "copy-lock", OP_COPY_LOCK, 1 },
	{ "copy-mark", OP_COPY_MARK, 2 },
	{ "copy-out", OP_COPY_OUT, 2 },
	{ "copy-in", OP_COPY_IN, 2 },
	{ "copy-end", OP_COPY_END, 2 },
	{ "copy-remove", OP_COPY_REMOVE, 2 },
	{ "copy-empty", OP_COPY_EMPTY, 1 },
	{ "copy-keep", OP_COPY_KEEP, 3 },
	{ "copy-end-processes", OP_COPY_END_PROCESSES, 0 },
};

static void read_exactly(int fd, char *into, size_t length)
{
	while (length > 0) {
		ssize_t got = read(fd, into, length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			if (got == 0)
				errno = EPIPE;
			fail("policy", "the policy ended early");
		}
		into += got;
		length -= (size_t)got;
	}
}

static _Noreturn void invalid(const char *what)
{
	errno = EINVAL;
	fail("policy", what);
}

static void parse_operation(struct op *op, char **at, const char *end)
{
	const char *name = *at;
	*at += strlen(name) + 1;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		if (strcmp(name, operations[i].name) != 0)
			continue;
		op->kind = operations[i].kind;
		op->fd = -1;
		for (int a = 0; a < operations[i].arguments; a++) {
			if (*at >= end)
				invalid(name);
			op->arg[a] = *at;
			*at += strlen(*at) + 1;
		}
		return;
	}
	invalid(name);
}

void policy_read(struct policy *policy, int fd)
{
	char digits[LENGTH_DIGITS + 1] = "";
	read_exactly(fd, digits, LENGTH_DIGITS);
	size_t length = (size_t)number(digits, "policy");
	if (length == 0 || length > POLICY_MAX_BYTES)
		invalid("its length");
	char *bytes = malloc(length);
	if (!bytes)
		fail("policy", "memory");
	read_exactly(fd, bytes, length);
	if (bytes[length - 1] != '\0')
		invalid("it does not end with NUL");
	size_t strings = 0;
	for (size_t i = 0; i < length; i++)
		strings += bytes[i] == '\0';
	policy->ops = calloc(strings, sizeof *policy->ops);
	if (!policy->ops)
		fail("policy", "memory");
	char *at = bytes;
	for (policy->count = 0; at < bytes + length; policy->count++)
		parse_operation(&policy->ops[policy->count], &at, bytes + length);
}

const struct op *policy_find(const struct policy *policy, enum op_kind kind)
{
	FOR_EACH_OP(policy, op, kind)
		return op;
	return NULL;
}

char **policy_list(const struct policy *policy, enum op_kind kind)
{
	char **list = calloc(policy->count + 1, sizeof *list);
	if (!list)
		fail("policy", "memory");
	size_t count = 0;
	FOR_EACH_OP(policy, op, kind)
		list[count++] = (char *)(uintptr_t)op->arg[0];
	return list;
}
