/*
 * company.c - what a company says about itself, and its administrators change: name, address, the
 * clock, language and money that its people work with, when it is open. The rules of the values are
 * in company_check.c.
 */
#include "api/api.h"

#include "api/company.sql.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"

/* The profile, which belongs to the request; NULL when what the database has isn't one. */
static json_t *profile_of(struct req *r, const struct rows *rows)
{
	return api_json(r, json_loads(row_text(rows, 0, 2), 0, NULL));
}

static int reply_company(struct req *r, const struct rows *rows)
{
	json_t *company = profile_of(r, rows);

	json_object_set_new(company, "code", json_string(row_text(rows, 0, 1)));
	json_object_set_new(company, "organization", json_string(row_text(rows, 0, 3)));
	json_object_set_new(company, "version", json_integer(row_int(rows, 0, 0)));
	reply_header(r, "ETag", "\"%ld\"", row_int(rows, 0, 0));
	return reply_json(r, 200, company);
}

static int company_get(struct req *r)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &COMPANY_GET, DB_NOARGS, &rows);

	return rc < 0 ? rc : reply_company(r, &rows);
}

static int check_zone(struct req *r)
{
	const char *zone = api_body_str(r, "timeZone", NULL);
	struct rows rows;
	int rc = zone ? op_query(&r->op, &COMPANY_ZONE_KNOWN, DB_ARGS(zone), &rows) : 0;

	if (rc < 0 || !zone || row_bool(&rows, 0, 0))
		return rc;
	return op_fault(&r->op, "/timeZone", API_BAD_ZONE);
}

/* Writes it where it differs from what was there. */
static int change(struct req *r, struct rows *rows)
{
	const char *tags = req_header(r, "If-Match");
	json_t *old = profile_of(r, rows), *new = api_json(r, json_deep_copy(old));
	int rc = tags ? etag_check(&r->op, tags, message_part_plain(r->op.arena, P_("company")),
				row_int(rows, 0, 0))
		      : 0;

	if (rc < 0)
		return rc;
	json_object_update(new, r->body);
	if (json_equal(old, new))
		return 0;
	return op_query(&r->op, &COMPANY_CHANGE, DB_ARGS(json_text(r->op.arena, new, NULL)), rows);
}

static int company_patch(struct req *r)
{
	struct rows rows;
	int rc;

	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 || (rc = check_zone(r)) < 0 ||
		(rc = company_check(&r->op, r->body)) < 0 ||
		(rc = op_query(&r->op, &COMPANY_LOCK, DB_NOARGS, &rows)) < 0 ||
		(rc = change(r, &rows)) < 0 || (rc = op_commit(&r->op)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	rights_hold_lease(r, clock_ms()); /* identities carry its name and zone */
	return reply_company(r, &rows);
}

static const struct field CHANGES[] = {
	{"name", FIELD_STRING, 0, 1, 120},
	{"timeZone", FIELD_STRING, 0, 1, 64},
	{"notificationDays", FIELD_INT, 0, 7, 730},
	{"locale", FIELD_ENUM, FIELD_NULLABLE, .one_of = ME_LOCALES},
	{"currency", FIELD_STRING, FIELD_NULLABLE, 3, 3},
	{"street", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
	{"postalCode", FIELD_STRING, FIELD_NULLABLE, 1, 20},
	{"city", FIELD_STRING, FIELD_NULLABLE, 1, 100},
	{"country", FIELD_STRING, FIELD_NULLABLE, 2, 2},
	{"taxNumber", FIELD_STRING, FIELD_NULLABLE, 4, 30},
	{"phone", FIELD_STRING, FIELD_NULLABLE, 3, 40},
	{"email", FIELD_EMAIL, FIELD_NULLABLE, 3, 254},
	{"website", FIELD_STRING, FIELD_NULLABLE, 1, 200},
	{"hours", FIELD_ARRAY, 0, 0, 70},
	{"holidays", FIELD_ARRAY, 0, 0, 200},
	{.type = FIELD_END},
};

static const struct field COMPANY[] = {
	ANSWER("version", INT),
	ANSWER("code", TEXT),
	ANSWER("organization", TEXT), /* its name */
	ANSWER("name", TEXT),
	ANSWER("timeZone", TEXT),
	ANSWER("notificationDays", INT),
	ANSWER_NULL("locale", TEXT),
	ANSWER_NULL("currency", TEXT),
	ANSWER_NULL("street", TEXT),
	ANSWER_NULL("postalCode", TEXT),
	ANSWER_NULL("city", TEXT),
	ANSWER_NULL("country", TEXT),
	ANSWER_NULL("taxNumber", TEXT),
	ANSWER_NULL("phone", TEXT),
	ANSWER_NULL("email", TEXT),
	ANSWER_NULL("website", TEXT),
	ANSWER_OF("hours", ARRAY, company_interval),
	ANSWER_OF("holidays", ARRAY, company_holiday),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", "/api/company", NULL, .run = company_get, .answer = COMPANY, .scope = SCOPE_NONE},
	{"PATCH", "/api/company", "company:manage", CHANGES, 0, 65536, company_patch,
		.answer = COMPANY},
	{.path = NULL},
};

const struct route_table company_routes = {"company", ROUTES};
