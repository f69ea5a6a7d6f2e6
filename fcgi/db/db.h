/*
 * db.h - one PostgreSQL connection of a worker, with a deadline on everything.
 *
 * libpq pipeline mode: queued statements are sent with the next call that needs an answer, so a
 * reading transaction is one round trip and a writing one is two. The connection is made when first
 * needed, dropped when a deadline passes (unless a canceller stops the statement) or the server is
 * gone, and made again by the next transaction. While a server accepts connections without
 * answering, all but one try a second fail at once.
 *
 * A transaction names on whose behalf it runs (struct db_as), and row-level security shows that
 * tenant's rows; without one no tenant's rows are visible. It is sent with the first statement and
 * ends with the transaction. Sessions are read-only but for db_begin(), db_write() and db_exec().
 *
 * Statements are in <room>/<file>.sql, which the build turns into a header (scripts/embed-sql), and
 * are prepared once per connection; values are text parameters, always; NULL is SQL NULL.
 *
 *	-- name: ticket_get
 *	select ... from mortise.tickets where id = $1::uuid
 *
 *	#include "api/tickets.sql.h"
 *	if (db_read(db, r->arena, r->deadline, as, &TICKET_GET, DB_ARGS(id), &rows, &r->err) < 0) return ...;
 *
 * Errors: SQLSTATE -> mt_err is one table: 23505 conflict, 23503/23514/22xxx fields or invalid,
 * 42501 permission, 40001/40P01 conflict, 57014 time-out, 55P03 and class 08/57 busy, P0001
 * conflict with the server's own message (the functions of sql/ raise it with a text for people);
 * else internal.
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stdint.h>
#include "base/op.h"

struct db;

struct db_opts {
	const char *host; /* socket folder or name */
	int port;
	const char *dbname;
	const char *user;
	const char *passfile; /* or */
	const char *password;
	const char *process; /* application_name */
	bool may_cancel; /* what passes its deadline is cancelled by a thread; else the connection is dropped */
	/* A process for that, made with the connection: the statement is cancelled at its deadline, and
	 * the connection stays. */
	bool has_canceller;
	size_t rows_max; /* bytes of one statement's rows in memory, more is MT_ETOOBIG; 0 = any */
	int lock_timeout_ms, statement_timeout_ms; /* 0 = as the server has them */
	bool set_local; /* a plugin's role: it may not call set_config(), so SET LOCAL is sent */
};

/* The tenant whose rows a transaction sees. user: a uuid; NULL or "-" = nobody, the core itself.
 * source: for the audit log, where it writes (auth/source.h); NULL = nothing is known. own: what the
 * user may do with own tickets only, "read" (and all else) or "write"; NULL or "" = nothing. */
#define DB_NO_TENANT (-1)
struct db_as {
	int tenant;
	const char *user;
	const char *source;
	const char *own;
};

struct stmt {
	const char *name;
	const char *sql;
};

struct rows {
	int n;	      /* rows returned */
	long changed; /* rows affected by INSERT, UPDATE, DELETE */
	void *res;
};

#define DB_ARGS(...)                                                                               \
	(const char *const[]){__VA_ARGS__},                                                        \
		(int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define DB_NOARGS (const char *const *)0, 0
/* A number that is a macro in C, as an argument. */
#define DB_NUMBER(x) DB_NUMBER_TEXT(x)
#define DB_NUMBER_TEXT(x) #x

struct db *db_new(const struct db_opts *o); /* does not connect */
void db_free(struct db *db);
int db_connect(struct db *db, int64_t deadline, struct err *e); /* now, not at first use */
bool db_is_connected(const struct db *db);

/* Begins; nothing is sent yet. as NULL = no tenant (functions that need none); it is copied. */
int db_begin(
	struct db *db, struct arena *p, int64_t deadline, const struct db_as *as, struct err *e);
/* Queues a statement whose rows nobody needs. */
int db_queue(struct db *db, const struct stmt *s, const char *const *args, int n, struct err *e);
/* Sends everything queued and waits for this statement's rows (arena memory). */
int db_query(struct db *db, const struct stmt *s, const char *const *args, int n, struct rows *ret,
	struct err *e);
/* The same with rows in another arena than the transaction's: for many rows, some at a time. */
int db_query_in(struct db *db, struct arena *p, const struct stmt *s, const char *const *args,
	int n, struct rows *ret, struct err *e);
int db_commit(struct db *db, struct err *e);
/* Queues a statement whose rows are read after COMMIT; returns its place for db_commit_rows(),
 * after which no more than a few dozen statements may be queued. */
int db_queue_rows(
	struct db *db, const struct stmt *s, const char *const *args, int n, struct err *e);
int db_commit_rows(struct db *db, int place, struct rows *ret, struct err *e);
void db_rollback(struct db *db); /* harmless without a transaction */

/* Tenant and statement: one round trip. A pipeline is one transaction up to its Sync, and the session is
 * read-only, so BEGIN READ ONLY and COMMIT, a third of what PostgreSQL does for a row, are not sent. */
int db_read(struct db *db, struct arena *p, int64_t deadline, const struct db_as *as,
	const struct stmt *s, const char *const *args, int n, struct rows *ret, struct err *e);
/* BEGIN, tenant, statement, COMMIT: one round trip, writing. */
int db_write(struct db *db, struct arena *p, int64_t deadline, const struct db_as *as,
	const struct stmt *s, const char *const *args, int n, struct rows *ret, struct err *e);
/* Unprepared text, one statement (migrations, role changes); inside or outside a transaction. */
int db_exec(struct db *db, struct arena *p, int64_t deadline, const char *sql, struct err *e);

/*
 * In an operation: on its connection, with its memory and deadline; failures become its error. as:
 * on whose behalf, NULL = no tenant.
 */
int op_read(struct op *op, const struct db_as *as, const struct stmt *s, const char *const *args,
	int n, struct rows *ret);
int op_write(struct op *op, const struct db_as *as, const struct stmt *s, const char *const *args,
	int n, struct rows *ret);
int op_begin(struct op *op, const struct db_as *as);
int op_queue(struct op *op, const struct stmt *s, const char *const *args, int n);
int op_query(struct op *op, const struct stmt *s, const char *const *args, int n, struct rows *ret);
int op_exec(struct op *op, const char *sql);
int op_commit(struct op *op);
void op_rollback(struct op *op);

/* SQLSTATE of the last failed statement, "" when it wasn't one. */
const char *db_sqlstate(const struct db *db);
/* The server's message, detail and constraint, for the author of the statement. */
const char *db_said(const struct db *db);
/* Its advice, "" = none. */
const char *db_hint(const struct db *db);
/* Where in that statement, in characters from 1; 0 = unknown. */
long db_position(const struct db *db);
/* The words of a code that a function in sql/ returned, as a part of a message (message.h). */
const char *db_words(struct arena *p, const char *code);
/* The same as a fault of a field. */
int db_words_field(struct err *e, const char *pointer, const char *code);
/* Was that statement refused by a function of ours, in words of ours? */
bool db_raised(const struct db *db);

/* Rows of a libpq result, which goes with the arena; changed: rows that its command names. */
void rows_take(struct rows *ret, void *res, long changed, struct arena *p);
const char *row_text(const struct rows *r, int i, int col); /* NULL when SQL NULL; arena memory */
long row_int(const struct rows *r, int i, int col);	    /* 0 when NULL */
bool row_bool(const struct rows *r, int i, int col);
/* A value as JSON in the operation's memory; *ret stays as it is when it is NULL. */
int row_json(struct op *op, const struct rows *r, int i, int col, struct json_t **ret);

#endif
