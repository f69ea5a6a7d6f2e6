/*
 * users.c - the people of a company: for assigning, and for the administrator who brings them in and out.
 *
 * Who may do that to whom is in sql/019-people.sql. A new person has no password; the answer has the one-time
 * link to choose one, which nobody can read again.
 */
#include "api/api.h"

#include <string.h>

#include "auth/link.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/perm.h"
#include "api/users.sql.h"

#define ROLES                                                                                      \
	{                                                                                          \
		FIELD_ARRAY, 1, PERM_ROLES_OF_ONE, FIELD_TEXTS, NULL                               \
	}

static const struct column COLUMNS[] = {
	{"id", UUID, KEY | PLUGIN_READ},
	{"name", STRING(1, 120), REQUIRED | SEARCH | SORT | IN_EVENT | PLUGIN_READ},
	{"email", EMAIL, REQUIRED | ONCE | SEARCH},
	{"phone", STRING(1, 40), NULLABLE},
	{"roles", ROLES, REQUIRED | FILTER | PLUGIN_READ, .filter = "role"},
	{"active", BOOLEAN, FILTER | IN_EVENT | PLUGIN_READ, .fallback = "true"},
	{"pending", BOOLEAN, READONLY, .about = "invited, and has not chosen a password yet"},
	{"secondFactor", BOOLEAN, READONLY | FILTER, .about = "signs in with a second step"},
	{"version", INTEGER(0, 0), READONLY},
	{0},
};

static int check_roles(struct change *c)
{
	struct op *op = change_op(c);
	struct rows rows;
	int rc = op_query(op, &USER_ROLES_UNKNOWN, DB_ARGS(change_new(c, "roles")), &rows);

	for (int i = 0; rc == 0 && i < rows.n; i++)
		op_fault(op, arena_printf(op->arena, "/roles/%ld", row_int(&rows, i, 0)),
			"There is no role \"%.60s\"", row_text(&rows, i, 1));
	return rc < 0 ? rc : op->err.code;
}

static int check(struct change *c)
{
	return change_differs(c, "roles") ? check_roles(c) : 0;
}

/* *ret NULL = there is no such person. In the caller's transaction. */
static int make_link(struct op *op, const char *id, json_t **ret)
{
	struct link link = link_new(op, LINK_WELCOME);
	struct rows rows;
	int rc = op_query(op, &USER_LINK_MAKE,
		DB_ARGS(id, link.hash, link_invite_s(op), link_reset_s(op)), &rows);

	*ret = NULL;
	if (rc < 0 || !rows.n)
		return rc;
	*ret = link_json(op, &link, row_text(&rows, 0, 0), row_int(&rows, 0, 1));
	return 0;
}

/* The same by mail, which the steward sends. */
static int mail_link(struct op *op, const char *id, json_t **ret)
{
	char mail[ID_UUID_LEN + 1];
	struct rows rows;
	int rc;

	*ret = NULL;
	id_uuid7(mail);
	rc = op_query(op, &USER_MAIL_LINK, DB_ARGS(id, mail), &rows);
	if (rc < 0 || !rows.n)
		return rc;
	*ret = json_pack(
		"{ss ss}", "purpose", row_text(&rows, 0, 0), "address", row_text(&rows, 0, 1));
	json_own(op->arena, *ret);
	return 0;
}

/* Where mails are sent the invited person alone gets the link. */
static int add_link(struct change *c, json_t *members)
{
	bool by_mail = change_op(c)->app->conf.smtp_url[0];
	json_t *made;
	int rc = (by_mail ? mail_link : make_link)(change_op(c), change_id(c), &made);

	if (rc == 0)
		json_object_set(members, by_mail ? "mail" : "link", made);
	return rc;
}

/* What is left to do where somebody is deactivated: it stays theirs. */
static int add_open_tickets(struct change *c, json_t *members)
{
	struct rows rows;
	int rc = op_query(change_op(c), &USER_OPEN_TICKETS, DB_ARGS(change_id(c)), &rows);

	if (rc == 0)
		json_object_set_new(members, "openTickets", json_integer(row_int(&rows, 0, 0)));
	return rc;
}

static int changed(struct change *c, json_t *members)
{
	if (change_creates(c))
		return add_link(c, members);
	if (change_differs(c, "active") || change_differs(c, "roles"))
		change_op(c)->ended_at = clock_ms();
	return *change_new(c, "active") == 'f' ? add_open_tickets(c, members) : 0;
}

