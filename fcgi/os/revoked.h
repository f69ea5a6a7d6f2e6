/*
 * revoked.h - a request stops when the right that it runs by has ended.
 *
 * A request belongs to a session, a person, a company and, in a plugin's host, to that plugin's
 * installation; each has a name, the one of its channel (sql/, "what is open closes when the right
 * to it ends"):
 *
 *	s.<session>   u.<person>   t.<company>   p.<company>.<plugin>
 *	g.<company>.<plugin>.<roles of the person>   k.<pool>
 *	r.<company>.<role>	of each role that the company made for itself
 *
 * The steward of each host learns which of them have ended and sends them to its master, which
 * writes each on the page of each of its pools: the name, and the moment up to which it was valid.
 * A worker compares when a request begins (one may have waited in a queue) and while it waits; the
 * page also has the owners of each worker's request, so the master knows when none is left.
 *
 *	if (revoked_enter(whose, n, decided_at))	the request's owners, as decided then
 *		return revoked_error(&r->err);
 *	n = share_poll(&p, 1, deadline);		-1 with EACCES: the right has ended
 *	revoked_leave();				worker_idle() does that
 *
 * Nothing here blocks. A name stays until SCORE_ENDED others came after it: if more end at once,
 * the master kills the plugin's worker that missed it.
 */
#ifndef REVOKED_H
#define REVOKED_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "os/score.h"

/* From now on this worker's request belongs to `whose` (n of them, at most SCORE_WHOSE), as decided
 * at clock_ms() decided_at. True when one of them has ended since: it must not run. */
bool revoked_enter(const char *const *whose, int n, int64_t decided_at);
void revoked_leave(void);
/* Adds the names of a person's roles, as far as they can be deleted or lose a permission of the
 * core. roles: with commas. Returns n and how many it added. */
int revoked_add_roles(struct arena *p, int tenant, const char *roles, const char **whose, int n);
/* Has one of them ended? Cheap when nothing has. */
bool revoked(void);
/* Its error, which names what ended. */
int revoked_error(struct err *e);
/* Did this right end after that moment, as far as the page goes back? For guests between requests. */
bool revoked_since(const char *whose, int64_t moment);
/* Called in share_poll() when anything has ended since the last call: a host's other guests. */
void revoked_on_news(void (*news)(void));
/* share.c's: is a check needed while waiting? */
bool revoked_watches(void);
/* revoked(), and the news. */
bool revoked_check(void);

/* worker.c's: the pool's page and this worker's place. */
void revoked_open(struct score *page, int slot);

/* The master's: what was decided up to `moment` by this right is void from now on. */
void revoked_write(struct score *page, const char *whose, int64_t moment);
/* Does this worker run a request that this makes void? */
bool revoked_runs(const struct score_slot *slot, const char *whose, int64_t moment);

#endif
