/*
 * Objects of System V and POSIX that processes share by a name:
 * ipc-make, ipc-find and ipc-hold (until standard input ends), each with shm, sem, msg or mq, and a key.
 */
#define _GNU_SOURCE
#include "attack.h"
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHARED_BYTES = 4096, MODE = 0600 };

static int message_queue(const char *key, int flags)
{
	char name[64]; /* for the system call without the slash that mq_open(3) wants */
	snprintf(name, sizeof name, "cloison-attack-%s", key);
	if (flags < 0)
		return (int)syscall(SYS_mq_unlink, name);
	return (int)syscall(SYS_mq_open, name, O_RDWR | O_CLOEXEC | flags, MODE, NULL);
}

static int get(char **args, int create)
{
	key_t key = (key_t)atoi(args[1]);
	int flags = create ? IPC_CREAT | IPC_EXCL | MODE : 0;
	if (strcmp(args[0], "shm") == 0)
		return shmget(key, create ? SHARED_BYTES : 0, flags);
	if (strcmp(args[0], "sem") == 0)
		return semget(key, create, flags);
	if (strcmp(args[0], "msg") == 0)
		return msgget(key, flags);
	return message_queue(args[1], create ? O_CREAT | O_EXCL : 0);
}

static enum outcome make(char **args)
{
	return outcome_of(get(args, 1));
}

static enum outcome find(char **args)
{
	return outcome_of(get(args, 0));
}

static void take_away(const char *kind, int id, const char *key)
{
	if (strcmp(kind, "shm") == 0)
		shmctl(id, IPC_RMID, NULL);
	else if (strcmp(kind, "sem") == 0)
		semctl(id, 0, IPC_RMID);
	else if (strcmp(kind, "msg") == 0)
		msgctl(id, IPC_RMID, NULL);
	else
		message_queue(key, -1);
}

static enum outcome hold(char **args)
{
	int id = get(args, 1);
	if (id < 0)
		return errno == ENOSYS ? untried("not in this kernel") : refused_with(errno);
	wait_for_end();
	take_away(args[0], id, args[1]);
	return SUCCEEDED;
}

const struct attack ipc_attacks[] = {
	{ "ipc-make", make },
	{ "ipc-find", find },
	{ "ipc-hold", hold },
	{ NULL, NULL },
};
