/*
 * The machine as a whole: its kernel, its clock, its name, its ports. Every call is made with an argument that the
 * kernel refuses to whoever has the right to make it, or that changes nothing, because the controls are real.
 */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static enum outcome set_personality(char **args)
{
	return outcome_of(syscall(SYS_personality, number_of(args[0])));
}

static enum outcome start_other_kernel(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_kexec_load, 0, 0, NULL, ~0UL)); /* no such flags */
}

static enum outcome load_module(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_init_module, "", 0, "")); /* no module */
}

static enum outcome load_module_file(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_finit_module, -1, "", 0)); /* no file */
}

static enum outcome unload_module(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_delete_module, "cloison_has_no_such_module", O_NONBLOCK));
}

static enum outcome sync_quotas(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_quotactl, 0x800001 << 8 /* Q_SYNC of users */, NULL, 0, NULL));
}

static enum outcome swap_on(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_swapon, "/no-such-file-of-cloison", 0));
}

static enum outcome start_again(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_reboot, 0, 0, 0, NULL)); /* without its magic numbers */
}

static enum outcome name_machine(char **args)
{
	static const char name[] = "attacked";
	return outcome_of(syscall(args[0] ? SYS_setdomainname : SYS_sethostname, name, sizeof name - 1));
}

static enum outcome set_clock(char **args)
{
	struct timespec never = { .tv_sec = -1, .tv_nsec = -1 };
	(void)args;
	return outcome_of(syscall(SYS_clock_settime, CLOCK_REALTIME, &never));
}

static enum outcome set_time(char **args)
{
	struct timeval never = { .tv_sec = -1, .tv_usec = -1 };
	(void)args;
	return outcome_of(syscall(SYS_settimeofday, &never, NULL));
}

static enum outcome adjust_clock(char **args)
{
	struct timex nothing = { .modes = 0 };
	(void)args;
	return outcome_of(syscall(SYS_adjtimex, &nothing));
}

static enum outcome read_kernel_log(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_syslog, 10 /* the size of its buffer */, NULL, 0));
}

static enum outcome regain_capabilities(char **args)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	(void)args;
	if (syscall(SYS_capget, &header, data) < 0)
		return outcome_of(-1);
	data[0].permitted |= 1U << CAP_SYS_ADMIN;
	data[0].effective |= 1U << CAP_SYS_ADMIN;
	return outcome_of(syscall(SYS_capset, &header, data));
}

static enum outcome profile_code(char **args)
{
	(void)args;
#ifdef SYS_lookup_dcookie
	return outcome_of(syscall(SYS_lookup_dcookie, 0, NULL, 0));
#else
	return untried("this processor's kernel never had the call");
#endif
}

#if defined __x86_64__

static enum outcome open_ports(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_iopl, 4)); /* there are levels 0 to 3 */
}

static enum outcome open_port_range(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_ioperm, 1UL << 16, 1UL, 1)); /* there are 2^16 ports */
}

static enum outcome change_segments(char **args)
{
	char table[64];
	(void)args;
	return outcome_of(syscall(SYS_modify_ldt, 0, table, sizeof table));
}

/* getpid(2) by the numbers of the x32 interface, which a filter for x86-64 sees as its own with a bit set. */
static enum outcome call_by_x32(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_getpid | 0x40000000L));
}

static void no_such_gate(int signal)
{
	(void)signal;
	_exit(untried("this kernel takes no 32-bit calls"));
}

/* getpid(2) by the gate of 32-bit programs, where it has the number of writev(2). */
static enum outcome call_by_int80(char **args)
{
	long result = 20;
	(void)args;
	signal(SIGSEGV, no_such_gate);
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		result = -1;
	}
	return outcome_of(result);
}

#else

static enum outcome not_here(char **args)
{
	(void)args;
	return untried("on x86-64 only");
}
#define open_ports not_here
#define open_port_range not_here
#define change_segments not_here
#define call_by_x32 not_here
#define call_by_int80 not_here

#endif

const struct attack machine_attacks[] = {
	{ "set-personality", set_personality },
	{ "start-other-kernel", start_other_kernel },
	{ "load-module", load_module },
	{ "load-module-file", load_module_file },
	{ "unload-module", unload_module },
	{ "sync-quotas", sync_quotas },
	{ "swap-on", swap_on },
	{ "start-again", start_again },
	{ "name-machine", name_machine },
	{ "set-clock", set_clock },
	{ "set-time", set_time },
	{ "adjust-clock", adjust_clock },
	{ "read-kernel-log", read_kernel_log },
	{ "regain-capabilities", regain_capabilities },
	{ "profile-code", profile_code },
	{ "open-ports", open_ports },
	{ "open-port-range", open_port_range },
	{ "change-segments", change_segments },
	{ "call-by-x32", call_by_x32 },
	{ "call-by-int80", call_by_int80 },
	{ NULL, NULL },
};
