/* message: every conversion of a format as a value, whatever its type; what can't be said has no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

__attribute__((format(printf, 1, 2))) static const char *json_of(const char *fmt, ...)
{
	va_list ap;
	char *ret;

	va_start(ap, fmt);
	ret = message_json(arena, fmt, ap);
	va_end(ap);
	return ret;
}

#define SAYS(wanted, ...) assert_string_equal(json_of(__VA_ARGS__), wanted)

static void keeps_strings_as_strings(void **state)
{
	(void)state;
	SAYS("{\"key\":\"No values\",\"values\":[]}", "No values");
	SAYS("{\"key\":\"No {0} of {1}\",\"values\":[\"a\",\"\"]}", "No %s of %s", "a", "");
	SAYS("{\"key\":\"Name \\\"{0}\\\"\",\"values\":[\"a\\\"b\"]}", "Name \"%s\"", "a\"b");
	SAYS("{\"key\":\"Grade {0}\",\"values\":[\"x\"]}", "Grade %c", 'x');
	SAYS("{\"key\":\"{0} is odd\",\"values\":[\"\xef\xbf\xbd\"]}", "%s is odd", "\xff");
}

static void a_part_is_a_message_of_its_own(void **state)
{
	const char *part = message_part(arena, "a number up to %d", 9);
	const char *inner = message_part_plain(arena, P_("half"));

	(void)state;
	assert_string_equal(part, "a number up to 9");
	SAYS("{\"key\":\"Wanted: {0}\",\"values\":[{\"key\":\"a number up to {0}\",\"values\":[9]}]}",
		"Wanted: %.300s", part);
	SAYS("{\"key\":\"Wanted: {0}\",\"values\":[\"a number up to 9\"]}", "Wanted: %s",
		arena_strdup(arena, part));
	SAYS("{\"key\":\"It is {0}\",\"values\":[{\"key\":\"{0} ({1})\",\"values\":[1,{\"key\":\"half\","
	     "\"values\":[]}]}]}",
		"It is %s", message_part(arena, "%d (%s)", 1, inner));
	assert_ptr_equal(message_part_plain(arena, inner), inner);
	assert_string_equal(message_json_plain(arena, inner), "{\"key\":\"half\",\"values\":[]}");
	arena_clear(arena);
	assert_null(arena_noted(arena, part));
}

static void a_message_taken_as_a_part_keeps_its_key(void **state)
{
	struct err why;

	(void)state;
	err_init(&why, arena);
	err_set(&why, MT_EINVAL, "Line %d is odd", 3);
	SAYS("{\"key\":\"Refused: {0}\",\"values\":[{\"key\":\"Line {0} is odd\",\"values\":[3]}]}",
		"Refused: %s", err_part(arena, &why));
}

static void keeps_numbers_as_numbers(void **state)
{
	(void)state;
	SAYS("{\"key\":\"{0} {1} {2} n\",\"values\":[-1,4294967295,7]}", "%d %u %i n", -1,
		4294967295u, 7);
	SAYS("{\"key\":\"{0} {1} n\",\"values\":[-9000000000,9000000000]}", "%ld %lu n",
		-9000000000L, 9000000000UL);
	SAYS("{\"key\":\"{0} {1} n\",\"values\":[-9000000000,18446744073709551615]}", "%lld %llu n",
		-9000000000LL, 18446744073709551615ULL);
	SAYS("{\"key\":\"{0} {1} n\",\"values\":[9000000000,-3]}", "%zu %zd n",
		(size_t)9000000000UL, (ssize_t)-3);
	SAYS("{\"key\":\"{0} {1} {2} n\",\"values\":[1,2,3]}", "%jd %td %hhu n", (intmax_t)1,
		(ptrdiff_t)2, (unsigned char)3);
	SAYS("{\"key\":\"{0} {1} n\",\"values\":[0.25,3.5]}", "%.15g %f n", 0.25, 3.5);
	SAYS("{\"key\":\"{0} n\",\"values\":[\"inf\"]}", "%g n", 1e308 * 10);
	SAYS("{\"key\":\"Octets {0}\",\"values\":[\"ff\"]}", "Octets %x", 255u);
}

/* What stands behind a width or precision that came as an argument is still read as what it is. */
static void reads_widths_and_precisions(void **state)
{
	(void)state;
	SAYS("{\"key\":\"Of {0}, {1} n\",\"values\":[\"ab\",5]}", "Of %.2s, %d n", "abc", 5);
	SAYS("{\"key\":\"Of {0}, {1} n\",\"values\":[\"ab\",5]}", "Of %.*s, %d n", 2, "abc", 5);
	SAYS("{\"key\":\"Of {0}, {1} n\",\"values\":[\"abc\",5]}", "Of %-*.*s, %d n", 9, -1, "abc",
		5);
	SAYS("{\"key\":\"{0}:{1} o'clock\",\"values\":[7,5]}", "%2d:%02d o'clock", 7, 5);
}

