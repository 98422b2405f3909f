/* Sockets: each family and protocol is a door to kernel code of its own. */
#define _GNU_SOURCE
#include "attack.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* open-socket FAMILY TYPE PROTOCOL: by the raw call, whose registers have 64 bits. */
static enum outcome open_socket(char **args)
{
	return outcome_of(syscall(SYS_socket, number_of(args[0]), number_of(args[1]), number_of(args[2])));
}

/* open-pair FAMILY TYPE */
static enum outcome open_pair(char **args)
{
	int ends[2];
	return outcome_of(syscall(SYS_socketpair, number_of(args[0]), number_of(args[1]), 0, ends));
}

const struct attack socket_attacks[] = {
	{ "open-socket", open_socket },
	{ "open-pair", open_pair },
	{ NULL, NULL },
};
