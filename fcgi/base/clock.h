/*
 * clock.h - monotonic milliseconds for deadlines, wall-clock for people.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_ms(void);		     /* CLOCK_MONOTONIC, milliseconds */
int64_t clock_us(void);		     /* CLOCK_MONOTONIC, microseconds */
int64_t clock_unix(void);	     /* seconds since 1970, UTC */
int clock_left(int64_t deadline_ms); /* milliseconds until the deadline, 0 when past: for poll() */
void clock_iso(char *ret, size_t n, int64_t unix_ms); /* 2026-10-27T08:15:30.123Z (RFC 3339) */
int64_t clock_unix_ms(void);

#endif
