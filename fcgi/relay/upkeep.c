/*
 * upkeep.c - see upkeep.h. Each task is one statement that takes at most a batch.
 */
#include "relay/upkeep.h"

#include "base/clock.h"
#include "db/db.h"

#define BATCH 500
#define FIRST_MS 5000 /* after the start: there is more urgent work then */
#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
#define SQL_BATCH " LIMIT " NUMBER(BATCH)

static const struct stmt TASKS[] = {
	{"upkeep_presence", "DELETE FROM mortise.presence WHERE (tenant_id, user_id, conn) IN"
			    " (SELECT tenant_id, user_id, conn FROM mortise.presence"
			    "  WHERE expires_at < now()" SQL_BATCH ")"},
	/* By transaction, which is nearly by age, so that only the oldest are looked at. */
	{"upkeep_events_old",
		"DELETE FROM mortise.events WHERE (tenant_id, channel, seq) IN"
		" (SELECT tenant_id, channel, seq FROM (SELECT * FROM mortise.events ORDER BY xid" SQL_BATCH
		") oldest"
		"  WHERE created_at < now() - " NUMBER(UPKEEP_EVENT_DAYS) " * interval '1 day')"},
	{"upkeep_events_many",
		"DELETE FROM mortise.events WHERE (tenant_id, channel, seq) IN"
		" (SELECT e.tenant_id, e.channel, e.seq FROM mortise.channels c CROSS JOIN LATERAL"
		"  (SELECT * FROM mortise.events WHERE tenant_id = c.tenant_id AND channel = c.name"
		"    AND seq <= c.seq - " NUMBER(
			UPKEEP_EVENTS_KEPT) " ORDER BY seq" SQL_BATCH ") e"
					    "  WHERE c.seq > " NUMBER(UPKEEP_EVENTS_KEPT) SQL_BATCH
		")"},
	{"upkeep_rights", "DELETE FROM mortise.rights_ended WHERE id IN"
			  " (SELECT id FROM mortise.rights_ended"
			  "  WHERE ended_at < now() - interval '10 minutes'" SQL_BATCH ")"},
	{"upkeep_stewards",
		"DELETE FROM mortise.stewards WHERE seen_at < now() - interval '1 day'"},
	{"upkeep_sweep", "SELECT mortise.sweep()"},	       /* sessions and failed sign-ins */
	{"upkeep_exports", "SELECT mortise.exports_expire()"}, /* rows kept at an uninstall */
	{"upkeep_rate_limits", "DELETE FROM mortise.rate_limits WHERE (door, address) IN"
			       " (SELECT door, address FROM mortise.rate_limits"
			       "  WHERE began_at < now() - interval '2 hours'" SQL_BATCH ")"},
	{"upkeep_icons", "DELETE FROM mortise.marketplace_icons WHERE (source, address) IN"
			 " (SELECT source, address FROM mortise.marketplace_icons"
			 "  WHERE fetched_at < now() - interval '30 days'" SQL_BATCH ")"},
};
#define N_TASKS ((int)(sizeof(TASKS) / sizeof(*TASKS)))

void upkeep_init(struct upkeep *u)
{
	memset(u, 0, sizeof(*u));
	u->due = clock_ms() + FIRST_MS;
}

int64_t upkeep_turn(struct upkeep *u, struct relay *r)
{
	int64_t now = clock_ms();
	struct rows rows;
	struct err e;
	int rc;

	if (now < u->due)
		return u->due;
	if (!relay_db_ready(r))
		return u->due = now + 1000;
	if (u->task == 0)
		u->round_from = now;

	struct pool *p = pool_new();

	err_clear(&e);
	rc = db_write(r->app.db, p, now + RELAY_DB_MS, NULL, &TASKS[u->task], DB_NOARGS, &rows, &e);
	relay_db_result(r, rc, &e, TASKS[u->task].name);
	pool_free(p);
	u->due = now;
	if (rc == 0 && rows.changed >= BATCH)
		return u->due; /* the same again */
	if (++u->task == N_TASKS) {
		u->task = 0;
		u->due = u->round_from + UPKEEP_MS;
	}
	return u->due;
}
