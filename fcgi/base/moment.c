#include "base/moment.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400
#define MICROS 1000000

static bool is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int days_of(int y, int m)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Days since 1970-01-01 in the Gregorian calendar, years beginning in March so that a leap day ends one.
 * */
static int64_t days_since(int y, int m, int d)
{
	int64_t years = m <= 2 ? y - 1 : y;
	int64_t era = years / 400, of_era = years % 400;
	int64_t of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int *y, int *m, int *d)
{
	int64_t z = days + 719468, era = z / 146097, of_era = z % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	*d = (int)(of_year - (153 * month + 2) / 5 + 1);
	*m = (int)(month < 10 ? month + 3 : month - 9);
	*y = (int)(year + era * 400 + (*m <= 2));
}

/* n digits at *s, which moves behind them; -1 = not so many. */
static int digits(const char **s, int n)
{
	int ret = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		ret = ret * 10 + (**s - '0');
	}
	return ret;
}

static bool skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool read_date(const char **s, int64_t *ret_days)
{
	int y, m, d;

	if ((y = digits(s, 4)) < 1 || !skip(s, '-') || (m = digits(s, 2)) < 1 || m > 12 ||
		!skip(s, '-') || (d = digits(s, 2)) < 1 || d > days_of(y, m))
		return false;
	*ret_days = days_since(y, m, d);
	return true;
}

static bool read_fraction(const char **s, int64_t *ret_us)
{
	int64_t unit = MICROS / 10;

	if (!skip(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, unit /= 10) {
		if (unit == 0)
			return false;
		*ret_us += (**s - '0') * unit;
	}
	return true;
}

/* A leap second is none for a clock that counts seconds since 1970. */
static bool read_time(const char **s, int64_t *ret_us)
{
	int h, m, sec;

	if ((h = digits(s, 2)) < 0 || h > 23 || !skip(s, ':') || (m = digits(s, 2)) < 0 || m > 59 ||
		!skip(s, ':') || (sec = digits(s, 2)) < 0 || sec > 59)
		return false;
	*ret_us = (int64_t)(h * 3600 + m * 60 + sec) * MICROS;
	return read_fraction(s, ret_us);
}

static bool read_zone(const char **s, int64_t *ret_us)
{
	int sign = **s == '-' ? -1 : 1, h, m;

	*ret_us = 0;
	if (skip(s, 'Z') || skip(s, 'z'))
		return true;
	if ((!skip(s, '+') && !skip(s, '-')) || (h = digits(s, 2)) < 0 || h > 23 || !skip(s, ':') ||
		(m = digits(s, 2)) < 0 || m > 59)
		return false;
	*ret_us = (int64_t)sign * (h * 3600 + m * 60) * MICROS;
	return true;
}

bool moment_is_date(const char *s)
{
	int64_t days;

	return read_date(&s, &days) && *s == '\0';
}

bool moment_read(const char *s, int64_t *ret_us)
{
	int64_t days, time, zone;

	if (!read_date(&s, &days) || (!skip(&s, 'T') && !skip(&s, 't')) || !read_time(&s, &time) ||
		!read_zone(&s, &zone) || *s != '\0')
		return false;
	*ret_us = days * DAY * MICROS + time - zone;
	return *ret_us >= days_since(1, 1, 1) * DAY * MICROS &&
	       *ret_us < days_since(10000, 1, 1) * DAY * MICROS;
}

bool moment_read_sql(const char *s, int64_t *ret_us)
{
	int64_t days, time;

	if (!read_date(&s, &days) || !skip(&s, ' ') || !read_time(&s, &time) ||
		strcmp(s, "+00") != 0)
		return false;
	*ret_us = days * DAY * MICROS + time;
	return true;
}

static void split(int64_t us, int date[3], int time[4])
{
	int64_t days = us / (DAY * (int64_t)MICROS), rest = us % (DAY * (int64_t)MICROS);
	int64_t seconds;

	if (rest < 0) {
		rest += DAY * (int64_t)MICROS;
		days--;
	}
	seconds = rest / MICROS;
	date_of(days, &date[0], &date[1], &date[2]);
	time[0] = (int)(seconds / 3600);
	time[1] = (int)(seconds / 60 % 60);
	time[2] = (int)(seconds % 60);
	time[3] = (int)(rest % MICROS);
}

void moment_sql(char ret[MOMENT_LEN], int64_t us)
{
	int date[3], time[4], n;

	split(us, date, time);
	n = snprintf(ret, MOMENT_LEN, "%04d-%02d-%02d %02d:%02d:%02d.%06d", date[0], date[1],
		date[2], time[0], time[1], time[2], time[3]);
	while (ret[n - 1] == '0')
		n--;
	if (ret[n - 1] == '.')
		n--;
	snprintf(ret + n, MOMENT_LEN - (size_t)n, "+00");
}

void moment_iso(char ret[MOMENT_LEN], int64_t us)
{
	int date[3], time[4];

	split(us, date, time);
	snprintf(ret, MOMENT_LEN, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date[0], date[1], date[2],
		time[0], time[1], time[2], time[3] / 1000);
}
