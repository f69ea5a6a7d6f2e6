/*
 * impl.h - what the files of this room share; nobody outside includes it.
 *
 * conn.c makes, checks and drops the connection; cancel.c stops what runs on it; stmt.c knows what is
 * prepared; pipe.c sends a queue and receives its results; sqlstate.c turns a failed result into a struct
 * err; db.c has the transactions; rows.c reads results.
 */
#ifndef DB_IMPL_H
#define DB_IMPL_H

#include <libpq-fe.h>
#include "db/db.h"

#define QUEUE_MAX 64
#define BUCKETS 128
#define PREPARED_MAX 512

/* A known statement; prepared on the connection whose number is `conn_no`. */
struct prepared {
	struct prepared *next;
	uint64_t hash;
	char *sql;
	char server_name[64];
	unsigned conn_no;
};

struct cmd {
	const char *name; /* for logs */
	const char *sql;
	struct prepared *prepared; /* NULL = sent as text */
	const char *const *args;
	int n_args;
	bool sent_prepare;
};

struct db {
	char *host, *dbname, *user, *passfile, *password, *process;
	char port[12];
	bool set_local;
	char options[256];
	PGconn *conn;
	unsigned conn_no; /* counts connections: what was prepared on an older one is not there */
	bool may_cancel, has_canceller;
	int canceller, n_asked; /* socket to it, -1 = none; requests that it has not answered */
	bool stopped;		/* what runs is past its deadline or too large: cancelled */
	size_t rows_max, rows_size;
	bool revoked;	      /* what runs was cancelled because the right to it had ended */
	bool too_big;	      /* the rows are more than rows_max */
	size_t unread;	      /* bytes since the last whole row */
	long tuples, changed; /* rows that the last result reports, and the last wanted one */
	int cancels;	      /* how often the running statement was cancelled: it must give way */
	bool goodbye; /* the server reported FATAL: it ran nothing after what it had answered */
	int64_t hung_until; /* clock_ms() */
	char lost_text[256];
	struct prepared *bucket[BUCKETS];
	int n_prepared;
	char sqlstate[6];
	bool raised;	/* by a function in sql/ */
	char said[360]; /* by the server, of the last statement that failed */
	char hint[160];
	long position; /* in its text, characters from 1; 0 = unknown */

	/* the transaction */
	bool open;
	bool begun;    /* by BEGIN, so COMMIT ends it */
	bool answered; /* a result has arrived since it began: it can't be started over */
	struct arena *arena;
	int64_t deadline;
	struct cmd queue[QUEUE_MAX + 2]; /* and room for what ends it */
	int n_queue;
};

/* conn.c */
int conn_open(struct db *db, int64_t deadline, struct err *e);
void conn_drop(struct db *db);
/* Has the server left while nothing was going on? Without `look` only what is known already counts. */
bool conn_is_stale(struct db *db, bool look);
/* Cancels what runs, without waiting for the server; cancel.c. */
void conn_cancel(struct db *db);
bool conn_cancel_done(void); /* nothing of it is under way any more */
void canceller_start(struct db *db);
void canceller_end(struct db *db);
bool canceller_rests(struct db *db, int64_t deadline); /* it has answered by then */
/* Waits until the socket can be read (and written, when there is output); 0, or -1 in time-out, or -1 with
 * EBUSY when the request must give way (os/share.h), with EACCES when its right has ended (os/revoked.h). */
int conn_wait(struct db *db, bool output, int64_t deadline);
int conn_unreachable(struct err *e, const char *why);

/* stmt.c */
struct prepared *stmt_find(struct db *db, const struct stmt *s); /* NULL = send as text */
void stmt_free_all(struct db *db);

/* pipe.c */
int pipe_add(struct db *db, const struct stmt *s, const char *const *args, int n, bool prepare);
/*
 * Sends the queue and waits for all results; the queue is empty afterwards. ret_res is the result
 * of command number `want` (the caller's to clear), NULL on failure. With `again` a lost connection
 * is replaced once and everything sent again; without it only when the server certainly did
 * nothing.
 */
int pipe_run(struct db *db, int want, bool again, PGresult **ret_res, struct err *e);

/* sqlstate.c */
int sqlstate_error(struct db *db, const PGresult *res, const char *stmt_name, struct err *e);

/* The message of what a function in sql/ raised, for err_keyed(); NULL = not one of ours (raised.c). */
const char *raised_key(const char *text, const char **ret_value);
/* And the type of its problem; NULL = that of its status. */
const char *raised_type(const char *text);
/* The words of a value that lists faults, as a part of a message (base/message.h); NULL = it doesn't, or p
 * is NULL. */
const char *raised_faults(struct arena *p, const char *value);

#endif
