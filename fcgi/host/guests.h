/*
 * guests.h - which guest serves which tenant.
 *
 * A guest that has served a tenant serves only that tenant for the rest of its life (unless the
 * operator shares the plugin among tenants: then there is one guest for all). An unused one is held
 * ready, so that a new tenant's first request doesn't wait for a process. At the maximum the guest
 * that was idle longest is ended.
 */
#ifndef GUESTS_H
#define GUESTS_H

#include "host/host.h"
#include "host/proc.h"

struct guests_opts {
	int library; /* sealed memory */
	int most;    /* guests at a time, at most SPAWNER_GUESTS_MAX */
	bool shared;
	long idle_ms; /* a guest without a request for this long is ended */
};

void guests_open(struct host *h, const struct guests_opts *o);
/* Starts a first guest, whose tables become the host's. 0, or -1 with one fault a line. `key` as in
 * contract_read. */
int guests_first(struct host *h, const char *key, int64_t deadline, struct buf *faults);
/* A guest for this tenant; NULL with an error in e. */
struct proc *guests_take(struct host *h, int tenant, int64_t deadline, struct err *e);
/* After a call: what it has cost, microseconds. */
int64_t guests_leave(struct host *h, struct proc *p);
/* The guest broke the protocol or ended: writes one log line, and counts it for the pool's master. */
/* how: as in base/ended.h; route: "POST /notes" that it served, NULL = none. */
void guests_failed(struct host *h, struct proc *p, const char *how, const char *route);
void guests_drop(struct proc *p);
struct proc *guests_find(uint32_t id);
/* While a call waits: the guests of companies that were suspended, or have the plugin no more, go. */
void guests_revoked(void);
/* Between requests: starts a spare one, ends guests that are idle or busy without a call. Returns
 * ms until the next call, -1 = at the next request. */
long guests_tick(struct host *h);

#endif
