#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void report(const char *format, ...)
{
	char line[1024];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line, sizeof line - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length > sizeof line - 2)
		length = sizeof line - 2;
	/* A path may hold any byte; a status line may not hold a line end. */
	for (int i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			line[i] = '?';
	line[length++] = '\n';
	ssize_t written = write(STATUS_FD, line, (size_t)length);
	(void)written; /* the host is gone: nobody is left to be told */
}

void fail(const char *step, const char *detail)
{
	report("error\t%s\t%d\t%s", step, errno, detail ? detail : "");
	_exit(INIT_FAILED);
}

uint64_t number(const char *text, const char *step)
{
	char *end;
	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0') {
		errno = EINVAL;
		fail(step, text);
	}
	return value;
}

int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int move_descriptor(int fd, int minimum, const char *step)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, minimum);
	if (moved < 0)
		fail(step, "dup");
	close(fd);
	return moved;
}
