/*
 * jobs.c - queues jobs of the plugin, and what a running one says of itself: through functions of the
 * database, which know the caller by its role (sql/040-work.sql).
 */
#include "host/call.h"

#include <stdlib.h>
#include "host/jobs.sql.h"

/* Name, key, arguments, milliseconds from now. */
int jobs_start(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	const char *const *a = m->args;
	int rc = query_own(c, HOST_JOB_START.sql,
		DB_ARGS(c->host->plugin->version, a[0], a[1], a[2], a[3]), &ret->rows);

	if (rc < 0)
		return rc;
	call_wake_on_commit(c);
	return 0;
}

/* Percent, a few words. The item is the one whose try has this request's id. */
int jobs_progress(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	(void)ret;
	return query_own(c, HOST_JOB_PROGRESS.sql, DB_ARGS(c->r->op.id, m->args[0], m->args[1]),
		&(struct rows){0});
}
