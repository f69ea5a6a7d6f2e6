/*
 * tenants.c - the companies of this server, for the system administration: list, add, suspend, activate,
 * delete.
 *
 * A new company has one administrator, who is invited: the answer has the one-time link to hand over.
 * `mortise tenant` and `mortise user` do the same from a terminal.
 */
#include "api/api.h"

#include <string.h>

#include "auth/link.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/valid.h"
#include "api/tenants.sql.h"

#define MANAGE "tenants:manage"
#define PAGE_MAX 200
#define PAGE 50
#define REASON_MAX 500

static int list(struct req *r)
{
	long size = req_query_number(r, "limit", PAGE), skip = req_query_number(r, "offset", 0);
	struct rows rows;
	int rc = op_read(&r->op, NULL, &TENANTS_PAGE,
		DB_ARGS(req_query(r, "search"), req_query(r, "state"), req_query(r, "near"),
			req_query(r, "sort") ? req_query(r, "sort") : "name",
			arena_printf(r->op.arena, "%ld", size),
			arena_printf(r->op.arena, "%ld", skip)),
		&rows);

	if (rc < 0)
		return rc;
	return reply_text_json(r, 200,
		arena_printf(r->op.arena, "{\"items\":%s,\"total\":%s}", row_text(&rows, 0, 1),
			row_text(&rows, 0, 0)));
}

static int none(struct req *r, const char *code)
{
	op_clear(&r->op);
	return op_fail(&r->op, MT_ENOENT, "There is no company with the code %.60s", code);
}

static int show(struct req *r)
{
	const char *code = req_param(r, "code");
	struct rows rows;
	int rc = op_read(&r->op, NULL, &TENANTS_ONE, DB_ARGS(code), &rows);

	if (rc < 0)
		return rc;
	return row_text(&rows, 0, 0) ? reply_text_json(r, 200, row_text(&rows, 0, 0))
				     : none(r, code);
}

/* Within a transaction: the company as it is now. */
static int read_tenant(struct op *op, const char *code, json_t **ret)
{
	struct rows rows;
	int rc = op_query(op, &TENANTS_ONE, DB_ARGS(code), &rows);

	*ret = NULL;
	return rc < 0 ? rc : row_json(op, &rows, 0, 0, ret);
}

static int add_admin(struct req *r, const char *tenant, const char *email, json_t **ret_link)
{
	struct op *op = &r->op;
	struct link link = link_new(op, LINK_WELCOME);
	char id[ID_UUID_LEN + 1];
	struct rows rows;
	int rc;

	id_uuid7(id);
	rc = op_query(op, &TENANTS_ADD_ADMIN,
		DB_ARGS(tenant, id, email, api_body_str(r, "adminName", "")), &rows);
	if (rc == MT_ECONFLICT) {
		op_clear(op);
		return op_fault(op, "/adminEmail",
			"Somebody signs in with %s already: an address belongs to one person of one company",
			email);
	}
	if (rc < 0 || (rc = op_query(op, &TENANTS_ADMIN_LINK,
			       DB_ARGS(email, link.hash, link_invite_s(op), link_reset_s(op)),
			       &rows)) < 0)
		return rc;
	*ret_link = link_json(op, &link, row_text(&rows, 0, 0), row_int(&rows, 0, 1));
	return 0;
}

static int create(struct req *r)
{
	struct op *op = &r->op;
	const char *code = api_body_str(r, "code", "");
	json_t *link = NULL, *tenant;
	struct rows rows;
	int rc;

	if (!valid_tenant_code(code))
		return op_fault(op, "/code",
			"Must be 2 to 40 of the characters a-z, 0-9 and -, and begin with a letter");
	if ((rc = op_begin(op, NULL)) < 0)
		return rc;
	rc = op_query(op, &TENANTS_ADD,
		DB_ARGS(code, api_body_str(r, "name", ""), api_body_str(r, "organization", NULL)),
		&rows);
	if (rc == MT_ECONFLICT) {
		op_clear(op);
		return op_fault(op, "/code", "A company has this code already");
	}
	if (rc < 0 ||
		(rc = add_admin(r, row_text(&rows, 0, 0),
			 api_lower(r, api_body_str(r, "adminEmail", "")), &link)) < 0 ||
		(rc = read_tenant(op, code, &tenant)) < 0 || (rc = op_commit(op)) < 0)
		return rc;
	app_wake_steward(op->app, WAKE_EVENTS);
	json_object_set(tenant, "link", link);
	reply_header(r, "Location", "/api/tenants/%s", code);
	return reply_json(r, 201, tenant);
}

