/*
 * tally.h - what calls of a plugin cost one tenant, as a line of text between processes:
 *
 *	tenant calls errors us us_max cpu_us b0 b1 ... b11
 *
 * us = microseconds; b = calls of less than 1, 2, 4, ... 1024 ms, and the rest. Workers count with it
 * (host/usage.h), the master adds the call that a worker died of, the steward reads it (relay/usage.h).
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_BUCKETS 12
#define TALLY_LINE_MAX 384 /* 18 numbers, the largest */

struct tally {
	int tenant;
	uint64_t calls, errors, us, us_max, cpu_us;
	uint64_t bucket[TALLY_BUCKETS];
};

void tally_count(struct tally *t, uint64_t us, uint64_t cpu_us, bool failed);
/* One line with its end; answers its length, less than n. */
size_t tally_print(char *to, size_t n, const struct tally *t);

#endif
