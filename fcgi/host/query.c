/*
 * query.c - statements and transactions of a plugin, on its own database role, as the request's tenant.
 * db/ sends them by the extended protocol, one statement each, prepares by text and keeps a bounded
 * number. BEGIN, COMMIT and what sets the session are ours: a guest's statement reads or writes rows.
 */
#include "host/call.h"

#include <libpq-fe.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "host/query.sql.h"

#define MARKED_MS 1500	   /* for what a host writes behind a plugin's transaction */
#define SHOWN_MAX 240	   /* bytes of a statement that failed */
#define STORAGE_RETRY_S 10 /* as often as the steward measures (relay/guard.h) */

static const char *skip_comment(const char *s)
{
	int depth = 1;

	for (s += 2; *s && depth > 0; s++) {
		if (s[0] == '/' && s[1] == '*') {
			depth++;
			s++;
		} else if (s[0] == '*' && s[1] == '/') {
			depth--;
			s++;
		}
	}
	return s;
}

/* As PostgreSQL reads it: blanks, comments (those of C nest), and brackets before a SELECT. */
static const char *first_word(const char *s)
{
	for (;;) {
		s += strspn(s, " \t\n\r\f\v(");
		if (s[0] == '-' && s[1] == '-')
			s += strcspn(s, "\r\n");
		else if (s[0] == '/' && s[1] == '*')
			s = skip_comment(s);
		else
			return s;
	}
}

bool query_is_allowed(const char *sql)
{
	static const char *const words[] = {
		"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH"};
	const char *s = first_word(sql);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (strncasecmp(s, words[i], n) == 0 && !isalnum((unsigned char)s[n]) &&
			s[n] != '_' && s[n] != '$' && (unsigned char)s[n] < 0x80)
			return true;
	}
	return false;
}

/* COMMIT waits for the rows: a statement whose result is too large has changed nothing. */
static int in_two_steps(
	struct call *c, const struct stmt *s, const char *const *args, int n, struct rows *ret)
{
	struct op *op = &c->r->op;
	int rc;

	if ((rc = op_begin(op, &c->as)) < 0 || (rc = op_query(op, s, args, n, ret)) < 0) {
		op_rollback(op);
		return rc;
	}
	return op_commit(op);
}

/* What the permissions of a manifest open; columns are in plugins/README.md. */
static const struct {
	const char *what, *permissions;
} OPENED[] = {
	{"table tickets", "tickets:read to read it, tickets:write to change it"},
	{"table ticket_comments", "tickets:read to read it, tickets:write to change it"},
	{"table ticket_states", "tickets:read"},
	{"table users", "users:read"},
	{"function notify", "notifications:send"},
	{"function plugin_emit", "events:emit"},
	{"function plugin_storage_get", "storage"},
	{"function plugin_storage_set", "storage"},
	{"function plugin_storage_increment", "storage"},
	{"function plugin_storage_delete", "storage"},
	{"function plugin_storage_list", "storage"},
	{"function plugin_storage_size", "storage"},
	{"function plugin_storage_clear", "storage"},
	{"function plugin_storage_versions", "storage"},
	{"function plugin_storage_restore", "storage"},
};

/* For the author, in the log: which statement it was, and what the manifest may lack. What a statement may
 * well meet (a row that is there, a lock, an end of time) says enough. */
static void explain(struct call *c, const char *sql)
{
	static const char *const EXPECTED[] = {
		"23", "40", "53", "55", "57", "08", "P0", "MT", NULL};
	const char *said = db_said(c->host->db), *at;

	for (int i = 0; EXPECTED[i]; i++)
		if (strncmp(c->sqlstate, EXPECTED[i], 2) == 0)
			return;
	for (size_t i = 0; c->denied && i < sizeof(OPENED) / sizeof(*OPENED); i++)
		if ((at = strstr(said, OPENED[i].what)) && !at[strlen(OPENED[i].what)])
			op_log(&c->r->op,
				"the manifest has to request %s, and it opens the columns that "
				"plugins/README.md lists",
				OPENED[i].permissions);
	sql += strspn(sql, " \t\r\n");
	op_log(&c->r->op, "in: %.*s%s", SHOWN_MAX, call_mask(c, sql),
		strlen(sql) > SHOWN_MAX ? "..." : "");
}

int query_own(struct call *c, const char *sql, const char *const *args, int n, struct rows *ret)
{
	struct host *h = c->host;
	struct stmt s = {.name = "plugin", .sql = sql};
	int rc;

	*ret = (struct rows){0};
	if (c->r->op.err.n_fields == 0)
		op_clear(&c->r->op); /* what failed before was answered by the plugin itself */
	if (c->in_tx)
		rc = db_query(h->db, &s, args, n, ret, &c->r->op.err);
	else if (strcasestr(sql, "returning"))
		rc = in_two_steps(c, &s, args, n, ret);
	else
		rc = db_write(h->db, c->r->op.arena, c->r->op.deadline, &c->as, &s, args, n, ret,
			&c->r->op.err);
	if (rc < 0)
		snprintf(c->sqlstate, sizeof(c->sqlstate), "%s", db_sqlstate(h->db));
	c->denied = rc < 0 && strcmp(c->sqlstate, "42501") == 0;
	if (rc < 0)
		explain(c, sql);
	return rc;
}

