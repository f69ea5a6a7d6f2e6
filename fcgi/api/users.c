/*
 * users.c - the people of a company: for assigning, and for the administrator who brings them in and out.
 *
 * Who may do that to whom is in sql/019-people.sql. A new person has no password; the answer has the one-time
 * link to choose one, which nobody can read again.
 */
#include "api/api.h"

#include <string.h>

#include "auth/invites.h"
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

/* Tickets handed over in one transaction; the page asks again for the rest. */
#define HAND_OVER_MOST "2000"

static const char *also(struct change *c, const char *name)
{
	return json_string_value(change_also(c, name));
}

/* To whom goes what is left to do: with the deactivation, or with its repetition. */
static int check_reassign(struct change *c)
{
	const char *kind = also(c, "reassign"), *to = also(c, "reassignTo");
	bool needs = kind && strcmp(kind, "nobody");

	if (!kind)
		return to ? change_fault(c, "reassign", "Is missing") : 0;
	if (*change_new(c, "active") != 'f')
		return op_fault(change_op(c), "/reassign", "Needs active: false with it");
	if (needs != (to != NULL))
		return op_fault(change_op(c), "/reassignTo",
			"Must be the id of a user or a team, and left out for nobody");
	if (!ident_may(change_op(c)->who, "tickets:write"))
		return op_fault(change_op(c), "/reassign", "Needs the permission tickets:write");
	return 0;
}

static int check(struct change *c)
{
	int rc = change_creates(c) ? 0 : check_reassign(c);

	if (rc == 0 && change_differs(c, "roles"))
		rc = check_roles(c);
	return rc;
}

static int no_takers(struct op *op, const char *pointer)
{
	op_clear(op);
	return op_fault(op, pointer,
		"Nobody there can be given tickets: choose somebody else who is active, or a team with"
		" somebody");
}

static int hand_over(struct change *c)
{
	struct op *op = change_op(c);
	bool first = !json_is_true(change_also(c, "reassignMore"));
	struct rows rows;
	int rc = op_query(op, &USER_HAND_OVER,
		DB_ARGS(change_id(c), also(c, "reassign"), also(c, "reassignTo"), HAND_OVER_MOST,
			first ? "true" : "false"),
		&rows);

	return rc == MT_EINVAL ? no_takers(op, "/reassignTo") : rc;
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

/* What is left to do where somebody is deactivated: it stays theirs, or waits for the next piece. */
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
	int rc;

	if (change_creates(c))
		return add_link(c, members);
	if (change_differs(c, "active") || change_differs(c, "roles"))
		change_op(c)->ended_at = clock_ms();
	if (*change_new(c, "active") != 'f')
		return 0;
	if (also(c, "reassign") && (rc = hand_over(c)) < 0)
		return rc;
	return add_open_tickets(c, members);
}

static int no_person(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such %s",
		message_part_plain(r->op.arena, user_resource.one));
}

static int make(struct req *r, int (*how)(struct op *op, const char *id, json_t **ret), int status)
{
	const char *id = api_lower(r, req_param(r, "id"));
	json_t *link;
	int rc;

	if (!id_is_uuid(id))
		return no_person(r);
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 || (rc = how(&r->op, id, &link)) < 0)
		return rc;
	if (!link)
		return no_person(r);
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

/* If-Match is about the person; what is left of one who was removed has no version that a page knows. */
static int lock_person(struct req *r, const char *id)
{
	struct rows rows;
	int rc;

	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &USER_REMOVE_LOCK, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (!rows.n)
		return no_person(r);
	return strcmp(row_text(&rows, 0, 1), "person")
		       ? 0
		       : resource_check_version(r, row_int(&rows, 0, 0));
}

