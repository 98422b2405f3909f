/* System calls that open large or often broken parts of the kernel. */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

static enum outcome ring_setup(char **args)
{
	struct io_uring_params parameters = { 0 };
	(void)args;
	return outcome_of(syscall(SYS_io_uring_setup, 1, &parameters));
}

/* Without a ring: the kernel says that the descriptor is bad. */
static enum outcome ring_enter(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0));
}

static enum outcome ring_register(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_io_uring_register, -1, 0, NULL, 0));
}

static enum outcome queue_io(char **args)
{
	unsigned long context = 0;
	(void)args;
	return outcome_of(syscall(SYS_io_setup, 1, &context));
}

static enum outcome handle_page_faults(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY | O_CLOEXEC));
}

/* An unknown command: who may call at all is told that it is invalid. */
static enum outcome load_bpf(char **args)
{
	union bpf_attr attributes;
	(void)args;
	memset(&attributes, 0, sizeof attributes);
	return outcome_of(syscall(SYS_bpf, 0xffff, &attributes, sizeof attributes));
}

static enum outcome measure(char **args)
{
	struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_TASK_CLOCK };
	(void)args;
	event.exclude_kernel = 1;
	event.exclude_hv = 1;
	return outcome_of(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
}

/* A filter of one's own whose refusals one decides oneself, and by it the calls of others. */
static enum outcome listen_for_calls(char **args)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };
	(void)args;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return outcome_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

/* Pages of this process's own in a pipe, as they are and not as a copy. */
static enum outcome give_pages(char **args)
{
	static char bytes[4096];
	struct iovec pages = { bytes, sizeof bytes };
	int ends[2];
	(void)args;
	return outcome_of(pipe(ends) < 0 ? -1 : syscall(SYS_vmsplice, ends[1], &pages, 1, 0));
}

static enum outcome watch_files(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | 0x200 /* FAN_REPORT_FID */, O_RDONLY));
}

static enum outcome place_memory(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_set_mempolicy, 0, NULL, 0));
}

static enum outcome list_mounts(char **args)
{
	struct {
		uint32_t size, spare;
		uint64_t mount, parameter;
	} request = { .size = sizeof request, .mount = ~0ULL };
	uint64_t ids[8];
	(void)args;
	return outcome_of(syscall(SYS_listmount, &request, ids, 8, 0));
}

/* struct file_handle with room in it. */
struct handle {
	unsigned size;
	int type;
	unsigned char bytes[128];
};

static enum outcome name_file(char **args)
{
	struct handle handle = { .size = sizeof handle.bytes };
	int mount_id;
	long named = syscall(SYS_name_to_handle_at, AT_FDCWD, args[0], &handle, &mount_id, 0);
	return named < 0 && errno == EOVERFLOW ? SUCCEEDED : outcome_of(named);
}

/* By the number of its inode: the root of most file systems is number 2, wherever the sandbox's own root lies. */
static enum outcome open_by_number(char **args)
{
	struct handle handle = { .size = 8, .type = 1, .bytes = { 2 } };
	int mount = open(args[0], O_RDONLY | O_CLOEXEC);
	return outcome_of(mount < 0 ? -1 : syscall(SYS_open_by_handle_at, mount, &handle, O_RDONLY));
}

const struct attack kernel_attacks[] = {
	{ "ring-setup", ring_setup },
	{ "ring-enter", ring_enter },
	{ "ring-register", ring_register },
	{ "queue-io", queue_io },
	{ "handle-page-faults", handle_page_faults },
	{ "load-bpf", load_bpf },
	{ "measure", measure },
	{ "listen-for-calls", listen_for_calls },
	{ "give-pages", give_pages },
	{ "watch-files", watch_files },
	{ "place-memory", place_memory },
	{ "list-mounts", list_mounts },
	{ "name-file", name_file },
	{ "open-by-number", open_by_number },
	{ NULL, NULL },
};
