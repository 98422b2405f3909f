/* Keys that the kernel keeps for a user or a session, and which no namespace divides. */
#define _GNU_SOURCE
#include "attack.h"

#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char secret[] = "what the host keeps for itself";

static enum outcome add_key(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_add_key, "user", "cloison-attack", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

/* request-key NAME */
static enum outcome request_key(char **args)
{
	return outcome_of(syscall(SYS_request_key, "user", args[0], NULL, 0));
}

static enum outcome find_keyring(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0));
}

/* read-key NAME: what run_with_key() has put there. */
static enum outcome read_key(char **args)
{
	char bytes[sizeof secret] = "";
	long key = syscall(SYS_request_key, "user", args[0], NULL, 0);
	long got = key < 0 ? key : syscall(SYS_keyctl, KEYCTL_READ, key, bytes, sizeof bytes);
	if (got < 0)
		return outcome_of(got);
	say("%s", bytes);
	return strncmp(bytes, secret, sizeof bytes) == 0 ? SUCCEEDED : REFUSED;
}

int run_with_key(const char *name, char **program)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", name, secret, sizeof secret - 1, KEY_SPEC_SESSION_KEYRING) < 0) {
		perror("key");
		return UNTRIED;
	}
	execv(program[0], program);
	perror(program[0]);
	return USAGE;
}

const struct attack key_attacks[] = {
	{ "add-key", add_key },
	{ "request-key", request_key },
	{ "find-keyring", find_keyring },
	{ "read-key", read_key },
	{ NULL, NULL },
};
