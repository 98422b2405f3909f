/* Shared declarations of the process that connects to ports inside a sandbox. See dial.c. */
#ifndef CLOISON_DIAL_H
#define CLOISON_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the channel: Node's own way to pass handles between processes ---- */

struct channel {
	int fd;
	bool awaiting; /* Node has not said yet whether it has what was sent last */
	uint32_t sent; /* whose that is */
	char line[256];
	size_t length;
};

/* Tells that nothing comes for a request, and why. */
void channel_refuse(const struct channel *channel, uint32_t id, int error);
/* Gives a connected socket away, for good. Only when nothing is awaited. */
void channel_give(struct channel *channel, uint32_t id, int fd);
/* Reads what Node has answered; false when Node has closed it. */
bool channel_read(struct channel *channel);

/* ---- connections that are being made ---- */

enum { MAX_CONNECTIONS = 1024 };

struct connection {
	uint32_t id;
	uint16_t port;
	bool ipv6;
	bool connected;
	int fd; /* -1 where the place is free */
};

/*
 * Goes on with one as far as that does not wait; at first with IPv4. False, with errno, when nothing takes it by either
 * version.
 */
bool connection_begin(struct connection *connection);
/* The same once poll() has told of its socket. */
bool connection_continue(struct connection *connection);
void connection_drop(struct connection *connection);

#endif
