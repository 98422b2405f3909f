/*
 * A stream between the command's pipe and the host's socket. The kernel hands the pages over, see splice(2): nothing is
 * copied or held here. Where it cannot, a buffer is filled and emptied, and nothing is read while it is full.
 */
#define _GNU_SOURCE
#include "stream.h"
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16, AT_ONCE_BYTES = 1 << 20 };
/* What a stream may hold once it has carried much, so that fewer turns of the processors are needed. */
enum { MUCH_BYTES = 1 << 22, LARGE_PIPE_BYTES = 1 << 18, LARGE_SOCKET_BYTES = 1 << 19 };

void stream_open(struct stream *stream, struct stream ends)
{
	*stream = (struct stream){ .from = ends.from, .to = ends.to, .pipe = ends.pipe, .ready = true, .allowance = AT_ONCE_BYTES };
}

void stream_copies(struct stream *stream)
{
	stream->buffer = malloc(BUFFER_BYTES);
	if (!stream->buffer)
		fail("stdio", "memory");
}

void stream_close(struct stream *stream)
{
	if (stream->from >= 0)
		close(stream->from);
	if (stream->to >= 0)
		close(stream->to);
	stream->from = stream->to = -1;
	stream->ready = false;
}

static void wait_for(struct stream *stream, bool room)
{
	stream->ready = false;
	stream->full = room;
}

/* Not from the beginning: an ordinary user has pages for some hundred large pipes (pipe(7)), and then gets tiny ones. */
static void enlarge(const struct stream *stream)
{
	int bytes = LARGE_SOCKET_BYTES;
	if (fcntl(stream->pipe, F_GETPIPE_SZ) < LARGE_PIPE_BYTES)
		fcntl(stream->pipe, F_SETPIPE_SZ, LARGE_PIPE_BYTES); /* where no pages are left it stays as it is */
	if (stream->pipe == stream->from)
		setsockopt(stream->to, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static void count(struct stream *stream, size_t bytes)
{
	if (stream->bounded)
		stream->allowance -= bytes;
	if (stream->buffer || stream->moved >= MUCH_BYTES)
		return;
	stream->moved += bytes;
	if (stream->moved >= MUCH_BYTES)
		enlarge(stream);
}

static bool has_input(const struct stream *stream)
{
	struct pollfd input = { .fd = stream->from, .events = POLLIN };
	return poll(&input, 1, 0) > 0 && input.revents & POLLIN;
}

static void splice_step(struct stream *stream)
{
	ssize_t moved = splice(stream->from, NULL, stream->to, NULL, stream->allowance, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (moved < 0 && errno == EINTR)
		return;
	if (moved < 0 && errno == EINVAL) {
		stream_copies(stream);
		return;
	}
	if (moved < 0 && errno == EAGAIN) {
		wait_for(stream, has_input(stream));
		/* A pipe that is empty before all of it was moved has had another reader, who may keep it so for ever. */
		if (stream->full || !stream->bounded)
			return;
	}
	if (moved > 0)
		count(stream, (size_t)moved);
	/* At its end; or the reader is gone: the writer gets SIGPIPE, as in any pipeline. */
	if (moved <= 0 || stream->allowance == 0)
		stream_close(stream);
}

/* False when there is nothing to write now. */
static bool fill(struct stream *stream)
{
	size_t room = stream->allowance < BUFFER_BYTES ? stream->allowance : BUFFER_BYTES;
	ssize_t got = read(stream->from, stream->buffer, room);
	if (got < 0 && errno == EINTR)
		return false;
	if (got < 0 && errno == EAGAIN && !stream->bounded) {
		wait_for(stream, false);
		return false;
	}
	if (got <= 0) {
		stream_close(stream);
		return false;
	}
	stream->start = 0;
	stream->end = (size_t)got;
	count(stream, (size_t)got);
	return true;
}

static void copy_step(struct stream *stream)
{
	if (stream->start == stream->end && !fill(stream))
		return;
	ssize_t put = write(stream->to, stream->buffer + stream->start, stream->end - stream->start);
	if (put < 0 && errno == EINTR)
		return;
	if (put < 0 && errno == EAGAIN) {
		wait_for(stream, true);
		return;
	}
	if (put > 0)
		stream->start += (size_t)put;
	if (put < 0 || (stream->start == stream->end && stream->allowance == 0))
		stream_close(stream);
}

void stream_step(struct stream *stream)
{
	if (stream->buffer)
		copy_step(stream);
	else
		splice_step(stream);
}

struct pollfd stream_wait(const struct stream *stream)
{
	return stream->full ? (struct pollfd){ .fd = stream->to, .events = POLLOUT }
			    : (struct pollfd){ .fd = stream->from, .events = POLLIN };
}

void stream_bound(struct stream *stream, bool terminal)
{
	int waiting = 0;
	if (terminal)
		waiting = BUFFER_BYTES; /* the kernel counts a part of what is on its way; it never holds as much as this */
	else if (stream->from >= 0 && ioctl(stream->from, FIONREAD, &waiting) < 0)
		waiting = 0;
	stream->allowance = (size_t)waiting;
	stream->bounded = true;
	if (waiting == 0 && stream->start == stream->end)
		stream_close(stream);
	stream->ready = stream->from >= 0;
}
