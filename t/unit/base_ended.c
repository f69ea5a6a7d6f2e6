/* ended: why a process ended, as a code on the wire, in words in a log, and as a message with values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/ended.h"
#include "base/json.h"

static void shows(const char *how, const char *words, const char *json)
{
	struct arena *p = arena_new();
	char text[2 * ENDED_MAX];
	const char *part = ended_part(p, how);
	json_t *stored = json_own(p, json_message(p, part));

	assert_string_equal(ended_words(text, sizeof(text), how), words);
	assert_string_equal(part, words);
	assert_string_equal(json_text(p, stored, NULL), json);
	assert_string_equal(json_message_words(p, stored), words);
	arena_free(p);
}

static void is_words_and_a_message(void **state)
{
	(void)state;
	shows("signal 11 SEGV", "ended by signal 11 (SEGV)",
		"{\"key\":\"ended by signal {0} ({1})\",\"values\":[\"11\",\"SEGV\"]}");
	shows("status-in-request 3", "ended with status 3 in a request",
		"{\"key\":\"ended with status {0} in a request\",\"values\":[\"3\"]}");
	shows("listener", "the plugin shut its own listener",
		"{\"key\":\"the plugin shut its own listener\",\"values\":[]}");
}

static void the_last_value_may_have_spaces(void **state)
{
	(void)state;
	shows("guest-message QUERY is out of turn", "was killed: its message QUERY is out of turn",
		"{\"key\":\"was killed: its message {0} {1}\",\"values\":[\"QUERY\",\"is out of "
		"turn\"]}");
	shows("guest-load needs {0} and \"x\"", "plugin.so needs {0} and \"x\"",
		"{\"key\":\"plugin.so {0}\",\"values\":[\"needs {0} and \\\"x\\\"\"]}");
}

static void values_that_are_missing_are_empty(void **state)
{
	(void)state;
	shows("signal", "ended by signal  ()",
		"{\"key\":\"ended by signal {0} ({1})\",\"values\":[\"\",\"\"]}");
}

static void what_is_unknown_is_itself_in_a_log_only(void **state)
{
	struct arena *p = arena_new();
	char text[ENDED_MAX];

	(void)state;
	assert_string_equal(ended_words(text, sizeof(text), "<b>signals</b>"), "<b>signals</b>");
	assert_string_equal(
		ended_part(p, "<b>signals</b>"), "ended for a reason that isn't known here");
	arena_free(p);
}

static void what_is_no_message_has_no_words(void **state)
{
	struct arena *p = arena_new();
	json_t *odd = json_own(p, json_pack("{s:i, s:s}", "key", 1, "values", "x"));

	(void)state;
	assert_null(json_message_words(p, NULL));
	assert_null(json_message_words(p, odd));
	arena_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_words_and_a_message),
		cmocka_unit_test(the_last_value_may_have_spaces),
		cmocka_unit_test(values_that_are_missing_are_empty),
		cmocka_unit_test(what_is_unknown_is_itself_in_a_log_only),
		cmocka_unit_test(what_is_no_message_has_no_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ended", tests, NULL, NULL);
}
