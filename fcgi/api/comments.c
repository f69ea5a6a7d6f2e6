/*
 * comments.c - comments and history of a ticket, oldest first, in pages.
 */
#include "api/ticket.h"

#include <string.h>

#include "base/id.h"

/* clang-format off */
#define MICROS(col) "(extract(epoch FROM " col ") * 1000000)::bigint"
#define COMMENT_JSON \
	"json_build_object('id', m.id, 'ticketId', m.ticket_id, 'authorId', m.author_id," \
	" 'authorName', u.name, 'body', m.body, 'createdAt', " SQL_ISO("m.created_at") ")"

/* No row: no such ticket. Else the items of the page, how many there are, the last one's place. */
#define PAGE(json, from, at, id) \
	"SELECT coalesce(json_agg(p.json ORDER BY p.at, p.id) FILTER (WHERE p.n <= $4::int), '[]')," \
	" count(p.id) > $4::int," \
	" max(" MICROS("p.at") ") FILTER (WHERE p.n = $4::int)," \
	" max(p.id::text) FILTER (WHERE p.n = $4::int)" \
	" FROM mortise.tickets t LEFT JOIN LATERAL" \
	"  (SELECT " at " AS at, " id " AS id, row_number() OVER (ORDER BY " at ", " id ") AS n," \
	"   " json " AS json FROM " from \
	"   ORDER BY " at ", " id " LIMIT $4::int + 1) AS p ON true" \
	" WHERE t.id = $1::uuid GROUP BY t.id"
#define AFTER(at, id, type) \
	" AND ($2::bigint IS NULL OR (" at ", " id ") >" \
	" (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::" type "))"

static const struct stmt COMMENTS = {"comment_list",
	PAGE(COMMENT_JSON,
		"mortise.ticket_comments m LEFT JOIN mortise.users u"
		" ON u.tenant_id = m.tenant_id AND u.id = m.author_id"
		" WHERE m.tenant_id = t.tenant_id AND m.ticket_id = t.id" AFTER(
			"m.created_at", "m.id", "uuid"),
		"m.created_at", "m.id")};

static const struct stmt ADD = {"comment_add",
	"WITH m AS (INSERT INTO mortise.ticket_comments (tenant_id, id, ticket_id, author_id, body)"
	"  SELECT t.tenant_id, $2::uuid, t.id, $3::uuid, $4 FROM mortise.tickets t"
	"  WHERE t.id = $1::uuid RETURNING *)"
	" SELECT " COMMENT_JSON ", t.number, t.title, t.state, t.version FROM m"
	" JOIN mortise.tickets t ON t.tenant_id = m.tenant_id AND t.id = m.ticket_id"
	" LEFT JOIN mortise.users u ON u.tenant_id = m.tenant_id AND u.id = m.author_id"};

/* History is a number a row, not a uuid, and short: one list. */
static const struct stmt HISTORY = {"history_list",
	"SELECT json_build_object('items', coalesce(json_agg(json_build_object('id', h.id,"
	" 'at', " SQL_ISO("h.at") ", 'userId', h.user_id, 'userName', u.name,"
	" 'changes', h.changes) ORDER BY h.id) FILTER (WHERE h.id IS NOT NULL), '[]'))"
	" FROM mortise.tickets t"
	" LEFT JOIN mortise.ticket_history h ON h.tenant_id = t.tenant_id AND h.ticket_id = t.id"
	" LEFT JOIN mortise.users u ON u.tenant_id = h.tenant_id AND u.id = h.user_id"
	" WHERE t.id = $1::uuid GROUP BY t.id"};
/* clang-format on */

static int comments_get(struct req *r)
{
	const char *id, *value, *last, *cursor = NULL;
	struct rows rows;
	long limit = 0;
	int bad, rc = api_uuid_param(r, "id", "ticket", &id);

	if (rc < 0)
		return rc;
	rc = api_cursor_read(r, 'm', &value, &last);
	bad = req_query_int(r, "limit", 1, 1000, 500, &limit);
	if (rc < 0 || bad < 0)
		return rc < 0 ? rc : bad;
	rc = op_read(&r->op, op_as(&r->op), &COMMENTS,
		DB_ARGS(id, value, last, arena_printf(r->op.arena, "%ld", limit)), &rows);
	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "no such ticket");
	if (row_bool(&rows, 0, 1))
		cursor = api_cursor(r, 'm', row_text(&rows, 0, 2), row_text(&rows, 0, 3));
	return api_reply_page(r, row_text(&rows, 0, 0), cursor, NULL);
}

static int add(struct req *r, struct ticket_ref *t, const char *comment, const char **ret_json)
{
	struct rows rows;
	int rc = op_begin(&r->op, op_as(&r->op));

	if (rc == 0)
		rc = op_query(&r->op, &ADD,
			DB_ARGS(t->id, comment, r->op.who->user, api_body_str(r, "body", "")),
			&rows);
	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "no such ticket");
	*ret_json = row_text(&rows, 0, 0);
	t->number = row_int(&rows, 0, 1);
	t->title = row_text(&rows, 0, 2);
	t->state = row_text(&rows, 0, 3);
	t->version = row_int(&rows, 0, 4);
	if ((rc = ticket_emit(r, "TicketCommented", t, NULL)) < 0)
		return rc;
	return op_commit(&r->op);
}

static int comments_post(struct req *r)
{
	const char *json = NULL;
	char comment[ID_UUID_LEN + 1];
	struct ticket_ref t = {0};
	int rc = api_uuid_param(r, "id", "ticket", &t.id);

	if (rc < 0)
		return rc;
	id_uuid7(comment);
	if ((rc = add(r, &t, comment, &json)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_text_json(r, 201, json);
}

static int history_get(struct req *r)
{
	const char *id;
	int rc = api_uuid_param(r, "id", "ticket", &id);

	return rc < 0 ? rc : api_read_json(r, &HISTORY, DB_ARGS(id), "ticket");
}

static const struct field COMMENT[] = {
	{"body", FIELD_TEXT, FIELD_REQUIRED, 1, 10000, NULL},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/api/tickets/:id/comments", "tickets:read", NULL, 0, 0, comments_get},
	{"POST", "/api/tickets/:id/comments", "tickets:write", COMMENT, 0, 0, comments_post},
	{"GET", "/api/tickets/:id/history", "tickets:read", NULL, 0, 0, history_get},
	{.path = NULL},
};

const struct route_table comment_routes = {"comments", ROUTES};
