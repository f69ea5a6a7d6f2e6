/*
 * cron.h - schedules as crontab(5) writes them, in a time zone.
 *
 * Five fields: minute 0-59, hour 0-23, day of the month 1-31, month 1-12 or jan-dec, day of the week
 * 0-7 or sun-sat (0 and 7 are Sunday). A field is *, a number, a range 1-5, either with a step behind a
 * slash, or several of them with commas. When both days are restricted, either is enough. @hourly,
 * @daily, @weekly, @monthly and @yearly are the usual ones.
 *
 * At the change of summer time, what names hours runs once a day: a time that the clock skips at the
 * first minute after, one that it shows twice the first time. With * as the hour it goes by what passes.
 */
#ifndef CRON_H
#define CRON_H

#include <stdbool.h>
#include <stdint.h>

struct cron {
	uint64_t minute;
	uint32_t hour, day, month, weekday; /* a bit for each value */
	bool any_hour, any_day, any_weekday;
};

/* Is there a zone of this name on this machine? */
bool cron_has_zone(const char *zone);
/* 0, or -1 for what is no schedule. */
int cron_parse(struct cron *ret, const char *text);
/* The first time after `after`, both Unix seconds; -1 = none within eight years (31 February). zone: a
 * name of the tz database; one that isn't there counts as UTC. Not for several threads: it
 * changes the process's zone meanwhile. */
int64_t cron_next(const struct cron *c, const char *zone, int64_t after);

#endif
