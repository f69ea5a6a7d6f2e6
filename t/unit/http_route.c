/* route: matching, methods, precedence; and bodies against declared fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "http/route.h"

static const struct route list[] = {
	{.method = "*", .path = "/api/plugins/:key/", .flags = ROUTE_PREFIX},
	{.method = "GET", .path = "/api/tickets"},
	{.method = "POST", .path = "/api/tickets"},
	{.method = "GET", .path = "/api/tickets/:id"},
	{.method = "PATCH", .path = "/api/tickets/:id"},
	{.method = "GET", .path = "/api/tickets/:id/comments/:comment"},
	{.path = NULL},
};
static const struct route more[] = {
	{.method = "GET", .path = "/api/tickets/mine"},
	{.method = "POST", .path = "/api/plugins/install"},
	{.method = "DELETE", .path = "/api/plugins/installations/:id"},
	{.path = NULL},
};
static const struct route_table t1 = {"one", list}, t2 = {"two", more};
static const struct route_table *const tables[] = {&t1, &t2, NULL};

static const struct field fields[] = {
	{"title", FIELD_STRING, FIELD_REQUIRED, 1, 5, NULL},
	{"text", FIELD_TEXT, 0, 0, 100, NULL},
	{"n", FIELD_INT, 0, -3, 7, NULL},
	{"any", FIELD_INT, 0, 0, 0, NULL},
	{"yes", FIELD_BOOL, 0, 0, 0, NULL},
	{"id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL},
	{"mail", FIELD_EMAIL, 0, 0, 0, NULL},
	{"kind", FIELD_ENUM, 0, 0, 0, "low|high"},
	{"o", FIELD_OBJECT, 0, 0, 0, NULL},
	{"list", FIELD_ARRAY, 0, 1, 2, NULL},
	{.type = FIELD_END},
};
static const struct field optional[] = {{"a", FIELD_INT, 0, 0, 0, NULL}, {.type = FIELD_END}};
static const struct route with_body = {
	.method = "POST", .path = "/", .fields = fields, .body_max = 3000};
static const struct route without_must = {.method = "POST", .path = "/", .fields = optional};

static struct req r;
static const char *body_text;
static size_t body_len, body_at;
static const char *envp[4];

/* Three bytes at a time, so that joints are tested, too. */
static long read_body(struct req *req, void *buf, size_t n)
{
	size_t left = body_len - body_at;
	(void)req;

	n = n > 3 ? 3 : n;
	n = n > left ? left : n;
	memcpy(buf, body_text + body_at, n);
	body_at += n;
	return (long)n;
}

static int setup(void **state)
{
	(void)state;
	memset(&r, 0, sizeof(r));
	r.op.arena = arena_new();
	r.read = read_body;
	r.envp = (char **)envp;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(r.op.arena);
	return 0;
}

static int find(const char *method, const char *path)
{
	op_clear(&r.op);
	r.n_headers = 0;
	r.route = NULL;
	r.method = method;
	r.path = path;
	return route_take(&r, tables, path);
}

static void finds_routes_and_parameters(void **state)
{
	(void)state;
	assert_int_equal(find("POST", "/api/tickets"), 0);
	assert_ptr_equal(r.route, &list[2]);
	assert_int_equal(find("GET", "/api/tickets/x y"), 0);
	assert_string_equal(req_param(&r, "id"), "x y");
	assert_string_equal(req_param(&r, "nope"), "");
	assert_int_equal(find("GET", "/api/tickets/1/comments/2"), 0);
	assert_string_equal(req_param(&r, "id"), "1");
	assert_string_equal(req_param(&r, "comment"), "2");
	assert_int_equal(find("HEAD", "/api/tickets"), 0);
}

static void does_not_find_what_is_not_there(void **state)
{
	static const char *const paths[] = {"/", "", "/api", "/api/", "/api/ticket",
		"/api/ticketss", "/api/tickets/", "/api/tickets/1/", "/api/tickets/1/comments",
		"/API/tickets", "/api/plugins", "/api/plugins/", "/api/plugins/x", "x/api/tickets"};
	(void)state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (find("GET", paths[i]) != MT_ENOENT)
			fail_msg("'%s' was found", paths[i]);
}

static void names_the_methods_that_a_path_has(void **state)
{
	(void)state;
	assert_int_equal(find("DELETE", "/api/tickets"), MT_EMETHOD);
	assert_string_equal(r.header[0].name, "Allow");
	assert_string_equal(r.header[0].value, "GET, POST");
	assert_int_equal(find("POST", "/api/tickets/1"), MT_EMETHOD);
	assert_string_equal(r.header[0].value, "GET, PATCH");
}

