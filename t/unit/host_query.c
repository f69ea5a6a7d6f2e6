/* query and notify: a plugin's statements, transactions, rows and notifications on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "base/clock.h"
#include "cluster.h"
#include "guest_thread.h"
#include "host/call.h"

static struct host host = {.key = "demo"};
static struct db *admin;
static struct arena *arena;
static struct req r;
static struct call c;
static struct mt_req *req; /* what a handler is given; the host waits in a thread */
static struct mt_rows rows;
static int steward[2];
static pthread_t host_of_test;
static int talked; /* what talk() has answered */

static const char *const SCHEMA[] = {"CREATE TABLE public.things (id int PRIMARY KEY, name text)",
	"CREATE SCHEMA mortise",
	"CREATE TABLE mortise.sent (kind text, target text, payload jsonb)",
	"CREATE FUNCTION mortise.notify(kind text, target text, payload jsonb) RETURNS int"
	" LANGUAGE plpgsql AS $$ BEGIN"
	" IF target = 'nobody' THEN RAISE 'notice-user' USING errcode = 'P0002'; END IF;"
	" INSERT INTO mortise.sent VALUES (kind, target, payload); RETURN 2; END $$"};

static int sql(const char *text)
{
	static struct err e;

	err_init(&e, NULL);
	return db_exec(admin, arena, clock_ms() + 30000, text, &e);
}

static int group_setup(void **state)
{
	(void)state;
	/* a cluster of its own, always: it makes a schema that a real database has already */
	unsetenv("MORTISE_TEST_DB_HOST");
	if (cluster_start() < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, steward) < 0)
		return -1;
	arena = arena_new();
	admin = cluster_db("unit-admin");
	for (size_t i = 0; i < sizeof(SCHEMA) / sizeof(SCHEMA[0]); i++)
		if (sql(SCHEMA[i]) < 0)
			return -1;
	host.db = cluster_db("unit");
	host.steward_fd = steward[0];
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	db_free(host.db);
	db_free(admin);
	arena_free(arena);
	cluster_end();
	return 0;
}

static char *no_env[] = {NULL};

static void *host_main(void *arg)
{
	bool failed;

	talked = talk(&c, &guest_proc, &failed);
	return arg;
}

static int setup(void **state)
{
	(void)state;
	arena_clear(arena);
	memset(&r, 0, sizeof(r));
	memset(&c, 0, sizeof(c));
	r.op.arena = arena;
	r.op.deadline = clock_ms() + 5000;
	r.envp = no_env;
	c.host = &host;
	c.r = &r;
	c.as = (struct db_as){7, "01900000-0000-7000-8000-000000000001", NULL, NULL};
	c.path = c.hook = "";
	host.limit = (struct host_limits){1, 1000, {20}};
	if (guest_pair() < 0 || pthread_create(&host_of_test, NULL, host_main, NULL) != 0)
		return -1;
	guest_open(&guest, guest_fd);
	if (guest_wait(&guest) < 0)
		return -1;
	req = &guest.call->pub;
	return sql("TRUNCATE public.things, mortise.sent");
}

/* The handler of the test returns. */
static void handler_ends(void)
{
	if (!guest.call)
		return;
	guest_done(&guest, 0);
	guest.call = NULL;
	pthread_join(host_of_test, NULL);
}

static int teardown(void **state)
{
	(void)state;
	handler_ends();
	close(guest_proc.fd);
	close(guest_fd);
	guest_close(&guest);
	query_rollback(&c);
	return 0;
}

static long count(const char *table)
{
	static struct err e;
	struct stmt s = {"count", table};
	struct rows n;

	err_init(&e, NULL);
	assert_int_equal(db_read(admin, arena, clock_ms() + 30000, NULL, &s, DB_NOARGS, &n, &e), 0);
	return row_int(&n, 0, 0);
}

#define THINGS "SELECT count(*) FROM public.things"
#define SENT "SELECT count(*) FROM mortise.sent"

/* Has the steward been woken since the last check? */
static bool steward_woken(void)
{
	char b;

	return recv(steward[1], &b, 1, MSG_DONTWAIT) == 1 && b == 'e';
}

static void tenant_comes_along(void **state)
{
	static const struct stmt NOW = {"now", "SELECT current_setting('mortise.tenant', true)"};
	static struct err e;
	struct rows after;
	(void)state;

	assert_int_equal(
		mt_query(req, "SELECT current_setting('mortise.tenant')", MT_NOARGS, &rows), 0);
	assert_string_equal(mt_text(&rows, 0, 0), "7");
	/* and doesn't stay */
	assert_int_equal(
		db_read(host.db, arena, clock_ms() + 30000, NULL, &NOW, DB_NOARGS, &after, &e), 0);
	assert_string_equal(row_text(&after, 0, 0), "");
}

