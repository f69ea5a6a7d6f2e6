/*
 * pool_impl.h - between the files of a pool. Each calls those before it in this list and none after
 * it:
 *
 *	pool_worker.c      its processes: start, stop, kill
 *	pool_quarantine.c  its listener; crashes, and when they are too many
 *	pool_watch.c       when it needs another worker, and which must end
 *	pool_steward.c     what a plugin's workers send to the steward
 *	pool_ended.c       one of its processes has ended
 *	pool_end.c         ends what runs by a right that ended
 *	pool.c             open, drain, release, free
 */
#ifndef POOL_IMPL_H
#define POOL_IMPL_H

#include "os/pool.h"

int pool_start_worker(struct pool *c);			 /* 0 or -1: logged, paused */
void pool_retire(struct pool *c, struct pool_worker *w); /* SIGTERM: finish and leave */
int pool_count_alive(const struct pool *c);		 /* processes, leaving ones too */
int pool_next_pause(int pause_ms);			 /* after this one, before the next start */

int pool_fail(const struct pool *c, const char *what); /* logs errno; -1 */
int pool_listen(struct pool *c);
void pool_unlisten(struct pool *c);
void pool_quarantine(struct pool *c, const char *reason);
int pool_count_crash(struct pool *c); /* abnormal ends in the window, this one included */
/* Counts guests that failed since the last check. */
void pool_count_guests(struct pool *c, struct pool_worker *w, struct score_slot *slot);

void pool_check_soon(struct pool *c);
void pool_check_gone(struct pool *c); /* draining, and nobody and nothing left */
void pool_on_listener(struct watch *w, uint32_t events);
void pool_on_wake(struct watch *w, uint32_t events);

/* Lines of os/tally.h on their way to the steward, under the pool's name. */
void pool_pass_usage(struct pool *c, const char *text, size_t n);
int pool_open_steward(struct pool *c);
void pool_close_watch(struct pool *c, struct watch *w);

#endif
