/* cron.c - see cron.h. */
#include "base/cron.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"
#define YEARS 8 /* 29 February comes back within them, also around 2100 */

static const char *const MONTHS[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const DAYS[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct part {
	int least, most;
	const char *const *names;
	int n_names, first; /* value of the first name */
};

static const struct part PARTS[] = {{0, 59, NULL, 0, 0}, {0, 23, NULL, 0, 0}, {1, 31, NULL, 0, 0},
	{1, 12, MONTHS, 12, 1}, {0, 7, DAYS, 7, 0}};

/* A number or a name at *s; -1 = neither. */
static int value(const struct part *p, const char **s)
{
	int n = 0;

	for (int i = 0; i < p->n_names; i++) {
		if (strncasecmp(*s, p->names[i], 3) == 0 && !isalnum((unsigned char)(*s)[3])) {
			*s += 3;
			return p->first + i;
		}
	}
	if (!isdigit((unsigned char)**s))
		return -1;
	for (; isdigit((unsigned char)**s); ++*s)
		if ((n = n * 10 + **s - '0') > 99)
			return -1;
	return n >= p->least && n <= p->most ? n : -1;
}

/* One of the parts between commas. */
static int add_item(const struct part *p, const char **s, uint64_t *bits)
{
	int from = p->least, to = p->most, step = 1;
	bool all = **s == '*';

	if (all) {
		++*s;
	} else {
		if ((from = to = value(p, s)) < 0)
			return -1;
		if (**s == '-') {
			++*s;
			if ((to = value(p, s)) < from)
				return -1;
		} else if (**s == '/') {
			to = p->most;
		}
	}
	if (**s == '/') {
		const struct part any = {.least = 1, .most = 99};

		++*s;
		if ((step = value(&any, s)) < 1)
			return -1;
	}
	for (int i = from; i <= to; i += step)
		*bits |= UINT64_C(1) << i;
	return 0;
}

/* The bits of the field at *s, and what is behind it; 0 = wrong. */
static uint64_t field(const struct part *p, const char **s, bool *ret_any)
{
	uint64_t bits = 0;

	*s += strspn(*s, " \t");
	*ret_any = **s == '*';
	for (;;) {
		if (add_item(p, s, &bits) < 0)
			return 0;
		if (**s != ',')
			break;
		++*s;
	}
	return **s == '\0' || **s == ' ' || **s == '\t' ? bits : 0;
}

int cron_parse(struct cron *ret, const char *text)
{
	static const char *const usual[][2] = {{"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"},
		{"@weekly", "0 0 * * 0"}, {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}};
	uint64_t bits[5];
	bool any[5];

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(text, usual[i][0]) == 0)
			text = usual[i][1];
	for (int i = 0; i < 5; i++)
		if (!(bits[i] = field(&PARTS[i], &text, &any[i])))
			return -1;
	if (text[strspn(text, " \t")])
		return -1;
	*ret = (struct cron){.minute = bits[0],
		.hour = (uint32_t)bits[1],
		.day = (uint32_t)bits[2],
		.month = (uint32_t)bits[3],
		.weekday = (uint32_t)(bits[4] | bits[4] >> 7),
		.any_hour = bits[1] == (UINT64_C(1) << 24) - 1,
		.any_day = any[2],
		.any_weekday = any[4]};
	return 0;
}

static bool has(uint64_t bits, int n)
{
	return bits >> n & 1;
}

static bool day_fits(const struct cron *c, const struct tm *t)
{
	bool day = has(c->day, t->tm_mday), weekday = has(c->weekday, t->tm_wday);

	if (!has(c->month, t->tm_mon + 1))
		return false;
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

static int minute_of_day(const struct tm *t)
{
	return t->tm_hour * 60 + t->tm_min;
}

/* Does it fit a minute that the clock skips, between `before` and `now`, which follows it? */
static bool fits_skipped(const struct cron *c, const struct tm *before, const struct tm *now)
{
	int to = minute_of_day(now);

	if (c->any_hour || now->tm_gmtoff <= before->tm_gmtoff || !day_fits(c, now))
		return false;
	for (int m = to - (int)(now->tm_gmtoff - before->tm_gmtoff) / 60; m < to; m++)
		if (m >= 0 && has(c->hour, m / 60) && has(c->minute, m % 60))
			return true;
	return false;
}

/* Has the clock shown this minute before? Zones go back by an hour, one by half of it. */
static bool is_second(int64_t at, const struct tm *t)
{
	for (int back = 1800; back <= 3600; back += 1800) {
		time_t then = (time_t)at - back;
		struct tm was;

		localtime_r(&then, &was);
		if (was.tm_mday == t->tm_mday && minute_of_day(&was) == minute_of_day(t))
			return true;
	}
	return false;
}

static int64_t next_here(const struct cron *c, int64_t after)
{
	int64_t at = after - after % 60 + 60, end = at + YEARS * INT64_C(366) * 86400;
	time_t then = (time_t)at - 60;
	struct tm before, now;

	localtime_r(&then, &before);
	while (at < end) {
		then = (time_t)at;
		localtime_r(&then, &now);
		if (fits_skipped(c, &before, &now))
			return at;
		before = now;
		if (!day_fits(c, &now) || !has(c->hour, now.tm_hour)) {
			at += 60 * (60 - now.tm_min);
			continue;
		}
		if (has(c->minute, now.tm_min) && (c->any_hour || !is_second(at, &now)))
			return at;
		at += 60;
	}
	return -1;
}

bool cron_has_zone(const char *zone)
{
	char path[128];

	if (!*zone || *zone == '/' || strstr(zone, ".."))
		return false;
	return snprintf(path, sizeof(path), ZONES "/%s", zone) < (int)sizeof(path) &&
	       access(path, R_OK) == 0;
}

int64_t cron_next(const struct cron *c, const char *zone, int64_t after)
{
	const char *had = getenv("TZ");
	char *kept = had ? strdup(had) : NULL;
	int64_t ret;

	setenv("TZ", zone, 1);
	tzset();
	ret = next_here(c, after);
	if (kept)
		setenv("TZ", kept, 1);
	else
		unsetenv("TZ");
	tzset();
	free(kept);
	return ret;
}
