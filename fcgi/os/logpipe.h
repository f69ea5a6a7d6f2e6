/*
 * logpipe.h - what a pool's processes write to standard error, copied line by line into the log.
 *
 * The pipe is read at most every 10 ms, so that a request's line costs no wake-up of the master. Lines of a
 * worker that dies are in the pipe and are not lost; if the master itself is killed, those of the last 10 ms
 * are, which nginx's log has as well.
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
	size_t taken;	     /* since the last tick */
	int64_t rests_until; /* 0 = it is watched */
	size_t used;
	size_t whole; /* of `line`: lines to be written */
	char line[8192];
};

int logpipe_open(struct logpipe *p, int epoll, const char *untrusted_pool); /* 0 or -1 with errno */
/* Watches it again when it has rested; the moment when it must be called again, INT64_MAX = none. */
int64_t logpipe_check(struct logpipe *p, int64_t now);
void logpipe_tick(
	struct logpipe *p); /* after a flood was stopped it may be read again; every TICK_MS */
void logpipe_close(struct logpipe *p); /* copies what is left first */

#endif
