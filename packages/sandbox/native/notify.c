/*
 * Why was it denied: answers the calls that a command's filter refuses, and tells each kind of them once. The errno
 * comes from the filter's own program, run again over what the kernel tells of the call: there is one list of what is
 * allowed, and nobody here may let a call go on. No memory of the command is read, so nothing can be swapped in it.
 * Calls that are allowed do not come here.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/*
 * Processor time of the host, which the command's own limits do not count: an answer takes some microseconds, so a
 * command that does nothing but refused calls gets about one per cent of one processor, and waits for the rest.
 */
enum { BURST = 1024, ANSWERS_PER_MS = 1, PAUSE_MS = 20, ANSWERS_AT_ONCE = 64 };

struct verdict {
	uint32_t value;     /* SECCOMP_RET_* */
	unsigned looked_at; /* arguments that it came from, a bit each */
};

static uint32_t word(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t value = 0;
	if (offset <= sizeof *data - sizeof value)
		memcpy(&value, (const char *)data + offset, sizeof value);
	return value;
}

/* Classic BPF, as much of it as the host's compiler uses; what is not understood is refused. */
static struct verdict evaluate(const struct sock_fprog *program, const struct seccomp_data *data)
{
	struct verdict verdict = { .value = SECCOMP_RET_USER_NOTIF | EPERM };
	uint32_t accumulator = 0;
	for (uint32_t at = 0; at < program->len; at++) {
		const struct sock_filter *each = &program->filter[at];
		switch (each->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			accumulator = word(data, each->k);
			if (each->k >= offsetof(struct seccomp_data, args))
				verdict.looked_at |= 1U << (each->k - offsetof(struct seccomp_data, args)) / sizeof *data->args;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			accumulator &= each->k;
			break;
		case BPF_JMP | BPF_JA:
			at += each->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += accumulator == each->k ? each->jt : each->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += accumulator >= each->k ? each->jt : each->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += accumulator & each->k ? each->jt : each->jf;
			break;
		case BPF_RET | BPF_K:
			verdict.value = each->k;
			return verdict;
		default:
			return verdict;
		}
	}
	return verdict;
}

static bool same(const struct refusal *one, const struct refusal *other)
{
	return memcmp(one, other, sizeof *one) == 0;
}

/* Two calls are of one kind where the filter looked at the same values of the same arguments. */
static void tell(struct notify *notify, const struct seccomp_data *data, unsigned looked_at)
{
	struct refusal refusal = { .number = data->nr };
	for (size_t i = 0; i < sizeof refusal.words / sizeof *refusal.words; i++)
		refusal.words[i] = looked_at & 1U << i ? (uint32_t)data->args[i] : 0;
	for (size_t i = 0; i < notify->told_count; i++)
		if (same(&notify->told[i], &refusal))
			return;
	if (notify->told_count == MAX_TOLD) {
		notify->untold++;
		return;
	}
	notify->told[notify->told_count++] = refusal;
	report("denied\t%d\t%u\t%u\t%u\t%u", data->nr, (uint32_t)data->args[0], (uint32_t)data->args[1],
	       (uint32_t)data->args[2], (uint32_t)data->args[3]);
}

static void stop(struct notify *notify)
{
	close(notify->listener);
	notify->listener = -1;
}

void notify_begin(struct notify *notify, const struct policy *policy, int listener)
{
	*notify = (struct notify){ .listener = listener, .policy = policy, .tokens = BURST };
}

/* Room for what this kernel's structures are, which may be more than this program knows; false where it has none. */
static bool prepare(struct notify *notify)
{
	struct seccomp_notif_sizes sizes;
	if (notify->request)
		return true;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return false;
	notify->request_size = sizes.seccomp_notif > sizeof *notify->request ? sizes.seccomp_notif : sizeof *notify->request;
	size_t response = sizes.seccomp_notif_resp;
	notify->response_size = response > sizeof *notify->response ? response : sizeof *notify->response;
	notify->request = malloc(notify->request_size);
	notify->response = malloc(notify->response_size);
	notify->program = seccomp_program(notify->policy);
	return notify->request && notify->response;
}

/* ioctl(2) of some C libraries takes an int, which these requests overflow. */
static long ask(int listener, unsigned long request, void *argument)
{
	return syscall(SYS_ioctl, listener, request, argument);
}

/* False when there is nothing more to answer. */
static bool answer(struct notify *notify)
{
	struct pollfd waiting = { .fd = notify->listener, .events = POLLIN };
	/* Taking what is not there would wait for it. */
	if (poll(&waiting, 1, 0) <= 0)
		return false;
	if (!(waiting.revents & POLLIN) || !prepare(notify)) {
		stop(notify); /* the last process with this filter is gone */
		return false;
	}
	memset(notify->request, 0, notify->request_size);
	if (ask(notify->listener, SECCOMP_IOCTL_NOTIF_RECV, notify->request) < 0) {
		if (errno != ENOENT && errno != EINTR)
			stop(notify); /* refused calls give ENOSYS from now on */
		return notify->listener >= 0;
	}
	struct verdict verdict = evaluate(&notify->program, &notify->request->data);
	int error = (int)(verdict.value & SECCOMP_RET_DATA);
	memset(notify->response, 0, notify->response_size);
	notify->response->id = notify->request->id;
	notify->response->error = error > 0 ? -error : -EPERM;
	/* Whoever was killed or interrupted meanwhile waits for no answer. */
	ask(notify->listener, SECCOMP_IOCTL_NOTIF_SEND, notify->response);
	tell(notify, &notify->request->data, verdict.looked_at);
	return true;
}

static void refill(struct notify *notify)
{
	int64_t now = now_ms();
	int64_t tokens = notify->tokens + (now - notify->refilled_at) * ANSWERS_PER_MS;
	notify->tokens = tokens > BURST || notify->refilled_at == 0 ? BURST : tokens;
	notify->refilled_at = now;
}

void notify_serve(struct notify *notify)
{
	refill(notify);
	for (int i = 0; i < ANSWERS_AT_ONCE && notify->tokens > 0 && answer(notify); i++)
		notify->tokens--;
	if (notify->tokens <= 0)
		notify->paused_until = now_ms() + PAUSE_MS;
}

int notify_watch(const struct notify *notify, int *timeout_ms)
{
	int64_t left = notify->listener < 0 ? 0 : notify->paused_until - now_ms();
	if (left <= 0)
		return notify->listener;
	if (*timeout_ms < 0 || left < *timeout_ms)
		*timeout_ms = (int)left;
	return -1;
}

void notify_end(const struct notify *notify)
{
	if (notify->untold > 0)
		report("denied-more\t%llu", (unsigned long long)notify->untold);
}
