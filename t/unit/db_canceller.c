/* db with a canceller and a bound of rows, as a plugin's host has it: what takes too long or brings too much
 * ends, and the connection stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>
#include "base/clock.h"
#include "cluster.h"

#define SOON (clock_ms() + 10000)
#define LATER (clock_ms() + 60000) /* half a gigabyte with sanitizers, on a busy machine */
#define MB (1024L * 1024)

static const struct stmt PID = {"pid", "SELECT pg_backend_pid()"};
static const struct stmt SLEEP = {"sleep", "SELECT pg_sleep(30)"};
static const struct stmt ADD = {"add", "INSERT INTO t VALUES (1)"};
static const struct stmt COUNT = {"count", "SELECT count(*) FROM t"};
static const struct stmt MANY = {
	"many", "SELECT repeat('x', 1000), NULL::int FROM generate_series(1, $1::int)"};
static const struct stmt LONG = {"long", "SELECT repeat('x', $1::int)"};
static const struct stmt BARE = {"bare", "SELECT FROM generate_series(1, 3)"};
static const struct stmt FILL = {"fill",
	"INSERT INTO t SELECT n FROM generate_series(1, 100000) n RETURNING repeat('x', 1000)"};

static const struct db_as AS7 = {7, NULL, NULL, NULL};

static struct db *db;
static struct arena *p;
static struct err e;
static struct rows r;

static long ask(const struct stmt *s)
{
	err_init(&e, NULL);
	assert_int_equal(db_read(db, p, SOON, &AS7, s, DB_NOARGS, &r, &e), 0);
	return row_int(&r, 0, 0);
}

static int setup(void **state)
{
	(void)state;
	p = arena_new();
	cluster_canceller = true;
	cluster_rows_max = 4 * MB;
	db = cluster_db("unit");
	err_init(&e, NULL);
	if (db_exec(db, p, SOON, "DROP TABLE IF EXISTS t", &e) < 0 ||
		db_exec(db, p, SOON, "CREATE TABLE t (a int)", &e) < 0)
		return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_free(db);
	arena_free(p);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return 0;
}

/* All but one: where the machine stands still for longer than a canceller is waited for, the connection goes. */
static void deadline_cancels_and_keeps_the_connection(void **state)
{
	long pid = ask(&PID);
	int kept = 0;
	(void)state;

	for (int i = 0; i < 5; i++) {
		int64_t began = clock_ms();

		err_init(&e, NULL);
		assert_int_equal(
			db_write(db, p, began + 50 + 20 * i, &AS7, &SLEEP, DB_NOARGS, &r, &e),
			MT_ETIMEOUT);
		assert_true(clock_ms() - began < 15000);
		if (db_is_connected(db) && ask(&PID) == pid)
			kept++;
		pid = ask(&PID);
	}
	assert_true(kept >= 4);
}

static void what_was_done_before_it_is_undone(void **state)
{
	long pid = ask(&PID);
	(void)state;

	err_init(&e, NULL);
	db_begin(db, p, clock_ms() + 4000, &AS7, &e);
	assert_int_equal(db_query(db, &ADD, DB_NOARGS, &r, &e), 0);
	assert_int_equal(r.changed, 1);
	assert_int_equal(db_query(db, &SLEEP, DB_NOARGS, &r, &e), MT_ETIMEOUT);
	db_rollback(db);
	assert_int_equal(ask(&COUNT), 0);
	assert_int_equal(ask(&PID), pid);
}

static void a_server_that_hangs_costs_the_connection(void **state)
{
	pid_t pid = (pid_t)ask(&PID);
	int64_t began;
	(void)state;

	if (kill(pid, SIGSTOP) < 0)
		skip(); /* a server of somebody else */
	began = clock_ms();
	err_init(&e, NULL);
	assert_int_equal(
		db_write(db, p, began + 100, &AS7, &SLEEP, DB_NOARGS, &r, &e), MT_ETIMEOUT);
	kill(pid, SIGCONT);
	assert_true(clock_ms() - began < 15000);
	assert_false(db_is_connected(db));
	assert_int_not_equal(ask(&PID), pid);
}

