/*
 * usage.h - plugins' use by tenant, added up and written to plugin_usage every few seconds.
 *
 * Datagrams come to RUN/usage.sock from the master, which puts the pool's name before the counts of
 * the pool's workers (host/usage.h). So a plugin can falsify only its own: for tenants that have it
 * installed, with numbers that one datagram a moment can carry. Sums are held in memory between
 * writes; a steward that is killed loses seconds of them. Rows older than USAGE_DAYS are deleted
 * once a day.
 */
#ifndef RELAY_USAGE_H
#define RELAY_USAGE_H

#include <stddef.h>
#include "relay/relay.h"

#define USAGE_WRITE_MS 3000
#define USAGE_DAYS 400
#define USAGE_SUMS_MAX 4096 /* plugins x tenants between two writes */

struct usage_sum;

struct usage {
	int fd; /* to poll for reading */
	struct usage_sum *sum;
	size_t n;
	int64_t due;
	int64_t clean_at;
};

int usage_open(struct usage *u, const char *run_dir); /* 0 or -1 with errno */
void usage_close(struct usage *u);
/* Reads what has arrived, a few dozen datagrams at most. */
void usage_take(struct usage *u);
/* One datagram; exported for tests. */
void usage_add(struct usage *u, char *text);
/* Writes when it is due. Returns clock_ms() of when it wants to be called again. */
int64_t usage_tick(struct usage *u, struct relay *r);

#endif
