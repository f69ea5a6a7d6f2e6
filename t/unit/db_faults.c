/*
 * db: the server goes away, comes back, stops answering or is too slow. A worker is never held past its
 * deadline, and a server that was away between requests is not noticed by anyone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "cluster.h"

#define SOON (clock_ms() + 30000)

static const struct stmt ADD = {"add", "SELECT $1::int + 1"};
static const struct stmt PID = {"pid", "SELECT pg_backend_pid()"};
static const struct stmt SLEEP = {"sleep", "SELECT pg_sleep($1::float)"};
static const struct stmt SLEEPERS = {"sleepers",
	"SELECT count(*) FROM pg_stat_activity WHERE state = "
	"'active' AND query LIKE '%pg_sleep($1%'"
	" AND pid <> pg_backend_pid()"};
static const struct stmt END = {"end", "SELECT pg_terminate_backend($1::int, 5000)"};
static const struct stmt INSERT = {"insert", "INSERT INTO faults VALUES ($1) RETURNING a"};
static const struct stmt COUNT = {"count", "SELECT count(*) FROM faults"};
static const struct stmt LOCK = {"lock", "LOCK TABLE faults"};

static struct db *db, *other;
static struct arena *p;
static struct err e;
static struct rows r;

static int setup(void **state)
{
	(void)state;
	p = arena_new();
	db = cluster_db("unit");
	other = cluster_db("other");
	err_init(&e, NULL);
	if (db_exec(db, p, SOON, "CREATE TABLE IF NOT EXISTS faults (a int)", &e) < 0)
		return -1;
	return db_exec(other, p, SOON, "TRUNCATE faults", &e);
}

static int teardown(void **state)
{
	(void)state;
	err_init(&e, NULL);
	db_exec(other, p, SOON, "DROP TABLE IF EXISTS faults", &e);
	db_free(db);
	db_free(other);
	arena_free(p);
	return 0;
}

static int add(struct db *with)
{
	err_init(&e, NULL);
	return db_read(with, p, SOON, NULL, &ADD, DB_ARGS("41"), &r, &e);
}

static pid_t backend(struct db *of)
{
	err_init(&e, NULL);
	assert_int_equal(db_read(of, p, SOON, NULL, &PID, DB_NOARGS, &r, &e), 0);
	return (pid_t)row_int(&r, 0, 0);
}

static void terminate(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	err_init(&e, NULL);
	assert_int_equal(db_read(other, p, SOON, NULL, &END, DB_ARGS(number), &r, &e), 0);
	assert_true(row_bool(&r, 0, 0));
}

static long count(void)
{
	err_init(&e, NULL);
	assert_int_equal(db_read(other, p, SOON, NULL, &COUNT, DB_NOARGS, &r, &e), 0);
	return row_int(&r, 0, 0);
}

static void is_unreachable(int rc)
{
	assert_int_equal(rc, MT_EBUSY);
	assert_string_equal(e.message, "The database is not reachable");
	assert_int_equal(e.retry_after, 2);
	assert_true(e.log[0] != '\0');
}

static void reads_over_a_connection_ended_between_requests(void **state)
{
	(void)state;
	terminate(backend(db));
	assert_int_equal(add(db), 0);
	assert_int_equal(row_int(&r, 0, 0), 42);
}

static void writes_once_over_a_connection_ended_between_requests(void **state)
{
	(void)state;
	terminate(backend(db));
	assert_int_equal(db_write(db, p, SOON, NULL, &INSERT, DB_ARGS("1"), &r, &e), 0);
	terminate(backend(db));
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_queue(db, &INSERT, DB_ARGS("2"), &e), 0);
	assert_int_equal(db_query(db, &INSERT, DB_ARGS("3"), &r, &e), 0);
	assert_int_equal(db_commit(db, &e), 0);
	terminate(backend(db));
	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_queue(db, &INSERT, DB_ARGS("4"), &e), 0);
	assert_int_equal(db_commit(db, &e), 0);
	assert_int_equal(count(), 4);
}

static void loses_a_transaction_whole(void **state)
{
	pid_t pid = backend(db);
	(void)state;

	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(db, &INSERT, DB_ARGS("1"), &r, &e), 0);
	terminate(pid);
	is_unreachable(db_query(db, &INSERT, DB_ARGS("2"), &r, &e));
	err_init(&e, NULL);
	is_unreachable(db_query(db, &INSERT, DB_ARGS("3"), &r, &e));
	err_init(&e, NULL);
	is_unreachable(db_commit(db, &e));
	assert_int_equal(add(db), 0);
	assert_int_equal(count(), 0);
}

static void does_not_commit_the_rest_of_a_lost_transaction(void **state)
{
	pid_t pid = backend(db);
	(void)state;

	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(db, &INSERT, DB_ARGS("1"), &r, &e), 0);
	terminate(pid);
	err_init(&e, NULL);
	assert_int_equal(db_queue(db, &INSERT, DB_ARGS("2"), &e), 0);
	is_unreachable(db_commit(db, &e));
	assert_int_equal(count(), 0);
}

static void gives_up_at_the_deadline(void **state)
{
	int64_t t = clock_ms();
	(void)state;

	assert_int_equal(db_read(db, p, t + 200, NULL, &SLEEP, DB_ARGS("30"), &r, &e), MT_ETIMEOUT);
	assert_in_range(clock_ms() - t, 190, 8000);
	assert_false(db_is_connected(db));
	assert_int_equal(add(db), 0);
	/* and the server does not go on for long */
	for (t = clock_ms() + 30000; clock_ms() < t;) {
		assert_int_equal(db_read(other, p, SOON, NULL, &SLEEPERS, DB_NOARGS, &r, &e), 0);
		if (row_int(&r, 0, 0) == 0)
			return;
		usleep(50000);
	}
	fail_msg("the server still runs the statement");
}

