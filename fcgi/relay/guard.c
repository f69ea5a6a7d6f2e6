/* guard.c - see guard.h. */
#include "relay/guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

#define GRACE_S 5 /* the host's own deadline comes first */

static const struct stmt SESSIONS = {
	"guard_sessions", "SELECT mortise.plugin_sessions_end($1::int, $2::int)"};

/* What changed, said to the administrators of every company that has the plugin. */
static const struct stmt TABLES = {"guard_tables",
	"WITH hit AS MATERIALIZED (SELECT key, bytes, may_write FROM"
	"  mortise.plugin_tables_check($1::bigint * 1048576)),"
	" used AS (SELECT i.tenant_id, h.*, coalesce(k.manifest ->> 'displayName', h.key) AS name"
	"  FROM hit h JOIN mortise.installations i ON i.plugin_key = h.key"
	"  JOIN mortise.plugin_packages k ON k.sha256 = i.package_sha256),"
	" said AS (SELECT mortise.emit('r.' || tenant_id || '.Admin', 'Notification', jsonb_build_object("
	"   'title', left(name || CASE WHEN may_write THEN ' may store data again'"
	"     ELSE ' is out of storage' END, 120),"
	"   'message', left(CASE WHEN may_write THEN 'Its tables are below the limit of ' || $1 || ' MB.'"
	"     ELSE 'Its tables hold ' || bytes / 1048576 || ' MB in all companies, ' || $1 || ' MB are"
	" allowed. It can delete, but not add or change, until it is below.' END, 1000),"
	"   'icon', CASE WHEN may_write THEN '✅' ELSE '⚠' END,"
	"   'url', '/plugins/' || key || '/manage', 'priority', 'high', 'fromUserId', null,"
	"   'fromUserName', 'Mortise', 'pluginKey', key)) FROM"
	"  (SELECT * FROM used ORDER BY tenant_id) AS sorted)"
	" SELECT h.key, h.bytes / 1048576, h.may_write, (SELECT count(*) FROM said) FROM hit h"};

static const struct stmt DUE = {
	"guard_due", "SELECT mortise.plugin_tenants_due($1::bigint * 1048576)"};

/* The same for one company in one plugin ($2), said to its administrators alone. */
static const struct stmt SHARE = {"guard_share",
	"WITH hit AS MATERIALIZED (SELECT tenant, bytes, may_write FROM"
	"  mortise.plugin_tenants_check($2, $1::bigint * 1048576)),"
	" used AS (SELECT h.*, coalesce(k.manifest ->> 'displayName', i.plugin_key) AS name"
	"  FROM hit h JOIN mortise.installations i ON i.plugin_key = $2 AND i.tenant_id = h.tenant"
	"  JOIN mortise.plugin_packages k ON k.sha256 = i.package_sha256),"
	" said AS (SELECT mortise.emit('r.' || tenant || '.Admin', 'Notification', jsonb_build_object("
	"   'title', left(name || CASE WHEN may_write THEN ' may store data again'"
	"     ELSE ' is out of storage' END, 120),"
	"   'message', left(CASE WHEN may_write THEN 'Your company''s data is below ' || $1 || ' MB.'"
	"     ELSE 'Your company''s data takes ' || bytes / 1048576 || ' MB, ' || $1 || ' MB are"
	" allowed. It can be deleted, but nothing added or changed, until it is below.' END, 1000),"
	"   'icon', CASE WHEN may_write THEN '✅' ELSE '⚠' END,"
	"   'url', '/plugins/' || $2 || '/manage', 'priority', 'high', 'fromUserId', null,"
	"   'fromUserName', 'Mortise', 'pluginKey', $2)) FROM"
	"  (SELECT * FROM used ORDER BY tenant) AS sorted)"
	" SELECT h.tenant, h.bytes / 1048576, h.may_write, (SELECT count(*) FROM said) FROM hit h"};

void guard_init(struct guard *g)
{
	int64_t now = clock_ms();

	*g = (struct guard){.sessions_due = now + GUARD_SESSIONS_MS,
		.tables_due = now + GUARD_TABLES_MS,
		.shares_due = now + GUARD_TABLES_MS / 2,
		.helper = HELPER_NONE};
}

