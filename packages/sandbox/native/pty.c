/*
 * A terminal for a command. It is one of the sandbox's own, from the devpts that is mounted inside: the launcher keeps
 * the master, and the command gets the other side as its stdin, stdout, stderr and controlling terminal. Nothing of
 * a terminal of the host's is ever involved.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441 /* asm-generic/ioctls.h */
#endif

static void set_size(int terminal, unsigned cols, unsigned rows)
{
	struct winsize size = { .ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows };
	ioctl(terminal, TIOCSWINSZ, &size); /* of a terminal that is there it cannot fail */
}

/* Of the mount namespace that was entered, by its own path: the sandbox cannot have put another file system there. */
static int open_master(void)
{
	struct open_how how = { .flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_NO_SYMLINKS };
	struct statfs place;
	int master = sys_openat2(AT_FDCWD, "/dev/pts/ptmx", &how);
	if (master < 0 || fstatfs(master, &place) < 0)
		fail("terminal", "/dev/pts/ptmx");
	if (place.f_type != DEVPTS_SUPER_MAGIC) {
		errno = ENODEV;
		fail("terminal", "/dev/pts");
	}
	return master;
}

/* The other side, which needs no path: its name might be another's by then. */
static int open_slave(int master)
{
	int locked = 0;
	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		fail("terminal", "unlock");
	int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		fail("terminal", "slave");
	/* So that the kernel erases whole characters when a line is edited. */
	struct termios modes;
	if (tcgetattr(slave, &modes) < 0)
		fail("terminal", "modes");
	modes.c_iflag |= IUTF8;
	if (tcsetattr(slave, TCSANOW, &modes) < 0)
		fail("terminal", "modes");
	return slave;
}

static int again(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (copy < 0)
		fail("terminal", "dup");
	return copy;
}

void pty_open(struct relay *relay, const struct op *op)
{
	int master = move_descriptor(open_master(), FIRST_FREE_FD, "terminal");
	int slave = move_descriptor(open_slave(master), FIRST_FREE_FD, "terminal");
	set_size(master, (unsigned)number(op->arg[0], "terminal"), (unsigned)number(op->arg[1], "terminal"));
	*relay = (struct relay){
		.inside = { slave, again(slave), again(slave) },
		.outside = { again(master), master, -1 },
		/* Kept while the command lives, which may close all of its own and open the terminal again. */
		.held = again(slave),
	};
	for (int i = 0; i < 2; i++)
		fcntl(i, F_SETFL, fcntl(i, F_GETFL) | O_NONBLOCK);
}

void pty_child(const struct relay *relay)
{
	if (setsid() < 0 || ioctl(relay->inside[0], TIOCSCTTY, 0) < 0)
		fail("terminal", "control");
}

void pty_resize(int terminal)
{
	unsigned char size[4];
	for (size_t have = 0; have < sizeof size;) {
		ssize_t got = read(CONTROL_FD, size + have, sizeof size - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return; /* the next read of a request finds the same end */
		have += (size_t)got;
	}
	if (terminal >= 0)
		set_size(terminal, size[0] | (unsigned)size[1] << 8, size[2] | (unsigned)size[3] << 8);
}
