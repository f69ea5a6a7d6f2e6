/*
 * migrate_late.c - rows that a version wrote in its last moments: see migrate.h.
 *
 * When a tenant switches, requests are still on their way to the version that it leaves, whose pool
 * stays for some seconds, and their rows were not there when the tenant's rows were moved. So its
 * migrations run once more when that pool has ended. Their record shows that they did: it is newer
 * than the switch.
 */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "install/migrate_impl.h"
#include "registry/store.h"
#include "install/migrate_late.sql.h"

#define AGAIN_MS 10000 /* after one that failed */

static int find(struct op *op, const char *key, struct rows *ret)
{
	const char *wait = arena_printf(op->arena, "%d", op->app->conf.plugin_deadline_ms);

	return op_read(op, NULL, &MIGRATE_LATE, DB_ARGS(wait, key), ret);
}

/* It may have changed before the lock was taken. */
static int move_locked(struct target *t)
{
	struct op *op = t->op;
	struct package pkg;
	struct rows late;
	int rc;

	if ((rc = find(op, t->key, &late)) < 0 || late.n == 0)
		return rc;
	t->tenant = (int)row_int(&late, 0, 0);
	if ((rc = store_read(op, row_text(&late, 0, 2), &pkg)) < 0)
		return rc;
	return migrate_moves(t, &pkg, row_text(&late, 0, 3));
}

int migrate_late(struct op *op, bool *ret_more)
{
	static int64_t not_before;
	static char last[160];
	struct rows late;
	struct target t;
	const char *who;
	int rc;

	*ret_more = false;
	if (clock_ms() < not_before)
		return 0;
	rc = find(op, NULL, &late);
	if (rc < 0 || late.n == 0)
		return rc;
	target_init(&t, op, row_text(&late, 0, 1));
	if (target_lock(&t, 1) < 0)
		return 0; /* somebody is at work */
	rc = move_locked(&t);
	target_unlock(&t);
	if (rc < 0)
		log_kv(LOG_LV_WARN, "a version's last rows could not be moved", "plugin", t.key,
			"tenant", target_tenant(&t), "why", op->err.message, "cause",
			op->err.log[0] ? op->err.log : NULL, NULL);
	/* An entry that is due again at once would never end. */
	who = arena_printf(op->arena, "%d %s", t.tenant, t.key);
	*ret_more = rc == 0 && strcmp(who, last) != 0;
	if (!*ret_more)
		not_before = clock_ms() + AGAIN_MS;
	snprintf(last, sizeof(last), "%s", *ret_more ? who : "");
	return rc;
}
