/* Under which name an address is counted, and which are let off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "auth/limit.h"

static const char *name(const char *address)
{
	static char text[LIMIT_NAME_MAX];

	limit_name(address, text);
	return text;
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(name("192.0.2.7"), "192.0.2.7");
	assert_string_equal(name("::ffff:192.0.2.7"), "192.0.2.7");
	assert_string_equal(name("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
	assert_string_equal(name("2001:DB8:1:2::9"), "2001:db8:1:2::/64");
	assert_string_equal(name("::1"), "::/64");
	assert_string_equal(name("unix:"), "local");
	assert_string_equal(name(""), "local");
	assert_string_equal(name(NULL), "local");
	assert_string_equal(
		name("1.2.3.4.5 and more than an address ever has room for, much more"), "local");
}

static void test_exempt(void **state)
{
	(void)state;
	assert_false(limit_exempt("", "192.0.2.7"));
	assert_true(limit_exempt("192.0.2.7", "192.0.2.7"));
	assert_true(limit_exempt("  10.0.0.1\t::ffff:192.0.2.7 ", "192.0.2.7"));
	assert_true(limit_exempt("2001:db8::1", "2001:db8::2"));
	assert_false(limit_exempt("192.0.2.70 192.0.2", "192.0.2.7"));
	assert_false(limit_exempt("nonsense", "unix:"));
	assert_true(limit_exempt("local", "unix:"));
	assert_false(limit_exempt("local", "192.0.2.7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_exempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
