/* Which addresses have one origin, as browsers see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/origin.h"

static void same_and_different(void **state)
{
	(void)state;
	assert_true(origin_same("https://a.example", "https://A.Example:443/path?x#y"));
	assert_true(origin_same("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
	assert_true(origin_same("http://a.example:80", "HTTP://a.example"));
	assert_false(origin_same("http://127.0.0.1:8080", "http://127.0.0.1:8081"));
	assert_false(origin_same("http://a.example", "https://a.example"));
	assert_false(origin_same("http://a.example:443", "https://a.example:443"));
	assert_false(origin_same("https://a.example:80", "https://a.example"));
	assert_false(origin_same("https://a.example", "https://a.example.evil"));
	assert_false(origin_same("https://x@a.example", "https://x@a.example"));
	assert_false(origin_same("ftp://a.example", "ftp://a.example"));
	assert_false(origin_same("", ""));
	assert_false(origin_same("https://", "https://"));
	assert_false(origin_same(NULL, "https://a.example"));
}

static void what_the_headers_say(void **state)
{
	(void)state;
	assert_true(origin_is("https://a.example", "https://a.example"));
	assert_true(origin_is("http://127.0.0.1:8081", "http://127.0.0.1:8081"));
	assert_false(origin_is("https://a.example/", "https://a.example"));
	assert_false(origin_is("null", "https://a.example"));
	assert_false(origin_is("", "https://a.example"));
	assert_false(origin_is(NULL, "https://a.example"));
	assert_false(origin_is("https://a.example https://b.example", "https://a.example"));
	assert_true(origin_is_host("a.example", "https://a.example"));
	assert_true(origin_is_host("A.example:443", "https://a.example"));
	assert_true(origin_is_host("127.0.0.1:8081", "http://127.0.0.1:8081"));
	assert_false(origin_is_host("127.0.0.1", "http://127.0.0.1:8081"));
	assert_false(origin_is_host("a.example.evil", "https://a.example"));
	assert_false(origin_is_host("", "https://a.example"));
	assert_false(origin_is_host(NULL, "https://a.example"));
	assert_false(origin_is_host("a.example", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_and_different),
		cmocka_unit_test(what_the_headers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