/* Above a bound INSERT and UPDATE are revoked (sql/README.md), and PostgreSQL doesn't tell why:
 * this queries the reason, only after a refusal. */
int query_storage(struct call *c, int rc)
{
	struct rows rows;
	const char *bound;

	if (!c->denied || rc != MT_EPERM || !c->host->db ||
		db_read(c->host->db, c->r->op.arena, c->r->op.deadline, &c->as, &HOST_STORAGE, NULL,
			0, &rows, err_new(c->r->op.arena)) < 0 ||
		!(bound = row_text(&rows, 0, 0)))
		return rc;
	op_clear(&c->r->op);
	op_log(&c->r->op, "plugin %s: its tables are above %s", c->host->key, bound);
	c->r->op.err.retry_after = STORAGE_RETRY_S;
	if (strcmp(bound, "plugin_tenant_tables_mb") == 0)
		return op_refuse(&c->r->op, MT_EBUSY, "out-of-storage",
			"Your company's data in this plugin is above its limit"
			" (plugin_tenant_tables_mb): delete what isn't needed any more, and try"
			" again in %d seconds",
			STORAGE_RETRY_S);
	return op_refuse(&c->r->op, MT_EBUSY, "out-of-storage",
		"This plugin's data of all companies is above its limit (plugin_tables_mb): ask an"
		" administrator of this server, and try again in %d seconds",
		STORAGE_RETRY_S);
}

/* A plugin can't send this: its statements don't begin with SET. */
static const struct stmt MARK = {"host_mark", "SET LOCAL mortise.host = 'yes'"};

int query_marked(
	struct call *c, const struct stmt *s, const char *const *args, int n, struct err *e)
{
	struct db *db = c->host->db;
	int rc;

	if (!db || !db_is_connected(db))
		return 0;
	if ((rc = db_begin(db, c->r->op.arena, clock_ms() + MARKED_MS, &c->as, e)) < 0 ||
		(rc = db_queue(db, &MARK, DB_NOARGS, e)) < 0 ||
		(rc = db_queue(db, s, args, n, e)) < 0 || (rc = db_commit(db, e)) < 0)
		db_rollback(db);
	return rc;
}

int query_count(struct call *c)
{
	if (++c->n_statements > c->host->limit.statements && c->host->limit.statements > 0)
		return call_rate(c,
			"The plugin sent more than %d statements in one request "
			"(plugin_statements_max)",
			c->host->limit.statements);
	return rate_check(c, RATE_STATEMENTS, 1);
}

int query_guest(struct call *c, const struct message_query *q, struct rows *ret)
{
	int rc;

	*ret = (struct rows){0};
	if ((rc = query_count(c)) < 0)
		return rc;
	if (!query_is_allowed(q->sql)) {
		op_log(&c->r->op,
			"plugin %s: a statement must begin with SELECT, INSERT, UPDATE, DELETE, "
			"MERGE, VALUES or WITH, not \"%.60s\"",
			c->host->key, call_mask(c, first_word(q->sql)));
		snprintf(c->sqlstate, sizeof(c->sqlstate), "42501");
		return call_fail(c, MT_EPERM, "This statement is not allowed");
	}
	return query_own(c, q->sql, q->args, q->n, ret);
}

void query_put(struct wire_out *out, const struct rows *rows)
{
	int columns = rows->res ? PQnfields(rows->res) : 0;

	wire_put_u64(out, (uint64_t)rows->changed);
	wire_put_u32(out, (uint32_t)rows->n);
	wire_put_u32(out, (uint32_t)columns);
	for (int i = 0; i < columns; i++) {
		wire_put_text(out, PQfname(rows->res, i));
		wire_put_u32(out, PQftype(rows->res, i));
	}
	for (int i = 0; i < rows->n; i++)
		for (int k = 0; k < columns; k++)
			wire_put_text(out, row_text(rows, i, k));
}

int query_begin(struct call *c)
{
	int rc;

	if (c->in_tx)
		return call_internal(c, "mt_begin inside a transaction");
	op_clear(&c->r->op);
	rc = db_begin(c->host->db, c->r->op.arena, c->r->op.deadline, &c->as, &c->r->op.err);
	c->in_tx = rc == 0;
	c->notifies = false;
	return rc;
}

int query_commit(struct call *c)
{
	int rc;

	if (!c->in_tx)
		return call_internal(c, "mt_commit without mt_begin");
	rc = db_commit(c->host->db, &c->r->op.err);
	c->in_tx = false;
	if (rc == 0 && c->notifies)
		call_wake_steward(c);
	return rc;
}

void query_rollback(struct call *c)
{
	if (c->in_tx)
		db_rollback(c->host->db);
	c->in_tx = false;
}

void query_finish(struct call *c, int *rc)
{
	if (!c->in_tx)
		return;
	query_rollback(c);
	if (*rc == 0)
		*rc = call_internal(c, "the handler left a transaction open: it is undone");
}
