/* Settings in a plugin's process: read and opened when needed, masked in logs and errors, wiped at
 * the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "cluster.h"
#include "crypt/seal.h"
#include "guest_thread.h"
#include "signed.h"

#define SECRET "s3cret-of-harbor"
#define SHORTER "s3cret"

static struct host host = {.steward_fd = -1};
static struct db *admin;
static struct arena *arena;
static struct req r;
static struct seal_ring ring;
static const char *sent;
static size_t sent_at;
static json_t *kept; /* by a plugin that shouldn't */
static int seen_in_tx;

/* --- the plugin ---*/

static int all(struct mt_req *req)
{
	json_t *v = mt_settings(req);

	if (!v)
		return MT_ECONFLICT; /* not the reason, and not reported as such */
	kept = json_incref(json_object_get(v, "token"));
	return mt_reply_json(req, 200, json_deep_copy(v));
}

static int kinds(struct mt_req *req)
{
	return mt_reply_json(req, 200,
		json_pack("{s:s?, s:s?, s:I, s:I, s:I, s:f, s:b, s:b, s:b, s:b}", "text",
			mt_setting_text(req, "name"), "absent", mt_setting_text(req, "nothing"),
			"int", (json_int_t)mt_setting_int(req, "count", -1), "real",
			(json_int_t)mt_setting_int(req, "ratio", -1), "wrong",
			(json_int_t)mt_setting_int(req, "name", -1), "number",
			mt_setting_number(req, "ratio", 0), "bool", mt_setting_bool(req, "on"),
			"off", mt_setting_bool(req, "nothing"), "has",
			mt_setting_has(req, "days", "tue"), "hasnt",
			mt_setting_has(req, "days", "t")));
}

static int in_transaction(struct mt_req *req)
{
	int rc = mt_begin(req);

	seen_in_tx = mt_settings(req) != NULL;
	return rc == 0 ? mt_commit(req) : rc;
}

static int leak(struct mt_req *req)
{
	const char *how = mt_query_param(req, "how"), *token = mt_setting_text(req, "token");

	if (strcmp(how, "fail") == 0)
		return mt_fail(req, MT_ECONFLICT, "%s and %s", token, mt_setting_text(req, "pin"));
	if (strcmp(how, "field") == 0)
		return mt_field_fault(req, "/x", "found %s", token);
	if (strcmp(how, "cut") == 0)
		return mt_fail(req, MT_ECONFLICT, "begins with %.7s", token);
	if (strcmp(how, "sql") == 0)
		return mt_query(req, "SELECT $1::int", MT_ARGS(token), NULL);
	return mt_fail(req, MT_EINTERNAL, "%s", token);
}

static int rights(struct mt_req *req)
{
	return mt_reply_json(req, 200,
		json_pack("{s:b, s:b, s:b, s:b, s:b}", "clock", mt_may(req, "clock"), "manage",
			mt_may(req, "manage"), "clo", mt_may(req, "clo"), "empty", mt_may(req, ""),
			"list", mt_may(req, "clock,manage")));
}

static int on_validate(struct mt_req *req)
{
	mt_setting_fault(req, "count", "is odd: %d", (int)mt_setting_int(req, "count", 0));
	return mt_setting_fault(req, "token", "%s is wrong", mt_setting_text(req, "token"));
}

static int on_test(struct mt_req *req)
{
	return mt_hook_result(req, true, "as %s", mt_hook_name(req));
}

static int on_upgrade(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{s:s}", "from", mt_hook_previous(req)));
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/all", .run = all},
	{.method = "GET", .path = "/kinds", .run = kinds},
	{.method = "GET", .path = "/tx", .run = in_transaction},
	{.method = "GET", .path = "/leak", .run = leak},
	{.method = "GET", .path = "/rights", .run = rights},
	{0},
};
static const struct mt_hook HOOKS[] = {
	{"validate", on_validate}, {"test-connection", on_test}, {"upgrade", on_upgrade}, {0}};
static const struct mt_plugin PLUGIN = {
	MT_PLUGIN, .key = "demo", .version = "1.2.0", .routes = ROUTES, .hooks = HOOKS};

/* --- around it ---*/

static int sql(const char *text)
{
	static struct err e;

	err_init(&e, NULL);
	return db_exec(admin, arena, clock_ms() + 30000, text, &e);
}

