/* What the files about the network have in common. */
#ifndef CLOISON_ATTACK_NETWORK_H
#define CLOISON_ATTACK_NETWORK_H

#include "attack.h"

#include <sys/socket.h>

/* Of an IPv4 or IPv6 address in text; a link-local one is the loopback's. */
socklen_t network_address(const char *text, const char *port, struct sockaddr_storage *address);
/* A listening socket, or -1. */
int listen_at(const char *address, const char *port);
/* Says that all is ready and waits until standard input ends. */
void wait_for_end(void);

enum outcome connect_tcp(char **args);
enum outcome exchange_udp(char **args);

#endif
