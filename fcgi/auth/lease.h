/*
 * lease.h - what a worker may cache about who may do what, and for how long.
 *
 * Identities, and the database's decisions about plugins, are needed on every request. A worker
 * caches such an answer for LEASE_MS, counted from the moment before it queried the database.
 * Operations that take a right away answer at lease_over() of their commit (rights.h): by then the
 * entry has expired in every worker of every host, without a message to any of them. The clock is
 * CLOCK_MONOTONIC, which runs at one speed everywhere and can't be set; hosts need not agree on the
 * time of day.
 *
 * Only positive answers are cached. A refusal is decided anew each time, so a right that is given
 * holds at once.
 */
#ifndef LEASE_H
#define LEASE_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

#define LEASE_MS 500

/* Values by name, in this process: at most LEASE_SLOTS, each of at most LEASE_VALUE_MAX bytes. A
 * longer one is not stored; one whose slot is taken replaces the other. */
#define LEASE_SLOTS 512
#define LEASE_NAME_MAX 127
#define LEASE_VALUE_MAX 8192

struct lease;

struct lease *lease_new(void);
void lease_free(struct lease *l);
/* The value, copied to the arena, and when it was read; NULL when there is none or its time is over. */
char *lease_get(struct lease *l, struct arena *p, const char *name, size_t *ret_len);
/* read_at: clock_ms() from before the query. */
void lease_put(struct lease *l, const char *name, const void *value, size_t n, int64_t read_at);
void lease_drop(struct lease *l, const char *name);

/* Is an answer from that time still valid? A time in the future is not. */
int lease_holds(int64_t read_at);
/* clock_ms() from which no worker uses any more what was true before committed_at. */
int64_t lease_over(int64_t committed_at);

#endif
