/* Shared declarations of the launcher. One header: the program is small and has one job. */
#ifndef CLOISON_LAUNCHER_H
#define CLOISON_LAUNCHER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors by which the host and the launcher know each other. */
enum {
	CONTROL_FD = 3, /* in: the policy, then a living line whose end means "the host is gone" */
	STATUS_FD = 4,  /* out: one line a fact */
	SEALED_FD = 9, /* the view of its own file that `seal` keeps open */
	FIRST_NAMESPACE_FD = 10, /* create keeps the sandbox's namespaces open from here on */
	FIRST_FREE_FD = 64,      /* out of the way of every fixed number */
};

/* Exit statuses of PID 1 of a sandbox, read by its parent. */
enum { INIT_CONTROL_CLOSED = 0, INIT_FAILED = 125 };

/* ---- policy: a list of operations, run in order ---- */

enum op_kind {
	OP_IDS, OP_ID_LOCK, OP_ID_RANGE, OP_ID_HELPERS, OP_DROP_GROUPS,
	OP_HOSTNAME, OP_WALL_MS, OP_NAMESPACE, OP_OWNER,
	OP_CGROUP_V1, OP_CGROUP_V2, OP_CGROUP_REMOVE, OP_OOM_END, OP_DISK, OP_DISK_SOURCE, OP_DISK_QUOTA,
	OP_ROOTFS, OP_UPPER,
	OP_SYSTEM, OP_BIND, OP_BRANCH_LOWER, OP_BRANCH, OP_ROOT, OP_SYMLINK, OP_SCRATCH, OP_DIRECTORY, OP_FILE, OP_PROC,
	OP_DEV, OP_MASK, OP_READ_ONLY,
	OP_RLIMIT, OP_SECCOMP,
	OP_DESCRIPTOR, OP_TERMINAL, OP_CWD, OP_ENV, OP_ARG,
	OP_COPY_SAME, OP_COPY_TREE, OP_COPY_STAGE, OP_COPY_LOCK, OP_COPY_MARK, OP_COPY_OUT, OP_COPY_IN, OP_COPY_END, OP_COPY_REMOVE,
	OP_COPY_EMPTY, OP_COPY_KEEP, OP_COPY_END_PROCESSES,
};

enum { OP_MAX_ARGUMENTS = 3 };

struct op {
	enum op_kind kind;
	const char *arg[OP_MAX_ARGUMENTS];
	int fd; /* opened ahead of its use: a detached mount or a cgroup file; -1 before, and where there is none */
};

struct policy {
	struct op *ops;
	size_t count;
};

void policy_read(struct policy *policy, int fd);
const struct op *policy_find(const struct policy *policy, enum op_kind kind);
/* The arguments of every operation of a kind, NULL-terminated: argv and envp. */
char **policy_list(const struct policy *policy, enum op_kind kind);

/* Runs the body for each operation of a kind; `op` is a struct op *. */
#define FOR_EACH_OP(policy, op, wanted)                                                            \
	for (struct op *op = (policy)->ops; op < (policy)->ops + (policy)->count; op++)            \
		if (op->kind == (wanted))

/* ---- util: failing, reporting, numbers ---- */

/* Reports `error <step> <errno> <detail>` on the status descriptor and ends the process. */
_Noreturn void fail(const char *step, const char *detail);
/* Writes one status line, whole or not at all. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t number(const char *text, const char *step);
int64_t now_ms(void); /* of the monotonic clock */
/* Keeps what the kernel hands out of the way of descriptors with fixed numbers. */
int move_descriptor(int fd, int minimum, const char *step);

/* ---- descriptors: passed between processes of the launcher ---- */

bool descriptors_send(int line, const int *fds, size_t count);
bool descriptors_receive(int line, int *fds, size_t count);

/* ---- namespaces ---- */

struct ids {
	uid_t inside;
	uid_t outside_uid;
	gid_t outside_gid;
	bool privileged; /* the launcher may mount and map ids in the host's own namespaces */
	const struct op *helpers; /* newuidmap and newgidmap, for an ordinary user's subordinate ids; else NULL */
};