static int set_state(struct req *r, const char *state, const char *reason)
{
	const char *code = req_param(r, "code");
	struct op *op = &r->op;
	json_t *tenant;
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, NULL)) < 0)
		return rc;
	rc = op_query(op, &TENANTS_SET_STATE, DB_ARGS(code, state, reason), &rows);
	if (rc == MT_ENOENT)
		return none(r, code);
	if (rc < 0 || (rc = read_tenant(op, code, &tenant)) < 0 || (rc = op_commit(op)) < 0)
		return rc;
	app_wake_steward(op->app, WAKE_EVENTS);
	return reply_json(r, 200, tenant);
}

static int suspend(struct req *r)
{
	int rc;

	if (!strcmp(req_param(r, "code"), r->op.who->tenant_code))
		return op_fail(&r->op, MT_ECONFLICT,
			"You can't suspend your own company: you would be signed out yourself");
	if ((rc = set_state(r, "suspended", api_body_str(r, "reason", NULL))) == 0)
		r->op.ended_at = clock_ms();
	return rc;
}

static int activate(struct req *r)
{
	return set_state(r, "active", NULL);
}

/* In a transaction: the company as it is then. */
static int reply_changed(struct req *r, const char *code)
{
	struct op *op = &r->op;
	json_t *tenant;
	int rc;

	if ((rc = read_tenant(op, code, &tenant)) < 0 || (rc = op_commit(op)) < 0)
		return rc;
	app_wake_steward(op->app, WAKE_ROLLOUT); /* its time may have come already */
	return reply_json(r, 200, tenant);
}

static int delete (struct req *r)
{
	const char *code = req_param(r, "code");
	struct op *op = &r->op;
	struct rows rows;
	int rc;

	if (!strcmp(code, op->who->tenant_code))
		return op_fail(op, MT_ECONFLICT,
			"You can't delete your own company: you would be signed out yourself");
	if (strcmp(code, api_body_str(r, "code", "")) != 0)
		return op_fault(op, "/code", "Must be the code of the company, %.60s", code);
	if ((rc = op_begin(op, NULL)) < 0)
		return rc;
	rc = op_query(op, &TENANTS_DELETE,
		DB_ARGS(code, arena_printf(op->arena, "%d", op->app->conf.deletion_days),
			op->who->name),
		&rows);
	if (rc == MT_ENOENT)
		return none(r, code);
	if (rc < 0 || (rc = reply_changed(r, code)) < 0)
		return rc;
	op->ended_at = clock_ms();
	return 0;
}

static int keep(struct req *r)
{
	const char *code = req_param(r, "code");
	struct rows rows;
	int rc;

	if ((rc = op_begin(&r->op, NULL)) < 0 ||
		(rc = op_query(&r->op, &TENANTS_KEEP, DB_ARGS(code), &rows)) < 0)
		return rc;
	return reply_changed(r, code);
}

/* The text of a number; NULL = as for all companies. */
static const char *number_of(struct req *r, const char *name)
{
	const json_t *v = json_object_get(r->body, name);

	return json_is_integer(v)
		       ? arena_printf(r->op.arena, "%lld", (long long)json_integer_value(v))
		       : NULL;
}

static int limits(struct req *r)
{
	const char *code = req_param(r, "code");
	struct op *op = &r->op;
	json_t *tenant;
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, NULL)) < 0)
		return rc;
	rc = op_query(op, &TENANTS_LIMITS,
		DB_ARGS(code, number_of(r, "people"), number_of(r, "storageMb"),
			number_of(r, "plugins")),
		&rows);
	if (rc == MT_ENOENT)
		return none(r, code);
	if (rc < 0 || (rc = read_tenant(op, code, &tenant)) < 0 || (rc = op_commit(op)) < 0)
		return rc;
	app_wake_steward(op->app, WAKE_EVENTS);
	return reply_json(r, 200, tenant);
}

/* Its people's streams end and open again with the channel of the other organization. */
static int organize(struct req *r)
{
	const char *code = req_param(r, "code");
	struct op *op = &r->op;
	json_t *tenant;
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, NULL)) < 0)
		return rc;
	rc = op_query(
		op, &TENANTS_ORGANIZE, DB_ARGS(code, api_body_str(r, "organization", "")), &rows);
	if (rc == MT_ENOENT)
		return none(r, code);
	if (rc < 0 || (rc = read_tenant(op, code, &tenant)) < 0 || (rc = op_commit(op)) < 0)
		return rc;
	app_wake_steward(op->app, WAKE_EVENTS);
	op->ended_at = clock_ms();
	return reply_json(r, 200, tenant);
}