static int group_setup(void **state)
{
	struct err e;
	struct buf b;

	(void)state;
	unsetenv("MORTISE_TEST_DB_HOST");
	if (seal_init() < 0 || cluster_start() < 0)
		return -1;
	arena = arena_new();
	admin = cluster_db("unit-admin");
	if (sql("CREATE SCHEMA mortise") < 0 ||
		sql("CREATE TABLE public.row (settings jsonb, secrets jsonb, key_id int)") < 0 ||
		sql("CREATE FUNCTION mortise.plugin_settings(version text) RETURNS TABLE (settings "
		    "jsonb, secrets jsonb, key_id int) LANGUAGE plpgsql AS $$ BEGIN"
		    " IF version <> '1.2.0' THEN RAISE 'asked as %', version; END IF;"
		    " RETURN QUERY SELECT r.settings, r.secrets, r.key_id FROM public.row r; END $$") <
			0 ||
		sql("CREATE FUNCTION mortise.plugin_network(version text) RETURNS TABLE (words text[], "
		    "fetch_only text[]) LANGUAGE sql AS $$ SELECT '{}'::text[], '{}'::text[] $$") <
			0)
		return -1;
	err_init(&e, NULL);
	for (int i = 0; i < 3; i++)
		seal_ring_grow(&ring, &e);
	host.db = cluster_db("unit");
	host.plugin = &PLUGIN;
	host.limit = (struct host_limits){1, 1000, {20}};
	host.take = guest_take;
	buf_init(&b, 1000);
	return contract_read(&host, "demo", &b);
}

static int group_teardown(void **state)
{
	(void)state;
	guest_stop();
	db_free(host.db);
	db_free(admin);
	arena_free(arena);
	cluster_end();
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return sql("TRUNCATE public.row");
}

static const char *sealed(int key, const char *name, const char *value)
{
	unsigned char sub[SEAL_KEY];

	seal_subkey(sub, seal_ring_find(&ring, key), "demo", 3);
	return seal_value(arena, sub, "demo", 3, name, value, strlen(value));
}

static void row(int key)
{
	assert_int_equal(
		sql(arena_printf(arena,
			"INSERT INTO public.row VALUES ('{\"name\": \"Desk\", \"count\": 7, \"ratio\": 2.5,"
			" \"on\": true, \"days\": [\"mon\", \"tue\"]}', '{\"token\": \"%s\", \"pin\": \"%s\"}', %d)",
			sealed(key, "token", SECRET), sealed(key, "pin", SHORTER), key)),
		0);
}

static long read_body(struct req *req, void *buf, size_t n)
{
	size_t left = (size_t)req->content_length - sent_at;

	n = n < left ? n : left;
	memcpy(buf, sent + sent_at, n);
	sent_at += n;
	return (long)n;
}

/* env: up to three parameters more. */
static int ask(const char *path, const char *body, const char *a, const char *b, const char *how)
{
	static char *env[8];
	static struct req_param q;
	static const char *const start[] = {
		"MT_TENANT=3", "MT_USER=0192", "CONTENT_TYPE=application/json"};
	int n = 0;

	memset(&r, 0, sizeof(r));
	for (; n < 3; n++)
		env[n] = arena_strdup(arena, start[n]);
	if (a)
		env[n++] = arena_strdup(arena, a);
	if (b)
		env[n++] = arena_strdup(arena, b);
	env[n] = NULL;
	r.op.arena = arena;
	r.op.app = (struct app *)&host;
	r.method = body ? "POST" : "GET";
	r.path = arena_printf(arena, "/api/plugins/demo%s", path);
	r.envp = env;
	r.op.deadline = clock_ms() + 30000;
	r.content_length = body ? (long)strlen(body) : -1;
	r.read = read_body;
	sent = body;
	sent_at = 0;
	if (how) {
		q = (struct req_param){"how", how};
		r.n_query = 1;
		r.query = &q;
	}
	host.pool = "demo@0123456789ab";
	env[n++] = (char *)signed_text(&r, host.handover_key, host.pool, path);
	env[n] = NULL;
	return host_serve(&r);
}

static const char *key_for(int id)
{
	return arena_printf(
		arena, "MT_SETTINGS_KEY=%s", seal_request_key(arena, &ring, "demo", 3, id));
}

/* --- cases ---*/

static void everything_is_there_and_wiped_afterwards(void **state)
{
	const char *key = key_for(2);

	(void)state;
	row(2);
	assert_int_equal(ask("/all", NULL, key, NULL, NULL), 0);
	assert_non_null(strstr(r.out, "\"token\":\"" SECRET "\""));
	assert_non_null(strstr(r.out, "\"name\":\"Desk\""));
	assert_int_equal(json_string_length(kept), strlen(SECRET));
	for (size_t i = 0; i < strlen(SECRET); i++)
		assert_int_equal(json_string_value(kept)[i], 0);
	json_decref(kept);
	for (char **e = r.envp; *e; e++)
		assert_true(strncmp(*e, "MT_SETTINGS_KEY=", 16) != 0 || (*e)[16] == '\0');
}

static void each_kind_has_its_call(void **state)
{
	json_t *v;

	(void)state;
	row(3);
	assert_int_equal(ask("/kinds", NULL, key_for(3), NULL, NULL), 0);
	v = json_loads(r.out, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(v, "text")), "Desk");
	assert_true(json_is_null(json_object_get(v, "absent")));
	assert_int_equal(json_integer_value(json_object_get(v, "int")), 7);
	assert_int_equal(json_integer_value(json_object_get(v, "real")), 2);
	assert_int_equal(json_integer_value(json_object_get(v, "wrong")), -1);
	assert_true(json_real_value(json_object_get(v, "number")) == 2.5);
	assert_true(json_is_true(json_object_get(v, "bool")));
	assert_true(json_is_false(json_object_get(v, "off")));
	assert_true(json_is_true(json_object_get(v, "has")));
	assert_true(json_is_false(json_object_get(v, "hasnt")));
	json_decref(v);
}

