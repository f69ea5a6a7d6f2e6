/*
 * teams.c - teams of a company: who belongs together. Somebody may be in several; tickets belong to
 * people, so a team that is deleted leaves them as they are. Lists of tickets take a team as their
 * assignee (resource/query.c), and notifications can be sent to one.
 */
#include "api/api.h"

#include <string.h>

#include "api/teams.sql.h"
#include "base/id.h"
#include "base/json.h"
#include "events/event.h"

#define MEMBERS_MAX 500

#define MEMBERS                                                                                    \
	{                                                                                          \
		FIELD_ARRAY, 0, MEMBERS_MAX, FIELD_TEXTS, NULL                                     \
	}

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"name", STRING(1, 60), REQUIRED | SEARCH | SORT | IN_EVENT,
		.about = "once in the company"},
	{"description", STRING(1, 300), NULLABLE | SEARCH},
	{"leadId", REF(&user_resource), NULLABLE, .shown = "leadName"},
	{"memberIds", MEMBERS, FILTER, .fallback = "[]", .filter = "member",
		.about = "ids of people, also of deactivated ones"},
	{"version", INTEGER(0, 0), READONLY},
	{0},
};

static int check(struct change *c)
{
	struct op *op = change_op(c);
	const char *name = change_new(c, "name");
	json_t *strangers, *one;
	struct rows rows;
	size_t i;
	int rc;

	if (!name[strspn(name, " ")])
		return change_fault(c, "name", "Must have more than spaces");
	rc = op_query(op, &TEAM_CHECK,
		DB_ARGS(name, change_id(c), change_new(c, "memberIds"), change_old(c, "memberIds")),
		&rows);
	if (rc < 0 || (rc = row_json(op, &rows, 0, 1, &strangers)) < 0)
		return rc;
	if (row_bool(&rows, 0, 0))
		change_fault(c, "name", "Another team has this name");
	json_array_foreach(strangers, i, one)
		op_fault(op, arena_printf(op->arena, "/memberIds/%d", (int)json_integer_value(one)),
			"Must be an active user of your company");
	return op->err.code;
}

static int team_delete(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows = {.n = 0};
	json_t *payload;
	int rc;

	if (!id_is_uuid(id))
		return op_fail(&r->op, MT_ENOENT, "There is no such team");
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &TEAM_DELETE, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "There is no such team");
	payload =
		api_json(r, json_pack("{ss ss ss ss}", "teamId", id, "name", row_text(&rows, 0, 0),
				    "byUserId", r->op.who->user, "byUserName", r->op.who->name));
	if ((rc = event_emit(&r->op, event_tenant(&r->op), "TeamDeleted", payload)) < 0 ||
		(rc = op_commit(&r->op)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static const struct route ROUTES[] = {
	{"DELETE", "/api/teams/:id", "teams:manage", .run = team_delete, .answer = answer_none},
	{.path = NULL},
};

const struct resource team_resource = {
	.name = "teams",
	.one = P_("team"),
	.type = "Team",
	.path = "/api/teams",
	.table = "mortise.teams",
	.title = "name",
	.read = "users:read",
	.write = "teams:manage",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_HISTORY,
	.order = "name",
	.page = 500, /* who assigns sees them all */
	.page_max = 500,
	.events = "Team",
	.check = check,
	.more = ROUTES,
};
