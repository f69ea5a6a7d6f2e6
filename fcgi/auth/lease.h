/*
 * lease.h - what a worker may remember of who may do what, and for how long.
 *
 * Identity, and what the database decided about a plugin, are needed on every request. A worker keeps such
 * an answer for LEASE_MS, counted from the moment before it asked the database. Whoever takes a right away
 * answers at lease_over() of the commit (rights.h): by then every worker of every host has forgotten, and
 * nobody had to be told. The clock is CLOCK_MONOTONIC, which runs at one speed everywhere and
 * which nobody sets; hosts need not agree what time it is.
 *
 * Only what allows is kept. A refusal is asked again each time, so what is given holds at once wherever
 * there was nothing before.
 */
#ifndef LEASE_H
#define LEASE_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

#define LEASE_MS 500

/* Values by name, in this process: at most LEASE_SLOTS of them, the longest LEASE_VALUE_MAX bytes. One that
 * is longer is not kept; one that meets another's place replaces it. */
#define LEASE_SLOTS 512
#define LEASE_NAME_MAX 127
#define LEASE_VALUE_MAX 8192

struct lease;

struct lease *lease_new(void);
void lease_free(struct lease *l);
/* The value, copied to the arena, and when it was read; NULL when there is none or its time is over. */
char *lease_get(struct lease *l, struct arena *p, const char *name, size_t *ret_len);
/* read_at: clock_ms() from before the database was asked. */
void lease_put(struct lease *l, const char *name, const void *value, size_t n, int64_t read_at);
void lease_drop(struct lease *l, const char *name);

/* Is what was read then still to be believed? A time that lies ahead is nobody's. */
int lease_holds(int64_t read_at);
/* clock_ms() from which no worker believes any more what was true before committed_at. */
int64_t lease_over(int64_t committed_at);

#endif
