/* serve: identity, routes, bodies, replies and outcomes, with a plugin made of the functions below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "fields.h"
#include "guest_thread.h"
#include "signed.h"

static struct host host;
static struct arena *arena;
static struct req r;
static const char *sent;
static size_t sent_at;

/* --- the plugin ---*/

static int who(struct mt_req *req)
{
	return mt_reply_json(req, 200,
		json_pack("{ss ss ss si ss ss sb sb sb}", "user", mt_user_id(req), "name",
			mt_user_name(req), "code", mt_tenant_code(req), "tenant", mt_tenant(req),
			"path", mt_path(req), "id", mt_param(req, "id"), "admin",
			mt_has_role(req, "Admin"), "adm", mt_has_role(req, "Adm"), "cookie",
			mt_header(req, "cookie") != NULL));
}

static int echo(struct mt_req *req)
{
	json_t *body = mt_body_json(req);

	return body ? mt_reply_json(req, 200, json_incref(body)) : 0;
}

static int raw(struct mt_req *req)
{
	const void *data;
	size_t n;
	int rc = mt_body_raw(req, &data, &n);

	return rc < 0 ? rc : mt_reply_data(req, 200, "image/png", NULL, data, n);
}

static int unknown_service(struct mt_req *req)
{
	return mt_service(req, (enum mt_service)99, MT_ARGS("a", NULL), "b", 1, NULL);
}

static int stream(struct mt_req *req)
{
	char chunk[4];
	long n, total = 0;

	while ((n = mt_body_read(req, chunk, sizeof(chunk))) > 0)
		total += n;
	return n < 0 ? (int)n : mt_reply_json(req, 200, json_pack("{sI}", "n", (json_int_t)total));
}

static int page(struct mt_req *req)
{
	mt_reply_header(req, "X-Count", "1");
	mt_reply_header(req, "x-count", "2");
	return mt_reply_data(req, 200, "text/html", NULL, "<b>", 3);
}

static int file(struct mt_req *req)
{
	return mt_reply_data(req, 200, "text/csv", "Übersicht \"1\".csv", "a,b", 3);
}

static int evil_header(struct mt_req *req)
{
	return mt_reply_header(req, mt_query_param(req, "name"), "/x");
}

static int evil_location(struct mt_req *req)
{
	return mt_reply_header(req, "Location", "//example.com");
}

static int refuse(struct mt_req *req)
{
	mt_reply_header(req, "X-Count", "1");
	return mt_fail(req, (int)strtol(mt_query_param(req, "code"), NULL, 10), "because");
}

static int change_mind(struct mt_req *req)
{
	mt_fail(req, MT_ENOENT, "not there");
	return mt_reply_json(req, 200, json_object());
}

static int other_code(struct mt_req *req)
{
	mt_fail(req, MT_ENOENT, "not there");
	return MT_ECONFLICT;
}

static int sign_out(struct mt_req *req)
{
	(void)req;
	return MT_EAUTH;
}

static int positive(struct mt_req *req)
{
	(void)req;
	return 7;
}

static int faults(struct mt_req *req)
{
	long n;

	mt_field_fault(req, "/a", "is wrong");
	return mt_query_int(req, "n", 1, 5, 2, &n);
}

static int null_json(struct mt_req *req)
{
	return mt_reply_json(req, 200, NULL);
}

static int bad_status(struct mt_req *req)
{
	return mt_reply_json(req, 302, json_object());
}

static int no_reply(struct mt_req *req)
{
	mt_reply_header(req, "ETag", "\"1\"");
	return 0;
}

static int on_enable(struct mt_req *req)
{
	return mt_fail(req, MT_ECONFLICT, "not today");
}

static const struct mt_field FIELDS[] = {
	{.name = "n", .type = MT_INTEGER, .flags = MT_REQUIRED, .min = 1, .max = 9},
	{.name = "days",
		.type = MT_ARRAY,
		.of = (const struct mt_field[]){{.name = "entry", .type = MT_DATE}, {0}}},
	{.name = "price",
		.type = MT_OBJECT,
		.of = (const struct mt_field[]){{.name = "net", .type = MT_DECIMAL, .max = 9},
			{0}}},
	{0}};
