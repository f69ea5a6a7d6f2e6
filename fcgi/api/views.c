/*
 * views.c - saved views of the ticket list: a name and the query of the list's address. Each is its owner's
 * alone, by the table's policy.
 */
#include "api/api.h"

#include "api/views.sql.h"
#include "base/id.h"

/* Of one person: a row of buttons is no good for more. */
#define VIEWS_MAX 50

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"ownerId", REF(&user_resource), BY_AUTHOR},
	{"name", STRING(1, 60), REQUIRED},
	{"query", STRING(0, 1000), .fallback = "",
		.about = "of the list's address, such as state=new&assigneeId=me"},
	{"createdAt", TIME, READONLY | SORT},
	{"updatedAt", TIME, TOUCHED},
	{0},
};

static int check(struct change *c)
{
	struct op *op = change_op(c);
	const char *name = change_new(c, "name");
	struct rows rows;
	int rc = op_query(op, &VIEW_COUNT, DB_ARGS(name, change_new(c, "id")), &rows);

	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 1) > 0)
		return change_fault(c, "name", "Must differ from the names of your other views");
	if (change_creates(c) && row_int(&rows, 0, 0) >= VIEWS_MAX)
		return op_fail(op, MT_ECONFLICT, "You have %d views: delete one first", VIEWS_MAX);
	return 0;
}

static int view_delete(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows = {.changed = 0};
	int rc = id_is_uuid(id) ? op_write(&r->op, op_as(&r->op), &VIEW_DELETE, DB_ARGS(id), &rows)
				: 0;

	if (rc < 0)
		return rc;
	if (!rows.changed)
		return op_fail(&r->op, MT_ENOENT, "There is no such view");
	return reply_empty(r);
}

static const struct route ROUTES[] = {
	{"DELETE", "/api/views/:id", "tickets:read:own", .run = view_delete, .answer = answer_none},
	{.path = NULL},
};

const struct resource view_resource = {
	.name = "views",
	.one = P_("view"),
	.type = "View",
	.path = "/api/views",
	.table = "mortise.ticket_views",
	.title = "name",
	.read = "tickets:read:own",
	.write = "tickets:read:own",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE,
	.order = "createdAt",
	.check = check,
	.more = ROUTES,
};
