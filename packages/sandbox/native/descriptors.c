/* Descriptors over a socket: one byte with them beside it (SCM_RIGHTS, see unix(7)). */
#define _GNU_SOURCE
#include "launcher.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { MAX_DESCRIPTORS = 8 };

struct message {
	char byte;
	struct iovec vector;
	struct msghdr header;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int[MAX_DESCRIPTORS]))];
};

/* The control header within; its payload is the descriptors. */
static struct cmsghdr *prepare(struct message *message, size_t count)
{
	*message = (struct message){ .vector = { .iov_base = &message->byte, .iov_len = 1 } };
	message->header.msg_iov = &message->vector;
	message->header.msg_iovlen = 1;
	message->header.msg_control = message->control;
	message->header.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
	struct cmsghdr *control = (struct cmsghdr *)(void *)message->control;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
	return control;
}

bool descriptors_send(int line, const int *fds, size_t count)
{
	struct message message;
	memcpy(CMSG_DATA(prepare(&message, count)), fds, count * sizeof(int));
	return sendmsg(line, &message.header, MSG_NOSIGNAL) == 1;
}

bool descriptors_receive(int line, int *fds, size_t count)
{
	struct message message;
	struct cmsghdr *control = prepare(&message, count);
	if (recvmsg(line, &message.header, MSG_CMSG_CLOEXEC) != 1 || message.header.msg_controllen == 0 ||
	    control->cmsg_type != SCM_RIGHTS || control->cmsg_len != CMSG_LEN(count * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(control), count * sizeof(int));
	return true;
}