/* A precision reads no further than it says, and leaves no half of a character. */
static void cuts_where_a_precision_says(void **state)
{
	static const char raw[3] = {'a', 'b', 'c'};
	(void)state;

	SAYS("{\"key\":\"Of {0}\",\"values\":[\"abc\"]}", "Of %.*s", 3, raw);
	SAYS("{\"key\":\"Of {0}\",\"values\":[\"\xc3\xa4\"]}", "Of %.3s", "\xc3\xa4\xc3\xa4");
	SAYS("{\"key\":\"Of {0}\",\"values\":[\"a\"]}", "Of %.3s", "a\xe2\x82\xac");
}

static void keeps_a_per_cent_sign(void **state)
{
	(void)state;
	SAYS("{\"key\":\"{0} % of {1}\",\"values\":[50,2]}", "%d %% of %d", 50, 2);
	assert_string_equal(message_json_plain(arena, "100 % \"done\""),
		"{\"key\":\"100 % \\\"done\\\"\",\"values\":[]}");
}

static void has_no_key_for_other_words(void **state)
{
	char long_text[MESSAGE_MAX / 6 + 1];
	(void)state;

	assert_null(json_of("%s", "somebody else's"));
	assert_null(json_of("%s: %d", "somebody else's", 4));
	assert_null(json_of("At %p", (void *)arena));
	assert_null(json_of("Wide %ls", L"x"));
	memset(long_text, 1, sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(json_of("%s, %s, and so on", long_text, long_text));
}

/* Bounded by the longest text that an error may have. */
static void cuts_long_values(void **state)
{
	char text[5000];
	(void)state;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_in_range(strlen(json_of("Of %s", text)), ERR_TEXT_MAX, ERR_TEXT_MAX + 40);
}

static void goes_with_an_error(void **state)
{
	struct err e, other;
	(void)state;

	err_init(&e, arena);
	err_set(&e, MT_ETOOBIG, "The file is larger than %d MB", 32);
	err_set(&e, MT_EINVAL, "Later");
	assert_string_equal(e.message, "The file is larger than 32 MB");
	assert_string_equal(e.text, "{\"key\":\"The file is larger than {0} MB\",\"values\":[32]}");
	err_addfield(&e, "/a", "Must have %ld to %ld characters", 1L, 9L);
	assert_string_equal(
		e.field[0].text, "{\"key\":\"Must have {0} to {1} characters\",\"values\":[1,9]}");
	err_addfield_plain(&e, "/b", "Is 100 % wrong");
	assert_string_equal(e.field[1].text, "{\"key\":\"Is 100 % wrong\",\"values\":[]}");
	err_addfield_verbatim(&e, "/c", "of %s plugin");
	assert_string_equal(e.field[2].detail, "of %s plugin");
	assert_null(e.field[2].text);
	err_takefield(&e, "/d", &e);
	assert_string_equal(e.field[3].detail, e.message);
	assert_string_equal(e.field[3].text, e.text);

	err_init(&other, arena);
	err_log(&other, "first");
	err_log(&e, "second");
	assert_int_equal(err_take(&other, MT_EUPSTREAM, &e), MT_EUPSTREAM);
	assert_string_equal(other.message, e.message);
	assert_string_equal(other.text, e.text);
	assert_string_equal(other.log, "first; second");
	err_replace(&other, MT_EBUSY, "Try again");
	assert_string_equal(other.text, "{\"key\":\"Try again\",\"values\":[]}");
	err_again(&other);
	err_verbatim(&other, MT_EINVAL, "a plugin's words");
	assert_null(other.text);
	err_again(&other);
	assert_int_equal(err_plain(&other, MT_EINVAL, "Ours"), MT_EINVAL);
	assert_string_equal(other.text, "{\"key\":\"Ours\",\"values\":[]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_strings_as_strings),
		cmocka_unit_test(a_part_is_a_message_of_its_own),
		cmocka_unit_test(a_message_taken_as_a_part_keeps_its_key),
		cmocka_unit_test(keeps_numbers_as_numbers),
		cmocka_unit_test(reads_widths_and_precisions),
		cmocka_unit_test(cuts_where_a_precision_says),
		cmocka_unit_test(keeps_a_per_cent_sign),
		cmocka_unit_test(has_no_key_for_other_words),
		cmocka_unit_test(cuts_long_values),
		cmocka_unit_test(goes_with_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("message", tests, setup, teardown);
}
