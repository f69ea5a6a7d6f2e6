/* guard.c - see guard.h. */
#include "relay/guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "relay/guard.sql.h"

#define GRACE_S 5 /* the host's own deadline comes first */

/* A notification for administrators, for format() of PostgreSQL: the plugin's name, the bound and
 * the size in MB. */
#define ABOVE_TITLE "%1$s is out of storage"
#define BELOW_TITLE "%1$s may store data again"
#define TABLES_ABOVE                                                                                 \
	"Its tables hold %3$s MB in all companies, %2$s MB are allowed. It can delete, but not add " \
	"or change, until it is below."
#define TABLES_BELOW "Its tables are below the limit of %2$s MB."
#define SHARE_ABOVE                                                                                \
	"Your company's data takes %3$s MB, %2$s MB are allowed. It can be deleted, but nothing "  \
	"added or changed, until it is below."
#define SHARE_BELOW "Your company's data is below %2$s MB."

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
	int rc = db_write(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &GUARD_SESSIONS,
		DB_ARGS(arena_printf(p, "%d", c->plugin_deadline_ms / 1000 + GRACE_S),
			arena_printf(p, "%d", c->admin_deadline_ms / 1000 + GRACE_S)),
		&rows, e);

	relay_db_result(r, rc, e, GUARD_SESSIONS.name);
	if (rc == 0 && row_int(&rows, 0, 0) > 0)
		log_kv(LOG_LV_WARN, "database sessions of plugins outlived their deadline", "ended",
			row_text(&rows, 0, 0), NULL);
}

static void check_tables(struct relay *r, struct arena *p, struct err *e)
{
	struct rows rows;
	int rc = db_write(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &GUARD_TABLES,
		DB_ARGS(arena_printf(p, "%d", r->app.conf.plugin_tables_mb), ABOVE_TITLE,
			TABLES_ABOVE, BELOW_TITLE, TABLES_BELOW),
		&rows, e);

	relay_db_result(r, rc, e, GUARD_TABLES.name);
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

/* Measuring the pages of a large plugin takes long, so a helper does it. */
static void check_shares(struct guard *g, struct relay *r, struct arena *p, struct err *e)
{
	struct rows rows;
	int rc = db_read(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &GUARD_DUE,
		DB_ARGS(share_mb(&r->app.conf, p)), &rows, e);

	relay_db_result(r, rc, e, GUARD_DUE.name);
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
	rc = db_write(a->db, p, clock_ms() + RELAY_DB_MS, NULL, &GUARD_SHARE,
		DB_ARGS(share_mb(&a->conf, p), ABOVE_TITLE, SHARE_ABOVE, BELOW_TITLE, SHARE_BELOW,
			key),
		&rows, &e);
	if (rc < 0)
		log_kv(LOG_LV_WARN, e.message, "while", GUARD_SHARE.name, "plugin", key, "cause",
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
	rc = db_read(a->db, p, clock_ms() + RELAY_DB_MS, NULL, &GUARD_DUE,
		DB_ARGS(share_mb(&a->conf, p)), &rows, &e);
	if (rc < 0)
		log_kv(LOG_LV_WARN, e.message, "while", GUARD_DUE.name, "cause",
			e.log[0] ? e.log : NULL, NULL);
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