struct ids ids_choose(const struct policy *policy);
void ids_map(pid_t pid, const struct ids *ids);
/* Enters a user namespace of an ordinary user's own, in which that user's files keep nothing from it. */
void ids_own_namespace(void);
/* Takes an id of the policy's ranges, for as long as this process lives. */
void ids_take(const struct policy *policy, struct ids *ids);
void ids_become(const struct policy *policy);
/* What this process creates from now on is the sandbox's; for an ordinary user, who may not give files away. */
void ids_create_as_inside(const struct policy *policy);
/* A user namespace that shows what `uid`:`gid` own as the sandbox's ids; kept and shared by later calls. */
int ids_mount_map(const struct ids *ids, uid_t uid, gid_t gid);
/* The sandbox's side, before it leaves the host's root, and the host's, which keeps them. */
void namespaces_send(int parent);
void namespaces_receive(int init);
void namespaces_enter(const struct policy *policy);
/* Only those of these CLONE_NEW… flags. */
void namespaces_enter_some(const struct policy *policy, int flags);
pid_t spawn_child(uint64_t flags, const struct policy *policy, int *pidfd);

/* ---- the helper of PID 1 ---- */

struct helper {
	pid_t pid;
	int line;
};

/* Begins to make the network namespace and to bring its loopback up. */
void helper_begin(struct helper *helper);
/* Waits for it and enters it. */
void helper_take_network(const struct helper *helper);
/* Begins to detach the old root; to be called after pivot_root(2). */
void helper_detach_root(const struct helper *helper);
/* Waits until all is done. */
void helper_end(const struct helper *helper);

/* ---- cgroups: joined by the child itself, removed when the sandbox is gone ---- */

void cgroups_open(struct policy *policy);
void cgroups_join(const struct policy *policy);
/* Lifts what keeps killed processes from running to their end: a quota of processor time, a freezer. */
void cgroups_let_die(const struct policy *policy);
void cgroups_remove(const struct policy *policy);

/* ---- want of memory, where it is to end the sandbox ---- */

/* A descriptor that is readable once the group has wanted memory (v1); -1 where the kernel ends the group itself, or nobody asked. */
int oom_watch(const struct policy *policy);
/* Whether the kernel has killed in the group for want of memory; for where it ends the group itself (v2). */
bool oom_happened(const struct policy *policy);

/* ---- mounts ---- */

/* What every mount but the devices gets; with linux/mount.h. */
#define NO_SETUID (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* A directory that the caller named, not to be written through and without devices, as root has it. */
int clone_source(const char *path);
/* A detached copy of what is mounted at a path that only the host's owner can change. */
int clone_path(int at, const char *path, unsigned recursive);
void set_attributes(int tree, uint64_t set, const char *path);
/* Opens every source, with the ids it will be shown by. */
void mounts_open(struct policy *policy, const struct ids *ids);
/* Whether the sandbox's ids may do with each source what it is mounted for. */
void mounts_check_access(const struct policy *policy);
void mounts_build(struct policy *policy);
/* A new file system, not attached yet; the size and the mode are a tmpfs' or NULL. */
int new_filesystem(const char *type, const char *size, const char *mode, uint64_t attributes);

/* ---- targets: what mounts are attached to, made where nobody else can be yet ---- */

const char *relative(const char *path);
void make_target(int at, const char *path, bool directory);
void make_file(int at, const char *path, const char *text);
void make_copy(int at, const char *path);
void make_symlink(int at, const char *to, const char *path);

/* ---- the root: a tmpfs, or an overlay whose layers lie in it ---- */

struct root {
	int base;      /* the tmpfs that all else is in */
	int made;      /* where targets are made: the tmpfs, or a layer in it */
	int top;       /* where mounts are attached: what becomes "/" */
	bool layered;  /* top is an overlay: its directories may be others than those made */
	bool writable; /* by an upper layer */
};

/* Keeps the caller's upper directory, where there is one, and those of branches to this sandbox for as long as this process lives. */
void upper_lock(const struct policy *policy);
void layers_begin(struct root *root, const struct policy *policy, int base);
/* Makes the overlay over what is made, once that is all there. */
void layers_end(struct root *root, const struct policy *policy);
/* A writable view of a detached directory. */
int layers_over(const struct root *root, int tree, const char *path);
int layers_branch(const struct root *root, int lower, int upper);
/* Makes directories of the sandbox's own for those that it can read there. */
void mirror_directories(int from, int to);

/* ---- privileges ---- */

void session_keyring(void);
void rlimits_set(const struct policy *policy);
/* The bounding set, which no later step needs; then the other four, and no_new_privs. */
void capability_bounds_drop(void);
void capabilities_drop(void);