static void prefers_the_literal_path(void **state)
{
	(void)state;
	assert_int_equal(find("GET", "/api/tickets/mine"), 0);
	assert_ptr_equal(r.route, &more[0]);
	assert_int_equal(find("POST", "/api/plugins/install"), 0);
	assert_ptr_equal(r.route, &more[1]);
	assert_int_equal(find("DELETE", "/api/plugins/installations/7"), 0);
	assert_ptr_equal(r.route, &more[2]);
}

static void takes_everything_below_a_prefix(void **state)
{
	(void)state;
	assert_int_equal(find("PUT", "/api/plugins/time-clock/entries/5"), 0);
	assert_ptr_equal(r.route, &list[0]);
	assert_string_equal(req_param(&r, "key"), "time-clock");
	assert_int_equal(find("GET", "/api/plugins/time-clock/"), 0);
	assert_int_equal(r.n_params, 1);
}

static int check(const struct route *rt, const char *type, const char *text, size_t n)
{
	char *env = NULL;

	op_clear(&r.op);
	r.route = rt;
	r.body = NULL;
	body_text = text;
	body_len = n;
	body_at = 0;
	r.content_length = (long)n;
	if (type != NULL)
		env = arena_printf(r.op.arena, "CONTENT_TYPE=%s", type);
	envp[0] = env;
	return route_check_body(&r);
}

static int body(const char *json)
{
	return check(&with_body, "application/json", json, strlen(json));
}

static void accepts_good_bodies(void **state)
{
	(void)state;
	assert_int_equal(
		body("{\"title\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\",\"text\":\"a\\nb\","
		     "\"n\":-3,\"any\":9223372036854775807,\"yes\":false,\"id\":null,"
		     "\"mail\":\"a.b+c@d.example\",\"kind\":\"high\",\"o\":{},\"list\":[1,2]}"),
		0);
	assert_string_equal(json_string_value(json_object_get(r.body, "kind")), "high");
	assert_int_equal(check(&without_must, NULL, "", 0), 0);
	assert_true(json_is_object(r.body));
	assert_int_equal(check(&without_must, "application/json", "", 0), 0);
}