static const struct mt_field QUERY[] = {
	{.name = "from", .type = MT_DATE}, {.name = "most", .type = MT_DECIMAL, .max = 9}, {0}};

#define GET(p, f)                                                                                  \
	{                                                                                          \
		.method = "GET", .path = p, .run = f                                               \
	}
static const struct mt_route ROUTES[] = {
	GET("/who/:id", who),
	{.method = "POST", .path = "/echo", .run = echo},
	{.method = "POST", .path = "/fields", .run = echo, .fields = FIELDS},
	{.method = "GET", .path = "/query", .run = echo, .query = QUERY},
	{.method = "PUT", .path = "/raw", .run = raw, .flags = MT_ROUTE_RAW, .body_max = 8},
	{.method = "GET", .path = "/unknown-service", .run = unknown_service},
	{.method = "PUT", .path = "/stream", .run = stream, .flags = MT_ROUTE_RAW, .body_max = 8},
	{.method = "PUT", .path = "/notraw", .run = raw},
	GET("/page", page),
	GET("/file", file),
	GET("/header", evil_header),
	GET("/location", evil_location),
	GET("/refuse", refuse),
	GET("/change-mind", change_mind),
	GET("/other-code", other_code),
	GET("/sign-out", sign_out),
	GET("/positive", positive),
	GET("/faults", faults),
	GET("/null", null_json),
	GET("/bad-status", bad_status),
	GET("/none", no_reply),
	{0},
};
static const struct mt_hook HOOKS[] = {{"enable", on_enable}, {0}};
static const struct mt_plugin PLUGIN = {
	MT_PLUGIN, .key = "demo-plugin", .version = "1.0.0", .routes = ROUTES, .hooks = HOOKS};

/* --- requests --- */

static long read_body(struct req *req, void *buf, size_t n)
{
	size_t left = (size_t)req->content_length - sent_at;

	n = n < left ? n : left;
	memcpy(buf, sent + sent_at, n);
	sent_at += n;
	return (long)n;
}

static char **env_with(const char *more, const char *type)
{
	static char text[9][256];
	static char *env[11];
	const char *all[] = {"MT_TENANT=3", "MT_TENANT_CODE=northwind", "MT_USER=0192",
		"MT_USER_NAME=J%C3%BCrgen%20O%27Hara", "MT_ROLES=Technician,Admin",
		"HTTP_COOKIE=mortise_session=secret", type, more};
	int n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]) {
			snprintf(text[n], sizeof(text[n]), "%s", all[i]);
			env[n] = text[n];
			n++;
		}
	env[n] = NULL;
	return env;
}

/* Signed as the api pool would. Without an address the path is in MT_PATH. */
static void sign(void)
{
	static const unsigned char key[HANDOVER_KEY] = "a key of this test";
	static const char prefix[] = "/api/plugins/demo-plugin";
	bool ours = strncmp(r.path, prefix, sizeof(prefix) - 1) == 0;
	char **end = r.envp;
	const char *path = ours ? r.path + sizeof(prefix) - 1 : signed_env(&r, "MT_PATH");

	memcpy(host.handover_key, key, sizeof(key));
	host.pool = "demo-plugin@0123456789ab";
	r.op.id = "00112233445566778899aabbccddeeff";
	while (*end)
		end++;
	*end++ = (char *)signed_text(&r, key, host.pool, *path == '/' ? path : "/");
	*end = NULL;
}

static int ask(
	const char *method, const char *path, const char *body, const char *type, const char *env)
{
	int rc;

	arena_clear(arena);
	memset(&r, 0, sizeof(r));
	r.op.arena = arena;
	r.op.app = (struct app *)&host;
	r.method = method;
	r.path = path;
	r.envp = env_with(env, type);
	r.op.deadline = clock_ms() + 5000;
	r.content_length = body ? (long)strlen(body) : -1;
	r.read = read_body;
	sent = body;
	sent_at = 0;
	sign();
	rc = host_serve(&r);
	if (rc == 0)
		assert_int_equal(r.op.err.code, 0);
	else
		assert_int_equal(r.op.err.code, rc);
	return rc;
}

#define API "/api/plugins/demo-plugin"
#define JSON_TYPE "CONTENT_TYPE=application/json"

