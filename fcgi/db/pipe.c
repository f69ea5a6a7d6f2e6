/*
 * pipe.c - one round trip: sends everything that is queued with a Sync at the end, then takes every
 * result in order. After a failed command the server skips the rest up to the Sync, so the
 * connection is in step again whatever happened.
 */
#include "db/impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "base/clock.h"
#include "os/revoked.h"
#include "os/share.h"

#define GIVE_WAY_MS 1000   /* for a cancelled statement to end */
#define STOP_MS 300	   /* the same at the deadline, where others wait for the word of it */
#define VALUE_SIZE 24	   /* of libpq, beside a value's own bytes */
#define CANCEL_AGAIN_MS 50 /* until it is cancelled once more */

enum { LOST = -100, LATE = -101, BROKEN = -102 };

int pipe_add(struct db *db, const struct stmt *s, const char *const *args, int n, bool prepare)
{
	struct cmd *c = &db->queue[db->n_queue++];

	*c = (struct cmd){.name = s->name, .sql = s->sql, .args = args, .n_args = n};
	if (prepare)
		c->prepared = stmt_find(db, s);
	return db->n_queue - 1;
}

static int lost(struct db *db)
{
	snprintf(db->lost_text, sizeof(db->lost_text), "%s", PQerrorMessage(db->conn));
	return LOST;
}

static int send_all(struct db *db)
{
	for (int i = 0; i < db->n_queue; i++) {
		struct cmd *c = &db->queue[i];
		struct prepared *p = c->prepared;
		int ok = 1;

		/* Only marked here: a prepare that fails takes the mark back in receive_all(). */
		c->sent_prepare = p != NULL && p->conn_no != db->conn_no;
		if (c->sent_prepare) {
			ok = PQsendPrepare(db->conn, p->server_name, c->sql, 0, NULL);
			p->conn_no = db->conn_no;
		}
		if (ok && p != NULL)
			ok = PQsendQueryPrepared(
				db->conn, p->server_name, c->n_args, c->args, NULL, NULL, 0);
		else if (ok)
			ok = PQsendQueryParams(
				db->conn, c->sql, c->n_args, NULL, c->args, NULL, NULL, 0);
		if (!ok)
			return lost(db);
	}
	return PQpipelineSync(db->conn) ? 0 : lost(db);
}

/*
 * Cancelled, not dropped: the answer tells whether the statement ran, and its backend is free.
 * Repeated while there is no answer, because a server that hasn't reached the statement yet ignores
 * it.
 */
static void give_way(struct db *db)
{
	int64_t patience = clock_ms() + GIVE_WAY_MS;

	if (db->cancels == 0 && db->deadline > patience)
		db->deadline = patience;
	conn_cancel(db);
	db->cancels++;
}

/* A cancellation that may still be under way would hit the next statement on this connection. */
static void gave_way(struct db *db)
{
	if (db->cancels == 1 && conn_cancel_done())
		db->cancels = 0;
}

/* Once, where there is a canceller: usually the server soon reports that it has stopped, and the
 * connection stays usable. */
static int stop(struct db *db)
{
	if (db->canceller < 0 || db->stopped)
		return LATE;
	db->stopped = true;
	db->deadline = clock_ms() + STOP_MS;
	conn_cancel(db);
	db->cancels++;
	return 0;
}

/* Behind it: no cancellation is under way that could hit the next statement. */
static void stopped(struct db *db)
{
	if (canceller_rests(db, clock_ms() + STOP_MS))
		db->cancels = 0;
}

/* The right to it has ended: cancels the statement, every 50 ms. */
static int stop_revoked(struct db *db)
{
	bool first = !db->revoked;

	db->revoked = true;
	if (clock_left(db->deadline) == 0)
		return stop(db);
	if (db->canceller < 0)
		give_way(db);
	else if (first && !db->stopped)
		return stop(db);
	return 0;
}

