/*
 * share.h - fair shares: no tenant occupies a whole pool. Each worker reads its pool's scoreboard.
 *
 * A request that has run for held_ms is *held*. Each belongs to one or two holders: a tenant, a
 * plugin, or an address where there is no tenant yet. While connections wait for a worker, a holder
 * may hold half of the pool (held_percent) and all holders together all workers but one; the latest
 * gives way first. A request that must give way stops waiting, and is answered with 503. Each of a
 * holder's requests that gave way halves the time of its next ones for a second, so that a queue of
 * slow requests is worked off in milliseconds and quick ones of the same holder still pass.
 *
 *	share_enter(share_name('t', "17"), 0);		the request is tenant 17's
 *	n = share_poll(&p, 1, deadline);		instead of poll(), wherever it may wait long
 *	if (n < 0 && errno == EBUSY)
 *		return share_error(e);
 *	if (n < 0 && errno == EACCES)
 *		return revoked_error(e);		os/revoked.h: its right has ended
 *	share_leave();
 *
 * Without share_limits() (or outside of enter and leave) share_poll() is poll() with a deadline.
 * The page is shared by trusted workers of the core; no plugin's process writes here.
 */
#ifndef SHARE_H
#define SHARE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

struct score;

/* From when a request counts as held, and how much of the pool one holder may hold; 0 ms = no limits. */
void share_limits(int held_ms, int held_percent);
/* A holder: kind ('t' tenant, 'p' plugin, 'a' address) and name; never 0. */
uint64_t share_name(char kind, const char *name);
/* From now on this worker's request counts as these holders' (0 = no second one); its time began at
 * `since`, clock_ms(). Replaces holders named before. */
void share_enter(uint64_t holder, uint64_t second, int64_t since);
void share_leave(void);
/* poll() until the deadline: returns poll()'s result, 0 after the deadline, -1 with EBUSY when this
 * request must give way (once: a caller that goes on waiting gets it again later), EACCES when its
 * right has ended (from then on every SLICE_MS), or another errno. */
int share_poll(struct pollfd *fds, nfds_t n, int64_t deadline);
/* Sets MT_EBUSY with Retry-After and the bound that was met. */
int share_error(struct err *e);

/* worker.c's: the pool's page and this worker's place; whether connections wait. */
void share_open(struct score *page, int slot, bool (*waiting)(void));

#endif