static void values(void **state)
{
	(void)state;
	assert_int_equal(mt_query(req, "SELECT $1::int, $2::text, $3::text AS last",
				 MT_ARGS("7", "a'b", NULL), &rows),
		0);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.columns, 3);
	assert_int_equal(mt_int(&rows, 0, 0), 7);
	assert_string_equal(mt_text(&rows, 0, 1), "a'b");
	assert_null(mt_text(&rows, 0, 2));
	assert_null(mt_text(&rows, 1, 0));
	assert_null(mt_text(&rows, 0, 3));
	assert_null(mt_text(&rows, -1, 0));
	assert_string_equal(mt_column(&rows, 2), "last");
	assert_null(mt_column(&rows, 3));
	assert_null(mt_column(&rows, -1));
}

static void types_of_json(void **state)
{
	char *text;
	json_t *v;

	(void)state;
	assert_int_equal(mt_query(req,
				 "SELECT 1::int2 a, 9007199254740993::int8 b, 1.5::float8 c,"
				 " 'NaN'::float8 d, true e, '[1,{}]'::jsonb f, 12.50::numeric g,"
				 " 'ü'::text h, NULL::int i, '12345678901234567890'::jsonb j",
				 MT_NOARGS, &rows),
		0);
	v = mt_rows_json(&rows);
	text = json_dumps(v, JSON_COMPACT);
	assert_string_equal(text,
		"[{\"a\":1,\"b\":9007199254740993,\"c\":1.5,\"d\":\"NaN\",\"e\":true,"
		"\"f\":[1,{}],\"g\":\"12.50\",\"h\":\"ü\",\"i\":null,"
		"\"j\":1.2345678901234567e19}]");
	free(text);
	json_decref(v);
}

static void one_statement_is_a_transaction(void **state)
{
	(void)state;
	assert_int_equal(mt_query(req, "INSERT INTO public.things VALUES (1, 'a'), (2, 'b')",
				 MT_NOARGS, &rows),
		0);
	assert_int_equal(rows.changed, 2);
	assert_int_equal(count(THINGS), 2);
	assert_int_equal(mt_query(req, "DELETE FROM public.things", MT_NOARGS, NULL), 0);
	assert_int_equal(count(THINGS), 0);
}

static void errors_have_codes(void **state)
{
	(void)state;
	mt_query(req, "INSERT INTO public.things VALUES (1, 'a')", MT_NOARGS, NULL);
	assert_string_equal(mt_sqlstate(req), "");
	assert_int_equal(
		mt_query(req, "INSERT INTO public.things VALUES (1, 'a')", MT_NOARGS, NULL),
		MT_ECONFLICT);
	assert_string_equal(mt_sqlstate(req), "23505");
	assert_int_equal(mt_query(req, "SELECT FROM WHERE", MT_NOARGS, &rows), MT_EINTERNAL);
	assert_int_equal(rows.n, 0);
	assert_string_equal(mt_sqlstate(req), "42601");
	assert_int_equal(mt_query(req, "SELECT $1::int", MT_ARGS("x"), NULL), MT_EINVAL);
	assert_int_equal(mt_query(req, "SELECT 1; SELECT 2", MT_NOARGS, NULL), MT_EINTERNAL);
	assert_int_equal(mt_query(req, "COPY public.things TO STDOUT", MT_NOARGS, NULL), MT_EPERM);
	assert_int_equal(mt_query(req, "", MT_NOARGS, NULL), MT_EINTERNAL);
	assert_int_equal(mt_query(req, "SELECT 1", MT_NOARGS, NULL), 0);
}

static void transactions(void **state)
{
	(void)state;
	assert_int_equal(mt_commit(req), MT_EINTERNAL);
	assert_int_equal(mt_begin(req), 0);
	assert_int_equal(mt_begin(req), MT_EINTERNAL);
	assert_int_equal(
		mt_query(req, "INSERT INTO public.things VALUES (1, 'a')", MT_NOARGS, NULL), 0);
	assert_int_equal(count(THINGS), 0);
	assert_int_equal(mt_commit(req), 0);
	assert_int_equal(count(THINGS), 1);
	assert_int_equal(mt_begin(req), 0);
	assert_int_equal(mt_query(req, "DELETE FROM public.things", MT_NOARGS, NULL), 0);
	mt_rollback(req);
	mt_rollback(req);
	assert_int_equal(count(THINGS), 1);
}

static void failed_transaction_can_only_be_undone(void **state)
{
	(void)state;
	mt_begin(req);
	assert_int_equal(
		mt_query(req, "INSERT INTO public.things VALUES (1, 'a')", MT_NOARGS, NULL), 0);
	assert_int_equal(mt_query(req, "SELECT 1 / 0", MT_NOARGS, NULL), MT_EINVAL);
	assert_true(mt_query(req, "SELECT 1", MT_NOARGS, NULL) < 0);
	assert_true(mt_commit(req) < 0);
	assert_int_equal(count(THINGS), 0);
	assert_int_equal(mt_query(req, "SELECT 1", MT_NOARGS, NULL), 0);
}

