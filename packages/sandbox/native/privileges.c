#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void session_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		fail("keyring", errno == EDQUOT ? "the user's key quota is used up" : "session");
}

void rlimits_set(const struct policy *policy)
{
	FOR_EACH_OP(policy, op, OP_RLIMIT) {
		rlim_t value = (rlim_t)number(op->arg[1], "rlimit");
		struct rlimit now, wanted = { value, value };
		int which = (int)number(op->arg[0], "rlimit");
		/* Only ever down: an ordinary user may not raise a hard limit, and there is no need to. */
		if (getrlimit(which, &now) < 0)
			fail("rlimit", op->arg[0]);
		if (wanted.rlim_max > now.rlim_max)
			wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
		if (setrlimit(which, &wanted) < 0)
			fail("rlimit", op->arg[0]);
	}
}

void capability_bounds_drop(void)
{
	/* Up to the last one that this kernel knows, which it tells by EINVAL. */
	for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
		;
	if (errno != EINVAL || prctl(PR_CAPBSET_READ, 0, 0, 0, 0) != 0)
		fail("capabilities", "bounding");
}

void capabilities_drop(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		fail("capabilities", "ambient");
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };
	if (syscall(SYS_capset, &header, none) < 0)
		fail("capabilities", "effective, permitted and inheritable");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("no_new_privs", "prctl");
}