static int get(const char *path)
{
	static char full[300];

	snprintf(full, sizeof(full), API "%s", path);
	return ask("GET", full, NULL, NULL, NULL);
}

/* GET with one query parameter. */
static int get_with(const char *path, const char *name, const char *value)
{
	struct req_param q = {name, value};

	arena_clear(arena);
	memset(&r, 0, sizeof(r));
	r.op.arena = arena;
	r.op.app = (struct app *)&host;
	r.method = "GET";
	r.path = path;
	r.envp = env_with(NULL, NULL);
	r.op.deadline = clock_ms() + 5000;
	r.content_length = -1;
	r.n_query = 1;
	r.query = &q;
	sign();
	return host_serve(&r);
}

static const char *reply_header_of(const char *name)
{
	for (int i = 0; i < r.n_headers; i++)
		if (strcmp(r.header[i].name, name) == 0)
			return r.header[i].value;
	return NULL;
}

static int group_setup(void **state)
{
	struct buf b;

	(void)state;
	arena = arena_new();
	host.plugin = &PLUGIN;
	host.steward_fd = -1;
	host.limit = (struct host_limits){1, 1000, {20}};
	host.take = guest_take;
	buf_init(&b, 1000);
	return contract_read(&host, "demo-plugin", &b);
}

/* --- cases --- */

static void identity(void **state)
{
	json_t *v;

	(void)state;
	assert_int_equal(ask("GET", API "/who/7", NULL, NULL, NULL), 0);
	v = json_loads(r.out, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(v, "user")), "0192");
	assert_string_equal(json_string_value(json_object_get(v, "name")), "Jürgen O'Hara");
	assert_string_equal(json_string_value(json_object_get(v, "code")), "northwind");
	assert_int_equal(json_integer_value(json_object_get(v, "tenant")), 3);
	assert_string_equal(json_string_value(json_object_get(v, "path")), "/who/7");
	assert_string_equal(json_string_value(json_object_get(v, "id")), "7");
	assert_true(json_is_true(json_object_get(v, "admin")));
	assert_true(json_is_false(json_object_get(v, "adm")));
	assert_true(json_is_false(json_object_get(v, "cookie")));
	assert_string_equal(r.path, API "/who/7");
	assert_int_equal(r.log_tenant, 3);
	json_decref(v);
}

static void session_is_wiped(void **state)
{
	(void)state;
	get("/none");
	for (char **e = r.envp; *e; e++)
		assert_null(strstr(*e, "secret"));
}

/* As it was signed, but for one thing. */
static int serve_changed(void)
{
	op_clear(&r.op);
	return host_serve(&r);
}

static void without_a_handover_for_just_this_nobody_gets_in(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", API "/none", NULL, NULL, NULL), 0);
	r.envp[0][strlen("MT_TENANT=")] = '4';
	assert_int_equal(serve_changed(), MT_EAUTH);
	ask("GET", API "/none", NULL, NULL, NULL);
	r.op.id = "ff112233445566778899aabbccddeeff";
	assert_int_equal(serve_changed(), MT_EAUTH);
	ask("GET", API "/none", NULL, NULL, NULL);
	r.path = API "/echo";
	assert_int_equal(serve_changed(), MT_EAUTH);
	ask("GET", API "/none", NULL, NULL, NULL);
	r.method = "DELETE";
	assert_int_equal(serve_changed(), MT_EAUTH);
	ask("GET", API "/none", NULL, NULL, NULL);
	host.pool = "demo-plugin@ba9876543210"; /* another version */
	assert_int_equal(serve_changed(), MT_EAUTH);
	ask("GET", API "/none", NULL, NULL, NULL);
	host.handover_key[0] ^= 1; /* another plugin */
	assert_int_equal(serve_changed(), MT_EAUTH);
}

static void unknown_routes(void **state)
{
	(void)state;
	assert_int_equal(get("/nothing"), MT_ENOENT);
	assert_int_equal(ask("POST", API "/none", NULL, NULL, NULL), MT_EMETHOD);
	assert_string_equal(reply_header_of("Allow"), "GET");
	assert_int_equal(ask("GET", "/api/plugins/other/none", NULL, NULL, NULL), MT_ENOENT);
	assert_int_equal(ask("GET", "", NULL, NULL, "MT_PATH=/none"), 0);
}