static void in_a_transaction_as_well(void **state)
{
	(void)state;
	row(3);
	assert_int_equal(ask("/tx", NULL, key_for(3), NULL, NULL), 0);
	assert_true(seen_in_tx);
}

static void without_an_installation_there_are_none(void **state)
{
	(void)state;
	assert_int_equal(ask("/all", NULL, NULL, NULL, NULL), 0);
	assert_string_equal(r.out, "{}");
}

static void a_key_that_did_not_come_along_is_busy(void **state)
{
	(void)state;
	row(2);
	assert_int_equal(ask("/all", NULL, NULL, NULL, NULL), MT_EBUSY);
	assert_int_equal(r.op.err.retry_after, 1);
	assert_int_equal(ask("/all", NULL, key_for(3), NULL, NULL), MT_EBUSY);
	/* sealed again by the newest between the api pool and us */
	assert_int_equal(sql("TRUNCATE public.row"), 0);
	row(3);
	assert_int_equal(ask("/all", NULL, key_for(1), NULL, NULL), 0);
	json_decref(kept);
}

static void a_foreign_or_damaged_secret_is_no_setting(void **state)
{
	(void)state;
	row(2);
	assert_int_equal(sql("UPDATE public.row SET secrets = jsonb_build_object('token',"
			     " secrets ->> 'pin', 'pin', secrets ->> 'pin')"),
		0);
	assert_int_equal(ask("/all", NULL, key_for(2), NULL, NULL), MT_EINTERNAL);
	assert_int_equal(sql("UPDATE public.row SET secrets = '{\"token\": 7}'"), 0);
	assert_int_equal(ask("/all", NULL, key_for(2), NULL, NULL), MT_EINTERNAL);
}

static void what_leaves_has_no_secret(void **state)
{
	static const char *const hows[] = {"fail", "field", "sql", "cut", "internal"};

	(void)state;
	row(2);
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		assert_true(ask("/leak", NULL, key_for(2), NULL, hows[i]) < 0);
		assert_null(strstr(r.op.err.message, SHORTER));
		assert_null(strstr(r.op.err.log, SHORTER));
		for (int k = 0; k < r.op.err.n_fields; k++)
			assert_null(strstr(r.op.err.field[k].detail, SHORTER));
	}
	ask("/leak", NULL, key_for(2), NULL, "fail");
	assert_string_equal(r.op.err.message, "[secret] and [secret]");
	ask("/leak", NULL, key_for(2), NULL, "cut");
	assert_string_equal(r.op.err.message, "begins with [secret]");
}

static void hooks_judge_what_would_be(void **state)
{
	static const char body[] =
		"{\"values\": {\"count\": 5, \"token\": \"" SECRET "\"}, \"secrets\": [\"token\"]}";

	(void)state;
	row(2);
	assert_int_equal(ask("/", body, "MT_HOOK=validate", NULL, NULL), MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, 2);
	assert_string_equal(r.op.err.field[0].pointer, "/values/count");
	assert_string_equal(r.op.err.field[0].detail, "is odd: 5");
	assert_string_equal(r.op.err.field[1].detail, "[secret] is wrong");
	assert_int_equal(ask("/", body, "MT_HOOK=test-connection", NULL, NULL), 0);
	assert_string_equal(r.out, "{\"success\":true,\"message\":\"as test-connection\"}");
	assert_int_equal(ask("/", NULL, "MT_HOOK=upgrade", "MT_PREVIOUS_VERSION=1.1.0", NULL), 0);
	assert_string_equal(r.out, "{\"from\":\"1.1.0\"}");
}

/* A request's own body is no hook's: nobody can give himself settings. */
static void a_request_brings_no_settings(void **state)
{
	(void)state;
	row(2);
	assert_int_equal(ask("/all", "{\"values\": {\"name\": \"Mine\"}}", key_for(2), NULL, NULL),
		MT_EMETHOD);
}

static void own_permissions_are_asked_by_short_name(void **state)
{
	(void)state;
	assert_int_equal(ask("/rights", NULL, "MT_PERMISSIONS=clock,approve", NULL, NULL), 0);
	assert_string_equal(r.out,
		"{\"clock\":true,\"manage\":false,\"clo\":false,\"empty\":false,\"list\":false}");
	assert_int_equal(ask("/rights", NULL, NULL, NULL, NULL), 0);
	assert_null(strstr(r.out, "true"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(everything_is_there_and_wiped_afterwards),
		TEST(each_kind_has_its_call),
		TEST(in_a_transaction_as_well),
		TEST(without_an_installation_there_are_none),
		TEST(a_key_that_did_not_come_along_is_busy),
		TEST(a_foreign_or_damaged_secret_is_no_setting),
		TEST(what_leaves_has_no_secret),
		TEST(hooks_judge_what_would_be),
		TEST(a_request_brings_no_settings),
		TEST(own_permissions_are_asked_by_short_name),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