/* For good. More open tickets than one transaction changes are handed over by calling it again. */
static int person_delete(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id"));
	const char *kind = req_query(r, "reassign"), *to = req_query(r, "reassignTo");
	bool gives = kind && *kind && strcmp(kind, "nobody");
	struct rows rows;
	int rc;

	if (gives != (to && *to))
		return op_fault(&r->op, "?reassignTo",
			"Must be the id of a user or a team, and left out for nobody");
	if (gives && !ident_may(r->op.who, "tickets:write"))
		return op_fault(&r->op, "?reassign", "Needs the permission tickets:write");
	if (!id_is_uuid(id))
		return no_person(r);
	if ((rc = lock_person(r, id)) < 0)
		return rc;
	rc = op_query(&r->op, &USER_REMOVE,
		DB_ARGS(id, gives ? kind : "nobody", gives ? to : NULL, HAND_OVER_MOST), &rows);
	if (rc < 0)
		return rc == MT_EINVAL ? no_takers(&r->op, "?reassignTo") : rc;
	if (!row_text(&rows, 0, 0))
		return no_person(r);
	if ((rc = op_commit(&r->op)) < 0)
		return rc;
	r->op.ended_at = clock_ms();
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_json(r, 200,
		api_json(r, json_pack("{sI}", "openTickets", (json_int_t)row_int(&rows, 0, 0))));
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
		return no_person(r);
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
		return no_person(r);
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

/* What somebody would leave behind, by state. */
static int open_work_get(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id"));

	if (!id_is_uuid(id))
		return no_person(r);
	return api_read_json(r, &USER_OPEN_WORK, DB_ARGS(id));
}

/* People from a CSV file. With ?dryRun=true all is done and rolled back; with ?skip=true lines with
 * faults are left out, else one of them keeps all from being invited. */
static int import_post(struct req *r)
{
	struct op *op = &r->op;
	bool by_mail = op->app->conf.smtp_url[0], done;
	const char *dry = req_query(r, "dryRun"), *skip = req_query(r, "skip");
	struct invites in;
	char *text;
	int rc = resource_read_csv(r, &text);

	if (rc < 0 || (rc = invites_read(op, text, op->app->conf.csv_import_rows, &in)) < 0 ||
		(rc = op_begin(op, op_as(op))) < 0)
		return rc;
	if ((rc = invites_run(op, &in, NULL, by_mail)) < 0)
		return rc;
	done = !(dry && !strcmp(dry, "true")) && (!in.n_faulty || (skip && !strcmp(skip, "true")));
	if (!done)
		op_rollback(op);
	else if ((rc = op_commit(op)) < 0)
		return rc;
	else
		app_wake_steward(op->app, by_mail ? WAKE_MAIL : WAKE_EVENTS);
	for (size_t i = 0; !done && i < json_array_size(in.items); i++) {
		json_object_del(json_array_get(in.items, i), "link");
		json_object_set_new(json_array_get(in.items, i), "id", json_null());
	}
	return reply_json(r, 200,
		api_json(r, json_pack("{sb sb sI sI sO}", "done", done, "byMail", by_mail, "ready",
				    (json_int_t)(in.n - in.n_faulty), "faulty",
				    (json_int_t)in.n_faulty, "items", in.items)));
}

static const struct field OPEN_STATE[] = {
	ANSWER("state", TEXT),
	ANSWER("label", TEXT),
	ANSWER("count", INT),
	ANSWER_END,
};

static const struct field OPEN_WORK[] = {
	ANSWER("total", INT),
	ANSWER_OF("items", ARRAY, OPEN_STATE),
	ANSWER_END,
};

static const struct field IMPORT_QUERY[] = {
	{"dryRun", FIELD_BOOL},
	{"skip", FIELD_BOOL},
	{.type = FIELD_END},
};

static const struct field IMPORTED[] = {
	ANSWER("done", BOOL),
	ANSWER("byMail", BOOL),
	ANSWER("ready", INT),
	ANSWER("faulty", INT),
	ANSWER_OF("items", ARRAY, invite_items),
	ANSWER_END,
};

static const struct field REASSIGN[] = {
	{"reassign", FIELD_ENUM, .one_of = "nobody|user|team"},
	{"reassignTo", FIELD_UUID},
	{"reassignMore", FIELD_BOOL}, /* goes on with it: who gets some was notified of all */
	{.type = FIELD_END},
};

static const struct field REMOVE[] = {
	{"reassign", FIELD_ENUM, .one_of = "nobody|user|team"},
	{"reassignTo", FIELD_UUID},
	{.type = FIELD_END},
};

static const struct field REMOVED[] = {
	ANSWER("openTickets", INT), /* left to hand over: call it again */
	ANSWER_END,
};

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
	{"POST", "/api/users.csv", "users:write", NULL, ROUTE_RAW_BODY | ROUTE_CONFIRM,
		4 * 1024 * 1024, import_post, .query = IMPORT_QUERY, .answer = IMPORTED},
	{"DELETE", "/api/users/:id", "users:write", NULL, ROUTE_CONFIRM, 0, person_delete,
		.query = REMOVE, .answer = REMOVED},
	{"GET", "/api/users/:id/open-tickets", "users:write", .run = open_work_get,
		.answer = OPEN_WORK},
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
	.change_more = REASSIGN,
};
