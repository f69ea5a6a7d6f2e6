/*
 * guests.h - which guest serves whom.
 *
 * A guest that has served a request of a tenant serves that tenant for the rest of its life (unless the
 * operator shares the plugin among tenants: then there is one). One that nobody has used yet is kept
 * ready beside them, so that a new tenant's first request doesn't wait for a process. When there are
 * as many as there may be, the one that was idle longest goes.
 */
#ifndef GUESTS_H
#define GUESTS_H

#include "host/host.h"
#include "host/proc.h"

struct guests_opts {
	int library; /* sealed memory */
	int most;    /* guests at a time, at most SPAWNER_GUESTS_MAX */
	bool shared;
	long idle_ms; /* a guest without a request for so long goes */
};

void guests_open(struct host *h, const struct guests_opts *o);
/* A first guest, whose tables become the host's. 0, or -1 with one fault a line. `key` as
 * contract_read. */
int guests_first(struct host *h, const char *key, int64_t deadline, struct buf *faults);
/* A guest for this tenant; NULL with an error in e. */
struct proc *guests_take(struct host *h, int tenant, int64_t deadline, struct err *e);
/* After a call: what it has cost, microseconds. */
int64_t guests_leave(struct host *h, struct proc *p);
/* It did what no guest does, or ended: one log line, and the pool's master hears of it. */
void guests_failed(struct host *h, struct proc *p, const char *how);
void guests_drop(struct proc *p);
struct proc *guests_find(uint32_t id);
/* While a call waits: the guests of companies that were suspended, or have the plugin no more, go. */
void guests_revoked(void);
/* Between requests: keeps one ready, ends what is idle or works without being asked. Returns ms until it
 * wants to be called again, -1 = when there was a request. */
long guests_tick(struct host *h);

#endif
