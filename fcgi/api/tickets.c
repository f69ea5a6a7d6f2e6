/*
 * tickets.c - routes of tickets; reading one and creating one.
 */
#include "api/ticket.h"

#include <string.h>

#include "base/id.h"

/* clang-format off */
static const struct stmt GET = {"ticket_get",
	"SELECT " TICKET_NAMED_JSON ", t.version FROM mortise.tickets_named t WHERE t.id = $1::uuid"};

/* One statement: the number is taken and the row written only when state and assignee exist. */
static const struct stmt CREATE = {"ticket_create",
	"WITH st AS (SELECT k.key, k.category FROM mortise.ticket_states k"
	"  WHERE k.key = coalesce($6, CASE WHEN $5::uuid IS NULL THEN 'new' ELSE 'assigned' END)),"
	" who AS (SELECT u.id FROM mortise.users u WHERE u.id = $5::uuid AND u.active),"
	" n AS (UPDATE mortise.counters SET value = value + 1 WHERE name = 'ticket'"
	"  AND EXISTS (SELECT FROM st) AND ($5::uuid IS NULL OR EXISTS (SELECT FROM who))"
	"  RETURNING value),"
	" t AS (INSERT INTO mortise.tickets (tenant_id, id, number, title, description, priority,"
	"   assignee_id, state, created_by, closed_at)"
	"  SELECT $1::int, $2::uuid, n.value, $3, $4, $7, $5::uuid, st.key, $8::uuid,"
	"   CASE WHEN st.category = 'closed' THEN now() END FROM n, st RETURNING *),"
	" h AS (INSERT INTO mortise.ticket_history (tenant_id, ticket_id, user_id, at, changes)"
	"  SELECT t.tenant_id, t.id, $8::uuid, t.created_at, jsonb_strip_nulls(jsonb_build_object("
	"   'title', jsonb_build_array(NULL, t.title), 'state', jsonb_build_array(NULL, t.state),"
	"   'priority', jsonb_build_array(NULL, t.priority), 'assigneeId',"
	"   CASE WHEN t.assignee_id IS NOT NULL THEN jsonb_build_array(NULL, t.assignee_id) END))"
	"  FROM t)"
	" SELECT EXISTS (SELECT FROM st), $5::uuid IS NULL OR EXISTS (SELECT FROM who), one.json,"
	"  one.number, one.state, one.version FROM (SELECT 1) AS always LEFT JOIN"
	"  (SELECT " TICKET_JSON " AS json, t.number, t.state, t.version FROM t" TICKET_JOINS
	"  ) AS one ON true"};
/* clang-format on */

int ticket_fault_state(struct req *r)
{
	return op_fault(&r->op, "/state", "must be one of the keys of /api/ticket-states");
}

int ticket_fault_assignee(struct req *r)
{
	return op_fault(&r->op, "/assigneeId", "must be an active user of your company");
}

int ticket_emit(struct req *r, const char *type, const struct ticket_ref *t, const char *assignee)
{
	json_t *data = api_json(r, json_pack("{ss sI ss ss sI ss ss}", "ticketId", t->id, "number",
					   (json_int_t)t->number, "title", t->title, "state",
					   t->state, "version", (json_int_t)t->version, "byUserId",
					   r->op.who->user, "byUserName", r->op.who->name));
	int rc = event_emit(r, event_tenant(r), type, data);

	if (rc < 0 || !assignee)
		return rc;
	return event_emit(r, event_user(r, assignee), "TicketAssigned", data);
}

static int ticket_get(struct req *r)
{
	struct rows rows;
	const char *id;
	int rc = api_uuid_param(r, "id", "ticket", &id);

	if (rc < 0)
		return rc;
	rc = op_read(&r->op, op_as(&r->op), &GET, DB_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "no such ticket");
	reply_header(r, "ETag", "\"%s\"", row_text(&rows, 0, 1));
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

/* Inserts, queues the events, commits; *ret_json is the new ticket. */
static int insert(struct req *r, struct ticket_ref *t, const char **ret_json)
{
	const char *assignee = api_lower(r, api_body_str(r, "assigneeId", NULL));
	const char *tenant = arena_printf(r->op.arena, "%d", r->op.who->tenant);
	struct rows rows;
	int rc = op_query(&r->op, &CREATE,
		DB_ARGS(tenant, t->id, t->title, api_body_str(r, "description", ""), assignee,
			api_body_str(r, "state", NULL), api_body_str(r, "priority", "normal"),
			r->op.who->user),
		&rows);

	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		rc = ticket_fault_state(r);
	if (!row_bool(&rows, 0, 1))
		rc = ticket_fault_assignee(r);
	if (rc < 0)
		return rc;
	*ret_json = row_text(&rows, 0, 2);
	if (!*ret_json)
		return op_fail(&r->op, MT_EINTERNAL, "the tenant has no counter of tickets");
	t->number = row_int(&rows, 0, 3);
	t->state = row_text(&rows, 0, 4);
	t->version = row_int(&rows, 0, 5);
	if ((rc = ticket_emit(r, "TicketCreated", t, assignee)) < 0)
		return rc;
	return op_commit(&r->op);
}

static int ticket_post(struct req *r)
{
	char id[ID_UUID_LEN + 1];
	struct ticket_ref t = {.id = id, .title = api_body_str(r, "title", "")};
	const char *json = NULL;
	int rc;

	id_uuid7(id);
	rc = op_begin(&r->op, op_as(&r->op));
	if (rc == 0)
		rc = insert(r, &t, &json);
	if (rc < 0) {
		op_rollback(&r->op);
		return rc;
	}
	app_wake_steward(r->op.app, WAKE_EVENTS);
	reply_header(r, "Location", "/api/tickets/%s", id);
	reply_header(r, "ETag", "\"%ld\"", t.version);
	return reply_text_json(r, 201, json);
}

#define PRIORITIES "low|normal|high|urgent"

static const struct field CREATE_FIELDS[] = {
	{"title", FIELD_STRING, FIELD_REQUIRED, 1, 200, NULL},
	{"description", FIELD_TEXT, 0, 0, 20000, NULL},
	{"priority", FIELD_ENUM, 0, 0, 0, PRIORITIES},
	{"assigneeId", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL},
	{"state", FIELD_STRING, 0, 1, 40, NULL},
	{.type = FIELD_END},
};
static const struct field PATCH_FIELDS[] = {
	{"title", FIELD_STRING, 0, 1, 200, NULL},
	{"description", FIELD_TEXT, 0, 0, 20000, NULL},
	{"priority", FIELD_ENUM, 0, 0, 0, PRIORITIES},
	{"assigneeId", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL},
	{"state", FIELD_STRING, 0, 1, 40, NULL},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/api/tickets", "tickets:read", NULL, 0, 0, ticket_list},
	{"POST", "/api/tickets", "tickets:write", CREATE_FIELDS, 0, 0, ticket_post},
	{"GET", "/api/tickets/:id", "tickets:read", NULL, 0, 0, ticket_get},
	{"PATCH", "/api/tickets/:id", "tickets:write", PATCH_FIELDS, 0, 0, ticket_patch},
	{.path = NULL},
};

const struct route_table ticket_routes = {"tickets", ROUTES};