static void json_bodies(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", API "/echo", "{\"a\":[1]}", JSON_TYPE, NULL), 0);
	assert_string_equal(r.out, "{\"a\":[1]}");
	assert_int_equal(ask("POST", API "/echo", NULL, NULL, NULL), 0);
	assert_int_equal(r.status, 204);
	assert_int_equal(ask("POST", API "/echo", "{\"a\":1,\"a\":2}", JSON_TYPE, NULL), MT_EINVAL);
	assert_int_equal(ask("POST", API "/echo", "3", JSON_TYPE, NULL), MT_EINVAL);
	assert_int_equal(ask("POST", API "/echo", "{", JSON_TYPE, NULL), MT_EINVAL);
	assert_int_equal(
		ask("POST", API "/echo", "{}", "CONTENT_TYPE=text/plain", NULL), MT_EMEDIA);
	assert_int_equal(
		ask("POST", API "/echo", "{}", "CONTENT_TYPE=application/jsonx", NULL), MT_EMEDIA);
}

static void declared_fields(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", API "/fields", "{\"n\":3}", JSON_TYPE, NULL), 0);
	assert_string_equal(r.out, "{\"n\":3}");
	assert_int_equal(
		ask("POST", API "/fields", "{\"n\":30,\"m\":1}", JSON_TYPE, NULL), MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, 2);
	assert_int_equal(ask("POST", API "/fields",
				 "{\"n\":3,\"days\":[\"2026-11-21\"],\"price\":{\"net\":0.5}}",
				 JSON_TYPE, NULL),
		0);
	assert_int_equal(
		ask("POST", API "/fields", "{\"n\":3,\"days\":[1],\"price\":{\"net\":10,\"x\":1}}",
			JSON_TYPE, NULL),
		MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, 3);
	assert_string_equal(r.op.err.field[0].pointer, "/days/0");
}

static void declared_query(void **state)
{
	(void)state;
	assert_int_equal(get("/query"), 0);
	assert_int_equal(get_with(API "/query", "from", "2026-11-21"), 0);
	assert_int_equal(get_with(API "/query", "other", "x"), 0);
	assert_int_equal(get_with(API "/query", "most", "9.5"), MT_EFIELDS);
	assert_int_equal(get_with(API "/query", "from", "yesterday"), MT_EFIELDS);
	assert_string_equal(r.op.err.field[0].pointer, "?from");
}

static void raw_bodies(void **state)
{
	(void)state;
	assert_int_equal(ask("PUT", API "/raw", "12345678", NULL, NULL), 0);
	assert_int_equal(r.out_len, 8);
	assert_int_equal(ask("PUT", API "/raw", "123456789", NULL, NULL), MT_ETOOBIG);
	assert_int_equal(ask("PUT", API "/stream", "12345678", NULL, NULL), 0);
	assert_string_equal(r.out, "{\"n\":8}");
	assert_int_equal(ask("PUT", API "/stream", "123456789", NULL, NULL), MT_ETOOBIG);
	assert_int_equal(ask("PUT", API "/notraw", "{}", JSON_TYPE, NULL), MT_EINTERNAL);
}

static void pages_are_saved_not_shown(void **state)
{
	(void)state;
	assert_int_equal(get("/page"), 0);
	assert_string_equal(reply_header_of("Content-Disposition"), "attachment");
	assert_int_equal(r.n_headers, 2);
	assert_string_equal(r.header[0].value, "2");
	assert_int_equal(ask("PUT", API "/raw", "x", NULL, NULL), 0);
	assert_null(reply_header_of("Content-Disposition"));
}

static void file_names(void **state)
{
	(void)state;
	assert_int_equal(get("/file"), 0);
	assert_string_equal(reply_header_of("Content-Disposition"),
		"attachment; filename=\"__bersicht _1_.csv\"; "
		"filename*=UTF-8''%C3%9Cbersicht%20%221%22.csv");
}

