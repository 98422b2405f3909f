/* One connection to the sandbox's own loopback: IPv4 first, then IPv6 for servers that have nothing else. */
#define _GNU_SOURCE
#include "dial.h"
#include "launcher.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

void connection_drop(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
}

/*
 * Where nobody listens on a port that the kernel also gives to who connects, a socket can meet itself (the simultaneous
 * open of RFC 9293, 3.5): both its ends are the same.
 */
static bool met_itself(const struct connection *connection)
{
	/* The port lies at the same place in both kinds of address. */
	struct sockaddr_in6 own = { 0 }, other = { 0 };
	socklen_t own_size = sizeof own, other_size = sizeof other;
	if (getsockname(connection->fd, (struct sockaddr *)&own, &own_size) < 0 ||
	    getpeername(connection->fd, (struct sockaddr *)&other, &other_size) < 0 || own.sin6_port != other.sin6_port)
		return false;
	/* Reset, or its port would stay taken for a minute (TIME_WAIT), for the server too that is still to come. */
	struct linger none = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	return true;
}

/* 0 when it is connected, EINPROGRESS when it will be known later, or what is wrong. */
static int try_version(struct connection *connection)
{
	connection->fd = socket(connection->ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->fd < 0)
		return errno;
	struct sockaddr_in ipv4 = { .sin_family = AF_INET,
				    .sin_port = htons(connection->port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(connection->port),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int done = connection->ipv6 ? connect(connection->fd, (struct sockaddr *)&ipv6, sizeof ipv6)
				    : connect(connection->fd, (struct sockaddr *)&ipv4, sizeof ipv4);
	if (done < 0)
		return errno;
	return met_itself(connection) ? ECONNREFUSED : 0;
}

/* With what the present version has given. */
static bool decide(struct connection *connection, int error)
{
	if (error == ECONNREFUSED && !connection->ipv6) {
		connection_drop(connection);
		connection->ipv6 = true;
		error = try_version(connection);
	}
	connection->connected = error == 0;
	if (error == 0 || error == EINPROGRESS)
		return true;
	connection_drop(connection);
	/* By IPv6 alone; a kernel without it has nothing to add to what IPv4 gave. */
	errno = connection->ipv6 && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL) ? ECONNREFUSED : error;
	return false;
}

bool connection_begin(struct connection *connection)
{
	connection->ipv6 = false;
	return decide(connection, try_version(connection));
}

bool connection_continue(struct connection *connection)
{
	int error = 0;
	socklen_t size = sizeof error;
	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error == 0 && met_itself(connection))
		error = ECONNREFUSED;
	return decide(connection, error);
}