static long memory_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void too_many_rows_are_not_kept(void **state)
{
	long pid = ask(&PID), before = memory_kb();
	(void)state;

	/* 1 GB */
	assert_int_equal(
		db_read(db, p, clock_ms() + 30000, &AS7, &MANY, DB_ARGS("1000000"), &r, &e),
		MT_ETOOBIG);
	assert_non_null(strstr(e.message, "more than 4 MB"));
	assert_non_null(strstr(e.log, "plugin_rows_max_mb"));
	assert_int_equal(r.n, 0);
	print_message("# memory grew by %ld MB\n", (memory_kb() - before) / 1024);
	assert_true(memory_kb() - before < 64 * 1024);
	assert_int_equal(ask(&PID), pid);
}

static void rows_below_the_bound_come_whole(void **state)
{
	(void)state;
	err_init(&e, NULL);
	for (int i = 0; i < 2; i++) { /* prepared and not */
		assert_int_equal(db_read(db, p, SOON, &AS7, &MANY, DB_ARGS("3000"), &r, &e), 0);
		assert_int_equal(r.n, 3000);
		assert_int_equal(r.changed, 3000);
		assert_int_equal(strlen(row_text(&r, 2999, 0)), 1000);
		assert_null(row_text(&r, 2999, 1));
	}
	db_begin(db, p, SOON, &AS7, &e);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_query(db, &MANY, DB_ARGS("0"), &r, &e), 0);
		assert_int_equal(r.n, 0);
		assert_int_equal(db_query(db, &MANY, DB_ARGS("2"), &r, &e), 0);
		assert_int_equal(r.n, 2);
		assert_int_equal(db_query(db, &BARE, DB_NOARGS, &r, &e), 0);
		assert_int_equal(r.n, 3);
		assert_int_equal(db_query(db, &ADD, DB_NOARGS, &r, &e), 0);
		assert_int_equal(r.changed, 1);
	}
	assert_int_equal(db_commit(db, &e), 0);
	assert_int_equal(ask(&COUNT), 2);
}

static void one_value_can_be_too_long(void **state)
{
	long before = memory_kb();
	(void)state;

	err_init(&e, NULL);
	assert_int_equal(db_read(db, p, SOON, &AS7, &LONG, DB_ARGS("2000000"), &r, &e), 0);
	assert_int_equal(strlen(row_text(&r, 0, 0)), 2000000);
	assert_int_equal(
		db_read(db, p, LATER, &AS7, &LONG, DB_ARGS("500000000"), &r, &e), MT_ETOOBIG);
	/* libpq reads on as long as more is there, where the server is faster all of it, into a buffer that it
	 * doubles: 1 GB then, and in a host not more than its limit of memory. No result was made of it, which
	 * would be half as much again. */
	print_message("# memory grew by %ld MB\n", (memory_kb() - before) / 1024);
	assert_true(memory_kb() - before < 1200 * 1024);
	ask(&PID);
}

static void a_change_that_says_too_much_changes_nothing(void **state)
{
	(void)state;
	err_init(&e, NULL);
	db_begin(db, p, SOON, &AS7, &e);
	assert_int_equal(db_query(db, &FILL, DB_NOARGS, &r, &e), MT_ETOOBIG);
	db_rollback(db);
	assert_int_equal(ask(&COUNT), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(deadline_cancels_and_keeps_the_connection),
		T(what_was_done_before_it_is_undone),
		T(a_server_that_hangs_costs_the_connection),
		T(too_many_rows_are_not_kept),
		T(rows_below_the_bound_come_whole),
		T(one_value_can_be_too_long),
		T(a_change_that_says_too_much_changes_nothing),
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
