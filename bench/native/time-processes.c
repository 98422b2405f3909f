/*
 * Times whole processes from the outside, in turn: A B C A B C …
 *
 *   time-processes RUNS POLICY LAUNCHER -- PEER ARGUMENT… -- PEER ARGUMENT…
 *
 * A is `LAUNCHER create` with the bytes of the file POLICY on descriptor 3 and a status pipe on 4; the others are the peers'
 * command lines. Each run is timed by CLOCK_MONOTONIC from before posix_spawn to after waitpid. Prints one line a round:
 * microseconds of A, then of each peer.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char policy[1 << 20];
static ssize_t policy_length;

static double now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double run(char **argv, int control, int status)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (control >= 0) {
		posix_spawn_file_actions_adddup2(&actions, control, 3);
		posix_spawn_file_actions_adddup2(&actions, status, 4);
	}
	pid_t pid;
	int result;
	double started = now_us();
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 || waitpid(pid, &result, 0) != pid) {
		perror(argv[0]);
		exit(1);
	}
	double ended = now_us();
	posix_spawn_file_actions_destroy(&actions);
	if (result != 0) {
		fprintf(stderr, "%s ended with status %d\n", argv[0], result);
		exit(1);
	}
	return ended - started;
}

static double run_launcher(char *launcher)
{
	int control[2], status[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0 || pipe2(status, O_CLOEXEC) < 0 ||
	    write(control[1], policy, (size_t)policy_length) != policy_length)
		exit(1);
	char *argv[] = { launcher, "create", NULL };
	double took = run(argv, fcntl(control[0], F_DUPFD_CLOEXEC, 20), fcntl(status[1], F_DUPFD_CLOEXEC, 20));
	char told[4096] = "";
	ssize_t length = read(status[0], told, sizeof told - 1);
	if (length <= 0 || !strstr(told, "exit\t0")) {
		fprintf(stderr, "the launcher told: %s\n", told);
		exit(1);
	}
	for (int each = 3; each < 64; each++)
		close(each);
	return took;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	int fd = open(argv[2], O_RDONLY);
	policy_length = read(fd, policy, sizeof policy);
	close(fd);
	/* Each "--" ends one command line and begins the next. */
	char **peers[8];
	int count = 0;
	for (int i = 4; i < argc && count < 8; i++)
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			peers[count++] = argv + i + 1;
		}
	for (int round = 0; round < atoi(argv[1]); round++) {
		printf("%.1f", run_launcher(argv[3]));
		for (int peer = 0; peer < count; peer++)
			printf(" %.1f", run(peers[peer], -1, -1));
		putchar('\n');
	}
	return 0;
}