static void gives_up_waiting_for_a_lock(void **state)
{
	int64_t t;
	(void)state;

	assert_int_equal(db_begin(other, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(other, &LOCK, DB_NOARGS, &r, &e), 0);
	t = clock_ms();
	assert_int_equal(
		db_write(db, p, t + 200, NULL, &INSERT, DB_ARGS("1"), &r, &e), MT_ETIMEOUT);
	assert_in_range(clock_ms() - t, 190, 8000);
	db_rollback(other);
}

static void is_not_held_by_a_stopped_backend(void **state)
{
	pid_t pid = backend(db);
	int64_t t;
	(void)state;

	if (kill(pid, SIGSTOP) < 0)
		skip();
	t = clock_ms();
	assert_int_equal(db_read(db, p, t + 200, NULL, &ADD, DB_ARGS("1"), &r, &e), MT_ETIMEOUT);
	assert_in_range(clock_ms() - t, 190, 8000);
	assert_int_equal(add(db), 0);
	kill(pid, SIGCONT);
}

static void rolls_back_in_a_second_when_stopped(void **state)
{
	pid_t pid = backend(db);
	int64_t t;
	(void)state;

	assert_int_equal(db_begin(db, p, SOON, NULL, &e), 0);
	assert_int_equal(db_query(db, &ADD, DB_ARGS("1"), &r, &e), 0);
	if (kill(pid, SIGSTOP) < 0)
		skip();
	t = clock_ms();
	db_rollback(db);
	assert_true(clock_ms() - t < 8000);
	kill(pid, SIGCONT);
	assert_int_equal(add(db), 0);
}

static void says_when_nobody_is_there(void **state)
{
	const struct db_opts nowhere = {.host = "/nowhere", .port = 1, .dbname = "x", .user = "x"};
	struct db *none = db_new(&nowhere);
	int64_t t = clock_ms();
	(void)state;

	for (int i = 0; i < 100; i++)
		is_unreachable(add(none));
	assert_true(clock_ms() - t < 8000);
	assert_false(db_is_connected(none));
	err_init(&e, NULL);
	is_unreachable(db_connect(none, SOON, &e));
	err_init(&e, NULL);
	assert_int_equal(db_begin(none, p, SOON, NULL, &e), 0);
	db_rollback(none);
	db_free(none);
	db_free(NULL);
}

static void finds_a_restarted_server_again(void **state)
{
	(void)state;
	if (!cluster_is_ours)
		skip();
	assert_int_equal(add(db), 0);
	assert_int_equal(add(other), 0);
	cluster_stop(SIGINT);
	is_unreachable(add(db));
	is_unreachable(add(db));
	assert_int_equal(cluster_run(), 0);
	assert_int_equal(add(db), 0);
	/* this one had not noticed */
	assert_int_equal(add(other), 0);
}

static void waits_for_a_hung_server_no_longer_than_allowed(void **state)
{
	struct db *late;
	int64_t t;
	(void)state;

	if (!cluster_is_ours)
		skip();
	late = cluster_db("late");
	kill(cluster_pid, SIGSTOP);
	assert_int_equal(waitpid(cluster_pid, NULL, WUNTRACED), cluster_pid);
	t = clock_ms();
	is_unreachable(db_read(late, p, t + 300, NULL, &ADD, DB_ARGS("1"), &r, &e));
	assert_in_range(clock_ms() - t, 290, 8000);
	/* and the next ones don't queue up behind it */
	t = clock_ms();
	for (int i = 0; i < 10; i++)
		is_unreachable(add(late));
	assert_true(clock_ms() - t < 8000);
	kill(cluster_pid, SIGCONT);
	for (t = clock_ms() + 30000; clock_ms() < t && add(late) < 0;)
		usleep(20000);
	assert_int_equal(add(late), 0);
	db_free(late);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_over_a_connection_ended_between_requests),
		T(writes_once_over_a_connection_ended_between_requests),
		T(loses_a_transaction_whole),
		T(does_not_commit_the_rest_of_a_lost_transaction),
		T(gives_up_at_the_deadline),
		T(gives_up_waiting_for_a_lock),
		T(is_not_held_by_a_stopped_backend),
		T(rolls_back_in_a_second_when_stopped),
		T(says_when_nobody_is_there),
		T(finds_a_restarted_server_again),
		T(waits_for_a_hung_server_no_longer_than_allowed),
	};
	int rc;

	if (cluster_start() < 0) {
		printf("1..0 # SKIP no PostgreSQL can be started here\n");
		cluster_end();
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	rc = cmocka_run_group_tests_name("db faults", tests, NULL, NULL);
	cluster_end();
	return rc;
}
