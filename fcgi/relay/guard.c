/* guard.c - see guard.h. */
#include "relay/guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "relay/guard.sql.h"

#define GRACE_S 5 /* the host's own deadline comes first */

/* Notifications for administrators, for mortise.notice(): {0} is the plugin's name, {1} the bound and
 * {2} the size in MB. */
#define ABOVE_TITLE N_("{0} is out of storage")
#define BELOW_TITLE N_("{0} may store data again")
#define TABLES_ABOVE                                                                                  \
	N_("Its tables hold {2} MB in all companies, {1} MB are allowed. It can delete, but not add " \
	   "or change, until it is below")
#define TABLES_BELOW N_("Its tables are below the limit of {1} MB")
#define SHARE_ABOVE                                                                                \
	N_("Your company's data takes {2} MB, {1} MB are allowed. It can be deleted, but nothing " \
	   "added or changed, until it is below")
#define SHARE_BELOW N_("Your company's data is below {1} MB")

void guard_init(struct guard *g)
{
	int64_t now = clock_ms();

	*g = (struct guard){.sessions_due = now + GUARD_SESSIONS_MS,
		.tables_due = now + GUARD_TABLES_MS,
		.shares_due = now + GUARD_TABLES_MS / 2,
		.helper = HELPER_NONE};
}

static void end_sessions(struct relay *r, struct op *op)
{
	const struct conf *c = &r->app.conf;
	struct rows rows;
	int rc = op_write(op, NULL, &GUARD_SESSIONS,
		DB_ARGS(arena_printf(op->arena, "%d", c->plugin_deadline_ms / 1000 + GRACE_S),
			arena_printf(op->arena, "%d", c->admin_deadline_ms / 1000 + GRACE_S),
			arena_printf(op->arena, "%d", c->job_deadline_ms / 1000 + GRACE_S)),
		&rows);

	if (relay_db_result(r, rc, &op->err, GUARD_SESSIONS.name) < 0)
		return;
	if (row_int(&rows, 0, 0) > 0)
		log_kv(LOG_LV_WARN, "database sessions of plugins outlived their deadline", "ended",
			row_text(&rows, 0, 0), NULL);
}

static void check_tables(struct relay *r, struct op *op)
{
	struct rows rows;
	int rc = op_write(op, NULL, &GUARD_TABLES,
		DB_ARGS(arena_printf(op->arena, "%d", r->app.conf.plugin_tables_mb), ABOVE_TITLE,
			TABLES_ABOVE, BELOW_TITLE, TABLES_BELOW),
		&rows);

	if (relay_db_result(r, rc, &op->err, GUARD_TABLES.name) < 0)
		return;
	for (int i = 0; i < rows.n; i++)
		log_kv(LOG_LV_WARN,
			row_bool(&rows, i, 2)
				? "a plugin is below plugin_tables_mb again"
				: "a plugin is above plugin_tables_mb: no more writes",
			"plugin", row_text(&rows, i, 0), "mb", row_text(&rows, i, 1), NULL);
}

static const char *share_mb(const struct op *op)
{
	return arena_printf(op->arena, "%d", op->app->conf.plugin_tenant_tables_mb);
}

/* Plugins whose shares are due. */
static int read_due(struct op *op, struct rows *ret)
{
	return op_read(op, NULL, &GUARD_DUE, DB_ARGS(share_mb(op)), ret);
}

/* Measuring the pages of a large plugin takes long, so a helper does it. */
static void check_shares(struct guard *g, struct relay *r, struct op *op)
{
	struct rows rows;
	int rc = read_due(op, &rows);

	if (relay_db_result(r, rc, &op->err, GUARD_DUE.name) == 0 && rows.n > 0)
		relay_helper(r, &g->helper, "--shares", NULL, GUARD_SHARES_SECONDS);
}

static int check_share(struct op *op, const char *key)
{
	struct rows rows;
	int rc;

	op->deadline = clock_ms() + RELAY_DB_MS;
	rc = op_write(op, NULL, &GUARD_SHARE,
		DB_ARGS(share_mb(op), ABOVE_TITLE, SHARE_ABOVE, BELOW_TITLE, SHARE_BELOW, key),
		&rows);
	if (rc < 0) {
		relay_log(op, GUARD_SHARE.name, "plugin", key);
		op_clear(op);
		return rc;
	}
	for (int i = 0; i < rows.n; i++)
		log_kv(LOG_LV_WARN,
			row_bool(&rows, i, 2) ? "a company is below plugin_tenant_tables_mb again"
					      : "a company is above plugin_tenant_tables_mb of a "
						"plugin: no more writes of it there",
			"plugin", key, "tenant", row_text(&rows, i, 0), "mb", row_text(&rows, i, 1),
			NULL);
	return 0;
}

int guard_shares(struct app *a)
{
	struct arena *p = arena_new();
	struct rows rows = {0};
	struct op op;
	int rc;

	app_op(a, &op, p, clock_ms() + RELAY_DB_MS);
	if ((rc = read_due(&op, &rows)) < 0)
		relay_log(&op, GUARD_DUE.name, NULL, NULL);
	/* A fault of one holds up no other. */
	for (int i = 0; i < rows.n; i++)
		if (check_share(&op, row_text(&rows, i, 0)) < 0)
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
	struct op op;

	helper_ended(&g->helper, &worked);
	if (helper_runs(&g->helper) && g->shares_due <= now)
		g->shares_due = now + 1000;
	if (now < next_due(g))
		return next_due(g);
	if (!relay_db_ready(r))
		return now + 1000;
	p = arena_new();
	relay_op(r, &op, p);
	if (now >= g->sessions_due) {
		end_sessions(r, &op);
		g->sessions_due = now + GUARD_SESSIONS_MS;
	} else if (now >= g->shares_due) {
		check_shares(g, r, &op);
		g->shares_due = now + GUARD_TABLES_MS;
	} else {
		check_tables(r, &op);
		g->tables_due = now + GUARD_TABLES_MS;
	}
	arena_free(p);
	return now;
}
