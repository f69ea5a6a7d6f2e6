/*
 * upkeep.c - see upkeep.h. Each task is one statement that takes at most a batch.
 */
#include "relay/upkeep.h"

#include "base/clock.h"
#include "base/log.h"
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
	{"upkeep_login_attempts", "SELECT mortise.login_attempts_expire()"},
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
	*u = (struct upkeep){.due = clock_ms() + FIRST_MS, .helper = HELPER_NONE};
}

int64_t upkeep_tick(struct upkeep *u, struct relay *r)
{
	int64_t now = clock_ms();
	bool worked;

	helper_ended(&u->helper, &worked);
	if (helper_runs(&u->helper))
		return u->helper.deadline;
	if (now < u->due)
		return u->due;
	if (!relay_db_ready(r))
		return u->due = now + 1000;
	u->due = now + UPKEEP_MS;
	relay_helper(r, &u->helper, "--upkeep", NULL, UPKEEP_SECONDS);
	return u->due;
}

/* One task to its end. A fault of one holds up no other. */
static int task(struct app *a, const struct stmt *s)
{
	struct rows rows;
	struct err e;
	int rc;

	do {
		struct arena *p = arena_new();

		err_init(&e, p);
		rc = db_write(a->db, p, clock_ms() + RELAY_DB_MS, NULL, s, DB_NOARGS, &rows, &e);
		arena_free(p);
	} while (rc == 0 && rows.changed >= BATCH);
	if (rc < 0)
		log_kv(LOG_LV_WARN, e.message, "while", s->name, "cause", e.log[0] ? e.log : NULL,
			NULL);
	return rc;
}

int upkeep_round(struct app *a)
{
	int rc = 0;

	for (int i = 0; i < N_TASKS; i++)
		if (task(a, &TASKS[i]) < 0)
			rc = -1;
	return rc;
}
