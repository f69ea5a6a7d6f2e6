/* Versions after semver.org and the ranges of a manifest's "host". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "package/semver.h"

static void versions_that_are_none(void **state)
{
	static const char *const T[] = {"", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.00.0",
		"1.0.0-", "1.0.0-a..b", "1.0.0-01", "1.0.0+", " 1.0.0", "1.0.0 ", "1.0.0-ä",
		"-1.0.0", "1.0.99999999999",
		"1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"1.x.0"};
	struct semver v;

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		if (semver_parse(&v, T[i]) == 0)
			fail_msg("\"%s\" was read as a version", T[i]);
	assert_int_equal(semver_parse(&v, "1.2.3-rc.1+build.007"), 0);
	assert_string_equal(v.pre, "rc.1");
}

/* The order that semver.org gives as its example, and more. */
static void precedence(void **state)
{
	static const char *const T[] = {"0.0.9", "0.1.0", "1.0.0-1", "1.0.0-2", "1.0.0-10",
		"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
		"1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.10", "1.2.0", "1.10.0", "10.0.0"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		for (size_t j = 0; j < sizeof(T) / sizeof(*T); j++) {
			int c = semver_compare(T[i], T[j]);

			if ((c > 0) - (c < 0) != (i > j) - (i < j))
				fail_msg("%s against %s gave %d", T[i], T[j], c);
		}
	assert_int_equal(semver_compare("1.0.0+a", "1.0.0+b"), 0);
}

static void ranges(void **state)
{
	static const struct {
		const char *version, *range;
		bool in;
	} T[] = {
		{"0.1.0", ">=0.1.0 <1.0.0", true},
		{"1.0.0", ">=0.1.0 <1.0.0", false},
		{"0.0.9", ">=0.1.0 <1.0.0", false},
		{"3.2.1", "*", true},
		{"1.2.3", "1.2.3", true},
		{"1.2.4", "=1.2.3", false},
		{"1.9.0", "^1.2.3", true},
		{"2.0.0", "^1.2.3", false},
		{"1.2.2", "^1.2.3", false},
		{"0.2.9", "^0.2.3", true},
		{"0.3.0", "^0.2.3", false},
		{"0.0.3", "^0.0.3", true},
		{"0.0.4", "^0.0.3", false},
		{"1.2.9", "~1.2.3", true},
		{"1.3.0", "~1.2.3", false},
		{"5.0.0", "<1.0.0 || >=4.0.0", true},
		{"2.0.0", "<1.0.0||>=4.0.0", false},
		{"1.0.0", ">1.0.0", false},
		{"1.0.0", "<=1.0.0", true},
	};
	static const char *const BAD[] = {"", " ", ">=", ">= 1.0.0", "1.0", "==1.0.0", "=>1.0.0",
		"||", "1.0.0 ||", "1.0.0 | 2.0.0", "^*", "latest"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		if (!semver_range_valid(T[i].range) ||
			semver_in_range(T[i].version, T[i].range) != T[i].in)
			fail_msg("%s in \"%s\"", T[i].version, T[i].range);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++)
		if (semver_range_valid(BAD[i]))
			fail_msg("\"%s\" was read as a range", BAD[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_that_are_none),
		cmocka_unit_test(precedence),
		cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
