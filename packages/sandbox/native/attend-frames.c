/*
 * Frames between the host and the attendant: a length, then what src/attendant/protocol.ts says. No more than a
 * bounded number of bytes waits on this side: while there is no room for an answer nothing is read and no job goes on.
 */
#define _GNU_SOURCE
#include "attend.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LENGTH_BYTES = 4, ANSWER_BYTES = 12 };

/* What a request begins with, as it is sent. */
struct wire {
	uint32_t length, id, operation, flags, base, mode, path_bytes, other_bytes;
	uint64_t a, b;
};

static char out[OUT_BYTES];
static size_t out_start, out_end;
static _Alignas(8) char in[FRAME_BYTES];
static size_t in_bytes;

bool frames_waiting(void)
{
	return out_start < out_end;
}

bool frames_room(void)
{
	if (out_start > 0 && OUT_BYTES - out_end < FRAME_BYTES) {
		memmove(out, out + out_start, out_end - out_start);
		out_end -= out_start;
		out_start = 0;
	}
	return OUT_BYTES - out_end >= FRAME_BYTES;
}

void tell(uint32_t id, enum answer answer, const void *payload, size_t bytes)
{
	uint32_t head[3] = { (uint32_t)(ANSWER_BYTES + bytes), id, answer };
	if (bytes > FRAME_BYTES - ANSWER_BYTES || OUT_BYTES - out_end < ANSWER_BYTES + bytes)
		_exit(1); /* a fault of this program: nothing is told in part */
	memcpy(out + out_end, head, ANSWER_BYTES);
	memcpy(out + out_end + ANSWER_BYTES, payload, bytes);
	out_end += ANSWER_BYTES + bytes;
}

void tell_error(uint32_t id, uint32_t mode)
{
	uint32_t payload[2] = { (uint32_t)errno, mode };
	tell(id, TELL_ERROR, payload, sizeof payload);
}

void tell_end(uint32_t id, uint64_t value)
{
	tell(id, TELL_END, &value, sizeof value);
}

/* Anybody may give a file any time; in nanoseconds 64 bits hold 292 years on each side of 1970. */
static int64_t nanoseconds(const struct timespec *time)
{
	enum { SECOND = 1000000000 };
	const int64_t most = INT64_MAX / SECOND - 1;
	int64_t seconds = time->tv_sec < -most ? -most : time->tv_sec > most ? most : time->tv_sec;
	return seconds * SECOND + time->tv_nsec;
}

void describe(struct file_status *into, const struct stat *status)
{
	*into = (struct file_status){ .size = (uint64_t)status->st_size, .inode = status->st_ino, .device = status->st_dev,
				      .modified_ns = nanoseconds(&status->st_mtim),
				      .mode = status->st_mode, .links = (uint32_t)status->st_nlink,
				      .uid = status->st_uid, .gid = status->st_gid };
}

void tell_status(uint32_t id, const struct stat *status, const char *link)
{
	struct {
		struct file_status status;
		char link[4096];
	} payload;
	size_t bytes = strnlen(link, sizeof payload.link);
	describe(&payload.status, status);
	memcpy(payload.link, link, bytes);
	tell(id, TELL_STATUS, &payload, sizeof payload.status + bytes);
}

bool frames_flush(int line)
{
	while (out_start < out_end) {
		ssize_t put = write(line, out + out_start, out_end - out_start);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == EAGAIN;
		out_start += (size_t)put;
	}
	out_start = out_end = 0;
	return true;
}

static bool ends_with_nul(const char *text, size_t bytes)
{
	return bytes > 0 && memchr(text, '\0', bytes) == text + bytes - 1;
}

static bool parse(const char *frame, size_t length, struct request *request)
{
	struct wire wire;
	if (length < sizeof wire)
		return false;
	memcpy(&wire, frame, sizeof wire);
	size_t rest = length - sizeof wire;
	if (wire.path_bytes > rest || wire.other_bytes > rest - wire.path_bytes)
		return false;
	const char *path = frame + sizeof wire, *other = path + wire.path_bytes;
	*request = (struct request){ .id = wire.id, .operation = wire.operation, .flags = wire.flags, .base = wire.base,
				     .mode = wire.mode, .path_bytes = wire.path_bytes, .other_bytes = wire.other_bytes,
				     .data_bytes = (uint32_t)(rest - wire.path_bytes - wire.other_bytes),
				     .a = wire.a, .b = wire.b,
				     .path = path, .other = other, .data = other + wire.other_bytes };
	return ends_with_nul(path, wire.path_bytes) && ends_with_nul(other, wire.other_bytes) &&
	       request->data_bytes <= CHUNK_BYTES;
}

/* Serves every whole frame that there is room to answer; false where the protocol is not kept. */
static bool serve_frames(void (*serve)(const struct request *request))
{
	size_t at = 0;
	uint32_t length;
	while (in_bytes - at >= LENGTH_BYTES && frames_room()) {
		memcpy(&length, in + at, LENGTH_BYTES);
		struct request request;
		if (length > FRAME_BYTES)
			return false;
		if (in_bytes - at < length)
			break;
		if (!parse(in + at, length, &request))
			return false;
		serve(&request);
		at += length;
	}
	memmove(in, in + at, in_bytes - at);
	in_bytes -= at;
	return true;
}

bool frames_receive(int line, void (*serve)(const struct request *request))
{
	if (!serve_frames(serve))
		return false;
	if (in_bytes == sizeof in)
		return true;
	ssize_t got = read(line, in + in_bytes, sizeof in - in_bytes);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	in_bytes += (size_t)got;
	return serve_frames(serve);
}
