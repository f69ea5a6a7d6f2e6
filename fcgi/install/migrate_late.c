/*
 * migrate_late.c - rows that a version wrote in its last moments: see migrate.h.
 *
 * When a tenant switches, requests are still on their way to the version that it leaves, whose pool stays
 * for some seconds, and what they write was not there when the tenant's rows were moved. So its
 * migrations run once more when that pool has gone. Their record shows that they did: it is younger than
 * the switch.
 */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "install/migrate_impl.h"
#include "registry/store.h"
#include "install/migrate_late.sql.h"

#define AGAIN_MS 10000 /* after one that failed */

static int find(struct step *s, const char *key, struct rows *ret, struct err *e)
{
	const char *wait = arena_printf(s->arena, "%d", s->app->conf.plugin_deadline_ms);

	return db_read(
		s->app->db, s->arena, s->deadline, NULL, &MIGRATE_LATE, DB_ARGS(wait, key), ret, e);
}

static int move(struct step *s, const char *sha256, const char *left, struct err *e)
{
	struct package pkg;
	const char *file;
	int rc = store_fetch(s->app->db, s->arena, s->deadline, &s->app->conf, sha256, &file, e);

	if (rc == 0)
		rc = package_read_stored(s->arena, file, &pkg, e);
	return rc == 0 ? migrate_moves(s, &pkg, left, e) : rc;
}

int migrate_late(struct app *a, struct arena *p, int64_t deadline, bool *ret_more, struct err *e)
{
	static int64_t not_before;
	static char last[160];
	struct step s = {.app = a, .arena = p, .deadline = deadline, .user = "-"};
	struct rows late;
	const char *who;
	int rc;

	*ret_more = false;
	if (clock_ms() < not_before)
		return 0;
	rc = find(&s, NULL, &late, e);
	if (rc < 0 || late.n == 0)
		return rc;
	s.key = row_text(&late, 0, 1);
	if (step_lock(&s, 1, e) < 0)
		return 0; /* somebody is at work */
	/* Read again: it may have changed before the lock was ours. */
	rc = find(&s, s.key, &late, e);
	if (rc == 0 && late.n > 0) {
		s.tenant = (int)row_int(&late, 0, 0);
		rc = move(&s, row_text(&late, 0, 2), row_text(&late, 0, 3), e);
	}
	step_unlock(&s);
	if (rc < 0)
		log_kv(LOG_LV_WARN, "a version's last rows could not be moved", "plugin", s.key,
			"tenant", step_tenant(&s), "why", e->message, "cause",
			e->log[0] ? e->log : NULL, NULL);
	/* One that is due again at once would go on for ever. */
	who = arena_printf(p, "%d %s", s.tenant, s.key);
	*ret_more = rc == 0 && strcmp(who, last) != 0;
	if (!*ret_more)
		not_before = clock_ms() + AGAIN_MS;
	snprintf(last, sizeof(last), "%s", *ret_more ? who : "");
	return rc;
}
