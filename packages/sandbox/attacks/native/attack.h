/* Shared declarations of the attack corpus' program: what hostile code does to get out of a sandbox. */
#ifndef CLOISON_ATTACK_H
#define CLOISON_ATTACK_H

#include <stddef.h>

/* Exit statuses. */
enum outcome {
	SUCCEEDED = 0,
	REFUSED = 1,
	UNTRIED = 2, /* this machine lacks what the act needs */
	USAGE = 64,
};

struct attack {
	const char *id;
	/* Runs in a process of its own. The arguments end with NULL. */
	enum outcome (*act)(char **args);
};

/* One table an area, ended by an id of NULL. */
extern const struct attack namespace_attacks[];
extern const struct attack process_attacks[];

/* No act may take longer than this many seconds. */
enum { ACT_SECONDS = 10 };

/* Sets the line that tells about the outcome. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The outcome of a call that returns -1 and sets errno where it fails. */
enum outcome outcome_of(long result);
enum outcome refused_with(int error);
enum outcome untried(const char *why);

/* Becomes root of user, mount, pid, ipc, uts, network and cgroup namespaces of its own, in a child. */
void enter_own_namespaces(void);

#endif
