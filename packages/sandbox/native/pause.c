/*
 * A sandbox that stands still because its host wants it. The launcher does it, which also ends the sandbox: so nothing
 * is stopped any more that is to die.
 */
#define _GNU_SOURCE
#include "end.h"

#include <errno.h>

/* A process that waits for a device stops late, or never. */
enum { LOOK_MS = 1, GIVE_UP_MS = 5000 };

void pause_begin(struct pause *pause, const struct policy *policy)
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

static void let_go(struct pause *pause, const struct policy *policy)
{
	if (pause->hold < 0)
		return;
	freeze_release(policy, pause->hold);
	pause->hold = -1;
	pause->freezing = false;
	pause->total_ms += now_ms() - pause->began_at;
}

void pause_end(struct pause *pause, const struct policy *policy)
{
	let_go(pause, policy);
	report("resumed");
}

void pause_look(struct pause *pause, const struct policy *policy)
{
	if (!pause->freezing)
		return;
	if (freeze_done(policy)) {
		pause->freezing = false;
		report("paused");
	} else if (now_ms() - pause->began_at >= GIVE_UP_MS) {
		let_go(pause, policy);
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
