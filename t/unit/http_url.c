/* url and fcgi: request lines and FastCGI parameters, good and odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "http/fcgi.h"
#include "http/url.h"

static struct arena *p;
static struct err e;
static struct req r;

static int setup(void **state)
{
	(void)state;
	p = arena_new();
	err_init(&e, NULL);
	memset(&r, 0, sizeof(r));
	r.op.arena = p;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(p);
	return 0;
}

static void decodes_paths(void **state)
{
	static const char *const good[][2] = {{"/", "/"}, {"/a/b", "/a/b"}, {"/a/", "/a/"},
		{"/a%20b?x=%zz", "/a b"}, {"/%C3%A9", "/\xc3\xa9"}, {"/a+b", "/a+b"},
		{"/...", "/..."}, {"/.a/b.", "/.a/b."}, {"/a#b", "/a"}, {"/%2525", "/%25"}};
	const char *path;
	(void)state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(url_path(p, good[i][0], &path, &e), 0);
		assert_string_equal(path, good[i][1]);
	}
}

static void refuses_paths_with_two_meanings(void **state)
{
	static const char *const bad[] = {"", "a", "*", "http://x/", "//", "//a", "/a//b", "/a//",
		"/.", "/..", "/./a", "/a/../b", "/a/..", "/%2e%2e/a", "/a/%2E./b", "/a%2fb",
		"/a%2Fb", "/%", "/%4", "/%zz", "/%0", "/a%00b", "/a%0ab", "/%7f", "/\x01", "/%ff",
		"/%c3", "/%c0%ae", "/%ed%a0%80", "/%+4"};
	const char *path;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_init(&e, NULL);
		if (url_path(p, bad[i], &path, &e) != MT_EINVAL)
			fail_msg("'%s' passed", bad[i]);
	}
}

static void decodes_queries(void **state)
{
	struct req_param *q;
	int n;
	(void)state;

	assert_int_equal(url_query(p, "a=1&b=x+y%2B&c&=v&&d=%0A&a=2&e=1=2", &q, &n, &e), 0);
	assert_int_equal(n, 7);
	assert_string_equal(q[0].name, "a");
	assert_string_equal(q[0].value, "1");
	assert_string_equal(q[1].value, "x y+");
	assert_string_equal(q[2].name, "c");
	assert_string_equal(q[2].value, "");
	assert_string_equal(q[3].name, "");
	assert_string_equal(q[4].value, "\n");
	assert_string_equal(q[6].value, "1=2");
	assert_int_equal(url_query(p, NULL, &q, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(url_query(p, "&", &q, &n, &e), 0);
	assert_int_equal(n, 0);
}

static void refuses_odd_queries(void **state)
{
	static const char *const bad[] = {
		"a=%", "a=%zz", "%00=1", "a=%00", "a=%ff", "a=%01", "a=\x7f"};
	char many[400] = "";
	struct req_param *q;
	int n;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_init(&e, NULL);
		assert_int_equal(url_query(p, bad[i], &q, &n, &e), MT_EINVAL);
	}
	for (int i = 0; i < 65; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "a=%d&", i);
	err_init(&e, NULL);
	assert_int_equal(url_query(p, many, &q, &n, &e), MT_EINVAL);
}

#define FILL(...)                                                                                  \
	fill((const char *[]){"REQUEST_METHOD=GET", "REQUEST_URI=/a?b=c", __VA_ARGS__, NULL})

static int fill(const char **envp)
{
	op_clear(&r.op);
	return fcgi_fill(&r, (char **)envp);
}

static void fills_a_request(void **state)
{
	(void)state;
	assert_int_equal(
		FILL("CONTENT_LENGTH=12", "REMOTE_ADDR=::1", "HTTP_IF_MATCH=\"3\"",
			"CONTENT_TYPE=text/plain", "REQUEST_ID=0123456789abcdef0123456789abcdef"),
		0);
	assert_string_equal(r.method, "GET");
	assert_string_equal(r.path, "/a");
	assert_string_equal(r.op.id, "0123456789abcdef0123456789abcdef");
	assert_string_equal(req_query(&r, "b"), "c");
	assert_null(req_query(&r, "x"));
	assert_string_equal(req_header(&r, "If-Match"), "\"3\"");
	assert_string_equal(req_header(&r, "content-type"), "text/plain");
	assert_null(req_header(&r, "If"));
	assert_string_equal(r.remote, "::1");
	assert_int_equal(r.content_length, 12);
}

static void makes_an_id_when_there_is_no_good_one(void **state)
{
	(void)state;
	assert_int_equal(FILL("REQUEST_ID=\"><script>"), 0);
	assert_int_equal(strlen(r.op.id), 32);
	assert_int_equal(FILL("REQUEST_ID="), 0);
	assert_int_equal(strlen(r.op.id), 32);
	assert_int_equal(FILL("X=1"), 0);
	assert_int_equal(strlen(r.op.id), 32);
}

static void refuses_lengths_it_cannot_trust(void **state)
{
	(void)state;
	assert_int_equal(FILL("CONTENT_LENGTH=5", "CONTENT_LENGTH=6"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH=", "CONTENT_LENGTH=6"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH=5", "CONTENT_LENGTH=5"), 0);
	assert_int_equal(FILL("CONTENT_LENGTH=-1"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH=+1"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH= 1"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH=1x"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH=99999999999999999999"), MT_EINVAL);
	assert_int_equal(FILL("CONTENT_LENGTH="), 0);
	assert_int_equal(r.content_length, -1);
}

static void refuses_odd_methods(void **state)
{
	const char *none[] = {"REQUEST_URI=/", NULL};
	const char *lower[] = {"REQUEST_METHOD=get", "REQUEST_URI=/", NULL};
	const char *no_path[] = {"REQUEST_METHOD=GET", NULL};
	(void)state;

	assert_int_equal(fill(none), MT_EINVAL);
	assert_int_equal(fill(lower), MT_EINVAL);
	assert_int_equal(fill(no_path), MT_EINVAL);
	assert_non_null(r.method);
	assert_non_null(r.path);
}

static void reads_query_numbers(void **state)
{
	static const char *const bad[] = {
		"0", "201", "x", "", " 5", "5x", "99999999999999999999", "1.5"};
	struct req_param q = {"limit", "50"};
	long n;
	(void)state;

	r.query = &q;
	r.n_query = 1;
	op_clear(&r.op);
	assert_int_equal(req_query_int(&r, "limit", 1, 200, 7, &n), 0);
	assert_int_equal(n, 50);
	assert_int_equal(req_query_int(&r, "other", 1, 200, 7, &n), 0);
	assert_int_equal(n, 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		op_clear(&r.op);
		q.value = bad[i];
		assert_int_equal(req_query_int(&r, "limit", 1, 200, 7, &n), MT_EFIELDS);
		assert_string_equal(r.op.err.field[0].pointer, "?limit");
		assert_int_equal(n, 7);
	}
}

static void encodes_everything_but_the_unreserved(void **state)
{
	(void)state;
	assert_string_equal(url_encode(p, "Az09-._~"), "Az09-._~");
	assert_string_equal(url_encode(p, "a b\r\n%/"), "a%20b%0D%0A%25%2F");
	assert_string_equal(url_encode(p, "J\xc3\xbc"), "J%C3%BC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(decodes_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_paths_with_two_meanings, setup, teardown),
		cmocka_unit_test_setup_teardown(decodes_queries, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_odd_queries, setup, teardown),
		cmocka_unit_test_setup_teardown(fills_a_request, setup, teardown),
		cmocka_unit_test_setup_teardown(
			makes_an_id_when_there_is_no_good_one, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_lengths_it_cannot_trust, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_odd_methods, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_query_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(
			encodes_everything_but_the_unreserved, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
