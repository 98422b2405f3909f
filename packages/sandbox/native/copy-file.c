/* Copies of single files: their data by shared blocks where the file system can, with holes kept; links and pipes. */
#define _GNU_SOURCE
#include "copy.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BLOCK_BYTES = 512, CLONED_FROM = 1 << 14, PERMISSIONS = 0777 };

static void write_all(const char *data, size_t length, int out, off_t at)
{
	while (length > 0) {
		ssize_t written = pwrite(out, data, length, at);
		if (written < 0)
			fail("copy write", "data");
		data += written;
		at += written;
		length -= (size_t)written;
	}
}

/* Up to `end`, which was the file's when it was opened: one that grows meanwhile does not keep this going. */
static void copy_by_buffer(struct copier *copier, int in, int out, off_t at, off_t end)
{
	while (at < end) {
		size_t wanted = end - at < COPY_DATA_BYTES ? (size_t)(end - at) : COPY_DATA_BYTES;
		ssize_t got = pread(in, copier->data, wanted, at);
		if (got < 0)
			fail("copy read", "data");
		if (got == 0)
			return;
		write_all(copier->data, (size_t)got, out, at);
		at += got;
	}
}

static void copy_range(struct copier *copier, int in, int out, off_t at, off_t end)
{
	while (end - at > COPY_DATA_BYTES) {
		off_t out_at = at;
		ssize_t copied = copy_file_range(in, &at, out, &out_at, (size_t)(end - at), 0);
		if (copied == 0)
			return;
		if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG))
			fail("copy write", "data");
		if (copied < 0)
			break; /* not between these two file systems */
	}
	copy_by_buffer(copier, in, out, at, end);
}

static void copy_sparse(struct copier *copier, int in, int out, off_t size)
{
	for (off_t at = 0; at < size;) {
		off_t data = lseek(in, at, SEEK_DATA);
		if (data < 0 || data >= size)
			break; /* nothing but a hole up to the end */
		off_t hole = lseek(in, data, SEEK_HOLE);
		off_t end = hole < 0 || hole > size ? size : hole;
		copy_range(copier, in, out, data, end);
		at = end;
	}
	if (ftruncate(out, size) < 0)
		fail("copy write", "size");
}

static void copy_data(struct copier *copier, int in, int out, const struct stat *status)
{
	if (status->st_size >= CLONED_FROM && copier->copy->clones) {
		if (ioctl(out, FICLONE, in) == 0)
			return;
		if (errno == ENOSPC || errno == EDQUOT)
			fail("copy write", "data");
		copier->copy->clones = false;
	}
	if (status->st_blocks < status->st_size / BLOCK_BYTES)
		copy_sparse(copier, in, out, status->st_size);
	else
		copy_range(copier, in, out, 0, status->st_size);
}

/* What is no file any more by now is the sandbox's doing, and left out; what may not be read is not. */
static int open_source(struct copier *copier, const char *name, struct stat *status)
{
	struct open_how how = { .flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	int in = sys_openat2(copier->from, name, &how);
	if (in < 0 && errno == EXDEV)
		return -1; /* mounted there: nothing of this tree */
	if (in < 0 && errno != ENOENT && errno != ELOOP && errno != ENXIO && errno != ENOTDIR)
		fail("copy read", name);
	if (in >= 0 && fstat(in, status) < 0)
		fail("copy read", name);
	if (in >= 0 && S_ISREG(status->st_mode))
		return in;
	copier->counts.changed++;
	if (in >= 0)
		close(in);
	return -1;
}

/* What a mount hides where it is to be is left out; nothing else may be there. */
static void fail_unless_mount(struct copier *copier, const char *name)
{
	int failure = errno;
	if (failure == EEXIST && is_mount(copier->to, name))
		return;
	errno = failure;
	fail("copy write", name);
}

void copy_regular(struct copier *copier, const char *name)
{
	struct stat status;
	int in = open_source(copier, name, &status);
	if (in < 0)
		return;
	bool linked = status.st_nlink > 1;
	if (linked && links_make(copier, &status, name)) {
		close(in);
		return;
	}
	mode_t mode = status.st_mode & PERMISSIONS;
	int out = openat(copier->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (out < 0) {
		fail_unless_mount(copier, name);
		close(in);
		if (linked)
			links_skip(copier);
		return;
	}
	copy_data(copier, in, out, &status);
	copy_attributes(copier, in, out, mode);
	copier->counts.bytes += (uint64_t)status.st_size;
	copier->counts.files++;
	close(in);
	close(out);
	if (linked)
		links_add(copier, &status, name);
}

/* Of what is not opened. */
static void set_times(struct copier *copier, const struct stat *status, const char *name)
{
	const struct timespec times[2] = { status->st_atim, status->st_mtim };
	if (utimensat(copier->to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		fail("copy write", name);
}

void copy_symlink(struct copier *copier, const char *name)
{
	char target[PATH_MAX];
	struct stat status;
	ssize_t length = readlinkat(copier->from, name, target, sizeof target - 1);
	if (length <= 0 || fstatat(copier->from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		copier->counts.changed++;
		return;
	}
	target[length] = '\0';
	if (symlinkat(target, copier->to, name) < 0) {
		fail_unless_mount(copier, name);
		return;
	}
	set_times(copier, &status, name);
	copier->counts.files++;
}

void copy_fifo(struct copier *copier, const char *name)
{
	struct stat status;
	if (fstatat(copier->from, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISFIFO(status.st_mode)) {
		copier->counts.changed++;
		return;
	}
	if (mkfifoat(copier->to, name, status.st_mode & PERMISSIONS) < 0) {
		fail_unless_mount(copier, name);
		return;
	}
	set_times(copier, &status, name);
	copier->counts.files++;
}