static void refuses_other_types(void **state)
{
	static const char *const good[] = {"application/json", "Application/JSON",
		"application/json;", "application/json; charset=utf-8",
		"application/json;charset=\"UTF-8\"", "application/json ; charset=UTF-8"};
	static const char *const bad[] = {"", "text/plain", "application/jsonx",
		"application/json2", "application/problem+json", "application/json; charset=latin1",
		"text/json", "application/json; charset=utf-16",
		"application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/json, text/plain"};
	static const char json[] = "{\"title\":\"a\"}";
	(void)state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(check(&with_body, good[i], json, sizeof(json) - 1), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (check(&with_body, bad[i], json, sizeof(json) - 1) != MT_EMEDIA)
			fail_msg("'%s' passed", bad[i]);
	assert_int_equal(check(&with_body, NULL, json, sizeof(json) - 1), MT_EMEDIA);
	assert_int_equal(check(&without_must, "text/plain", "", 0), MT_EMEDIA);
}

static void refuses_bodies_that_cannot_be_read(void **state)
{
	static const char *const bad[] = {"{", "[]", "\"x\"", "null",
		"{\"title\":\"a\",\"title\":\"a\"}", "{\"title\":\"\xff\"}", "title=a",
		"{\"title\":\"a\"}{}", " "};
	char big[3002];
	(void)state;

	assert_int_equal(check(&with_body, "application/json", "", 0), MT_EINVAL);
	assert_int_equal(check(&with_body, NULL, "", 0), MT_EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(body(bad[i]), MT_EINVAL);
	memset(big, ' ', sizeof(big));
	assert_int_equal(check(&with_body, "application/json", big, 3001), MT_ETOOBIG);
	/* not announced */
	op_clear(&r.op);
	body_at = 0;
	r.content_length = -1;
	assert_int_equal(route_check_body(&r), MT_ETOOBIG);
}

/* One fault at this pointer. */
static void fault(const char *json, const char *pointer, const char *part)
{
	if (body(json) != MT_EFIELDS || r.op.err.n_fields != 1 ||
		strcmp(r.op.err.field[0].pointer, pointer) != 0 ||
		strstr(r.op.err.field[0].detail, part) == NULL)
		fail_msg("%s gave %d faults, %s: %s", json, r.op.err.n_fields,
			r.op.err.field[0].pointer, r.op.err.field[0].detail);
}

static void names_every_kind_of_fault(void **state)
{
	(void)state;
	fault("{}", "/title", "missing");
	fault("{\"title\":null}", "/title", "null");
	fault("{\"title\":1}", "/title", "string");
	fault("{\"title\":\"\"}", "/title", "empty");
	fault("{\"title\":\" \\t\"}", "/title", "control");
	fault("{\"title\":\"  \"}", "/title", "empty");
	fault("{\"title\":\"123456\"}", "/title", "1 to 5");
	fault("{\"title\":\"a\\nb\"}", "/title", "line breaks");
	fault("{\"title\":\"a\\u0000\"}", "/title", "U+0000");
	fault("{\"title\":\"a\",\"text\":\"\\u0001\"}", "/text", "control");
	fault("{\"title\":\"a\",\"n\":8}", "/n", "-3 to 7");
	fault("{\"title\":\"a\",\"n\":1.0}", "/n", "whole");
	fault("{\"title\":\"a\",\"n\":\"1\"}", "/n", "whole");
	fault("{\"title\":\"a\",\"yes\":1}", "/yes", "true or false");
	fault("{\"title\":\"a\",\"id\":\"x\"}", "/id", "UUID");
	fault("{\"title\":\"a\",\"kind\":\"lo\"}", "/kind", "low, high");
	fault("{\"title\":\"a\",\"kind\":\"\"}", "/kind", "low, high");
	fault("{\"title\":\"a\",\"kind\":\"low|high\"}", "/kind", "low, high");
	fault("{\"title\":\"a\",\"o\":[]}", "/o", "object");
	fault("{\"title\":\"a\",\"o\":{\"x\":[{\"y\":\"\\u0000\"}]}}", "/o", "U+0000");
	fault("{\"title\":\"a\",\"list\":{}}", "/list", "list");
	fault("{\"title\":\"a\",\"list\":[]}", "/list", "1 to 2");
	fault("{\"title\":\"a\",\"list\":[1,2,3]}", "/list", "1 to 2");
	fault("{\"title\":\"a\",\"Title\":1}", "/Title", "the fields are title, text");
	fault("{\"title\":\"a\",\"x/~\":1}", "/x~1~0", "not known");
	fault("{\"title\":\"a\",\"\":1}", "/", "not known");
}

static void knows_addresses(void **state)
{
	static const char *const bad[] = {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b..c",
		"a@.b", "a@b.", "a@b,c@d", "<a@b>", "a@b\\n"};
	char json[100];
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json), "{\"title\":\"a\",\"mail\":\"%s\"}", bad[i]);
		fault(json, "/mail", "e-mail");
	}
}

static void collects_all_faults(void **state)
{
	char json[2500] = "{\"n\":9,\"yes\":0,\"id\":1";
	(void)state;

	assert_int_equal(body("{\"n\":9,\"yes\":0,\"id\":1,\"zz\":1}"), MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, 5);
	for (int i = 0; i < 150; i++)
		snprintf(json + strlen(json), sizeof(json) - strlen(json), ",\"u%d\":1", i);
	strcat(json, "}");
	assert_int_equal(body(json), MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, ERR_FIELDS_MAX);
}

static void refuses_deep_nesting_before_it_recurses(void **state)
{
	static const struct route rt = {.fields = optional};
	size_t n = 1 << 20;
	char *s = malloc(n);
	(void)state;

	memset(s, '[', n);
	assert_int_equal(check(&rt, "application/json", s, n), MT_EINVAL);
	assert_non_null(strstr(r.op.err.message, "nested"));
	free(s);
}

