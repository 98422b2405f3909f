/* One direction of what a command reads or writes, on its way between the command and the host. */
#ifndef CLOISON_STREAM_H
#define CLOISON_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct stream {
	int from, to;
	int pipe;     /* which of them is the command's */
	bool ready;   /* may have something to do */
	bool full;    /* waits for room, else for something to move */
	char *buffer; /* NULL while the kernel moves it without one */
	size_t start, end;
	size_t moved;     /* counted up to what makes a pipe a busy one */
	size_t allowance; /* bytes that may still be taken from its source, where it is bounded */
	bool bounded;
};

/* Takes `from`, `to` and `pipe` of the second. */
void stream_open(struct stream *stream, struct stream ends);
/* What splice(2) does not take, such as a terminal, goes by a buffer. */
void stream_copies(struct stream *stream);
void stream_close(struct stream *stream);
/* Moves what can be moved at once; the stream is not ready any more when it has to wait first. */
void stream_step(struct stream *stream);
/* What it waits for. */
struct pollfd stream_wait(const struct stream *stream);
/*
 * A background process may hold the pipes for ever: what is in them now is still the command's and is delivered,
 * however slow the reader; what comes later is nobody's.
 */
void stream_bound(struct stream *stream, bool terminal);

#endif
