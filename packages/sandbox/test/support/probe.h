/* The parts of the probe. */
#ifndef CLOISON_PROBE_H
#define CLOISON_PROBE_H

enum { LIFE_SECONDS = 120 };

/* Words that look at processes or make them: processes scan stay forks bomb eat stop-others starve-init. */
int probe_processes(const char *what, const char *argument);
/* Words about refused calls; -1 for another word. */
int probe_denials(const char *what, const char *first, const char *second);
/* Looks for a text, given reversed so that it does not find itself, in what it may read of every process. */
int probe_scan(const char *reversed);
/* Runs a program: refuse-namespaces without-capabilities. */
int probe_exec(const char *what, char **program);
/* Fills a disk. */
int probe_disk(const char *how, const char *directory, int mb, unsigned seconds);
/* Words about files: swap watch-files lease deep; -1 for another word. */
int probe_files(const char *what, char **words);

#endif
