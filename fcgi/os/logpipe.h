/*
 * logpipe.h - what a pool's processes write to standard error, copied line by line into the log.
 *
 * Through the master and not straight into the file, for three reasons: SIGUSR1 needs no new worker, a
 * worker that may not write files (RLIMIT_FSIZE 0) can still log, and a plugin can neither fill the disk
 * (lines above a rate are dropped and counted, and the pipe is read only so fast) nor write in another's
 * name (each line carries the pool's name, put there by the master).
 */
#ifndef LOGPIPE_H
#define LOGPIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "os/watch.h"

struct logpipe {
	struct watch in;
	int write_fd; /* for children: their descriptors 1 and 2 */
	int epoll;
	const char *pool; /* put into each line; NULL = trusted, copied as it is */
	int64_t room;	  /* bytes it may write now */
	int64_t room_at;
	uint64_t dropped;
	size_t taken; /* since the last tick */
	size_t used;
	char line[8192];
};

int logpipe_open(struct logpipe *p, int epoll, const char *untrusted_pool); /* 0 or -1 with errno */
void logpipe_tick(struct logpipe *p);  /* reads again when a flood was stopped; every TICK_MS */
void logpipe_close(struct logpipe *p); /* copies what is left first */

#endif
