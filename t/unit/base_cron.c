/* cron: what is a schedule, and when it is next, also where the clock skips or repeats an hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/cron.h"

static int64_t utc(const char *s)
{
	struct tm t = {0};

	assert_non_null(strptime(s, "%Y-%m-%dT%H:%MZ", &t));
	return (int64_t)timegm(&t);
}

static const char *next(const char *cron, const char *zone, const char *after)
{
	static char ret[32];
	struct cron c;
	int64_t at;

	assert_int_equal(cron_parse(&c, cron), 0);
	at = cron_next(&c, zone, utc(after));
	if (at < 0)
		return "never";
	strftime(ret, sizeof(ret), "%Y-%m-%dT%H:%MZ", gmtime(&(time_t){at}));
	return ret;
}

static void what_is_a_schedule(void **state)
{
	static const char *const good[] = {"* * * * *", "0 6 * * 1-5", "*/15 8-18 1,15 jan-mar mon",
		"59 23 31 12 7", "  5\t4 * * *  ", "@daily", "0-30/10,45 * * * *", "0 0 * * sun,3"};
	static const char *const bad[] = {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *",
		"* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *",
		"1,,2 * * * *", "1- * * * *", "@often", "* * * * *x", "-1 * * * *", "* * * janu *"};
	struct cron c;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (cron_parse(&c, good[i]) != 0)
			fail_msg("\"%s\" is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (cron_parse(&c, bad[i]) == 0)
			fail_msg("\"%s\" is taken", bad[i]);
}

static void days_and_hours(void **state)
{
	(void)state;
	assert_string_equal(next("* * * * *", "UTC", "2026-11-23T07:30Z"), "2026-11-23T07:31Z");
	assert_string_equal(next("30 7 * * *", "UTC", "2026-11-23T07:30Z"), "2026-11-24T07:30Z");
	assert_string_equal(
		next("0 6 * * 1-5", "Europe/Berlin", "2026-11-20T12:00Z"), "2026-11-23T05:00Z");
	assert_string_equal(next("0 0 31 * *", "UTC", "2026-01-31T00:00Z"), "2026-03-31T00:00Z");
	assert_string_equal(next("0 0 29 2 *", "UTC", "2026-01-01T00:00Z"), "2028-02-29T00:00Z");
	assert_string_equal(next("0 0 31 2 *", "UTC", "2026-01-01T00:00Z"), "never");
	/* both days restricted: either */
	assert_string_equal(next("0 0 13 * 5", "UTC", "2026-11-01T00:00Z"), "2026-11-06T00:00Z");
	assert_string_equal(
		next("0 9 * * *", "Asia/Kolkata", "2026-11-23T04:00Z"), "2026-11-24T03:30Z");
}

/* Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z. 25 October: 03:00 becomes 02:00 at 01:00Z. */
static void hours_that_are_skipped(void **state)
{
	(void)state;
	assert_string_equal(
		next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z"), "2026-03-29T01:00Z");
	assert_string_equal(
		next("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00Z"), "2026-03-30T00:30Z");
	/* several in the gap are one */
	assert_string_equal(
		next("*/10 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z"), "2026-03-29T01:00Z");
	assert_string_equal(
		next("*/10 2 * * *", "Europe/Berlin", "2026-03-29T01:00Z"), "2026-03-30T00:00Z");
	/* not on this weekday */
	assert_string_equal(
		next("30 2 * * 1", "Europe/Berlin", "2026-03-28T12:00Z"), "2026-03-30T00:30Z");
	/* every hour: nothing is made up for */
	assert_string_equal(
		next("30 * * * *", "Europe/Berlin", "2026-03-29T00:30Z"), "2026-03-29T01:30Z");
}

static void hours_that_are_there_twice(void **state)
{
	(void)state;
	assert_string_equal(
		next("30 */2 * * *", "Europe/Berlin", "2026-10-25T00:30Z"), "2026-10-25T03:30Z");
	assert_true(cron_has_zone("Europe/Berlin"));
	assert_false(cron_has_zone("Europe/Berln"));
	assert_false(cron_has_zone("../zoneinfo/UTC"));
	assert_string_equal(
		next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z"), "2026-10-25T00:30Z");
	assert_string_equal(
		next("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30Z"), "2026-10-26T01:30Z");
	assert_string_equal(
		next("30 * * * *", "Europe/Berlin", "2026-10-25T00:30Z"), "2026-10-25T01:30Z");
	assert_string_equal(next("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00Z"),
		"2026-04-04T14:45Z");
	assert_string_equal(next("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45Z"),
		"2026-04-05T15:15Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_schedule),
		cmocka_unit_test(days_and_hours),
		cmocka_unit_test(hours_that_are_skipped),
		cmocka_unit_test(hours_that_are_there_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
