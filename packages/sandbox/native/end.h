/* A sandbox's life as the launcher outside it sees it: standing still, going on, ending. */
#ifndef CLOISON_END_H
#define CLOISON_END_H

#include "launcher.h"

struct disk;

/* ---- freezing: stopping all that is in the sandbox's cgroup ---- */

/* Begins to stop it, for as long as the descriptor is held; -1 where that cannot be. */
int freeze_hold(const struct policy *policy);
/* Whether all stand still; to be asked until they do. */
bool freeze_done(const struct policy *policy);
/* Lets go: the sandbox goes on unless somebody else holds it. */
void freeze_release(const struct policy *policy, int hold);

/* ---- usage: what it has in files ---- */

struct usage {
	int place; /* names the file system of all places in memory; -1 without one */
	uint64_t first_bytes, first_files; /* what was there before any command */
};

/* By PID 1, in its own root. */
void usage_send(int parent);
void usage_receive(struct usage *usage, int init);
void usage_report(const struct usage *usage, const struct disk *disk);

/* ---- pause: standing still because the host wants it ---- */

struct pause {
	int hold;          /* -1 while it runs; see freeze_hold() */
	bool freezing;     /* not all stand still yet */
	int64_t began_at;
	int64_t total_ms;  /* of pauses that are over */
};

void pause_begin(struct pause *pause, const struct policy *policy);
void pause_end(struct pause *pause, const struct policy *policy);
/* Tells the host once all stand still, or that they do not. */
void pause_look(struct pause *pause, const struct policy *policy);
/* How long to wait for what happens next, by poll(2)'s rules. The deadline is -1 or counts no time of pauses. */
int pause_timeout(const struct pause *pause, int64_t deadline);

/* ---- its end ---- */

struct end {
	int pidfd;         /* of PID 1 */
	int oom;           /* see oom_watch() */
	struct pause pause;
	struct usage usage;
	int64_t deadline;  /* -1 without one; times of pauses come on top */
	const char *cause; /* NULL when it ended by itself */
	char detail[400];
};

/* Waits until PID 1 has ended, and ends it when the host is gone or a limit of the sandbox's is used up. */
void end_wait(struct end *end, const struct policy *policy, struct disk *disk);
void end_report(const struct end *end, int status);

#endif
