/*
 * presence.c - who is at what in a plugin's components, and who types there: for these components
 * alone, and for people who may use the plugin. Every page holds a lease
 * (sql/042-plugin-presence.sql), which ends by itself; changes reach the others by the event stream,
 * unnumbered.
 */
#include "api/api.h"

#include "api/presence.sql.h"

#define ENTITY_MAX 100

static void push(struct req *r)
{
	app_wake_steward(r->op.app, WAKE_PUSHES);
}

static int renew(struct req *r)
{
	const char *typing = json_is_true(json_object_get(r->body, "typing")) ? "t" : "f";
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &PRESENCE_HERE,
		DB_ARGS(req_param(r, "plugin"), api_body_str(r, "entity", ""),
			api_lower(r, api_body_str(r, "conn", "")), typing),
		&rows);

	if (rc < 0)
		return rc;
	if (row_bool(&rows, 0, 1))
		push(r);
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

static int people(struct req *r)
{
	return api_read_json(
		r, &PRESENCE_PEOPLE, DB_ARGS(req_param(r, "plugin"), req_query(r, "entity")));
}

static int leave(struct req *r)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &PRESENCE_GONE,
		DB_ARGS(req_param(r, "plugin"), req_query(r, "entity"),
			api_lower(r, req_query(r, "conn"))),
		&rows);

	if (rc < 0)
		return rc;
	if (row_bool(&rows, 0, 0))
		push(r);
	return reply_empty(r);
}

static const struct field HERE[] = {
	{"entity", FIELD_STRING, FIELD_REQUIRED, 1, ENTITY_MAX},
	{"conn", FIELD_UUID, FIELD_REQUIRED},
	{"typing", FIELD_BOOL},
	{.type = FIELD_END},
};
static const struct field WHERE[] = {
	{"entity", FIELD_STRING, FIELD_REQUIRED, 1, ENTITY_MAX},
	{.type = FIELD_END},
};
static const struct field GONE[] = {
	{"entity", FIELD_STRING, FIELD_REQUIRED, 1, ENTITY_MAX},
	{"conn", FIELD_UUID, FIELD_REQUIRED},
	{.type = FIELD_END},
};
static const struct field PERSON[] = {
	{"userId", FIELD_UUID, FIELD_REQUIRED},
	{"name", FIELD_TEXT, FIELD_REQUIRED},
	{"typing", FIELD_BOOL, FIELD_REQUIRED},
	{"expiresIn", FIELD_INT, FIELD_REQUIRED},
	{.type = FIELD_END},
};
static const struct field PEOPLE[] = {
	{"people", FIELD_ARRAY, FIELD_REQUIRED, .of = PERSON},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"PUT", "/api/presence/:plugin", NULL, HERE, .run = renew, .answer = PEOPLE,
		.scope = SCOPE_PLUGINS},
	{"GET", "/api/presence/:plugin", NULL, .run = people, .query = WHERE, .answer = PEOPLE,
		.scope = SCOPE_PLUGINS},
	{"POST", "/api/presence/:plugin/leave", NULL, .run = leave, .query = GONE,
		.answer = answer_none, .scope = SCOPE_PLUGINS},
	{.path = NULL},
};

const struct route_table presence_routes = {"presence", ROUTES};
