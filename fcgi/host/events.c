/*
 * events.c - the plugin's own events, through mortise.plugin_emit in the database: it knows what the
 * manifest declares and who may receive it, names the event after the calling role, and holds it back
 * until the COMMIT.
 */
#include "host/call.h"

#include "host/events.sql.h"

/* Whom for (company, role, user), which one, name, entity, payload. */
int events_emit(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	const char *const *a = m->args;
	struct rows rows;
	int rc = rate_check(c, RATE_EVENTS, 1);

	(void)ret;
	if (rc < 0)
		return rc;
	rc = query_own(c, HOST_EMIT.sql,
		DB_ARGS(c->host->plugin->version, a[2], a[3], a[0], a[1], a[4]), &rows);
	if (rc < 0)
		return rc;
	call_wake_on_commit(c);
	return (int)row_int(&rows, 0, 0);
}
