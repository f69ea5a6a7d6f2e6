/*
 * db.c - transactions. Nothing is sent before an answer is needed; BEGIN and the tenant travel with
 * the first statement, COMMIT with the last.
 *
 * A single statement that reads needs neither: up to its Sync a pipeline is one transaction. Sessions
 * are read-only unless a transaction says otherwise (conn.c), so it can't write, whatever it calls.
 */
#include "db/impl.h"

#include <string.h>
#include "base/clock.h"
#include "base/id.h"

#define ROLLBACK_MS 1000

static const struct stmt BEGIN_WRITE = {"begin", "BEGIN READ WRITE"};
static const struct stmt BEGIN_READ = {"begin_read", "BEGIN READ ONLY"};
static const struct stmt COMMIT = {"commit", "COMMIT"};
static const struct stmt ROLLBACK = {"rollback", "ROLLBACK"};
static const struct stmt AS = {"as",
	"SELECT set_config('mortise.tenant', $1, true), set_config('mortise.user_id', $2, true)"};
static const struct stmt AS_FROM = {"as_from",
	"SELECT set_config('mortise.tenant', $1, true), set_config('mortise.user_id', $2, true),"
	" set_config('mortise.source', $3, true)"};
static const struct stmt AS_OWN = {"as_own",
	"SELECT set_config('mortise.tenant', $1, true), set_config('mortise.user_id', $2, true),"
	" set_config('mortise.own', $3, true)"};
static const struct stmt AS_OWN_FROM = {"as_own_from",
	"SELECT set_config('mortise.tenant', $1, true), set_config('mortise.user_id', $2, true),"
	" set_config('mortise.own', $3, true), set_config('mortise.source', $4, true)"};
static const struct stmt FROM = {"from", "SELECT set_config('mortise.source', $1, true)"};

static void reset(struct db *db)
{
	db->open = db->answered = db->begun = false;
	db->n_queue = 0;
	db->arena = NULL;
}

static const char *const *copy_args(struct arena *p, const char *const *args, int n)
{
	const char **ret = arena_alloc(p, sizeof(*ret) * (size_t)(n > 0 ? n : 1));

	for (int i = 0; i < n; i++)
		ret[i] = arena_strdup(p, args[i]);
	return ret;
}

static int no_transaction(struct err *e)
{
	err_log(e, "database: a statement without a transaction");
	return err_set(e, MT_EINTERNAL, "A database statement failed");
}

static void set_local(struct db *db, struct arena *p, const char *text)
{
	struct stmt *s = arena_zalloc(p, sizeof(*s));

	*s = (struct stmt){"set local", text};
	pipe_add(db, s, NULL, 0, false);
}

/* Only who is limited pays for a third value. */
static void set_config_as(struct db *db, struct arena *p, const struct db_as *as,
	const char *tenant, const char *user, bool own)
{
	static const struct stmt *const as_is[2][2] = {{&AS, &AS_FROM}, {&AS_OWN, &AS_OWN_FROM}};
	const char *args[4] = {tenant, user};
	int n = 2;

	if (own)
		args[n++] = as->own;
	if (as->source != NULL)
		args[n++] = as->source;
	pipe_add(db, as_is[own][as->source != NULL], copy_args(p, args, n), n, true);
}

/* Values are a number, a uuid and one of two words, so SET LOCAL, which takes no parameters, needs no
 * quoting. It wants a transaction that was begun. */
static void set_as(struct db *db, struct arena *p, const struct db_as *as)
{
	bool somebody = as->user != NULL && id_is_uuid(as->user), own = as->own && *as->own;
	const char *args[] = {
		arena_printf(p, "%d", as->tenant), somebody ? arena_strdup(p, as->user) : ""};

	if (as->tenant == DB_NO_TENANT) {
		if (as->source != NULL)
			pipe_add(db, &FROM, copy_args(p, &as->source, 1), 1, true);
		return;
	}
	if (!db->set_local) {
		set_config_as(db, p, as, args[0], args[1], own);
		return;
	}
	if (own)
		set_local(db, p,
			strcmp(as->own, "write") ? "SET LOCAL mortise.own = 'read'"
						 : "SET LOCAL mortise.own = 'write'");
	set_local(db, p, arena_printf(p, "SET LOCAL mortise.tenant = %s", args[0]));
	if (somebody)
		set_local(db, p, arena_printf(p, "SET LOCAL mortise.user_id = '%s'", args[1]));
}

/* begin: NULL = the transaction is one train, and ends with it. */
static void start(struct db *db, struct arena *p, int64_t deadline, const struct db_as *as,
	const struct stmt *begin)
{
	db_rollback(db); /* for a caller that left a transaction open */
	db->open = true;
	db->arena = p;
	db->deadline = deadline;
	db->begun = begin != NULL;
	if (begin != NULL)
		pipe_add(db, begin, NULL, 0, true);
	if (as != NULL)
		set_as(db, p, as);
}

int db_begin(
	struct db *db, struct arena *p, int64_t deadline, const struct db_as *as, struct err *e)
{
	(void)e;
	start(db, p, deadline, as, &BEGIN_WRITE);
	return 0;
}

