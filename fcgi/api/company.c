/*
 * company.c - what an administrator changes about the company: its name, the time zone of its days, and how long its
 * people's notifications are kept.
 */
#include "api/api.h"

#include "api/company.sql.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"

static json_t *company_json(struct req *r, const struct rows *rows)
{
	return api_json(r,
		json_pack("{ss ss sI}", "name", row_text(rows, 0, 0), "timeZone",
			row_text(rows, 0, 1), "notificationDays", (json_int_t)row_int(rows, 0, 2)));
}

static int company_get(struct req *r)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &COMPANY_GET, DB_NOARGS, &rows);

	return rc < 0 ? rc : reply_json(r, 200, company_json(r, &rows));
}

static int check_zone(struct req *r, const char *zone)
{
	struct rows rows;
	int rc = op_query(&r->op, &COMPANY_ZONE_KNOWN, DB_ARGS(zone), &rows);

	if (rc < 0 || row_bool(&rows, 0, 0))
		return rc;
	return op_fault(&r->op, "/timeZone", "Must be a time zone such as Europe/Berlin, or UTC");
}

static int company_patch(struct req *r)
{
	const char *name = api_body_str(r, "name", NULL);
	const char *zone = api_body_str(r, "timeZone", NULL);
	const json_t *days = json_object_get(r->body, "notificationDays");
	struct rows rows;
	json_t *company;
	int rc;

	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(zone && (rc = check_zone(r, zone)) < 0) ||
		(rc = op_query(&r->op, &COMPANY_CHANGE,
			 DB_ARGS(name, zone, days ? json_text(r->op.arena, days, NULL) : NULL),
			 &rows)) < 0)
		return rc;
	company = company_json(r, &rows);
	if ((rc = op_commit(&r->op)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	rights_hold_lease(r, clock_ms()); /* identities carry both */
	return reply_json(r, 200, company);
}

static const struct field CHANGES[] = {
	{"name", FIELD_STRING, 0, 1, 120},
	{"timeZone", FIELD_STRING, 0, 1, 64},
	{"notificationDays", FIELD_INT, 0, 7, 730},
	{.type = FIELD_END},
};

static const struct field COMPANY[] = {
	ANSWER("name", TEXT),
	ANSWER("timeZone", TEXT),
	ANSWER("notificationDays", INT),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", "/api/company", NULL, .run = company_get, .answer = COMPANY, .scope = SCOPE_NONE},
	{"PATCH", "/api/company", "company:manage", CHANGES, 0, 4096, company_patch,
		.answer = COMPANY},
	{.path = NULL},
};

const struct route_table company_routes = {"company", ROUTES};
