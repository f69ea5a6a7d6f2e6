/* buf: growth, the maximum, formats, JSON strings of any bytes; utf8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <jansson.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/utf8.h"

static void starts_empty_and_terminated(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 100);
	assert_string_equal(b.data, "");
	buf_clear(&b);
	assert_string_equal(b.data, "");
	buf_release(&b);
	buf_release(&b);
}

static void grows_and_stays_terminated(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_addf(&b, "%04d", i), 0);
	assert_int_equal(b.len, 4000);
	assert_memory_equal(b.data + 3996, "0999", 5);
	buf_clear(&b);
	assert_string_equal(b.data, "");
	buf_release(&b);
}

static void stops_at_its_maximum_and_keeps_what_it_has(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 10);
	assert_int_equal(buf_adds(&b, "0123456789"), 0);
	assert_false(b.full);
	assert_int_equal(buf_adds(&b, "x"), -1);
	assert_true(b.full);
	assert_string_equal(b.data, "0123456789");
	assert_int_equal(buf_add(&b, "", 0), -1);
	buf_clear(&b);
	assert_int_equal(buf_addf(&b, "%s", "0123456789a"), -1);
	assert_string_equal(b.data, "");
	buf_clear(&b);
	assert_int_equal(buf_add(&b, "abc", SIZE_MAX), -1);
	buf_release(&b);
}

static void writes_json_strings_of_any_bytes(void **state)
{
	char all[256];
	struct buf b;
	json_t *v;
	(void)state;

	buf_init(&b, 10000);
	buf_add_json(&b, "a\"b\\c\n\r\t\x01\x7f\xc3\xa9", 12);
	assert_string_equal(b.data, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\xc3\xa9\"");
	buf_clear(&b);
	buf_add_json(&b, "", 0);
	assert_string_equal(b.data, "\"\"");
	for (int first = 0; first < 256; first++) {
		for (int i = 0; i < 256; i++)
			all[i] = (char)(first + i);
		buf_clear(&b);
		buf_add_json(&b, all, sizeof(all));
		v = json_loadb(b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(v);
		json_decref(v);
	}
	buf_release(&b);
}

static void knows_utf8(void **state)
{
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
		"\xc3", "\xe2\x82", "\xf0\x9f\x94", "a\xc3(", "\xfe"};
	(void)state;

	assert_int_equal(utf8_length("", 0), 0);
	assert_int_equal(utf8_length("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94", 10), 4);
	assert_int_equal(utf8_length("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", 10), 3);
	assert_int_equal(utf8_length("\0", 1), 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(utf8_length(bad[i], strlen(bad[i])), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty_and_terminated),
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(stops_at_its_maximum_and_keeps_what_it_has),
		cmocka_unit_test(writes_json_strings_of_any_bytes),
		cmocka_unit_test(knows_utf8),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
