/*
 * Two steps of making a sandbox wait for the kernel more than they work: a new network namespace takes as long as
 * all the mounts, and detaching the old root takes a grace period of RCU. A helper, which shares PID 1's memory
 * but nothing else that it changes, does them beside PID 1 and is gone before anything untrusted runs.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void loopback_up(void)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	strcpy(request.ifr_name, "lo");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		fail("loopback", "lo");
	close(fd);
}

static int help(void *init)
{
	int line = *(int *)init;
	char byte;
	if (unshare(CLONE_NEWNET) < 0)
		fail("network namespace", "unshare");
	int network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (network < 0)
		fail("network namespace", "/proc/self/ns/net");
	if (!descriptors_send(line, &network, 1))
		return INIT_FAILED; /* PID 1 has failed, and has said why */
	loopback_up();
	if (read(line, &byte, 1) != 1)
		return INIT_FAILED;
	/* pivot_root(".", ".") has left the old root above the new one. See pivot_root(2). */
	if (umount2(".", MNT_DETACH) < 0)
		fail("root", "detach");
	return 0;
}

void helper_begin(struct helper *helper)
{
	static char stack[1 << 15] __attribute__((aligned(16)));
	static int ends[2];
	/* "." is the root, and becomes the new one when PID 1 pivots. */
	if (chdir("/") < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		fail("helper", "socketpair");
	helper->line = ends[0];
	helper->pid = clone(help, stack + sizeof stack, CLONE_VM | SIGCHLD, &ends[1]);
	if (helper->pid < 0)
		fail("helper", "clone");
	close(ends[1]);
}

void helper_take_network(const struct helper *helper)
{
	int network;
	if (!descriptors_receive(helper->line, &network, 1))
		_exit(INIT_FAILED); /* the helper has said why */
	if (setns(network, CLONE_NEWNET) < 0)
		fail("network namespace", "enter");
	close(network);
}

void helper_detach_root(const struct helper *helper)
{
	if (send(helper->line, "", 1, MSG_NOSIGNAL) != 1)
		_exit(INIT_FAILED);
}

void helper_end(const struct helper *helper)
{
	int status;
	while (waitpid(helper->pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("helper", "wait");
	if (status != 0)
		_exit(INIT_FAILED);
}
