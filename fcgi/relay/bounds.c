/* bounds.c - see bounds.h. */
#include "relay/bounds.h"

#include "base/clock.h"
#include "db/db.h"
#include "relay/bounds.sql.h"

#define RETRY_MS 1000
#define NEVER_MS 3600000

int64_t bounds_tick(struct bounds *b, struct relay *r)
{
	int64_t now = clock_ms();
	struct arena *p;
	struct rows rows;
	struct op op;
	int rc;

	if (b->written)
		return now + NEVER_MS;
	if (now < b->due)
		return b->due;
	b->due = now + RETRY_MS;
	if (!relay_db_ready(r))
		return b->due;
	p = arena_new();
	relay_op(r, &op, p);
	rc = op_write(&op, NULL, &BOUNDS_WRITE,
		DB_ARGS(arena_printf(p, "%d", r->app.conf.notifications_per_minute),
			arena_printf(p, "%d", r->app.conf.people_max),
			arena_printf(p, "%d", r->app.conf.storage_mb),
			arena_printf(p, "%d", r->app.conf.plugins_max),
			arena_printf(p, "%d", r->app.conf.plugin_events_max),
			arena_printf(p, "%d", r->app.conf.plugin_storage_mb),
			arena_printf(p, "%d", r->app.conf.plugin_files_mb)),
		&rows);
	b->written = relay_db_result(r, rc, &op.err, "writing bounds") == 0;
	arena_free(p);
	return b->written ? now + NEVER_MS : b->due;
}
