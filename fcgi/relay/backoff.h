/*
 * backoff.h - when to try again what just failed: the pause doubles between two bounds.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	int least_ms, most_ms;
	int pause_ms;	    /* 0 = the last try succeeded */
	int64_t not_before; /* clock_ms() */
};

static inline bool backoff_may_try(const struct backoff *b, int64_t now)
{
	return now >= b->not_before;
}

/* True when this is the first failure after a success: the moment to log it. */
static inline bool backoff_failed(struct backoff *b, int64_t now)
{
	bool first = b->pause_ms == 0;

	b->pause_ms = first ? b->least_ms : b->pause_ms * 2;
	if (b->pause_ms > b->most_ms)
		b->pause_ms = b->most_ms;
	b->not_before = now + b->pause_ms;
	return first;
}

/* True when there was a failure before. */
static inline bool backoff_worked(struct backoff *b)
{
	bool was_down = b->pause_ms != 0;

	b->pause_ms = 0;
	b->not_before = 0;
	return was_down;
}

#endif
