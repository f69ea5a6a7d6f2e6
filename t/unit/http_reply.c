/* reply: problems that are always valid JSON, headers that can't be injected, the status table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/json.h"
#include "http/problem.h"
#include "http/req.h"

static struct req r;

static int setup(void **state)
{
	(void)state;
	memset(&r, 0, sizeof(r));
	r.op.arena = arena_new();
	r.op.id = "0123456789abcdef0123456789abcdef";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(r.op.arena);
	return 0;
}

static const char *header(const char *name)
{
	for (int i = 0; i < r.n_headers; i++)
		if (strcmp(r.header[i].name, name) == 0)
			return r.header[i].value;
	return NULL;
}

/* The reply's body as JSON. */
static json_t *problem(void)
{
	json_t *v;

	reply_problem(&r);
	assert_string_equal(r.content_type, "application/problem+json");
	v = json_loadb(r.out, r.out_len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(v);
	json_own(r.op.arena, v);
	assert_int_equal(json_integer_value(json_object_get(v, "status")), r.status);
	return v;
}

static void turns_an_error_into_a_problem(void **state)
{
	json_t *v;
	(void)state;

	op_fail(&r.op, MT_ECONFLICT, "ticket is already closed");
	r.op.err.type = "state-conflict";
	v = problem();
	assert_int_equal(r.status, 409);
	assert_string_equal(json_str(v, "type", ""), "/problems/state-conflict");
	assert_string_equal(json_str(v, "detail", ""), "ticket is already closed");
	assert_string_equal(json_str(v, "requestId", ""), r.op.id);
	assert_null(json_object_get(v, "errors"));
}

static void lists_every_field(void **state)
{
	json_t *errors;
	(void)state;

	op_fault(&r.op, "/title", "is missing");
	op_fault(&r.op, "/a~1b", "must be \"x\"");
	errors = json_object_get(problem(), "errors");
	assert_int_equal(r.status, 422);
	assert_int_equal(json_array_size(errors), 2);
	assert_string_equal(json_str(json_array_get(errors, 1), "pointer", ""), "/a~1b");
	assert_string_equal(json_str(json_array_get(errors, 1), "detail", ""), "must be \"x\"");
}

static void carries_key_and_values(void **state)
{
	json_t *v, *text;
	(void)state;

	op_fail(&r.op, MT_ETOOBIG, "The file is larger than %d MB", 32);
	op_fault(&r.op, "/title", "Must have %ld to %ld characters", 1L, 200L);
	err_addfield_verbatim(&r.op.err, "/values", "a plugin's words");
	v = problem();
	text = json_object_get(v, "text");
	assert_string_equal(json_str(text, "key", ""), "The file is larger than {0} MB");
	assert_int_equal(
		json_integer_value(json_array_get(json_object_get(text, "values"), 0)), 32);
	v = json_object_get(v, "errors");
	text = json_object_get(json_array_get(v, 0), "text");
	assert_string_equal(json_str(text, "key", ""), "Must have {0} to {1} characters");
	assert_null(json_object_get(json_array_get(v, 1), "text"));
}

/* Without a message it is the title, and what broke inside isn't said. */
static void has_a_key_for_what_has_no_message(void **state)
{
	(void)state;
	err_verbatim(&r.op.err, MT_ENOENT, "");
	assert_string_equal(json_str(json_object_get(problem(), "text"), "key", ""), "Not found");
	err_again(&r.op.err);
	op_fail(&r.op, MT_EINTERNAL, "secret %s", "secret");
	assert_null(
		strstr(json_str(json_object_get(problem(), "text"), "key", "secret"), "secret"));
}

/* A header has no room for much: what can be translated goes before what is said. */
static void is_short_in_a_header(void **state)
{
	char head_only[] = "MT_HEAD_ONLY=1", *envp[] = {head_only, NULL};
	char name[301];
	(void)state;

	r.envp = envp;
	op_fail(&r.op, MT_EPERM, "Sign in first");
	assert_non_null(json_object_get(problem(), "text"));
	assert_string_equal(header("X-Mt-Problem"), r.out);
	memset(name, 1, sizeof(name) - 1);
	name[300] = '\0';
	err_again(&r.op.err);
	op_fail(&r.op, MT_EPERM, "The person %s may not", name);
	assert_null(json_object_get(problem(), "text"));
	assert_non_null(strstr(r.out, "may not"));
}

static void stays_valid_json_with_odd_bytes(void **state)
{
	char odd[300];
	(void)state;

	for (int i = 0; i < 299; i++)
		odd[i] = (char)(i % 255 + 1);
	odd[299] = '\0';
	op_fail(&r.op, MT_EINVAL, "%s", odd);
	r.op.err.type = arena_strndup(r.op.arena, odd, 47);
	r.op.id = odd;
	for (int i = 0; i < 64; i++)
		op_fault(&r.op, odd, "%s", odd);
	problem();
	assert_int_equal(r.status, 400);
}

static void stays_valid_json_when_it_is_too_long(void **state)
{
	char ones[256];
	(void)state;

	memset(ones, 1, 255);
	ones[255] = '\0';
	for (int i = 0; i < 64; i++)
		op_fault(&r.op, ones, "Of %s", ones);
	problem();
	assert_int_equal(r.status, 422);
	assert_null(strstr(r.out, "\"text\":"));
}

static void does_not_tell_what_broke_inside(void **state)
{
	(void)state;
	op_fail(&r.op, MT_EINTERNAL, "secret");
	op_log(&r.op, "secret");
	problem();
	assert_int_equal(r.status, 500);
	assert_null(strstr(r.out, "secret"));
}

static void keeps_only_the_headers_of_an_error(void **state)
{
	(void)state;
	reply_header(&r, "Location", "/x");
	reply_header(&r, "ETag", "\"1\"");
	reply_header(&r, "X-Accel-Redirect", "@plugin");
	reply_header(&r, "Allow", "GET");
	op_fail(&r.op, MT_ERATE, "slower");
	r.op.err.retry_after = 7;
	problem();
	assert_int_equal(r.n_headers, 2);
	assert_string_equal(header("Allow"), "GET");
	assert_string_equal(header("Retry-After"), "7");
}

static void asks_for_a_token(void **state)
{
	(void)state;
	op_fail(&r.op, MT_EAUTH, "Sign in first");
	problem();
	assert_string_equal(header("WWW-Authenticate"), "Bearer");
}

static void lets_no_header_be_injected(void **state)
{
	(void)state;
	reply_header(&r, "X-A", "%s", "a\r\nSet-Cookie: b=1\x7f");
	assert_string_equal(header("X-A"), "a  Set-Cookie: b=1 ");
	reply_header(&r, "X-B\r\nX-C", "1");
	reply_header(&r, "", "1");
	reply_header(&r, "X B", "1");
	reply_header(&r, "X:B", "1");
	reply_header(&r, "Status", "200");
	reply_header(&r, "Content-Length", "0");
	assert_int_equal(r.n_headers, 1);
	reply_header(&r, "Content-Type", "%s", "text/x\r\ny");
	assert_string_equal(r.content_type, "text/x  y");
}

static void replaces_headers_but_adds_cookies(void **state)
{
	(void)state;
	reply_header(&r, "ETag", "1");
	reply_header(&r, "etag", "2");
	reply_header(&r, "Set-Cookie", "a=1");
	reply_header(&r, "Set-Cookie", "b=1");
	assert_int_equal(r.n_headers, 3);
	for (int i = 0; i < 100; i++)
		reply_header(&r, "Set-Cookie", "c=%d", i);
	assert_int_equal(r.n_headers, REQ_HEADERS_MAX);
}

static void writes_json(void **state)
{
	json_t *v = json_pack("{s:i}", "a", 1), *loop = json_array();
	(void)state;

	json_own(r.op.arena, v);
	json_own(r.op.arena, loop);
	assert_int_equal(reply_json(&r, 201, v), 0);
	assert_int_equal(r.status, 201);
	assert_string_equal(r.out, "{\"a\":1}");
	assert_int_equal(reply_json(&r, 200, NULL), MT_EINTERNAL);
	assert_int_equal(reply_text_json(&r, 200, NULL), 0);
	assert_string_equal(r.out, "null");
	assert_int_equal(reply_empty(&r), 0);
	assert_int_equal(r.status, 204);
	assert_int_equal(r.out_len, 0);
}

static void knows_the_status_of_every_code(void **state)
{
	static const int want[] = {
		400, 422, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504, 507};
	(void)state;

	for (int i = 0; i < 15; i++)
		assert_int_equal(problem_of(-1 - i)->status, want[i]);
	assert_int_equal(problem_of(-999)->status, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(turns_an_error_into_a_problem, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_every_field, setup, teardown),
		cmocka_unit_test_setup_teardown(carries_key_and_values, setup, teardown),
		cmocka_unit_test_setup_teardown(has_a_key_for_what_has_no_message, setup, teardown),
		cmocka_unit_test_setup_teardown(is_short_in_a_header, setup, teardown),
		cmocka_unit_test_setup_teardown(stays_valid_json_with_odd_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(
			stays_valid_json_when_it_is_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(does_not_tell_what_broke_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(
			keeps_only_the_headers_of_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(asks_for_a_token, setup, teardown),
		cmocka_unit_test_setup_teardown(lets_no_header_be_injected, setup, teardown),
		cmocka_unit_test_setup_teardown(replaces_headers_but_adds_cookies, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_json, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_the_status_of_every_code, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