/* 0 when there is something to do, LATE. */
static int await_socket(struct db *db, bool output)
{
	int64_t again = clock_ms() + CANCEL_AGAIN_MS;
	int64_t until = db->cancels > 0 && again < db->deadline ? again : db->deadline;

	/* rows without end are always there to read */
	if (db->rows_max > 0 && clock_left(db->deadline) == 0)
		return stop(db);
	if (conn_wait(db, output, until) == 0)
		return 0;
	if (errno == EACCES)
		return stop_revoked(db);
	if (errno != EBUSY && until == db->deadline)
		return stop(db);
	if (db->cancels == 0 || errno != EBUSY)
		give_way(db);
	return 0;
}

/* One row arrives whole or not at all: libpq allocates all of it, and reads on while there is more.
 * This ends it soon; for one that is far too long the process's own memory limit refuses the
 * allocation. */
static bool is_too_long(struct db *db)
{
	int n = 0;

	if (db->rows_max == 0 || ioctl(PQsocket(db->conn), FIONREAD, &n) < 0)
		return false;
	db->unread += n > 0 ? (size_t)n : 0;
	db->too_big = db->too_big || db->unread > db->rows_max;
	return db->unread > db->rows_max;
}

/* PQisBusy(), which parses what has arrived; memory for a row may be missing there or in its
 * result. */
static bool is_busy(struct db *db)
{
	bool busy;

	errno = 0;
	busy = PQisBusy(db->conn);
	if (errno == ENOMEM && db->rows_max > 0)
		db->too_big = true;
	return busy;
}

/* Sends what is left of the output, reads, and returns when PQgetResult() won't block. */
static int await_result(struct db *db)
{
	while (is_busy(db)) {
		int output = PQflush(db->conn);

		if (output < 0)
			return lost(db);
		if (await_socket(db, output > 0) < 0)
			return LATE;
		if (is_too_long(db))
			return LATE;
		if (PQconsumeInput(db->conn) == 0 && PQstatus(db->conn) != CONNECTION_OK &&
			!is_busy(db))
			return 0; /* the last words may be there to read */
		if (PQstatus(db->conn) != CONNECTION_OK && is_busy(db))
			return lost(db);
	}
	return 0;
}

static bool is_fatal(const PGresult *res)
{
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity != NULL &&
	       (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* Adds a row to *all, unless there are too many: then all are dropped. */
static void keep_row(struct db *db, PGresult **all, const PGresult *row)
{
	int columns = PQnfields(row), n;

	if (db->too_big)
		return;
	db->rows_size += VALUE_SIZE;
	for (int k = 0; k < columns; k++)
		db->rows_size += VALUE_SIZE + (size_t)PQgetlength(row, 0, k);
	if (*all == NULL)
		*all = PQcopyResult(row, PG_COPYRES_ATTRS);
	n = *all == NULL ? 0 : PQntuples(*all);
	db->too_big = *all == NULL || db->rows_size > db->rows_max;
	for (int k = 0; k < columns && !db->too_big; k++)
		db->too_big = !PQsetvalue(*all, n, k, PQgetvalue(row, 0, k),
			PQgetisnull(row, 0, k) ? -1 : PQgetlength(row, 0, k));
	if (!db->too_big)
		return;
	PQclear(*all);
	*all = NULL;
	stop(db);
}

/* The next result of a command in ret; NULL behind its last. */
static int receive_next(struct db *db, PGresult **ret)
{
	int rc = await_result(db);

	*ret = NULL;
	if (rc < 0)
		return rc;
	errno = 0;
	*ret = PQgetResult(db->conn);
	if (errno == ENOMEM && db->rows_max > 0)
		db->too_big =
			true; /* the row had arrived, and there was no memory for it as a result */
	db->unread = 0;
	if (*ret == NULL)
		return 0;
	if (is_fatal(*ret)) {
		db->goodbye = true;
		return lost(db);
	}
	return PQstatus(db->conn) != CONNECTION_OK ? lost(db) : 0;
}

/* Takes one command's result and the NULL behind it; rows that come one by one are added to *all. */
static int receive_to_end(struct db *db, PGresult **all, PGresult **ret)
{
	PGresult *res;
	int rc;

	for (;;) {
		if ((rc = receive_next(db, &res)) < 0) {
			PQclear(res);
			return rc;
		}
		if (res == NULL)
			return *ret == NULL ? BROKEN : 0;
		if (PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
			keep_row(db, all, res);
			PQclear(res);
			continue;
		}
		PQclear(*ret);
		*ret = res;
		switch (PQresultStatus(res)) {
		case PGRES_PIPELINE_SYNC: /* no NULL behind it */
			return 0;
		case PGRES_COPY_IN: /* libpq would report it for ever */
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH:
			return BROKEN;
		default:
			break;
		}
	}
}

static int receive(struct db *db, PGresult **ret)
{
	PGresult *all = NULL;
	int rc;

	*ret = NULL;
	rc = receive_to_end(db, &all, ret);
	if (*ret != NULL)
		db->tuples = strtol(PQcmdTuples(*ret), NULL, 10);
	if (rc < 0 || PQresultStatus(*ret) != PGRES_TUPLES_OK) {
		PQclear(all);
		return rc;
	}
	if (all != NULL) {
		PQclear(*ret);
		*ret = all;
	}
	return 0;
}

/* 0 = fine or skipped, 1 = failed; below 0 the connection is of no use any more. */
static int judge(struct db *db, const PGresult *res)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		db->answered = true;
		return 0;
	case PGRES_PIPELINE_ABORTED:
		return 0;
	case PGRES_FATAL_ERROR:
		db->answered = true;
		return PQresultErrorField(res, PG_DIAG_SQLSTATE) == NULL ? BROKEN : 1;
	default: /* COPY and what libpq may yet invent */
		return BROKEN;
	}
}