static void checks_members_and_entries(void **state)
{
	static const struct field row[] = {{"sku", FIELD_STRING, FIELD_REQUIRED, 1, 4},
		{"n", FIELD_DECIMAL}, {.type = FIELD_END}};
	static const struct field one = {NULL, FIELD_OBJECT, .of = row}, date = {NULL, FIELD_DATE};
	static const struct field all[] = {{"rows", FIELD_ARRAY, 0, 0, 3, .entry = &one},
		{"days", FIELD_ARRAY, .entry = &date}, {"o", FIELD_OBJECT, .of = row},
		{.type = FIELD_END}};
	static const struct route rt = {.method = "POST", .path = "/", .fields = all};
	static const struct {
		const char *json, *pointer;
	} TRIES[] = {
		{"{\"rows\":[{\"sku\":\"a\",\"n\":0.5}],\"days\":[\"2026-11-21\"],\"o\":{\"sku\":\"b\"}}",
			NULL},
		{"{\"rows\":[],\"days\":[]}", NULL},
		{"{\"rows\":[{\"sku\":\"a\"},{}]}", "/rows/1/sku"},
		{"{\"rows\":[{\"sku\":\"a\",\"x\":1}]}", "/rows/0/x"},
		{"{\"rows\":[{\"sku\":\"a\",\"n\":\"1\"}]}", "/rows/0/n"},
		{"{\"rows\":[7]}", "/rows/0"},
		{"{\"rows\":[null]}", "/rows/0"},
		{"{\"days\":[\"2026-11-21\",\"x\"]}", "/days/1"},
		{"{\"o\":{\"sku\":\"12345\"}}", "/o/sku"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(TRIES) / sizeof(*TRIES); i++) {
		const char *json = TRIES[i].json;

		assert_int_equal(check(&rt, "application/json", json, strlen(json)),
			TRIES[i].pointer ? MT_EFIELDS : 0);
		assert_int_equal(r.op.err.n_fields, TRIES[i].pointer ? 1 : 0);
		if (TRIES[i].pointer)
			assert_string_equal(r.op.err.field[0].pointer, TRIES[i].pointer);
	}
}

static void checks_the_query_by_its_table(void **state)
{
	static const struct field query[] = {
		{"q", FIELD_STRING, FIELD_REQUIRED, 0, 5},
		{"n", FIELD_INT, 0, 1, 7},
		{"yes", FIELD_BOOL},
		{"kind", FIELD_ENUM, .one_of = "low|high"},
		{"id", FIELD_UUID},
		{"price", FIELD_DECIMAL, 0, 0, 9},
		{"from", FIELD_DATE},
		{.type = FIELD_END},
	};
	static const struct route rt = {.method = "GET", .path = "/", .query = query};
	static const struct {
		struct req_param given[2];
		const char *fault; /* NULL = none */
	} TRIES[] = {
		{{{"q", "x"}, {"n", "7"}}, NULL},
		{{{"q", ""}, {"n", ""}}, NULL}, /* empty: not given, but it is there */
		{{{"q", "x"}, {"unknown", "\n"}}, NULL},
		{{{"n", "1"}}, "?q"},
		{{{"q", "abcdef"}}, "?q"},
		{{{"q", "x"}, {"n", "8"}}, "?n"},
		{{{"q", "x"}, {"n", " 7"}}, "?n"},
		{{{"q", "x"}, {"n", "7x"}}, "?n"},
		{{{"q", "x"}, {"n", "99999999999999999999"}}, "?n"},
		{{{"q", "x"}, {"yes", "true"}}, NULL},
		{{{"q", "x"}, {"yes", "1"}}, "?yes"},
		{{{"q", "x"}, {"kind", "low|high"}}, "?kind"},
		{{{"q", "x"}, {"id", "x"}}, "?id"},
		{{{"q", "x"}, {"price", "8.75"}}, NULL},
		{{{"q", "x"}, {"price", "9.01"}}, "?price"},
		{{{"q", "x"}, {"price", "1e0"}}, "?price"},
		{{{"q", "x"}, {"price", "nan"}}, "?price"},
		{{{"q", "x"}, {"from", "2026-02-28"}}, NULL},
		{{{"q", "x"}, {"from", "2026-02-29"}}, "?from"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(TRIES) / sizeof(*TRIES); i++) {
		struct req_param given[2] = {TRIES[i].given[0], TRIES[i].given[1]};

		op_clear(&r.op);
		r.route = &rt;
		r.query = given;
		r.n_query = given[1].name ? 2 : 1;
		assert_int_equal(route_check_query(&r), TRIES[i].fault ? MT_EFIELDS : 0);
		assert_int_equal(r.op.err.n_fields, TRIES[i].fault ? 1 : 0);
		if (TRIES[i].fault)
			assert_string_equal(r.op.err.field[0].pointer, TRIES[i].fault);
	}
	r.n_query = 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(finds_routes_and_parameters),
		T(does_not_find_what_is_not_there),
		T(names_the_methods_that_a_path_has),
		T(prefers_the_literal_path),
		T(takes_everything_below_a_prefix),
		T(accepts_good_bodies),
		T(refuses_other_types),
		T(refuses_bodies_that_cannot_be_read),
		T(names_every_kind_of_fault),
		T(knows_addresses),
		T(collects_all_faults),
		T(refuses_deep_nesting_before_it_recurses),
		T(checks_members_and_entries),
		T(checks_the_query_by_its_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