static void open_transaction_is_undone(void **state)
{
	int rc;

	(void)state;
	mt_begin(req);
	mt_query(req, "INSERT INTO public.things VALUES (1, 'a')", MT_NOARGS, NULL);
	handler_ends();
	rc = talked;
	query_finish(&c, &rc);
	assert_int_equal(rc, MT_EINTERNAL);
	assert_non_null(strstr(r.op.err.log, "left a transaction open"));
	assert_int_equal(count(THINGS), 0);
}

static void too_slow(void **state)
{
	(void)state;
	r.op.deadline = clock_ms() + 100;
	assert_int_equal(mt_query(req, "SELECT pg_sleep(5)", MT_NOARGS, NULL), MT_ETIMEOUT);
	r.op.deadline = clock_ms() + 5000;
}

static const struct mt_notice FINE = {.title = "Hello", .message = "World"};

static void notification_at_once(void **state)
{
	(void)state;
	assert_int_equal(mt_notify_company(req, &FINE), 2);
	assert_true(steward_woken());
	assert_int_equal(count(SENT), 1);
	mt_query(req,
		"SELECT kind, payload->>'icon', payload->>'priority', payload->>'url' FROM mortise.sent",
		MT_NOARGS, &rows);
	assert_string_equal(mt_text(&rows, 0, 0), "company");
	assert_string_equal(mt_text(&rows, 0, 1), "\xf0\x9f\x94\x94");
	assert_string_equal(mt_text(&rows, 0, 2), "normal");
	assert_null(mt_text(&rows, 0, 3));
}

static void notification_with_the_transaction(void **state)
{
	(void)state;
	mt_begin(req);
	assert_int_equal(mt_notify_user(req, "somebody", &FINE), 2);
	assert_false(steward_woken());
	assert_int_equal(mt_commit(req), 0);
	assert_true(steward_woken());
	mt_begin(req);
	assert_int_equal(mt_notify_role(req, "Admin", &FINE), 2);
	mt_rollback(req);
	assert_false(steward_woken());
	assert_int_equal(count(SENT), 1);
	/* the next one has nothing to report */
	mt_begin(req);
	mt_query(req, "SELECT 1", MT_NOARGS, NULL);
	assert_int_equal(mt_commit(req), 0);
	assert_false(steward_woken());
}

static void notification_to_nobody(void **state)
{
	(void)state;
	assert_int_equal(mt_notify_user(req, "nobody", &FINE), MT_ENOENT);
	assert_string_equal(r.op.err.message, "There is no such user");
	assert_false(steward_woken());
}

static void notices_have_limits(void **state)
{
	const struct mt_notice bad = {.title = "",
		.message = NULL,
		.icon = "12345678901234567",
		.url = "javascript:alert(1)",
		.priority = "urgent"};
	struct mt_notice one = FINE;

	(void)state;
	assert_int_equal(mt_notify_company(req, &bad), MT_EFIELDS);
	assert_int_equal(r.op.err.n_fields, 5);
	one.url = "//example.com";
	assert_int_equal(mt_notify_company(req, &one), MT_EFIELDS);
	one.url = "/tab/Tickets";
	one.title = "\xff";
	assert_int_equal(mt_notify_company(req, &one), MT_EFIELDS);
	one.title = "T";
	assert_int_equal(mt_notify_company(req, &one), 2);
	assert_true(steward_woken());
	/* an older header knows fewer members */
	assert_int_equal(req->host->notify(req, MT_NOTIFY_COMPANY, "", &FINE,
				 offsetof(struct mt_notice, icon)),
		2);
}

static void lost_connection(void **state)
{
	(void)state;
	assert_int_equal(sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
			     " WHERE application_name = 'mortise-unit'"),
		0);
	/* outside the sandbox the next transaction makes a new connection */
	assert_int_equal(mt_query(req, "SELECT 1", MT_NOARGS, NULL), 0);
	mt_begin(req);
	mt_query(req, "SELECT 1", MT_NOARGS, NULL);
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mortise-unit'");
	assert_int_equal(mt_query(req, "SELECT 1", MT_NOARGS, NULL), MT_EBUSY);
	mt_rollback(req);
	assert_false(db_is_connected(host.db));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tenant_comes_along, setup, teardown),
		cmocka_unit_test_setup_teardown(values, setup, teardown),
		cmocka_unit_test_setup_teardown(types_of_json, setup, teardown),
		cmocka_unit_test_setup_teardown(one_statement_is_a_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_have_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(transactions, setup, teardown),
		cmocka_unit_test_setup_teardown(
			failed_transaction_can_only_be_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(open_transaction_is_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(too_slow, setup, teardown),
		cmocka_unit_test_setup_teardown(notification_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(notification_with_the_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(notification_to_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(notices_have_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_connection, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