/* The server forgot or changed what it had prepared: start over with a new connection next time. */
static bool outdated(const struct db *db)
{
	return strcmp(db->sqlstate, "26000") == 0 || strcmp(db->sqlstate, "42P05") == 0 ||
	       strcmp(db->sqlstate, "0A000") == 0;
}

struct outcome {
	int want;
	PGresult *res;
	int code; /* of the first command that failed */
};

static int too_big(struct db *db, struct err *e)
{
	err_log(e, "database: the rows of a statement are more than plugin_rows_max_mb");
	return err_set(e, MT_ETOOBIG,
		"The rows of one statement are more than %zu MB: ask for fewer (LIMIT)",
		db->rows_max >> 20);
}

static int failure(struct db *db, const PGresult *res, const char *name, struct err *e)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	int rc;

	if (db->too_big)
		too_big(db, e);
	if (!db->stopped && db->cancels > 0 && strcmp(state, "57014") == 0) {
		gave_way(db);
		if (e != NULL && !db->revoked)
			share_error(e); /* the first words count */
	}
	if (e != NULL && db->revoked && strcmp(state, "57014") == 0)
		revoked_error(e);
	rc = sqlstate_error(db, res, name, e);
	return db->too_big ? MT_ETOOBIG : rc;
}

static int receive_one(
	struct db *db, struct cmd *c, bool prepare, bool wanted, struct outcome *o, struct err *e)
{
	PGresult *res;
	int rc;

	if ((rc = receive(db, &res)) < 0 || (rc = judge(db, res)) < 0) {
		PQclear(res);
		return rc;
	}
	if (prepare && PQresultStatus(res) != PGRES_COMMAND_OK)
		c->prepared->conn_no = 0;
	if (rc == 1 && o->code == 0)
		o->code = failure(db, res, c->name, e);
	if (rc == 0 && wanted && !prepare && PQresultStatus(res) != PGRES_PIPELINE_ABORTED) {
		o->res = res;
		db->changed = db->tuples;
		return 0;
	}
	PQclear(res);
	return 0;
}

/* The end of a transaction without COMMIT failed. libpq takes that for the Sync's own answer and would be
 * out of step. */
static int failed_at_end(struct db *db, const PGresult *res, struct outcome *o, struct err *e)
{
	if (judge(db, res) != 1)
		return BROKEN;
	if (o->code == 0)
		o->code = failure(db, res, "the end of the transaction", e);
	db->goodbye = true;
	return 0;
}

