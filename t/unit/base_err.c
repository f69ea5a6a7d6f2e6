/* err: the first cause stays, fields collect, nothing overflows; clock and log beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/op.h"
#include "base/log.h"

static struct err e;

static void keeps_the_first_cause(void **state)
{
	(void)state;
	err_init(&e, NULL);
	assert_int_equal(err_set(&e, MT_ENOENT, "no %s", "ticket"), MT_ENOENT);
	assert_int_equal(err_set(&e, MT_EINTERNAL, "later"), MT_ENOENT);
	assert_string_equal(e.message, "no ticket");
	assert_int_equal(err_set(NULL, MT_EBUSY, "x"), MT_EBUSY);
}

static void collects_fields_up_to_its_maximum(void **state)
{
	(void)state;
	err_init(&e, NULL);
	for (int i = 0; i < 100; i++)
		assert_int_equal(err_addfield(&e, "/title", "fault %d", i), MT_EFIELDS);
	assert_int_equal(e.code, MT_EFIELDS);
	assert_int_equal(e.n_fields, ERR_FIELDS_MAX);
	assert_string_equal(e.field[63].detail, "fault 63");
	err_init(&e, NULL);
	assert_int_equal(e.n_fields, 0);
	assert_int_equal(e.code, 0);
}

static void cuts_long_texts(void **state)
{
	char *text = calloc(1, 5000);
	(void)state;

	memset(text, 'x', 4999);
	err_init(&e, NULL);
	err_set(&e, MT_EINVAL, "%s", text);
	assert_int_equal(strlen(e.message), ERR_TEXT_MAX - 1);
	for (int i = 0; i < 100; i++)
		err_log(&e, "%s", i == 0 ? "first" : text + 4900);
	assert_in_range(strlen(e.log), ERR_TEXT_MAX - 4, ERR_TEXT_MAX - 1);
	assert_memory_equal(e.log, "first; x", 8);
	err_addfield(&e, text, "%s", text);
	assert_int_equal(e.code, MT_EINVAL);
	free(text);
}

/* A request is cleared with it, and an attempt's error is set aside by copying it. */
static void is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct err) <= 72);
	assert_true(sizeof(struct op) <= 136);
}

static void says_it_anew_and_keeps_the_log(void **state)
{
	(void)state;
	err_init(&e, NULL);
	err_log(&e, "23505");
	err_typed(&e, MT_ECONFLICT, "taken", "this already exists");
	assert_int_equal(err_replace(&e, MT_EFIELDS, "a name for two"), MT_EFIELDS);
	assert_string_equal(e.message, "a name for two");
	assert_string_equal(e.log, "23505");
	assert_string_equal(e.type, "");
}

static void an_attempt_has_an_error_of_its_own(void **state)
{
	struct err kept, why;
	struct op op;
	(void)state;

	op_init(&op, arena_new(), 0);
	op_log(&op, "before");
	kept = op_try(&op);
	assert_int_equal(op_refuse(&op, MT_EBUSY, "away", "nobody is there"), MT_EBUSY);
	op_fault(&op, "/a", "is wrong");
	why = op_tried(&op, kept);
	assert_int_equal(op.err.code, 0);
	assert_string_equal(op.err.log, "before");
	assert_string_equal(why.type, "away");
	assert_int_equal(why.n_fields, 1);
	arena_free(op.arena);
}

static void writes_times(void **state)
{
	char s[40];
	(void)state;

	clock_iso(s, sizeof(s), 0);
	assert_string_equal(s, "1970-01-01T00:00:00.000Z");
	clock_iso(s, sizeof(s), 1793088930123);
	assert_string_equal(s, "2026-10-27T08:15:30.123Z");
	clock_iso(s, sizeof(s), -1);
	assert_string_equal(s, "1969-12-31T23:59:59.999Z");
	clock_iso(s, sizeof(s), INT64_MAX);
	assert_int_equal(clock_left(clock_ms() - 1), 0);
	assert_int_equal(clock_left(INT64_MAX), INT32_MAX);
	int left = 0;
	for (int i = 0; i < 3 && left < 900; i++) /* a machine may stand still between the two */
		left = clock_left(clock_ms() + 1000);
	assert_in_range(left, 900, 1000);
}

/* What fn writes to standard error. */
static char *captured(void (*fn)(void))
{
	char path[] = "/tmp/mortise-log-XXXXXX";
	char *ret = calloc(1, 70000);
	int fd = mkstemp(path), saved = dup(2);
	ssize_t n;

	assert_true(fd >= 0);
	unlink(path);
	dup2(fd, 2);
	fn();
	dup2(saved, 2);
	n = pread(fd, ret, 69999, 0);
	assert_true(n >= 0);
	close(fd);
	close(saved);
	return ret;
}

static void log_odd(void)
{
	log_init("test", LOG_LV_INFO);
	log_request_id("abc\"\xff");
	log_kv(LOG_LV_INFO, "m\n\xc3", "k", "v\x01", "left out", NULL, "k2", "\"", NULL);
	log_request_id(NULL);
	log_debug("not seen");
}

static void log_long(void)
{
	char *text = calloc(1, 50000);

	memset(text, 1, 49999);
	log_kv(LOG_LV_ERROR, "long", "k", text, NULL);
	log_line(LOG_LV_ERROR, "%s", text);
	free(text);
}

static void logs_one_valid_json_line(void **state)
{
	char *s = captured(log_odd);
	json_t *v = json_loads(s, 0, NULL);
	(void)state;

	assert_non_null(v);
	assert_ptr_equal(strchr(s, '\n'), s + strlen(s) - 1);
	assert_string_equal(json_string_value(json_object_get(v, "k2")), "\"");
	assert_string_equal(json_string_value(json_object_get(v, "level")), "info");
	assert_null(json_object_get(v, "left out"));
	json_decref(v);
	free(s);
}

static void logs_something_when_it_is_too_long(void **state)
{
	char *s = captured(log_long), *second = strchr(s, '\n');
	json_t *v;
	(void)state;

	assert_non_null(second);
	*second++ = '\0';
	v = json_loads(s, 0, NULL);
	assert_non_null(v);
	assert_true(json_is_true(json_object_get(v, "cut")));
	assert_string_equal(json_string_value(json_object_get(v, "msg")), "long");
	assert_true(strlen(s) < 4096);
	json_decref(v);
	v = json_loads(second, 0, NULL);
	assert_non_null(v);
	json_decref(v);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_first_cause),
		cmocka_unit_test(collects_fields_up_to_its_maximum),
		cmocka_unit_test(cuts_long_texts),
		cmocka_unit_test(is_small),
		cmocka_unit_test(says_it_anew_and_keeps_the_log),
		cmocka_unit_test(an_attempt_has_an_error_of_its_own),
		cmocka_unit_test(writes_times),
		cmocka_unit_test(logs_one_valid_json_line),
		cmocka_unit_test(logs_something_when_it_is_too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
