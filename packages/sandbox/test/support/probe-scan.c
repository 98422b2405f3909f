#define _GNU_SOURCE
#include "probe.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, MAX_REGION = 64 << 20 };

struct scan {
	const char *reversed;
	size_t length;
	int processes, hits;
	long bytes;
};

static int matches(const struct scan *scan, const char *at)
{
	for (size_t i = 0; i < scan->length; i++)
		if (at[i] != scan->reversed[scan->length - 1 - i])
			return 0;
	return 1;
}

static void scan_bytes(struct scan *scan, const char *bytes, size_t size)
{
	char first = scan->reversed[scan->length - 1];
	for (const char *at = bytes, *end = bytes + size; end - at >= (ptrdiff_t)scan->length; at++) {
		at = memchr(at, first, (size_t)(end - at) - scan->length + 1);
		if (!at)
			break;
		scan->hits += matches(scan, at);
	}
	scan->bytes += (long)size;
}

static void scan_region(struct scan *scan, int mem, uint64_t from, uint64_t to)
{
	static char chunk[CHUNK];
	/* Neighbouring chunks overlap by the text's length, so that none hides between two. */
	for (uint64_t at = from; at < to; at += CHUNK - scan->length) {
		size_t wanted = to - at < CHUNK ? (size_t)(to - at) : CHUNK;
		ssize_t got = pread(mem, chunk, wanted, (off_t)at);
		if (got > 0)
			scan_bytes(scan, chunk, (size_t)got);
		if (got < (ssize_t)wanted)
			break;
	}
}

static void scan_file(struct scan *scan, const char *path)
{
	static char bytes[CHUNK];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
	if (got > 0)
		scan_bytes(scan, bytes, (size_t)got);
	if (fd >= 0)
		close(fd);
}

static void scan_process(struct scan *scan, const char *pid)
{
	char path[64], line[512];
	snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
	scan_file(scan, path);
	snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
	scan_file(scan, path);
	if (atoi(pid) == getpid())
		return; /* it holds the chunk that it has just read from another */
	snprintf(path, sizeof path, "/proc/%.20s/mem", pid);
	int mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%.20s/maps", pid);
	FILE *maps = fopen(path, "re");
	scan->processes += mem >= 0 && maps;
	while (mem >= 0 && maps && fgets(line, sizeof line, maps)) {
		unsigned long from, to;
		char readable;
		if (sscanf(line, "%lx-%lx %c", &from, &to, &readable) == 3 && readable == 'r' && to - from <= MAX_REGION)
			scan_region(scan, mem, from, to);
	}
	if (maps)
		fclose(maps);
	if (mem >= 0)
		close(mem);
}

int probe_scan(const char *reversed)
{
	struct scan scan = { .reversed = reversed, .length = strlen(reversed) };
	DIR *directory = opendir("/proc");
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		if (isdigit((unsigned char)*entry->d_name))
			scan_process(&scan, entry->d_name);
	printf("{\"processes\":%d,\"bytes\":%ld,\"hits\":%d}\n", scan.processes, scan.bytes, scan.hits);
	return 0;
}
