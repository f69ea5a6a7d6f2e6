/* json: depth before recursion, duplicates, odd bytes, NUL, and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/json.h"

static struct arena *p;
static struct err e;

static int setup(void **state)
{
	(void)state;
	p = arena_new();
	err_init(&e, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(p);
	return 0;
}

static int parse(const char *s)
{
	json_t *v;
	int rc;

	err_init(&e, NULL);
	rc = json_parse(p, s, strlen(s), &v, &e);
	assert_true((rc == 0) == (v != NULL));
	return rc;
}

static void reads_values(void **state)
{
	json_t *v;
	(void)state;

	assert_int_equal(json_parse(p, "{\"a\":\"b\",\"n\":1}", 15, &v, &e), 0);
	assert_string_equal(json_str(v, "a", "x"), "b");
	assert_string_equal(json_str(v, "n", "x"), "x");
	assert_string_equal(json_str(v, "z", "x"), "x");
	assert_string_equal(json_str(NULL, "z", "x"), "x");
	assert_int_equal(parse("[1,2]"), 0);
	assert_int_equal(parse("\"text\""), 0);
	assert_int_equal(parse("null"), 0);
}

static void says_where_it_is_broken(void **state)
{
	(void)state;
	assert_int_equal(parse("{\n  \"a\": ,\n}"), MT_EINVAL);
	assert_non_null(strstr(e.message, "line 2"));
	assert_int_equal(parse("{} x"), MT_EINVAL);
	assert_int_equal(parse(""), MT_EINVAL);
	assert_int_equal(parse("{\"a\":1"), MT_EINVAL);
	assert_int_equal(parse("[1e999]"), MT_EINVAL);
	assert_int_equal(parse("[123456789012345678901234567890]"), MT_EINVAL);
	assert_int_equal(parse("{'a':1}"), MT_EINVAL);
	assert_int_equal(parse("[NaN]"), MT_EINVAL);
}

static void refuses_duplicate_keys(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"a\":1,\"a\":1}"), MT_EINVAL);
	assert_non_null(strstr(e.message, "uplicate"));
	assert_int_equal(parse("{\"a\":1,\"\\u0061\":1}"), MT_EINVAL);
	assert_int_equal(parse("[{\"o\":{\"x\":1,\"x\":2}}]"), MT_EINVAL);
}

static void counts_depth_before_it_recurses(void **state)
{
	size_t n = 1 << 20;
	char *s = malloc(n + 1);
	(void)state;

	memset(s, '[', n);
	s[n] = '\0';
	assert_int_equal(parse(s), MT_EINVAL);
	assert_non_null(strstr(e.message, "nested"));
	for (size_t i = 0; i + 5 <= n; i += 5)
		memcpy(s + i, "{\"a\":", 5);
	assert_int_equal(parse(s), MT_EINVAL);
	assert_non_null(strstr(e.message, "nested"));
	free(s);
}

static void allows_exactly_32_levels(void **state)
{
	char s[80];
	(void)state;

	for (int depth = 31; depth <= 33; depth++) {
		memset(s, '[', (size_t)depth);
		memset(s + depth, ']', (size_t)depth);
		s[2 * depth] = '\0';
		assert_int_equal(parse(s), depth <= 32 ? 0 : MT_EINVAL);
	}
}

static void does_not_count_brackets_in_strings(void **state)
{
	char s[120];
	(void)state;

	snprintf(s, sizeof(s), "[\"%060d\"]", 0);
	memset(s + 2, '[', 60);
	assert_int_equal(parse(s), 0);
	s[2] = '\\';
	s[3] = '"';
	assert_int_equal(parse(s), 0);
}

static void refuses_what_is_not_utf8(void **state)
{
	(void)state;
	assert_int_equal(parse("[\"\xff\"]"), MT_EINVAL);
	assert_int_equal(parse("[\"\xc0\x80\"]"), MT_EINVAL);
	assert_int_equal(parse("[\"\xed\xa0\x80\"]"), MT_EINVAL);
	assert_int_equal(parse("[\"\\ud800\"]"), MT_EINVAL);
	assert_int_equal(parse("{\"\xff\":1}"), MT_EINVAL);
	assert_int_equal(parse("[\"\x01\"]"), MT_EINVAL);
	for (const char *s = e.message; *s != '\0'; s++)
		assert_true(*s >= 0x20 && *s < 0x7f);
}

static void refuses_nul_unless_asked(void **state)
{
	static const char text[] = "[\"a\\u0000b\"]";
	json_t *v;
	(void)state;

	assert_int_equal(parse(text), MT_EINVAL);
	err_init(&e, NULL);
	assert_int_equal(json_parse_nul(p, text, sizeof(text) - 1, &v, &e), 0);
	assert_int_equal(json_string_length(json_array_get(v, 0)), 3);
	assert_int_equal(json_parse(p, "[1]\0", 4, &v, &e), MT_EINVAL);
	err_init(&e, NULL);
	assert_int_equal(json_parse_nul(p, "{\"a\\u0000\":1}", 13, &v, &e), MT_EINVAL);
}

static void writes_compact_text(void **state)
{
	json_t *v = json_pack("{s:i,s:[s,n]}", "a", 1, "b", "\xc3\xa9\n");
	size_t n;
	(void)state;

	json_own(p, v);
	assert_string_equal(json_text(p, v, &n), "{\"a\":1,\"b\":[\"\xc3\xa9\\n\",null]}");
	assert_int_equal(n, 25);
	assert_null(json_text(p, NULL, &n));
}

static void does_not_write_what_is_too_deep(void **state)
{
	json_t *top = json_array(), *v = top;
	(void)state;

	json_own(p, top);
	for (int i = 0; i < 100; i++) {
		json_t *inner = json_array();

		json_array_append_new(v, inner);
		v = inner;
	}
	assert_null(json_text(p, top, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_values, setup, teardown),
		cmocka_unit_test_setup_teardown(says_where_it_is_broken, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_duplicate_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(counts_depth_before_it_recurses, setup, teardown),
		cmocka_unit_test_setup_teardown(allows_exactly_32_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(
			does_not_count_brackets_in_strings, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_not_utf8, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_nul_unless_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_compact_text, setup, teardown),
		cmocka_unit_test_setup_teardown(does_not_write_what_is_too_deep, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