static int receive_all(struct db *db, struct outcome *o, struct err *e)
{
	PGresult *res;
	int rc;

	for (int i = 0; i < db->n_queue; i++) {
		struct cmd *c = &db->queue[i];

		if (c->sent_prepare && (rc = receive_one(db, c, true, false, o, e)) < 0)
			return rc;
		if (i == o->want && db->rows_max > 0)
			PQsetSingleRowMode(db->conn);
		if ((rc = receive_one(db, c, false, i == o->want, o, e)) < 0)
			return rc;
	}
	if ((rc = receive(db, &res)) == 0 && PQresultStatus(res) != PGRES_PIPELINE_SYNC)
		rc = failed_at_end(db, res, o, e);
	PQclear(res);
	return rc;
}

static int give_up(struct db *db, int why, struct err *e)
{
	int rc;

	if (db->too_big) {
		rc = too_big(db, e);
	} else if (why == LATE && db->revoked && e != NULL) {
		conn_cancel(db);
		rc = revoked_error(e);
	} else if (why == LATE) {
		conn_cancel(db);
		err_log(e, "database: deadline passed in %s",
			db->n_queue > 0 ? db->queue[db->n_queue - 1].name : "nothing");
		rc = err_set(e, MT_ETIMEOUT, "The database did not answer in time");
	} else if (why == BROKEN) {
		err_log(e, "database: unexpected result, connection dropped");
		rc = err_set(e, MT_EINTERNAL, "A database statement failed");
	} else {
		rc = conn_unreachable(e, db->lost_text);
	}
	conn_drop(db);
	return rc;
}

/*
 * Sent and received, over a new connection once more where the server can't have begun it. first: nothing of
 * its transaction was sent before; again: a server that began it may do so twice.
 */
static int exchange(struct db *db, struct outcome *o, bool first, bool again, struct err *e)
{
	for (;;) {
		bool reused = db->conn != NULL;
		int rc;

		if (!reused && !first)
			return conn_unreachable(e, "the connection was lost in a transaction");
		if (!reused && (rc = conn_open(db, db->deadline, e)) < 0)
			return rc;
		if ((rc = send_all(db)) == 0 && (rc = receive_all(db, o, e)) == 0)
			return 0;
		PQclear(o->res);
		o->res = NULL;
		if (rc != LOST || !reused || !first || db->answered || db->cancels > 0 ||
			(!again && !db->goodbye))
			return give_up(db, rc, e);
		conn_drop(db);
	}
}

/* Everything came; how the commands went. */
static int conclude(struct db *db, const struct outcome *o, struct err *e)
{
	if (db->stopped)
		stopped(db);
	if (o->code < 0)
		return o->code;
	if (db->too_big)
		return too_big(db, e); /* it had ended before the server got the request */
	return o->want >= 0 && o->res == NULL ? give_up(db, BROKEN, e) : 0;
}

int pipe_run(struct db *db, int want, bool again, PGresult **ret_res, struct err *e)
{
	struct outcome o = {.want = want};
	bool first = !db->answered; /* of its transaction */
	int64_t deadline = db->deadline;
	int rc;

	*ret_res = NULL;
	db->sqlstate[0] = '\0';
	db->stopped = db->revoked = db->too_big = false;
	db->rows_size = db->unread = 0;
	/* What may be sent again needs no look: a server that has left is found by its answer. */
	if (first && db->conn != NULL && conn_is_stale(db, !again))
		conn_drop(db);
	rc = exchange(db, &o, first, again, e);
	if (db->stopped)
		db->deadline = deadline;
	if (rc == 0)
		rc = conclude(db, &o, e);
	db->n_queue = 0;
	if (rc < 0) {
		PQclear(o.res);
		o.res = NULL;
		db->answered = true; /* BEGIN was sent with the queue: only a rollback helps now */
	}
	*ret_res = o.res;
	if (db->conn != NULL && outdated(db))
		db->goodbye = true; /* dropped before the next transaction */
	return rc;
}