/* ---- seccomp ---- */

struct sock_fprog seccomp_program(const struct policy *policy);
void seccomp_install(const struct policy *policy);
/* The same with a listener for what it refuses, sent over the line; where there can be none, without, and told so. */
void seccomp_install_listened(const struct policy *policy, int line);

/* ---- notify: the calls that a command's filter refuses ---- */

enum { MAX_TOLD = 32 };

/* A kind of refused call: its number, and the low words of the arguments that its refusal came from. */
struct refusal {
	int32_t number;
	uint32_t words[6];
};

struct notify {
	int listener; /* -1 where there is none */
	const struct policy *policy;
	struct sock_fprog program; /* read when the first call is refused, with the two below */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	size_t request_size, response_size;
	int64_t tokens, refilled_at, paused_until;
	struct refusal told[MAX_TOLD];
	size_t told_count;
	uint64_t untold; /* calls of other kinds */
};

void notify_begin(struct notify *notify, const struct policy *policy, int listener);
/* The descriptor to poll, or -1; a pause shortens the time to wait, of which -1 means for ever. */
int notify_watch(const struct notify *notify, int *timeout_ms);
/* Answers what waits, no more than a bounded number at once. */
void notify_serve(struct notify *notify);
void notify_end(const struct notify *notify);

/* ---- the programs ---- */

int create_sandbox(struct policy *policy);
int join_sandbox(struct policy *policy);
int attend_sandbox(struct policy *policy);
int seal_launcher(struct policy *policy);
int check_host(struct policy *policy);
int dial_ports(struct policy *policy);
int copy_trees(struct policy *policy);
_Noreturn void run_init(struct policy *policy, const struct ids *ids, int parent);
/* Takes the last privileges away, then runs the policy's program; `line` is where the filter's listener is sent. */
_Noreturn void run_command(const struct policy *policy, int line);
/* Runs the policy's program in a process whose privileges PID 1 has already taken away. */
_Noreturn void exec_command(const struct policy *policy);

/* ---- a command, as the launcher that joined for it sees it ---- */

struct command {
	pid_t pid;
	int pidfd;
	int proc_fd; /* the host's /proc */
	int mark;    /* see tree_hold(); -1 before its program has begun */
	bool unreadable; /* its mark cannot be had, because nobody inside may look at its program */
	int terminal; /* its terminal, by a descriptor that is open while it lives; -1 where it has none */
};

/*
 * Waits until the child has begun its program, or has told why not, which is when `started` ends. Returns the filter's
 * listener, which comes over it; -1 where there is none.
 */
int command_wait_for_exec(struct command *command, int started);
/* Serves one request of the host's; false when no more will come, and the command is ended and told. */
bool command_control(const struct command *command, bool living);
/* Reaps it and tells how it ended. */
void command_report_end(const struct command *command);

/* ---- relay: the command's pipes, or its terminal, to the host's descriptors 0, 1 and 2 ---- */

struct relay {
	int inside[3];  /* ends that the command gets */
	int outside[3]; /* ends that the relay serves */
	int held;       /* a terminal's other side, kept open until the command ends; -1 for pipes */
};

void relay_open(struct relay *relay, const struct policy *policy);
void relay_child(const struct relay *relay);
/* Serves the pipes until the command has ended and its output is delivered, or the host is gone. */
void relay_run(struct relay *relay, const struct command *command, struct notify *notify);

/* ---- pty: a terminal in the place of the pipes ---- */

/* For a launcher that has entered the sandbox; `op` tells the size. */
void pty_open(struct relay *relay, const struct op *op);
/* In the command: makes it the leader of a session that the terminal controls. */
void pty_child(const struct relay *relay);
/* Reads the rest of a request to resize, and does it. */
void pty_resize(int terminal);

/* ---- killing a command's whole tree ---- */

/* The mark of a process, by a descriptor that keeps it from being given to others; -1 where it has ended. */
int tree_hold(int proc_fd, pid_t pid);
/* The same of a process that may have no mark of its own yet: -1 then. */
int tree_hold_own(int proc_fd, pid_t pid);
/* Ends every process with that mark; false if some were still there after a bounded number of passes. */
bool tree_kill(int proc_fd, int held);
/*
 * For a launcher inside: whether processes show no mark, as their program may be run but not read; they are anybody's.
 */
bool tree_hides(void);

#endif
