/*
 * mlflow.c - tests the handlers against a fake host (mt_fake.h): what they ask the server and the
 * database.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mt_fake.h"

#ifndef MT_PLUGIN_KEY /* the build hands them in; the platform's own run of this test does not */
#define MT_PLUGIN_KEY "mlflow"
#define MT_PLUGIN_VERSION "0.0.0"
#endif

#include "../src/models.c"
#include "../src/plugin.c"
#include "../src/server.c"
#include "../src/sync.c"

static int setup(void **state)
{
	struct mt_fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	mt_fake_init(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	mt_fake_release(*state);
	free(*state);
	return 0;
}

/* The next call of the server is answered like this. */
static void answers(struct mt_fake *f, const char *status, const char *body)
{
	/* The fake reads them later. */
	static const char *cells[] = {
		"status", NULL, "url", "https://mlflow.example.com/", "more", "f"};

	cells[1] = status;

	mt_fake_service_rows(f, "service 400", 3, 2, cells, body, strlen(body));
}

static void server_is_set(struct mt_fake *f, const char *method)
{
	mt_fake_setting(f, "tracking_server_url", json_string("https://mlflow.example.com/"));
	mt_fake_setting(f, "auth_method", json_string(method));
	mt_fake_setting(f, "username", json_string("ann"));
	mt_fake_setting(f, "password", json_string("word"));
}

static void without_a_server_nothing_is_asked(void **state)
{
	struct mt_fake *f = *state;

	assert_int_equal(mt_fake_run(f, post_sync), MT_ECONFLICT);
	assert_int_equal(f->n_asked, 0);
}

static void the_connection_is_tried(void **state)
{
	struct mt_fake *f = *state;

	server_is_set(f, "basic");
	answers(f, "200", "{\"registered_models\": []}");
	assert_int_equal(mt_fake_hook(f, "test-connection", on_test_connection), 0);
	assert_true(json_is_true(json_object_get(f->json, "success")));
	assert_string_equal(f->asked[0].args[1],
		"https://mlflow.example.com/api/2.0/mlflow/registered-models/search?max_results=1");
	/* base64 of ann:word */
	assert_non_null(strstr(f->asked[0].args[2], "Basic YW5uOndvcmQ="));
}

static void a_token_is_never_here(void **state)
{
	struct mt_fake *f = *state;

	server_is_set(f, "token");
	answers(f, "401", "{\"error_code\": \"UNAUTHENTICATED\"}");
	assert_int_equal(mt_fake_hook(f, "test-connection", on_test_connection), MT_EUPSTREAM);
	assert_non_null(strstr(f->asked[0].args[2], "\"secret\":\"api_token\""));
	assert_non_null(strstr(f->message, "refuses the sign-in (401)"));
}

static void what_is_no_mlflow_is_said(void **state)
{
	struct mt_fake *f = *state;

	server_is_set(f, "none");
	answers(f, "200", "<html>");
	assert_int_equal(mt_fake_hook(f, "test-connection", on_test_connection), MT_EUPSTREAM);
	assert_non_null(strstr(f->message, "not as MLflow does"));
}

static void basic_needs_a_user(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_setting(f, "auth_method", json_string("basic"));
	assert_int_equal(mt_fake_hook(f, "validate", on_validate), MT_EFIELDS);
	assert_string_equal(f->field, "/values/username");
}

static void texts_are_encoded(void **state)
{
	struct mt_fake *f = *state;

	assert_string_equal(url_encoded(&f->req, ""), "");
	assert_string_equal(url_encoded(&f->req, "a b&c=\303\244~"), "a%20b%26c%3D%C3%A4~");
	assert_string_equal(base64(&f->req, "a"), "YQ==");
	assert_string_equal(base64(&f->req, "ab"), "YWI=");
	assert_string_equal(base64(&f->req, "abc"), "YWJj");
	assert_non_null(strstr(name_filter(&f->req, "it's"), "name%3D%22it%27s%22"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(without_a_server_nothing_is_asked),
		CASE(the_connection_is_tried),
		CASE(a_token_is_never_here),
		CASE(what_is_no_mlflow_is_said),
		CASE(basic_needs_a_user),
		CASE(texts_are_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