int db_queue(struct db *db, const struct stmt *s, const char *const *args, int n, struct err *e)
{
	PGresult *res;
	int rc;

	if (!db->open)
		return no_transaction(e);
	pipe_add(db, s, copy_args(db->arena, args, n), n, true);
	if (db->n_queue < QUEUE_MAX)
		return 0;
	rc = pipe_run(db, -1, true, &res, e);
	PQclear(res);
	return rc;
}

int db_query_in(struct db *db, struct arena *p, const struct stmt *s, const char *const *args,
	int n, struct rows *ret, struct err *e)
{
	PGresult *res;
	int rc;

	*ret = (struct rows){0};
	if (!db->open)
		return no_transaction(e);
	rc = pipe_run(db, pipe_add(db, s, args, n, true), true, &res, e);
	if (rc < 0)
		return rc;
	rows_take(ret, res, db->changed, p);
	return 0;
}

int db_query(struct db *db, const struct stmt *s, const char *const *args, int n, struct rows *ret,
	struct err *e)
{
	return db_query_in(db, db->arena, s, args, n, ret, e);
}

/* COMMIT of a failed transaction reports ROLLBACK as a success. */
static int check_commit(const PGresult *res, struct err *e)
{
	const char *tag = PQcmdStatus((PGresult *)res);

	if (tag[0] == 'C')
		return 0;
	err_log(e, "database: commit of a failed transaction");
	return err_set(e, MT_EINTERNAL, "A database statement failed");
}

int db_commit(struct db *db, struct err *e)
{
	PGresult *res = NULL;
	int rc;

	if (!db->open)
		return no_transaction(e);
	if ((rc = pipe_run(db, pipe_add(db, &COMMIT, NULL, 0, true), false, &res, e)) < 0 ||
		(rc = check_commit(res, e)) < 0)
		db_rollback(db);
	else
		reset(db);
	PQclear(res);
	return rc;
}

int db_queue_rows(
	struct db *db, const struct stmt *s, const char *const *args, int n, struct err *e)
{
	PGresult *res;
	int rc;

	if (!db->open)
		return no_transaction(e);
	if (db->n_queue > QUEUE_MAX / 2) { /* room for what follows it */
		rc = pipe_run(db, -1, true, &res, e);
		PQclear(res);
		if (rc < 0)
			return rc;
	}
	return pipe_add(db, s, copy_args(db->arena, args, n), n, true);
}

/* Commits, and takes the rows of the statement at this place of the train. `again`: the whole train may be
 * sent once more, over a new connection. */
static int finish(struct db *db, int place, bool again, struct rows *ret, struct err *e)
{
	struct arena *p = db->arena;
	PGresult *res;
	int rc;

	if (db->begun)
		pipe_add(db, &COMMIT, NULL, 0, true);
	rc = pipe_run(db, place, again, &res, e);
	if (rc < 0) {
		db_rollback(db);
		return rc;
	}
	rows_take(ret, res, db->changed, p);
	reset(db);
	return 0;
}

int db_commit_rows(struct db *db, int place, struct rows *ret, struct err *e)
{
	*ret = (struct rows){0};
	return db->open ? finish(db, place, false, ret, e) : no_transaction(e);
}

void db_rollback(struct db *db)
{
	bool answered = db->answered;
	char sqlstate[sizeof(db->sqlstate)];
	PGresult *res;

	reset(db);
	if (!answered || db->conn == NULL)
		return;
	if (PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	memcpy(sqlstate, db->sqlstate, sizeof(sqlstate));
	db->answered = true; /* not to be sent to another connection */
	db->deadline = clock_ms() + ROLLBACK_MS;
	if (pipe_run(db, pipe_add(db, &ROLLBACK, NULL, 0, true), false, &res, NULL) < 0)
		conn_drop(db);
	PQclear(res);
	memcpy(db->sqlstate, sqlstate, sizeof(sqlstate)); /* why it was rolled back stays known */
	reset(db);
}

/* The whole transaction at once. */
static int once(struct db *db, const struct stmt *s, const char *const *args, int n, bool again,
	struct rows *ret, struct err *e)
{
	*ret = (struct rows){0};
	return finish(db, pipe_add(db, s, args, n, true), again, ret, e);
}

int db_read(struct db *db, struct arena *p, int64_t deadline, const struct db_as *as,
	const struct stmt *s, const char *const *args, int n, struct rows *ret, struct err *e)
{
	start(db, p, deadline, as, db->set_local ? &BEGIN_READ : NULL);
	return once(db, s, args, n, true, ret, e);
}

int db_write(struct db *db, struct arena *p, int64_t deadline, const struct db_as *as,
	const struct stmt *s, const char *const *args, int n, struct rows *ret, struct err *e)
{
	start(db, p, deadline, as, &BEGIN_WRITE);
	return once(db, s, args, n, false, ret, e);
}

int db_exec(struct db *db, struct arena *p, int64_t deadline, const char *sql, struct err *e)
{
	struct stmt s = {"exec", sql};
	struct rows rows;
	PGresult *res;
	int rc;

	if (!db->open) {
		start(db, p, deadline, NULL, &BEGIN_WRITE);
		return finish(db, pipe_add(db, &s, NULL, 0, false), false, &rows, e);
	}
	rc = pipe_run(db, pipe_add(db, &s, NULL, 0, false), true, &res, e);
	PQclear(res);
	return rc;
}