static void headers_of_the_platform(void **state)
{
	static const char *const bad[] = {"Set-Cookie", "X-Accel-Redirect", "Content-Length",
		"Status", "X-Mt-Pool", "Content-Security-Policy", "a b", "", "X-", "Content-Type"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(get_with(API "/header", "name", bad[i]), MT_EINVAL);
	assert_int_equal(get_with(API "/header", "name", "X-Fine"), 0);
	assert_int_equal(get_with(API "/header", "name", "location"), 0);
	assert_int_equal(get("/location"), MT_EINVAL);
}

static void refusals(void **state)
{
	(void)state;
	assert_int_equal(get_with(API "/refuse", "code", "-7"), MT_ECONFLICT);
	assert_string_equal(r.op.err.message, "because");
	assert_int_equal(r.n_headers, 0);
	/* a plugin doesn't sign people out, and its inner faults are for the log */
	assert_int_equal(get_with(API "/refuse", "code", "-3"), MT_EPERM);
	assert_int_equal(get_with(API "/refuse", "code", "-11"), MT_EINTERNAL);
	assert_non_null(strstr(r.op.err.log, "because"));
	assert_int_equal(get_with(API "/refuse", "code", "-99"), MT_EINTERNAL);
	assert_int_equal(get_with(API "/refuse", "code", "5"), MT_EINTERNAL);
}

static void what_the_handler_returns_counts(void **state)
{
	(void)state;
	assert_int_equal(get("/change-mind"), 0);
	assert_int_equal(get("/other-code"), MT_ECONFLICT);
	assert_int_equal(get("/sign-out"), MT_EPERM);
	assert_int_equal(get("/unknown-service"), MT_EINTERNAL);
	assert_non_null(strstr(r.op.err.log, "service 99 with 2 arguments"));
	assert_int_equal(get("/positive"), MT_EINTERNAL);
	assert_int_equal(get("/null"), MT_EINTERNAL);
	assert_int_equal(get("/bad-status"), MT_EINTERNAL);
	assert_int_equal(get("/none"), 0);
	assert_int_equal(r.status, 204);
	assert_string_equal(reply_header_of("ETag"), "\"1\"");
}

static void field_faults_collect(void **state)
{
	(void)state;
	assert_int_equal(get_with(API "/faults", "n", "9"), MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, 2);
	assert_string_equal(r.op.err.field[1].pointer, "?n");
	assert_non_null(strstr(r.op.err.field[1].detail, "from 1 to 5"));
}

static void hooks(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/", NULL, NULL, "MT_HOOK=enable"), MT_ECONFLICT);
	assert_string_equal(r.op.err.message, "not today");
	assert_int_equal(ask("POST", "/", NULL, NULL, "MT_HOOK=install"), 0);
	assert_int_equal(r.status, 204);
}

static int n_tries;

static bool start_at_the_third(void)
{
	if (++n_tries == 3)
		host.plugin = &PLUGIN;
	return host.plugin != NULL;
}

static void without_database_503_until_there_is_one(void **state)
{
	(void)state;
	host.plugin = NULL;
	assert_int_equal(get("/none"), MT_EBUSY);
	host.start = start_at_the_third;
	assert_int_equal(get("/none"), MT_EBUSY);
	assert_int_equal(r.op.err.retry_after, 1);
	assert_int_equal(get("/none"), MT_EBUSY);
	assert_false(host.leave);
	assert_int_equal(get("/none"), 0);
	host.start = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(session_is_wiped),
		cmocka_unit_test(without_a_handover_for_just_this_nobody_gets_in),
		cmocka_unit_test(unknown_routes),
		cmocka_unit_test(json_bodies),
		cmocka_unit_test(declared_fields),
		cmocka_unit_test(declared_query),
		cmocka_unit_test(raw_bodies),
		cmocka_unit_test(pages_are_saved_not_shown),
		cmocka_unit_test(file_names),
		cmocka_unit_test(headers_of_the_platform),
		cmocka_unit_test(refusals),
		cmocka_unit_test(what_the_handler_returns_counts),
		cmocka_unit_test(field_faults_collect),
		cmocka_unit_test(hooks),
		cmocka_unit_test(without_database_503_until_there_is_one),
	};
	int rc = cmocka_run_group_tests(tests, group_setup, NULL);

	guest_stop();
	arena_free(arena);
	routes_free(&host);
	return rc;
}
