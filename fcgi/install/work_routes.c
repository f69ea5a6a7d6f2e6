/*
 * work_routes.c - jobs of an installation and the history of its work, for the company's administrators.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "auth/ident.h"
#include "install/install.h"
#include "install/routes.h"
#include "install/work.h"
#include "install/work_routes.sql.h"

#define PAGE_MAX 200

/* The number of an item in the path; NULL with MT_ENOENT. */
static const char *item_of(struct req *r)
{
	const char *s = req_param(r, "item");

	if (*s && strspn(s, "0123456789") == strlen(s) && strlen(s) <= 18)
		return s;
	op_fail(&r->op, MT_ENOENT, "There is no such run");
	return NULL;
}

static int need_installation(struct req *r, const char *id, const char *item, struct rows *ret)
{
	int rc = op_read(&r->op, op_as(&r->op), &WORK_IS_THERE, DB_ARGS(id, item), ret);

	if (rc == 0 && ret->n == 0)
		return op_fail(&r->op, MT_ENOENT, "There is no such installation");
	return rc;
}

static int list_jobs(struct req *r)
{
	const char *id = routes_installation(r);
	struct rows rows;

	if (!id || need_installation(r, id, NULL, &rows) < 0)
		return r->op.err.code;
	return routes_reply_list(r, &JOBS_LIST, DB_ARGS(id));
}

static int list_work(struct req *r)
{
	const char *id = routes_installation(r), *before = req_query(r, "before");
	struct rows rows;

	if (!id || need_installation(r, id, NULL, &rows) < 0)
		return r->op.err.code;
	return routes_reply_list(r, &WORK_LIST,
		DB_ARGS(id, before && *before ? before : NULL, req_query(r, "state"),
			req_query(r, "job"),
			arena_printf(r->op.arena, "%ld", req_query_number(r, "limit", 50))));
}

static int no_job(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "The plugin's version here has no such job");
}

static int run_now(struct req *r)
{
	const char *id = routes_installation(r), *job = req_param(r, "job");
	struct rows rows;
	int rc;

	if (!id || need_installation(r, id, NULL, &rows) < 0)
		return r->op.err.code;
	if (strcmp(row_text(&rows, 0, 0), "enabled") != 0)
		return op_fail(&r->op, MT_ECONFLICT, "The plugin is disabled: enable it first");
	rc = op_write(&r->op, op_as(&r->op), &JOBS_RUN, DB_ARGS(id, job, r->op.who->name), &rows);
	if (rc < 0)
		return rc;
	if (rows.changed == 0)
		return op_fail(&r->op, MT_ECONFLICT,
			"There is no such job, or it waits to be run already");
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static int set_paused(struct req *r, bool paused)
{
	const char *id = routes_installation(r);
	struct rows rows;
	int rc;

	if (!id || need_installation(r, id, NULL, &rows) < 0)
		return r->op.err.code;
	rc = op_write(&r->op, op_as(&r->op), &JOBS_PAUSE,
		DB_ARGS(id, req_param(r, "job"), paused ? "t" : "f", r->op.who->name), &rows);
	if (rc < 0)
		return rc;
	return rows.changed ? reply_empty(r) : no_job(r);
}

static int pause_job(struct req *r)
{
	return set_paused(r, true);
}

static int resume_job(struct req *r)
{
	return set_paused(r, false);
}

static int change_item(struct req *r, const struct stmt *s, bool retry)
{
	const char *id = routes_installation(r), *item = id ? item_of(r) : NULL;
	struct rows rows;
	int rc;

	if (!item)
		return r->op.err.code;
	if ((rc = op_write(&r->op, op_as(&r->op), s, DB_ARGS(id, item), &rows)) < 0)
		return rc;
	if (rows.changed) {
		app_wake_steward(r->op.app, WAKE_EVENTS);
		return reply_empty(r);
	}
	if ((rc = need_installation(r, id, item, &rows)) < 0)
		return rc;
	if (!row_text(&rows, 0, 1))
		return op_fail(&r->op, MT_ENOENT, "There is no such run");
	return retry ? op_fail(&r->op, MT_ECONFLICT,
			       "Only what failed, and events, can be run again once they have ended")
		     : op_fail(&r->op, MT_ECONFLICT, "Only what waits can be cancelled");
}

static int retry_item(struct req *r)
{
	return change_item(r, &WORK_RETRY, true);
}

static int cancel_item(struct req *r)
{
	return change_item(r, &WORK_CANCEL, false);
}

#define ONE "/api/plugins/installations/:id"

static const struct field JOB[] = {ANSWER("name", TEXT), ANSWER("label", TEXT),
	ANSWER_NULL("schedule", TEXT), ANSWER("timeZone", TEXT), ANSWER_NULL("nextAt", TIME),
	ANSWER_NULL("pausedAt", TIME), ANSWER_NULL("pausedBy", TEXT), ANSWER("waiting", INT),
	ANSWER_NULL("lastState", TEXT), ANSWER_NULL("lastAt", TIME), ANSWER_END};
static const struct field ITEM[] = {ANSWER("id", INT), ANSWER("kind", TEXT), ANSWER("name", TEXT),
	ANSWER("state", TEXT), ANSWER("attempts", INT), ANSWER("attemptsMax", INT),
	ANSWER("askedBy", TEXT), ANSWER_NULL("askedName", TEXT), ANSWER("args", OBJECT),
	ANSWER("key", TEXT), ANSWER("createdAt", TIME), ANSWER("dueAt", TIME),
	ANSWER_NULL("startedAt", TIME), ANSWER_NULL("endedAt", TIME), ANSWER_NULL("progress", INT),
	ANSWER_NULL("progressText", TEXT), ANSWER_NULL("requestId", TEXT),
	ANSWER_NULL("fault", TEXT), ANSWER_NULL("faultText", OBJECT), ANSWER_END};

static const struct field WORK_QUERY[] = {{"before", FIELD_INT, 0, 1, 1000000000000000L},
	{"state", FIELD_ENUM, .one_of = "due|running|done|failed|cancelled"},
	{"job", FIELD_STRING, 0, 1, 60}, {"limit", FIELD_INT, 0, 1, PAGE_MAX}, {.type = FIELD_END}};

static const struct route ROUTES[] = {
	{"GET", ONE "/jobs", MANAGE, NULL, 0, 0, list_jobs, .answer = ANSWER_ITEMS(JOB)},
	{"POST", ONE "/jobs/:job/run", MANAGE, NULL, 0, 0, run_now, .answer = answer_none},
	{"POST", ONE "/jobs/:job/pause", MANAGE, NULL, 0, 0, pause_job, .answer = answer_none},
	{"POST", ONE "/jobs/:job/resume", MANAGE, NULL, 0, 0, resume_job, .answer = answer_none},
	{"GET", ONE "/work", MANAGE, NULL, 0, 0, list_work, .query = WORK_QUERY,
		.answer = ANSWER_ITEMS(ITEM)},
	{"POST", ONE "/work/:item/retry", MANAGE, NULL, 0, 0, retry_item, .answer = answer_none},
	{"DELETE", ONE "/work/:item", MANAGE, NULL, 0, 0, cancel_item, .answer = answer_none},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table job_routes = {"jobs", ROUTES};