static const struct field QUERY[] = {
	{"near", FIELD_ENUM, .one_of = "true|false"}, /* a limit */
	{"search", FIELD_STRING, 0, 1, 254},
	{"state", FIELD_ENUM, .one_of = "pending|active|suspended"},
	{"sort", FIELD_ENUM, .one_of = "name|-name|people|-people|created|-created"},
	{"limit", FIELD_INT, 0, 1, PAGE_MAX},
	{"offset", FIELD_INT, 0, 0, 1000000},
	{.type = FIELD_END},
};

static const struct field CREATE[] = {
	{"code", FIELD_STRING, FIELD_REQUIRED, 2, 40},
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{"adminName", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{"adminEmail", FIELD_EMAIL, FIELD_REQUIRED, 3, 254},
	{"organization", FIELD_STRING, FIELD_NULLABLE, 1,
		120}, /* its name; null = one of its own */
	{.type = FIELD_END},
};

static const struct field ORGANIZE[] = {
	{"organization", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{.type = FIELD_END},
};

static const struct field REASON[] = {
	{"reason", FIELD_STRING, FIELD_NULLABLE, 1, REASON_MAX},
	{.type = FIELD_END},
};

static const struct field CODE[] = {
	{"code", FIELD_STRING, FIELD_REQUIRED, 1, 40}, /* typed once more */
	{.type = FIELD_END},
};

static const struct field LIMITS[] = {
	{"people", FIELD_INT, FIELD_NULLABLE, 0, 10000000},
	{"storageMb", FIELD_INT, FIELD_NULLABLE, 0, 1000000000},
	{"plugins", FIELD_INT, FIELD_NULLABLE, 0, 100000},
	{.type = FIELD_END},
};

static const struct field NOTHING[] = {{.type = FIELD_END}};

static const struct field DELETION[] = {
	ANSWER("dueAt", TIME),
	ANSWER("askedAt", TIME),
	ANSWER("askedBy", TEXT),
	ANSWER("began", BOOL),
	ANSWER("rows", INT), /* when it began, and of these */
	ANSWER("removed", INT),
	ANSWER_NULL("failedAt", TIME),
	ANSWER_END,
};

static const struct field TENANT[] = {
	ANSWER("code", TEXT),
	ANSWER("name", TEXT),
	{"state", FIELD_ENUM, FIELD_REQUIRED, .one_of = "pending|active|suspended"},
	ANSWER_NULL("stateReason", TEXT),
	ANSWER("stateSince", TIME),
	ANSWER("createdAt", TIME),
	{"organization", FIELD_OBJECT, FIELD_REQUIRED, .of = organization_answer},
	ANSWER("people", INT),
	ANSWER("invited", INT),
	ANSWER("plugins", INT),
	ANSWER("tickets", INT),
	{"limits", FIELD_OBJECT, FIELD_REQUIRED, .of = company_limits_answer},
	ANSWER_NULL("lastSignInAt", TIME),
	{"deletion", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = DELETION},
	{"link", FIELD_OBJECT, .of = link_answer}, /* of its first administrator, when it is made */
	ANSWER_END,
};

static const struct field TENANTS[] = {
	ANSWER_OF("items", ARRAY, TENANT),
	ANSWER("total", INT),
	ANSWER_END,
};

#define TENANTS_PATH "/api/tenants"

static const struct route ROUTES[] = {
	{"GET", TENANTS_PATH, MANAGE, NULL, 0, 0, list, .query = QUERY, .answer = TENANTS},
	{"POST", TENANTS_PATH, MANAGE, CREATE, ROUTE_CONFIRM, 16384, create, .answer = TENANT},
	{"GET", TENANTS_PATH "/:code", MANAGE, NULL, 0, 0, show, .answer = TENANT},
	{"POST", TENANTS_PATH "/:code/suspend", MANAGE, REASON, ROUTE_CONFIRM, 16384, suspend,
		.answer = TENANT},
	{"POST", TENANTS_PATH "/:code/activate", MANAGE, NOTHING, ROUTE_CONFIRM, 16384, activate,
		.answer = TENANT},
	{"PUT", TENANTS_PATH "/:code/limits", MANAGE, LIMITS, ROUTE_CONFIRM, 4096, limits,
		.answer = TENANT},
	{"PUT", TENANTS_PATH "/:code/organization", MANAGE, ORGANIZE, ROUTE_CONFIRM, 4096, organize,
		.answer = TENANT},
	{"POST", TENANTS_PATH "/:code/deletion", MANAGE, CODE, ROUTE_CONFIRM, 4096, delete,
		.answer = TENANT},
	{"DELETE", TENANTS_PATH "/:code/deletion", MANAGE, NULL, ROUTE_CONFIRM, 0, keep,
		.answer = TENANT},
	{.path = NULL},
};

const struct route_table tenant_routes = {"tenants", ROUTES};
