/* db: reading, writing, queues, prepared statements, and the errors a statement can make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "cluster.h"

#define SOON (clock_ms() + 30000)

static const struct stmt ADD = {"add",
	"SELECT $1::int + $2::int, current_setting('mortise.tenant', true),"
	" current_setting('mortise.user_id', true)"};
static const struct stmt NULLS = {"nulls", "SELECT $1::text, 'x', true, false, 9876543210"};
static const struct stmt INSERT = {"insert", "INSERT INTO t (a, b) VALUES ($1, $2) RETURNING a"};
static const struct stmt COUNT = {"count", "SELECT count(*) FROM t"};
static const struct stmt UPDATE = {"update", "UPDATE t SET b = b"};
static const struct stmt DIVIDE = {"divide", "SELECT 1 / $1::int"};
static const struct stmt RAISE = {"raise", "SELECT raise_it($1, $2)"};
static const struct stmt COPY = {"copy", "COPY t TO STDOUT"};
static const struct stmt CREATE = {"create", "CREATE TABLE public.not_made ()"};
static const struct stmt SET = {"set", "SELECT set_config($1, $2, $3)"};
static const struct stmt SETTING = {"setting", "SELECT current_setting($1, true)"};
static const struct stmt HIDDEN = {"hidden", "SELECT public.writes()"};
static const struct stmt HOLD = {"hold", "DECLARE c CURSOR WITH HOLD FOR SELECT 1 / (n - 1) FROM"
					 " generate_series(1, 3) n"};
static const struct stmt PREPARED = {"prepared", "SELECT count(*) FROM pg_prepared_statements"
						 " WHERE name LIKE 'add%'"};

static const struct db_as AS7 = {7, "01900000-0000-7000-8000-000000000001", NULL, NULL};

static struct db *db;
static struct arena *p;
static struct err e;
static struct rows r;

static int ddl(const char *sql)
{
	err_init(&e, NULL);
	return db_exec(db, p, SOON, sql, &e);
}

static int setup(void **state)
{
	(void)state;
	p = arena_new();
	db = cluster_db("unit");
	if (ddl("SET client_min_messages = warning") < 0 || ddl("DROP TABLE IF EXISTS t") < 0)
		return -1;
	if (ddl("CREATE TEMP TABLE t (a int PRIMARY KEY, b text CHECK (b <> 'bad'), c int "
		"REFERENCES t DEFERRABLE INITIALLY DEFERRED)") < 0)
		return -1;
	err_init(&e, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_free(db);
	arena_free(p);
	return 0;
}

static long count(void)
{
	err_init(&e, NULL);
	assert_int_equal(db_read(db, p, SOON, NULL, &COUNT, DB_NOARGS, &r, &e), 0);
	return row_int(&r, 0, 0);
}

static void reads_in_one_transaction_for_its_tenant(void **state)
{
	static const struct db_as core = {8, "-", NULL, NULL};
	(void)state;

	assert_int_equal(db_read(db, p, SOON, &AS7, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(row_int(&r, 0, 0), 42);
	assert_string_equal(row_text(&r, 0, 1), "7");
	assert_string_equal(row_text(&r, 0, 2), AS7.user);
	assert_int_equal(db_write(db, p, SOON, &core, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "8");
	assert_string_equal(row_text(&r, 0, 2), "");
	/* and it is gone with it */
	assert_int_equal(db_read(db, p, SOON, NULL, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "");
	assert_string_equal(row_text(&r, 0, 2), "");
	assert_int_equal(db_read(db, p, SOON, NULL, &CREATE, DB_NOARGS, &r, &e), MT_EINTERNAL);
	assert_string_equal(db_sqlstate(db), "25006");
}

/* Whatever it calls: no BEGIN READ ONLY is sent for a single statement. */
static void a_read_can_not_write(void **state)
{
	static const char *const BODIES[] = {"INSERT INTO public.kept VALUES (1)",
		"PERFORM set_config('transaction_read_only', 'off', true);"
		" INSERT INTO public.kept VALUES (1)",
		"SET TRANSACTION READ WRITE; INSERT INTO public.kept VALUES (1)",
		"SET LOCAL transaction_read_only = off; INSERT INTO public.kept VALUES (1)"};
	(void)state;

	assert_int_equal(ddl("CREATE TABLE public.kept (a int)"), 0);
	for (size_t i = 0; i < sizeof(BODIES) / sizeof(*BODIES); i++) {
		assert_int_equal(ddl(arena_printf(p,
					 "CREATE OR REPLACE FUNCTION public.writes() RETURNS void"
					 " LANGUAGE plpgsql AS $$BEGIN %s; END$$",
					 BODIES[i])),
			0);
		err_init(&e, NULL);
		assert_true(db_read(db, p, SOON, &AS7, &HIDDEN, DB_NOARGS, &r, &e) < 0);
		assert_true(strcmp(db_sqlstate(db), "25006") == 0 ||
			    strcmp(db_sqlstate(db), "25001") == 0);
		err_init(&e, NULL);
		assert_int_equal(db_write(db, p, SOON, &AS7, &HIDDEN, DB_NOARGS, &r, &e), 0);
	}
	assert_int_equal(ddl("DROP TABLE public.kept"), 0);
	assert_int_equal(ddl("DROP FUNCTION public.writes()"), 0);
}

