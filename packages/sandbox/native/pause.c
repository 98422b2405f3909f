/*
 * A sandbox that stands still because its host wants it. The launcher does it, which also ends the sandbox: so nothing
 * is stopped any more that is to die.
 */
#define _GNU_SOURCE
#include "end.h"

#include <errno.h>
#include <unistd.h>

/* A request is one byte. */
enum { REQUEST_PAUSE = 'p', REQUEST_RESUME = 'r' };
/* A process that waits for a device stops late, or never. */
enum { LOOK_MS = 1, GIVE_UP_MS = 5000 };

static void begin(struct pause *pause, const struct policy *policy)
{
	if (pause->hold >= 0)
		return;
	pause->hold = freeze_hold(policy);
	if (pause->hold < 0) {
		report("unpaused\t%d", errno);
		return;
	}
	pause->began_at = now_ms();
	pause->freezing = true;
}

static void end(struct pause *pause, const struct policy *policy)
{
	if (pause->hold < 0)
		return;
	freeze_release(policy, pause->hold);
	pause->hold = -1;
	pause->freezing = false;
	pause->total_ms += now_ms() - pause->began_at;
}

bool pause_request(struct pause *pause, const struct policy *policy)
{
	char requests[16];
	ssize_t got = read(CONTROL_FD, requests, sizeof requests);
	if (got < 0 && errno == EINTR)
		return true;
	for (ssize_t i = 0; i < got; i++) {
		if (requests[i] == REQUEST_PAUSE)
			begin(pause, policy);
		if (requests[i] == REQUEST_RESUME) {
			end(pause, policy);
			report("resumed");
		}
	}
	return got > 0;
}

void pause_look(struct pause *pause, const struct policy *policy)
{
	if (!pause->freezing)
		return;
	if (freeze_done(policy)) {
		pause->freezing = false;
		report("paused");
	} else if (now_ms() - pause->began_at >= GIVE_UP_MS) {
		end(pause, policy);
		report("unpaused\t%d", EBUSY);
	}
}

int pause_timeout(const struct pause *pause, int64_t deadline)
{
	if (pause->freezing)
		return LOOK_MS;
	if (deadline < 0 || pause->hold >= 0)
		return -1;
	int64_t left = deadline + pause->total_ms - now_ms();
	return left > 0 ? (int)left : 0;
}
