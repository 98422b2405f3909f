/*
 * The child's side of Node's IPC channel, as lib/internal/child_process.js of Node 22 and 24 has it: lines of JSON. A line
 * with cmd NODE_HANDLE has a descriptor beside it, which Node wraps by its type and acknowledges: NODE_HANDLE_ACK, or
 * NODE_HANDLE_NACK where it had no room for a descriptor more. One is on its way at a time, as Node does it.
 */
#define _GNU_SOURCE
#include "dial.h"
#include "launcher.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Node is gone, which ends this process, or is ending. */
static void check_sent(ssize_t sent)
{
	if (sent < 0)
		fail("dial", "channel");
}

void channel_refuse(const struct channel *channel, uint32_t id, int error)
{
	char line[64];
	int length = snprintf(line, sizeof line, "{\"id\":%u,\"errno\":%d}\n", id, error);
	check_sent(send(channel->fd, line, (size_t)length, MSG_NOSIGNAL));
}

void channel_give(struct channel *channel, uint32_t id, int fd)
{
	char line[96];
	int length = snprintf(line, sizeof line, "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Socket\",\"msg\":{\"id\":%u}}\n", id);
	struct iovec vector = { .iov_base = line, .iov_len = (size_t)length };
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof fd)] = { 0 };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *control = (struct cmsghdr *)(void *)room;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = (socklen_t)CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(control), &fd, sizeof fd);
	check_sent(sendmsg(channel->fd, &header, MSG_NOSIGNAL));
	channel->awaiting = true;
	channel->sent = id;
	close(fd); /* on its way it is kept by the kernel */
}

static void take_line(struct channel *channel, const char *line)
{
	if (strstr(line, "\"NODE_HANDLE_NACK\""))
		channel_refuse(channel, channel->sent, EMFILE);
	else if (!strstr(line, "\"NODE_HANDLE_ACK\""))
		return;
	channel->awaiting = false;
}

bool channel_read(struct channel *channel)
{
	char *end = channel->line + channel->length;
	ssize_t got = recv(channel->fd, end, sizeof channel->line - 1 - channel->length, 0);
	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0)
		return false; /* also where a line is longer than any answer */
	channel->length += (size_t)got;
	channel->line[channel->length] = '\0';
	char *line = channel->line;
	for (char *next; (next = strchr(line, '\n')); line = next + 1) {
		*next = '\0';
		take_line(channel, line);
	}
	channel->length = (size_t)(channel->line + channel->length - line);
	memmove(channel->line, line, channel->length + 1);
	return true;
}
