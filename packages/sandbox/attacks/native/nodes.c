/* Device nodes and files that give their user more rights. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* make-node TYPE MAJOR MINOR: TYPE is "char" or "block". */
static enum outcome make_node(char **args)
{
	mode_t type = strcmp(args[0], "char") == 0 ? S_IFCHR : S_IFBLK;
	unlink("node");
	int made = mknod("node", type | 0600, makedev((unsigned)number_of(args[1]), (unsigned)number_of(args[2])));
	enum outcome outcome = outcome_of(made);
	unlink("node");
	return outcome;
}

/* Of devices that a sandbox has no use for. None of these does anything when it is opened for reading. */
static enum outcome open_devices(char **args)
{
	static const char *const names[] = {
		"mem", "port", "kmsg", "kvm", "fuse", "net/tun", "vhost-vsock", "vhost-net", "vsock", "userfaultfd", "loop-control",
		"loop0", "sda", "vda", "xvda", "nvme0n1", "mmcblk0", "uinput", "input/event0", "dri/card0", "dri/renderD128", "tty0",
		"snapshot", "btrfs-control", "cpu_dma_latency", "hwrng", "uhid", "vfio/vfio", "mapper/control",
	};
	(void)args;
	int last = ENOENT;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64];
		snprintf(path, sizeof path, "/dev/%s", names[i]);
		int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0) {
			say("%s", path);
			return SUCCEEDED;
		}
		if (errno != ENOENT)
			last = errno;
	}
	return refused_with(last);
}

static int made_file(void)
{
	unlink("tool");
	return open("tool", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
}

/* set-id MODE: by the raw call, whose mode is a register of 64 bits. */
static enum outcome set_id(char **args)
{
	int fd = made_file();
	if (fd < 0)
		return untried("no file to change");
	enum outcome outcome = outcome_of(syscall(SYS_fchmod, fd, number_of(args[0])));
	struct stat now;
	if (outcome == SUCCEEDED && (fstat(fd, &now) < 0 || !(now.st_mode & (S_ISUID | S_ISGID)))) {
		say("the bit was dropped");
		outcome = REFUSED;
	}
	unlink("tool");
	return outcome;
}

/* create-set-id MODE */
static enum outcome create_set_id(char **args)
{
	unlink("tool");
	int fd = open("tool", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, (mode_t)number_of(args[0]));
	enum outcome outcome = outcome_of(fd);
	unlink("tool");
	return outcome;
}

static unsigned long long capabilities_in_effect(void)
{
	unsigned long long found = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "CapEff: %llx", &found) == 1)
			break;
	if (file)
		fclose(file);
	return found;
}

/* Of a program with more rights than its user's: whether it has got them. */
static enum outcome rights_of_file(char **args)
{
	(void)args;
	unsigned long long capabilities = capabilities_in_effect();
	say("user %u as %u, capabilities %llx", getuid(), geteuid(), capabilities);
	return getuid() != geteuid() || (getuid() != 0 && capabilities != 0) ? SUCCEEDED : REFUSED;
}

/* give-capability FILE: CAP_NET_RAW, by a struct vfs_cap_data of revision 2 with its effective bit; see linux/capability.h. */
static enum outcome give_capability(char **args)
{
	uint32_t data[5] = { 0x02000001, 1U << 13, 0, 0, 0 };
	return outcome_of(setxattr(args[0], "security.capability", data, sizeof data, 0));
}

const struct attack node_attacks[] = {
	{ "make-node", make_node },
	{ "open-devices", open_devices },
	{ "set-id", set_id },
	{ "create-set-id", create_set_id },
	{ "rights-of-file", rights_of_file },
	{ "give-capability", give_capability },
	{ NULL, NULL },
};
