/* Shared declarations of the attack corpus' program: what hostile code does to get out of a sandbox. */
#ifndef CLOISON_ATTACK_H
#define CLOISON_ATTACK_H

#include <stddef.h>
#include <sys/types.h>

/* Exit statuses. */
enum outcome {
	SUCCEEDED = 0,
	REFUSED = 1,
	UNTRIED = 2, /* this machine lacks what the act needs */
	USAGE = 64,
};

struct attack {
	const char *id;
	/* Runs in a process of its own. The arguments end with NULL; a missing one is NULL too. */
	enum outcome (*act)(char **args);
};

/* One table a file, ended by an id of NULL. */
extern const struct attack namespace_attacks[];
extern const struct attack mount_attacks[];
extern const struct attack node_attacks[];
extern const struct attack look_attacks[];
extern const struct attack race_attacks[];
extern const struct attack process_attacks[];
extern const struct attack lasting_attacks[];
extern const struct attack socket_attacks[];
extern const struct attack kernel_attacks[];
extern const struct attack machine_attacks[];
extern const struct attack terminal_attacks[];
extern const struct attack key_attacks[];
extern const struct attack link_attacks[];
extern const struct attack read_only_attacks[];
extern const struct attack file_mode_attacks[];
extern const struct attack kernel_file_attacks[];
extern const struct attack ipc_attacks[];
extern const struct attack network_attacks[];
extern const struct attack unix_socket_attacks[];
extern const struct attack own_network_attacks[];
extern const struct attack many_attacks[];
extern const struct attack memory_attacks[];
extern const struct attack buffer_attacks[];
extern const struct attack rights_attacks[];

/* No act may take longer than this many seconds. */
enum { ACT_SECONDS = 30 };

/* Sets the line that tells about the outcome. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The outcome of a call that returns -1 and sets errno where it fails. */
enum outcome outcome_of(long result);
enum outcome refused_with(int error);
enum outcome untried(const char *why);

/* A number in any base of C's, of 64 bits; 0 for NULL. */
unsigned long number_of(const char *word);
/* The process that a word names: its id, or "sibling" for one of the same user that is started to wait and be tried at. */
pid_t process_named(const char *word);
/* Whether PID 1 is a sandbox's: what would harm the whole machine is only ever done there. */
int inside_sandbox(void);

/* Becomes root of user, mount, pid, ipc, uts, network and cgroup namespaces of its own, in a child. */
void enter_own_namespaces(void);
/* Runs a program in a session keyring of its own that holds a key of that name. */
int run_with_key(const char *name, char **program);
/* Runs a program with a new terminal that controls it. */
int run_with_terminal(char **program);

#endif