static const char *setting(const char *name)
{
	assert_int_equal(db_read(db, p, SOON, NULL, &SETTING, DB_ARGS(name), &r, &e), 0);
	return row_text(&r, 0, 0) == NULL ? "" : row_text(&r, 0, 0);
}

static void nothing_of_a_read_stays_behind(void **state)
{
	(void)state;
	assert_int_equal(
		db_read(db, p, SOON, &AS7, &SET, DB_ARGS("work_mem", "1MB", "true"), &r, &e), 0);
	assert_string_equal(setting("mortise.tenant"), "");
	assert_string_equal(setting("work_mem"), "4MB");
	assert_int_equal(db_read(db, p, SOON, &AS7, &DIVIDE, DB_ARGS("0"), &r, &e), MT_EINVAL);
	assert_string_equal(setting("mortise.tenant"), "");
	assert_string_equal(setting("mortise.user_id"), "");
	/* and what fails at its very end, behind its rows */
	err_init(&e, NULL);
	assert_int_equal(db_read(db, p, SOON, &AS7, &HOLD, DB_NOARGS, &r, &e), MT_EINVAL);
	err_init(&e, NULL);
	assert_string_equal(setting("mortise.tenant"), "");
}

static void a_plugin_role_gets_its_tenant_without_a_function(void **state)
{
	static const struct db_as nobody = {8, NULL, NULL, NULL},
				  odd = {9, "'; SELECT 1; --", NULL, NULL};
	struct db *plugin;
	(void)state;

	cluster_set_local = true;
	plugin = cluster_db("set local");
	cluster_set_local = false;
	assert_int_equal(db_read(plugin, p, SOON, &AS7, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "7");
	assert_string_equal(row_text(&r, 0, 2), AS7.user);
	assert_int_equal(db_begin(plugin, p, SOON, &nobody, &e), 0);
	assert_int_equal(db_query(plugin, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_int_equal(db_commit(plugin, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "8");
	assert_string_equal(row_text(&r, 0, 2), "");
	assert_int_equal(db_write(plugin, p, SOON, &odd, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "9");
	assert_string_equal(row_text(&r, 0, 2), "");
	assert_int_equal(db_read(plugin, p, SOON, NULL, &ADD, DB_ARGS("40", "2"), &r, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "");
	db_free(plugin);
}

static void reads_nulls_and_types(void **state)
{
	const char *none = NULL;
	(void)state;

	assert_int_equal(db_read(db, p, SOON, NULL, &NULLS, DB_ARGS(none), &r, &e), 0);
	assert_null(row_text(&r, 0, 0));
	assert_int_equal(row_int(&r, 0, 0), 0);
	assert_true(row_bool(&r, 0, 2));
	assert_false(row_bool(&r, 0, 3));
	assert_false(row_bool(&r, 0, 0));
	assert_int_equal(row_int(&r, 0, 4), 9876543210);
	assert_null(row_text(&r, 1, 0));
	assert_null(row_text(&r, 0, 9));
	assert_null(row_text(&r, -1, -1));
}

static void rows_live_as_long_as_the_arena(void **state)
{
	struct rows first;
	(void)state;

	assert_int_equal(db_read(db, p, SOON, NULL, &ADD, DB_ARGS("1", "1"), &first, &e), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(db_read(db, p, SOON, NULL, &ADD, DB_ARGS("2", "2"), &r, &e), 0);
	assert_int_equal(row_int(&first, 0, 0), 2);
}

static void writes_and_counts(void **state)
{
	(void)state;
	assert_int_equal(db_write(db, p, SOON, &AS7, &INSERT, DB_ARGS("1", "x"), &r, &e), 0);
	assert_int_equal(row_int(&r, 0, 0), 1);
	assert_int_equal(r.changed, 1);
	assert_int_equal(db_write(db, p, SOON, &AS7, &INSERT, DB_ARGS("2", "x"), &r, &e), 0);
	assert_int_equal(db_write(db, p, SOON, &AS7, &UPDATE, DB_NOARGS, &r, &e), 0);
	assert_int_equal(r.changed, 2);
	assert_int_equal(r.n, 0);
	assert_int_equal(count(), 2);
}

static void commits_what_was_queued(void **state)
{
	char number[12];
	(void)state;

	assert_int_equal(db_begin(db, p, SOON, &AS7, &e), 0);
	for (int i = 0; i < 300; i++) {
		snprintf(number, sizeof(number), "%d", i); /* the queue has its own copy */
		assert_int_equal(db_queue(db, &INSERT, DB_ARGS(number, "x"), &e), 0);
	}
	assert_int_equal(db_query(db, &ADD, DB_ARGS("1", "1"), &r, &e), 0);
	assert_string_equal(row_text(&r, 0, 1), "7");
	assert_int_equal(db_queue(db, &INSERT, DB_ARGS("1000", "x"), &e), 0);
	assert_int_equal(db_commit(db, &e), 0);
	assert_int_equal(count(), 301);
}

static void forgets_what_was_rolled_back(void **state)
{
	(void)state;
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	db_rollback(db);
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_queue(db, &INSERT, DB_ARGS("1", "x"), &e), 0);
	db_rollback(db);
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(db, &INSERT, DB_ARGS("1", "x"), &r, &e), 0);
	db_rollback(db);
	db_rollback(db);
	/* left open by somebody */
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(db, &INSERT, DB_ARGS("1", "x"), &r, &e), 0);
	assert_int_equal(count(), 0);
}

static void needs_a_transaction(void **state)
{
	(void)state;
	assert_int_equal(db_query(db, &ADD, DB_ARGS("1", "1"), &r, &e), MT_EINTERNAL);
	assert_int_equal(db_queue(db, &ADD, DB_ARGS("1", "1"), &e), MT_EINTERNAL);
	assert_int_equal(db_commit(db, &e), MT_EINTERNAL);
}

static void prepares_a_statement_once(void **state)
{
	(void)state;
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(db_queue(db, &ADD, DB_ARGS("1", "1"), &e), 0);
	assert_int_equal(db_commit(db, &e), 0);
	assert_int_equal(db_read(db, p, SOON, NULL, &ADD, DB_ARGS("1", "1"), &r, &e), 0);
	assert_int_equal(db_read(db, p, SOON, NULL, &PREPARED, DB_NOARGS, &r, &e), 0);
	assert_int_equal(row_int(&r, 0, 0), 1);
}

static void keeps_statements_of_one_name_apart(void **state)
{
	const struct stmt a = {"same", "SELECT 1"}, b = {"same", "SELECT 2"};
	struct stmt many = {"many", NULL};
	(void)state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(db_read(db, p, SOON, NULL, &a, DB_NOARGS, &r, &e), 0);
		assert_int_equal(row_int(&r, 0, 0), 1);
		assert_int_equal(db_read(db, p, SOON, NULL, &b, DB_NOARGS, &r, &e), 0);
		assert_int_equal(row_int(&r, 0, 0), 2);
	}
	for (int i = 0; i < 700; i++) {
		many.sql = arena_printf(p, "SELECT %d", i);
		assert_int_equal(db_read(db, p, SOON, NULL, &many, DB_NOARGS, &r, &e), 0);
		assert_int_equal(row_int(&r, 0, 0), i);
	}
}

static void prepares_again_what_failed_to(void **state)
{
	static const struct stmt LATER = {"later", "SELECT * FROM later"};
	(void)state;

	assert_int_equal(db_read(db, p, SOON, NULL, &LATER, DB_NOARGS, &r, &e), MT_EINTERNAL);
	assert_string_equal(db_sqlstate(db), "42P01");
	err_init(&e, NULL);
	/* skipped by the server, because the one before it failed */
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_queue(db, &DIVIDE, DB_ARGS("0"), &e), 0);
	assert_int_equal(db_queue(db, &ADD, DB_ARGS("1", "1"), &e), 0);
	assert_int_equal(db_commit(db, &e), MT_EINVAL);
	assert_int_equal(ddl("CREATE TEMP TABLE later AS SELECT 7 AS a"), 0);
	assert_int_equal(db_read(db, p, SOON, NULL, &LATER, DB_NOARGS, &r, &e), 0);
	assert_int_equal(db_read(db, p, SOON, NULL, &ADD, DB_ARGS("1", "1"), &r, &e), 0);
}

static void survives_a_changed_result_type(void **state)
{
	static const struct stmt ALL = {"all", "SELECT * FROM public.changing"};
	struct db *other = cluster_db("other");
	(void)state;

	assert_int_equal(ddl("DROP TABLE IF EXISTS public.changing"), 0);
	assert_int_equal(ddl("CREATE TABLE public.changing (a int)"), 0);
	assert_int_equal(db_read(other, p, SOON, NULL, &ALL, DB_NOARGS, &r, &e), 0);
	assert_int_equal(ddl("ALTER TABLE public.changing ADD b int"), 0);
	db_read(other, p, SOON, NULL, &ALL, DB_NOARGS, &r, &e);
	err_init(&e, NULL);
	assert_int_equal(db_read(other, p, SOON, NULL, &ALL, DB_NOARGS, &r, &e), 0);
	assert_int_equal(ddl("DROP TABLE public.changing"), 0);
	db_free(other);
}

static void maps(const char *state, const char *text, int code, const char *message)
{
	err_init(&e, NULL);
	if (db_write(db, p, SOON, NULL, &RAISE, DB_ARGS(state, text), &r, &e) != code ||
		strcmp(e.message, message) != 0 || strstr(e.log, state) == NULL ||
		strcmp(db_sqlstate(db), state) != 0)
		fail_msg("%s gave %d '%s' (log '%s')", state, e.code, e.message, e.log);
}

static void maps_every_state(void **state)
{
	(void)state;
	assert_int_equal(
		ddl("CREATE OR REPLACE FUNCTION public.raise_it(s text, m text) RETURNS int "
		    "LANGUAGE plpgsql AS $$BEGIN RAISE '%', m USING ERRCODE = s; END$$"),
		0);
	maps("P0001", "ticket-closed", MT_ECONFLICT,
		"The ticket is closed; it can only be reopened");
	assert_true(db_raised(db));
	maps("22023", "channel-unknown: t:\n1", MT_EINVAL, "There is no channel \"t:; 1\"");
	assert_string_equal(
		e.text, "{\"key\":\"There is no channel \\\"{0}\\\"\",\"values\":[\"t:; 1\"]}");
	err_init(&e, p);
	db_write(db, p, SOON, NULL, &RAISE,
		DB_ARGS("42501", "migration-older: [[\"taken\", [\"column\", \"a.b\\u0009c\"]], "
				 "[\"policy-new\", \"x\", \"{0}\"], [\"odd\"]]"),
		&r, &e);
	assert_string_equal(e.message,
		"Not allowed while older versions use the tables: column a.b c was taken away; "
		"policy x of table {0} is new; something that isn't known here");
	assert_non_null(strstr(e.text,
		"{\"key\":\"{0} was taken away\",\"values\":[{\"key\":\"column {0}\",\"values\":"
		"[\"a.b c\"]}]},{\"key\":\"policy {0} of table {1} is new\",\"values\":[\"x\",\"{0}\"]}"));
	maps("42501", "migration-fault: [odd", MT_EPERM, "Not allowed in a plugin: [odd");
	maps("P0002", "no-such-code", MT_ENOENT, "Not found");
	assert_false(db_raised(db));
	maps("42501", "odd words", MT_EPERM, "This is not allowed");
	maps("23505", "taken", MT_ECONFLICT, "This already exists");
	maps("23514", "odd", MT_EFIELDS, "A value is not allowed");
	maps("40001", "again", MT_ECONFLICT, "Somebody changed this at the same time; try again");
	maps("57014", "late", MT_ETIMEOUT, "The database did not answer in time");
	maps("55P03", "locked", MT_EBUSY,
		"Somebody else is changing this just now (lock_timeout_ms); try again");
	maps("53100", "full", MT_EFULL, "There is no room left for data");
	maps("53300", "many", MT_EBUSY, "The database is overloaded");
	assert_int_equal(e.retry_after, 2);
	maps("XX000", "secret", MT_EINTERNAL, "A database statement failed");
	maps("42703", "secret", MT_EINTERNAL, "A database statement failed");
	assert_int_equal(ddl("DROP FUNCTION public.raise_it"), 0);
}

static void says_nothing_of_tables_and_constraints(void **state)
{
	(void)state;
	assert_int_equal(db_write(db, p, SOON, NULL, &INSERT, DB_ARGS("1", "x"), &r, &e), 0);
	assert_int_equal(
		db_write(db, p, SOON, NULL, &INSERT, DB_ARGS("1", "x"), &r, &e), MT_ECONFLICT);
	assert_string_equal(e.message, "This already exists");
	assert_non_null(strstr(e.log, "t_pkey"));
	err_init(&e, NULL);
	assert_int_equal(
		db_write(db, p, SOON, NULL, &INSERT, DB_ARGS("2", "bad"), &r, &e), MT_EFIELDS);
	assert_null(strstr(e.message, "t_b_check"));
	err_init(&e, NULL);
	assert_int_equal(
		db_write(db, p, SOON, NULL, &INSERT, DB_ARGS("x", "y"), &r, &e), MT_EINVAL);
	err_init(&e, NULL);
	assert_int_equal(
		db_write(db, p, SOON, NULL, &INSERT, DB_ARGS("3", "\xff"), &r, &e), MT_EINVAL);
	assert_int_equal(count(), 1);
}

static void fails_at_commit(void **state)
{
	static const struct stmt ORPHAN = {"orphan", "INSERT INTO t VALUES (5, 'x', 99)"};
	(void)state;

	assert_int_equal(db_write(db, p, SOON, NULL, &ORPHAN, DB_NOARGS, &r, &e), MT_EFIELDS);
	assert_int_equal(count(), 0);
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(db, &DIVIDE, DB_ARGS("0"), &r, &e), MT_EINVAL);
	err_init(&e, NULL);
	assert_int_equal(db_commit(db, &e), MT_EINTERNAL);
	assert_int_equal(count(), 0);
}

static void stays_usable_after_copy(void **state)
{
	(void)state;
	assert_int_equal(db_write(db, p, SOON, NULL, &COPY, DB_NOARGS, &r, &e), MT_EINTERNAL);
	err_init(&e, NULL);
	assert_int_equal(db_read(db, p, SOON, NULL, &ADD, DB_ARGS("1", "1"), &r, &e), 0);
}

static void executes_text_inside_and_outside(void **state)
{
	(void)state;
	assert_int_equal(ddl("SELEC 1"), MT_EINTERNAL);
	assert_int_equal(ddl("SELECT 1; SELECT 2"), MT_EINTERNAL);
	err_init(&e, NULL);
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_exec(db, p, SOON, "INSERT INTO t VALUES (1, 'x')", &e), 0);
	assert_int_equal(db_exec(db, p, SOON, "SAVEPOINT s", &e), 0);
	assert_int_equal(db_exec(db, p, SOON, "INSERT INTO t VALUES (1, 'x')", &e), MT_ECONFLICT);
	err_init(&e, NULL);
	assert_int_equal(db_exec(db, p, SOON, "ROLLBACK TO s", &e), 0);
	assert_int_equal(db_commit(db, &e), 0);
	assert_int_equal(count(), 1);
}

