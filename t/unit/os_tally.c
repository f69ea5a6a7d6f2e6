/* tally: which bucket, sums, and the line that goes between processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "os/tally.h"

static void counts_into_powers_of_two_of_milliseconds(void **state)
{
	struct tally t = {.tenant = 7};
	char line[TALLY_LINE_MAX];
	size_t n;
	(void)state;

	tally_count(&t, 0, 10, false);
	tally_count(&t, 999, 10, false);
	tally_count(&t, 1000, 10, true);
	tally_count(&t, 1023999, 0, false);
	tally_count(&t, 1024000, 0, false);
	tally_count(&t, 3600000000ULL, 5, true);
	n = tally_print(line, sizeof(line), &t);
	assert_int_equal(n, strlen(line));
	assert_string_equal(line, "7 6 2 3602049998 3600000000 35 2 1 0 0 0 0 0 0 0 0 1 2\n");
}

static void the_longest_line_fits(void **state)
{
	struct tally t = {.tenant = INT32_MAX,
		.calls = UINT64_MAX,
		.errors = UINT64_MAX,
		.us = UINT64_MAX,
		.us_max = UINT64_MAX,
		.cpu_us = UINT64_MAX};
	char line[TALLY_LINE_MAX + 100], small[10];
	size_t n;
	(void)state;

	for (int b = 0; b < TALLY_BUCKETS; b++)
		t.bucket[b] = UINT64_MAX;
	n = tally_print(line, sizeof(line), &t);
	assert_true(n == strlen(line) && n < TALLY_LINE_MAX);
	assert_true(tally_print(small, sizeof(small), &t) < sizeof(small));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_into_powers_of_two_of_milliseconds),
		cmocka_unit_test(the_longest_line_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