static int make(struct req *r, int (*how)(struct op *op, const char *id, json_t **ret), int status)
{
	const char *id = api_lower(r, req_param(r, "id"));
	json_t *link;
	int rc;

	if (!id_is_uuid(id))
		return op_fail(&r->op, MT_ENOENT, "There is no such %s",
			message_part_plain(r->op.arena, user_resource.one));
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 || (rc = how(&r->op, id, &link)) < 0)
		return rc;
	if (!link)
		return op_fail(&r->op, MT_ENOENT, "There is no such %s",
			message_part_plain(r->op.arena, user_resource.one));
	if ((rc = resource_add_history(r, id,
		     json_text(r->op.arena,
			     api_json(r, json_pack("{s[nO]}", "link",
						 json_object_get(link, "purpose"))),
			     NULL))) < 0 ||
		(rc = op_commit(&r->op)) < 0)
		return rc;
	return reply_json(r, status, link);
}

static int link_post(struct req *r)
{
	return make(r, make_link, 201);
}

static int mail_post(struct req *r)
{
	int rc = api_mail_is_on(r);

	if (rc < 0 || (rc = make(r, mail_link, 202)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_MAIL);
	return 0;
}

/* For who has lost app and recovery codes; all their sessions end. */
static int factor_delete(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id"));
	struct rows rows = {.n = 0};
	int rc = id_is_uuid(id)
			 ? op_write(&r->op, op_as(&r->op), &USER_FACTOR_TAKE, DB_ARGS(id), &rows)
			 : 0;

	if (rc < 0)
		return rc;
	if (!rows.n || !row_text(&rows, 0, 0))
		return op_fail(&r->op, MT_ENOENT, "There is no such %s",
			message_part_plain(r->op.arena, user_resource.one));
	if (!row_bool(&rows, 0, 0))
		return op_refuse(&r->op, MT_ECONFLICT, "no-second-factor",
			"This person has no two-step sign-in");
	r->op.ended_at = clock_ms();
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

/* What somebody may, and by which roles. */
static int permissions_get(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id"));
	struct rows rows = {.n = 0};
	int rc = id_is_uuid(id)
			 ? op_read(&r->op, op_as(&r->op), &USER_PERMISSIONS, DB_ARGS(id), &rows)
			 : 0;

	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "There is no such %s",
			message_part_plain(r->op.arena, user_resource.one));
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

static const struct field PERMISSION[] = {
	ANSWER("name", TEXT),
	ANSWER("label", TEXT),
	ANSWER("source", TEXT),
	ANSWER("sourceName", TEXT),
	ANSWER("enabled", BOOL),
	{"roles", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	ANSWER_END,
};

static const struct field NOTHING[] = {{.type = FIELD_END}};

static const struct field MAILED[] = {
	{"purpose", FIELD_ENUM, FIELD_REQUIRED, .one_of = "invite|reset"},
	ANSWER("address", TEXT),
	ANSWER_END,
};

static const struct field CHANGED[] = {
	{"mail", FIELD_OBJECT, .of = MAILED}, /* instead of the link, where mails are sent */
	{"link", FIELD_OBJECT, .of = link_answer},
	{"openTickets", FIELD_INT},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"POST", "/api/users/:id/link", "users:write", NOTHING, ROUTE_CONFIRM | ROUTE_CONFIRM_NOW,
		16384, link_post, .answer = link_answer},
	{"DELETE", "/api/users/:id/second-factor", "users:write", NULL,
		ROUTE_CONFIRM | ROUTE_CONFIRM_NOW, 0, factor_delete, .answer = answer_none},
	{"GET", "/api/users/:id/permissions", "roles:manage", .run = permissions_get,
		.answer = ANSWER_ITEMS(PERMISSION)},
	{"POST", "/api/users/:id/mail", "users:write", NOTHING, ROUTE_CONFIRM | ROUTE_CONFIRM_NOW,
		16384, mail_post, .answer = MAILED},
	{.path = NULL},
};

const struct resource user_resource = {
	.name = "users",
	.one = P_("user"),
	.type = "User",
	.path = "/api/users",
	.table = "mortise.users",
	.title = "name",
	.read = "users:read",
	.write = "users:write",
	.read_history = "users:write",
	.only = "t.kind = 'person'",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_HISTORY,
	.write_flags = ROUTE_CONFIRM, /* roles are rights */
	.more = ROUTES,
	.order = "name",
	.page = 5000, /* who assigns sees everybody */
	.page_max = 5000,
	.refer_if = "mortise.may_be_chosen",
	.refer_fault = N_("Must be an active user of your company"),
	.events = "User",
	.check = check,
	.changed = changed,
	.changed_answer = CHANGED,
};
