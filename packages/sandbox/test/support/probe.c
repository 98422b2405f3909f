/*
 * What hostile or plain programs do, one thing a word; it runs inside sandboxes, and outside as the control.
 * Every bomb is bounded, and whatever stays behind ends itself after LIFE_SECONDS.
 *
 *   fds | socket D T P | connect-tcp PORT | connect-unix PATH | connect-abstract NAME | call NUMBER [ARGUMENT ...]
 *   look PID | processes | scan REVERSED | stay KIND [NAME] | forks MAX | bomb MAX | eat MB | stop-others | starve-init MAX | write-at-once BYTES
 *   refuse-namespaces PROGRAM [ARGUMENT ...] | without-capabilities PROGRAM [ARGUMENT ...] | listened PROGRAM [ARGUMENT ...]
 *   many-kinds N | flood PROCESSES MS | threads N | killed-callers N | interrupted N | nested | linger PATH
 *   disk HOW DIRECTORY COUNT SECONDS | terminals
 *
 * The calls print an errno ("0" for success), the others JSON.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int tell(long result)
{
	printf("%d\n", result < 0 ? errno : 0);
	return 0;
}

static int list_descriptors(void)
{
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	return 0;
}

static int connect_tcp(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return tell(fd < 0 ? fd : connect(fd, (struct sockaddr *)&to, sizeof to));
}

static int connect_unix(const char *name, int abstract)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	memcpy(to.sun_path + abstract, name, length);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + length);
	return tell(fd < 0 ? fd : connect(fd, (struct sockaddr *)&to, size));
}

static int call(int argc, char **argv)
{
	long a[7] = { 0 };
	for (int i = 0; i < argc && i < 7; i++)
		a[i] = *argv[i] == '/' ? (long)argv[i] : strtol(argv[i], NULL, 0);
	return tell(syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
}

/* What of a process may be opened by its neighbours, as errno by name. */
static int look_at(int pid)
{
	static const char *const files[] = { "environ", "mem", "maps", "fd", "root", "cwd", "map_files" };
	char path[64], link[256];
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	printf("{\"exe\":%d", readlink(path, link, sizeof link) < 0 ? errno : 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
		int fd = open(path, O_RDONLY);
		printf(",\"%s\":%d", files[i], fd < 0 ? errno : 0);
		if (fd >= 0)
			close(fd);
	}
	printf("}\n");
	return 0;
}

static int write_at_once(size_t bytes)
{
	/* All of it lies in the pipe when the program ends. */
	int size = fcntl(1, F_SETPIPE_SZ, 1 << 20);
	char *data = calloc(1, bytes);
	if (size < (int)bytes || !data)
		return 1;
	memset(data, 'x', bytes);
	return write(1, data, bytes) != (ssize_t)bytes;
}

/* As many as it gets; tells how many, and keeps them. */
static int take_terminals(void)
{
	int count = 0;
	while (open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0)
		count++;
	printf("%d\n", count);
	fflush(stdout);
	return pause();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *first = argc > 2 ? argv[2] : "";
	alarm(LIFE_SECONDS);
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	if (strcmp(what, "fds") == 0)
		return list_descriptors();
	if (strcmp(what, "socket") == 0 && argc == 5)
		return tell(socket(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])));
	if (strcmp(what, "connect-tcp") == 0)
		return connect_tcp(atoi(first));
	if (strcmp(what, "connect-unix") == 0)
		return connect_unix(first, 0);
	if (strcmp(what, "connect-abstract") == 0)
		return connect_unix(first, 1);
	if (strcmp(what, "call") == 0)
		return call(argc - 2, argv + 2);
	if (strcmp(what, "look") == 0)
		return look_at(atoi(first));
	if (strcmp(what, "write-at-once") == 0)
		return write_at_once((size_t)atol(first));
	if (strcmp(what, "terminals") == 0)
		return take_terminals();
	if (strcmp(what, "disk") == 0 && argc == 6)
		return probe_disk(first, argv[3], atoi(argv[4]), (unsigned)atoi(argv[5]));
	if (argc > 2 && (strcmp(what, "refuse-namespaces") == 0 || strcmp(what, "without-capabilities") == 0 ||
			 strcmp(what, "listened") == 0))
		return probe_exec(what, argv + 2);
	int files = argc > 2 ? probe_files(what, argv + 2) : -1;
	if (files >= 0)
		return files;
	int denials = probe_denials(what, first, argc > 3 ? argv[3] : "");
	return denials >= 0 ? denials : probe_processes(what, first);
}
