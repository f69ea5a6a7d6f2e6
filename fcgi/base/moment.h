/*
 * moment.h - dates and moments as people and programs write them: RFC 3339, years 0001 to 9999.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define MOMENT_LEN 32 /* of the longest text below, with its NUL */

/* "2026-11-21" with a day that exists. */
bool moment_is_date(const char *s);
/* "2026-11-21T08:15:30.123456+01:00" to microseconds since 1970; false for what isn't one, and for
 * fractions beyond microseconds. */
bool moment_read(const char *s, int64_t *ret_us);
/* The way PostgreSQL writes a timestamptz in UTC: "2026-11-21 07:15:30.123456+00", and back. */
bool moment_read_sql(const char *s, int64_t *ret_us);
void moment_sql(char ret[MOMENT_LEN], int64_t us);
/* "2026-11-21T07:15:30.123Z" */
void moment_iso(char ret[MOMENT_LEN], int64_t us);

#endif
