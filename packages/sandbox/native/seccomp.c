/*
 * The filter. PID 1's answers refused calls itself. A command's asks the launcher that joined, which tells the host
 * what was refused and gives the answer that the program has for it: see notify.c.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	errno = EINVAL;
	fail("seccomp", "the program is not hexadecimal");
}

struct sock_fprog seccomp_program(const struct policy *policy)
{
	const struct op *op = policy_find(policy, OP_SECCOMP);
	if (!op) {
		errno = EINVAL;
		fail("seccomp", "missing");
	}
	size_t size = strlen(op->arg[0]) / 2;
	unsigned char *bytes = malloc(size);
	if (!bytes)
		fail("seccomp", "memory");
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(hex_digit(op->arg[0][2 * i]) << 4 | hex_digit(op->arg[0][2 * i + 1]));
	return (struct sock_fprog){ .len = (unsigned short)(size / sizeof(struct sock_filter)),
				    .filter = (struct sock_filter *)(void *)bytes };
}

static int install(unsigned long flags, const struct sock_fprog *program)
{
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

void seccomp_install(const struct policy *policy)
{
	struct sock_fprog program = seccomp_program(policy);
	if (install(0, &program) < 0)
		fail("seccomp", "install");
}

/* The same filter where nobody can be asked: a refused call fails with the errno that lies beside its verdict. */
static void answer_itself(const struct sock_fprog *program)
{
	for (struct sock_filter *each = program->filter; each < program->filter + program->len; each++)
		if (each->code == (BPF_RET | BPF_K) && (each->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			each->k = SECCOMP_RET_ERRNO | (each->k & SECCOMP_RET_DATA);
}

void seccomp_install_listened(const struct policy *policy, int line)
{
	struct sock_fprog program = seccomp_program(policy);
	/* With the second flag a signal does not turn an answer that is on its way into EINTR. */
	int listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
	if (listener < 0 && errno == EINVAL)
		listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener >= 0) {
		/* It closes at exec, as seccomp(2) makes it. */
		if (!descriptors_send(line, &listener, 1))
			fail("seccomp", "listener");
		return;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		fail("descriptor", "of the filter's listener");
	/* EBUSY: whoever runs the host has a listener of its own on it. Nothing is allowed by that; it is just not told. */
	report("untold\t%d", errno);
	answer_itself(&program);
	if (install(0, &program) < 0)
		fail("seccomp", "install");
}