static void end_sessions(struct relay *r, struct arena *p, struct err *e)
{
	const struct conf *c = &r->app.conf;
	struct rows rows;
	int rc = db_write(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &SESSIONS,
		DB_ARGS(arena_printf(p, "%d", c->plugin_deadline_ms / 1000 + GRACE_S),
			arena_printf(p, "%d", c->admin_deadline_ms / 1000 + GRACE_S)),
		&rows, e);

	relay_db_result(r, rc, e, SESSIONS.name);
	if (rc == 0 && row_int(&rows, 0, 0) > 0)
		log_kv(LOG_LV_WARN, "database sessions of plugins outlived their deadline", "ended",
			row_text(&rows, 0, 0), NULL);
}

static void check_tables(struct relay *r, struct arena *p, struct err *e)
{
	struct rows rows;
	int rc = db_write(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &TABLES,
		DB_ARGS(arena_printf(p, "%d", r->app.conf.plugin_tables_mb)), &rows, e);

	relay_db_result(r, rc, e, TABLES.name);
	for (int i = 0; rc == 0 && i < rows.n; i++)
		log_kv(LOG_LV_WARN,
			row_bool(&rows, i, 2)
				? "a plugin is below plugin_tables_mb again"
				: "a plugin is above plugin_tables_mb: no more writes",
			"plugin", row_text(&rows, i, 0), "mb", row_text(&rows, i, 1), NULL);
}

static const char *share_mb(const struct conf *c, struct arena *p)
{
	return arena_printf(p, "%d", c->plugin_tenant_tables_mb);
}

/* To look at pages of a large plugin takes long, so a helper does it. */
static void check_shares(struct guard *g, struct relay *r, struct arena *p, struct err *e)
{
	struct rows rows;
	int rc = db_read(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &DUE,
		DB_ARGS(share_mb(&r->app.conf, p)), &rows, e);

	relay_db_result(r, rc, e, DUE.name);
	if (rc == 0 && rows.n > 0)
		relay_helper(r, &g->helper, "--shares", NULL, GUARD_SHARES_SECONDS);
}

static int check_share(struct app *a, const char *key)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct err e;
	int rc;

	err_init(&e, p);
	rc = db_write(a->db, p, clock_ms() + RELAY_DB_MS, NULL, &SHARE,
		DB_ARGS(share_mb(&a->conf, p), key), &rows, &e);
	if (rc < 0)
		log_kv(LOG_LV_WARN, e.message, "while", SHARE.name, "plugin", key, "cause",
			e.log[0] ? e.log : NULL, NULL);
	for (int i = 0; rc == 0 && i < rows.n; i++)
		log_kv(LOG_LV_WARN,
			row_bool(&rows, i, 2) ? "a company is below plugin_tenant_tables_mb again"
					      : "a company is above plugin_tenant_tables_mb of a "
						"plugin: no more writes of it there",
			"plugin", key, "tenant", row_text(&rows, i, 0), "mb", row_text(&rows, i, 1),
			NULL);
	arena_free(p);
	return rc;
}

int guard_shares(struct app *a)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct err e;
	int rc;

	err_init(&e, p);
	rc = db_read(a->db, p, clock_ms() + RELAY_DB_MS, NULL, &DUE, DB_ARGS(share_mb(&a->conf, p)),
		&rows, &e);
	if (rc < 0)
		log_kv(LOG_LV_WARN, e.message, "while", DUE.name, "cause", e.log[0] ? e.log : NULL,
			NULL);
	/* A fault of one holds up no other. */
	for (int i = 0, n = rc < 0 ? 0 : rows.n; i < n; i++)
		if (check_share(a, row_text(&rows, i, 0)) < 0)
			rc = -1;
	arena_free(p);
	return rc;
}

static int64_t next_due(const struct guard *g)
{
	int64_t ret = g->sessions_due < g->tables_due ? g->sessions_due : g->tables_due;

	return g->shares_due < ret ? g->shares_due : ret;
}

int64_t guard_tick(struct guard *g, struct relay *r)
{
	int64_t now = clock_ms();
	bool worked;
	struct arena *p;
	struct err e;

	helper_ended(&g->helper, &worked);
	if (helper_runs(&g->helper) && g->shares_due <= now)
		g->shares_due = now + 1000;
	if (now < next_due(g))
		return next_due(g);
	if (!relay_db_ready(r))
		return now + 1000;
	p = arena_new();
	err_init(&e, p);
	if (now >= g->sessions_due) {
		end_sessions(r, p, &e);
		g->sessions_due = now + GUARD_SESSIONS_MS;
	} else if (now >= g->shares_due) {
		check_shares(g, r, p, &e);
		g->shares_due = now + GUARD_TABLES_MS;
	} else {
		check_tables(r, p, &e);
		g->tables_due = now + GUARD_TABLES_MS;
	}
	arena_free(p);
	return now;
}
