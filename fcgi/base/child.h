/*
 * child.h - runs a program and reads what it prints, until it ends or the deadline.
 *
 * The program gets nothing of ours: an environment of PATH alone, /dev/null to read from, no blocked
 * or ignored signals, no descriptors but stderr and those named here. It doesn't outlive the call.
 */
#ifndef CHILD_H
#define CHILD_H

#include <spawn.h>
#include <stdint.h>

#include "base/buf.h"

/* Is called with all output so far whenever there is more; -1 = that is enough. */
typedef int child_heard(void *arg, const struct buf *out);

/*
 * Appends the standard output of argv[0], an absolute path, to `out`, as much as fits. `fd3` is the
 * program's descriptor 3, or -1; `heard` may be NULL. Returns 0 whatever the program did, or -1
 * with errno when it can't be started.
 */
int child_read(char *const argv[], int fd3, int64_t deadline_ms, struct buf *out,
	child_heard *heard, void *arg);

/* Only reads, from any descriptor: until its end, the deadline, or -1 of `heard`. */
void child_hear(int fd, int64_t deadline_ms, struct buf *out, child_heard *heard, void *arg);

/* Starts argv[0] with no signal blocked or ignored; `fa` may be NULL. 0, or -1 with errno. */
int child_spawn(
	char *const argv[], char *const envp[], const posix_spawn_file_actions_t *fa, pid_t *ret);

#endif