static void takes_large_values_both_ways(void **state)
{
	static const struct stmt ECHO = {"echo", "SELECT $1::text, length($1)"};
	size_t n = 4 << 20;
	char *big = arena_alloc(p, n + 1);
	(void)state;

	memset(big, 'x', n);
	big[n] = '\0';
	assert_int_equal(db_begin(db, p, clock_ms() + 30000, NULL, &e), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(db_queue(db, &ECHO, DB_ARGS(big), &e), 0);
	assert_int_equal(db_query(db, &ECHO, DB_ARGS(big), &r, &e), 0);
	assert_int_equal(row_int(&r, 0, 1), n);
	assert_string_equal(row_text(&r, 0, 0), big);
	assert_int_equal(db_commit(db, &e), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_in_one_transaction_for_its_tenant),
		T(a_read_can_not_write),
		T(nothing_of_a_read_stays_behind),
		T(a_plugin_role_gets_its_tenant_without_a_function),
		T(reads_nulls_and_types),
		T(rows_live_as_long_as_the_arena),
		T(writes_and_counts),
		T(commits_what_was_queued),
		T(forgets_what_was_rolled_back),
		T(needs_a_transaction),
		T(prepares_a_statement_once),
		T(keeps_statements_of_one_name_apart),
		T(prepares_again_what_failed_to),
		T(survives_a_changed_result_type),
		T(maps_every_state),
		T(says_nothing_of_tables_and_constraints),
		T(fails_at_commit),
		T(stays_usable_after_copy),
		T(executes_text_inside_and_outside),
		T(takes_large_values_both_ways),
	};
	int rc;

	if (cluster_start() < 0) {
		printf("1..0 # SKIP no PostgreSQL can be started here\n");
		cluster_end();
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	rc = cmocka_run_group_tests_name("db", tests, NULL, NULL);
	cluster_end();
	return rc;
}
