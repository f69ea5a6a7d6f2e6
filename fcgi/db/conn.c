/*
 * conn.c - the connection: made without blocking, dropped when it can't be trusted.
 */
#include "db/impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "os/share.h"

#define CONNECT_MS 3000
#define PATIENCE_MS 250 /* less is a request near its deadline, not a server that hangs */
#define HUNG_MS 1000	/* after a connection that nobody answered: don't let every request wait */
#define RETRY_AFTER_S 2

/*
 * Read-only, so that a train without BEGIN can't write; what writes says so (db.c). UTC and ISO make text
 * results the same everywhere. The check interval lets the server end a query
 * whose worker has dropped the connection at its deadline. JIT costs more than these queries.
 */
#define SESSION_OPTIONS                                                                                   \
	"-c default_transaction_read_only=on -c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 " \
	"-c client_connection_check_interval=1000 -c jit=off"

static char *dup_text(const char *s)
{
	char *ret = s == NULL ? NULL : strdup(s);

	if (s != NULL && ret == NULL)
		abort();
	return ret;
}

struct db *db_new(const struct db_opts *o)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		abort();
	db->host = dup_text(o->host);
	db->dbname = dup_text(o->dbname);
	db->user = dup_text(o->user);
	db->passfile = dup_text(o->passfile);
	db->password = dup_text(o->password);
	db->process = dup_text(o->process);
	db->set_local = o->set_local;
	db->may_cancel = o->may_cancel;
	db->has_canceller = o->has_canceller;
	db->canceller = -1;
	db->rows_max = o->rows_max;
	snprintf(db->options, sizeof(db->options),
		SESSION_OPTIONS " -c lock_timeout=%d -c statement_timeout=%d", o->lock_timeout_ms,
		o->statement_timeout_ms);
	if (o->lock_timeout_ms <= 0)
		snprintf(db->options, sizeof(db->options), SESSION_OPTIONS);
	snprintf(db->port, sizeof(db->port), "%d", o->port > 0 ? o->port : 5432);
	return db;
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	conn_drop(db);
	stmt_free_all(db);
	free(db->host);
	free(db->dbname);
	free(db->user);
	free(db->passfile);
	if (db->password != NULL)
		explicit_bzero(db->password, strlen(db->password));
	free(db->password);
	free(db->process);
	free(db);
}

/* Notices are nobody's concern, but a FATAL that arrives while we are idle is one, too. */
static void notice(void *arg, const PGresult *res)
{
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	struct db *db = arg;

	if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
		db->goodbye = true;
}

int conn_unreachable(struct err *e, const char *why)
{
	char line[256];

	if (e == NULL)
		return MT_EBUSY;
	if (e->code == 0)
		e->retry_after = RETRY_AFTER_S;
	snprintf(line, sizeof(line), "%s", why);
	line[strcspn(line, "\r\n")] = '\0';
	err_log(e, "database: %s", line);
	return err_set(e, MT_EBUSY, "The database is not reachable");
}

int conn_wait(struct db *db, bool output, int64_t deadline)
{
	struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};
	int n;

	if (output)
		p.events |= POLLOUT;
	n = share_poll(&p, 1, deadline);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static PGconn *conn_start(struct db *db)
{
	const char *keys[16], *values[16];
	char name[80];
	int n = 0;

	snprintf(name, sizeof(name), "mortise-%s", db->process == NULL ? "worker" : db->process);
#define ADD(key, value) (keys[n] = (key), values[n++] = (value))
	ADD("host", db->host);
	ADD("port", db->port);
	ADD("dbname", db->dbname);
	ADD("user", db->user);
	if (db->password != NULL)
		ADD("password", db->password);
	if (db->passfile != NULL)
		ADD("passfile", db->passfile);
	ADD("application_name", name);
	ADD("client_encoding", "UTF8");
	ADD("options", db->options);
	ADD("gssencmode", "disable");
	ADD(NULL, NULL);
#undef ADD
	return PQconnectStartParams(keys, values, 0);
}

/* Returns 0, or -1 when the deadline passed or libpq gave up. */
static int conn_finish(struct db *db, int64_t deadline)
{
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;

	while (st != PGRES_POLLING_OK) {
		struct pollfd p = {.fd = PQsocket(db->conn)};
		int n;

		if (st == PGRES_POLLING_FAILED || p.fd < 0 || clock_left(deadline) == 0)
			return -1;
		p.events = st == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		n = poll(&p, 1, clock_left(deadline));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		st = PQconnectPoll(db->conn);
	}
	return 0;
}

static int connect_failed(struct db *db, int64_t began, struct err *e)
{
	bool hung = PQstatus(db->conn) != CONNECTION_BAD;
	int rc =
		conn_unreachable(e, hung ? "no answer while connecting" : PQerrorMessage(db->conn));

	conn_drop(db);
	if (hung && clock_ms() - began >= PATIENCE_MS)
		db->hung_until = clock_ms() + HUNG_MS;
	return rc;
}

int conn_open(struct db *db, int64_t deadline, struct err *e)
{
	int64_t now = clock_ms();

	conn_drop(db);
	if (now < db->hung_until)
		return conn_unreachable(e, "no answer while connecting, a moment ago");
	db->conn = conn_start(db);
	if (db->conn == NULL)
		abort();
	if (PQstatus(db->conn) == CONNECTION_BAD ||
		conn_finish(db, deadline < now + CONNECT_MS ? deadline : now + CONNECT_MS) < 0)
		return connect_failed(db, now, e);
	if (PQsetnonblocking(db->conn, 1) < 0 || PQenterPipelineMode(db->conn) == 0) {
		conn_drop(db);
		return conn_unreachable(e, "libpq does not enter pipeline mode");
	}
	PQsetNoticeReceiver(db->conn, notice, db);
	if (db->has_canceller)
		canceller_start(db);
	db->conn_no++;
	return 0;
}

void conn_drop(struct db *db)
{
	if (db->conn != NULL)
		PQfinish(db->conn);
	canceller_end(db);
	db->conn = NULL;
	db->goodbye = false;
	db->cancels = 0;
}

/*
 * An idle connection has nothing to read, unless the server is leaving (or has reloaded a parameter).
 * One poll() finds most restarts before anything is sent.
 */
bool conn_is_stale(struct db *db, bool look)
{
	struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};

	for (int i = 0; look && i < 8 && !db->goodbye && poll(&p, 1, 0) > 0; i++) {
		if (PQconsumeInput(db->conn) == 0)
			return true;
		PQisBusy(db->conn); /* parses what has arrived, so that notice() sees it */
	}
	return db->goodbye || db->cancels > 0 || PQstatus(db->conn) != CONNECTION_OK;
}

int db_connect(struct db *db, int64_t deadline, struct err *e)
{
	if (db->conn != NULL && !db->open && conn_is_stale(db, true))
		conn_drop(db);
	return db->conn != NULL ? 0 : conn_open(db, deadline, e);
}

bool db_is_connected(const struct db *db)
{
	return db->conn != NULL && !db->goodbye && db->cancels == 0 &&
	       PQstatus(db->conn) == CONNECTION_OK;
}
