/* What the launcher and the watchdog of disk space tell each other. */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* While the host itself writes there. Ends when the launcher is gone. */
void disk_stand_by(int line)
{
	char request;
	do {
		if (recv(line, &request, 1, 0) != 1)
			_exit(0);
		/* Nothing is being counted from now on: the host waits for that. */
		if (request == DISK_UNWATCH && send(line, &request, 1, MSG_NOSIGNAL) != 1)
			_exit(0);
	} while (request != DISK_WATCH);
}

bool disk_stands_by(const struct disk *disk)
{
	char answer;
	return recv(disk->line, &answer, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && answer == DISK_UNWATCH &&
	       recv(disk->line, &answer, 1, MSG_DONTWAIT) == 1;
}

void disk_verdict(const struct disk *disk, char *text, size_t room)
{
	ssize_t got = recv(disk->line, text, room - 1, MSG_DONTWAIT);
	text[got < 0 ? 0 : got] = '\0';
	if (got <= 0)
		snprintf(text, room, "the watchdog of its disk space was ended");
}

void disk_end(struct disk *disk)
{
	if (disk->pid <= 0)
		return;
	kill(disk->pid, SIGKILL);
	while (waitpid(disk->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(disk->line);
	disk->pid = disk->line = -1;
}
