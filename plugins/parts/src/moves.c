/*
 * moves.c - what changes a stock. Many may do so at once: each is one statement that locks the part, so
 * nothing is taken twice and none of it is lost.
 */
#include "parts.h"

#define MOVE_COLUMNS                                                                               \
	"m.id, m.kind, m.change::float8 AS change, m.stock::float8 AS stock,"                      \
	" m.ticket_id AS \"ticketId\", m.ticket_number AS \"ticketNumber\", m.note,"               \
	" m.moved_by_name AS \"movedBy\","                                                         \
	" to_char(m.moved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS \"movedAt\""

static const char OF_PART[] =
	"SELECT " MOVE_COLUMNS ", m.moved_at::text AS at FROM x_parts.moves m WHERE m.part_id = $1"
	" AND ($2::timestamptz IS NULL OR (m.moved_at, m.id) < ($2::timestamptz, $3::uuid))"
	" ORDER BY m.moved_at DESC, m.id DESC LIMIT $4";

static const char OF_TICKET[] =
	"SELECT " MOVE_COLUMNS ", p.id AS \"partId\", p.sku, p.name, p.unit FROM x_parts.moves m"
	" JOIN x_parts.parts p ON p.id = m.part_id WHERE m.ticket_id = $1"
	" ORDER BY m.moved_at DESC, m.id DESC LIMIT 200";

/* Who waited for the part's row has a later time than who had it: the history is in the order of stocks. No
 * row: there is no such part, or not enough of it. Column 0: is the ticket there, where one is
 * named. */
static const char APPLY[] =
	"WITH o AS (SELECT id, stock FROM x_parts.parts WHERE id = $1 FOR UPDATE),"
	" p AS (UPDATE x_parts.parts p SET stock = CASE $2 WHEN 'take' THEN o.stock - $3::numeric"
	"   WHEN 'add' THEN o.stock + $3::numeric ELSE $3::numeric END"
	"  FROM o WHERE p.id = o.id AND ($2 <> 'take' OR o.stock >= $3::numeric)"
	"  RETURNING p.id, p.name, p.unit, p.stock, p.least, o.stock AS was),"
	" t AS (SELECT id, number FROM mortise.tickets WHERE id = $4::uuid),"
	" m AS (INSERT INTO x_parts.moves (id, part_id, kind, change, stock, ticket_id, ticket_number,"
	"   note, moved_by, moved_by_name, moved_at)"
	"  SELECT $5::uuid, p.id, $2, p.stock - p.was, p.stock, t.id, t.number, $6, $7::uuid, $8,"
	"   clock_timestamp()"
	"  FROM p LEFT JOIN t ON true RETURNING *)"
	" SELECT $4::uuid IS NULL OR EXISTS (SELECT FROM t), p.name, p.unit, trim_scale(p.stock),"
	"  trim_scale(p.least), p.stock < p.least AND p.was >= p.least,"
	"  (SELECT row_to_json(x) FROM (SELECT " MOVE_COLUMNS ") x)::text FROM p, m";

/* As the person, who may not see all. */
static const char TICKET[] = "SELECT 1 FROM mortise.tickets WHERE id = $1";

static const char STOCK[] = "SELECT trim_scale(stock), unit FROM x_parts.parts WHERE id = $1";

static const char LOW[] =
	"SELECT count(*), (SELECT string_agg(x.name, ', ') FROM (SELECT name FROM x_parts.parts"
	"  WHERE stock < least ORDER BY lower(name), id LIMIT 5) x)"
	" FROM x_parts.parts WHERE stock < least";

int list_moves(struct mt_req *req)
{
	const char *id = part_id(req);
	struct mt_page page;
	struct mt_rows rows;
	int rc = id ? mt_page(req, "at,id", 50, 200, &page) : MT_ENOENT;

	if (rc == 0)
		rc = mt_query(req, OF_PART,
			MT_ARGS(id, page.key[0], page.key[1], mt_arg_int(req, page.limit + 1)),
			&rows);
	return rc < 0 ? rc : mt_reply_page(req, &page, &rows);
}

int ticket_moves(struct mt_req *req)
{
	const char *ticket = mt_param(req, "ticketId");
	struct mt_rows rows = {.n = 0};
	int rc = mt_is_uuid(ticket) ? mt_query(req, TICKET, MT_ARGS(ticket), &rows) : 0;

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return mt_fail(req, MT_ENOENT, "There is no such ticket");
	if ((rc = mt_query(req, OF_TICKET, MT_ARGS(ticket), &rows)) < 0)
		return rc;
	return mt_reply_json(req, 200, json_pack("{s:o}", "items", mt_rows_json(&rows)));
}

static int not_enough(struct mt_req *req, const char *id)
{
	struct mt_rows rows;
	int rc;

	mt_rollback(req);
	if ((rc = mt_query(req, STOCK, MT_ARGS(id), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return no_part(req);
	return mt_fail(req, MT_ECONFLICT, "Only %s %s are there", mt_text(&rows, 0, 0),
		mt_text(&rows, 0, 1));
}

/* When a stock falls below what there should be, webhooks of the company hear it, and those who order are
 * notified, unless the company doesn't want that. */
static int tell_low(struct mt_req *req, const char *id, const struct mt_rows *rows)
{
	struct mt_notice notice = {
		.title = mt_printf(req, "%s runs low", mt_text(rows, 0, 1)),
		.message = mt_printf(req, "%s %s left; there should be at least %s",
			mt_text(rows, 0, 3), mt_text(rows, 0, 2), mt_text(rows, 0, 4)),
		.icon = "📦",
		.url = mt_printf(req, "/x/parts/items/%s", id),
	};
	int rc = mt_emit(req, "RunsLow", id,
		json_pack("{s:s, s:s, s:f, s:f, s:s}", "partId", id, "name", mt_text(rows, 0, 1),
			"stock", mt_double(rows, 0, 3), "least", mt_double(rows, 0, 4), "unit",
			mt_text(rows, 0, 2)));

	if (rc < 0)
		return rc;
	if (!mt_settings(req))
		return MT_EBUSY;
	if (!mt_setting_bool(req, "notify"))
		return 0;
	rc = mt_notify_permission(req, "parts:manage", &notice);
	return rc < 0 ? rc : 0;
}

int post_move(struct mt_req *req)
{
	const char *id = part_id(req), *kind = mt_body_text(req, "kind");
	struct mt_rows rows;
	int rc;

	if (!id)
		return MT_ENOENT;
	if (strcmp(kind, "take") != 0 && !mt_may(req, "manage"))
		return mt_fail(req, MT_EPERM, "Adding and counting parts needs parts:manage");
	if (mt_body_double(req, "quantity", 0) <= 0 && strcmp(kind, "count") != 0)
		return mt_field_fault(req, "/quantity", "Must be more than 0");
	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = mt_query(req, APPLY,
		MT_ARGS(id, kind, mt_body_decimal(req, "quantity"), mt_body_text(req, "ticketId"),
			mt_uuid(req), mt_body_text(req, "note"), mt_user_id(req),
			mt_user_name(req)),
		&rows);
	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return not_enough(req, id);
	if (!mt_bool(&rows, 0, 0))
		return mt_field_fault(req, "/ticketId", "There is no such ticket");
	rc = mt_emit(req, "Moved", id,
		json_pack("{s:s, s:f}", "partId", id, "stock", mt_double(&rows, 0, 3)));
	if (rc >= 0 && mt_bool(&rows, 0, 5))
		rc = tell_low(req, id, &rows);
	if (rc >= 0)
		rc = mt_commit(req);
	return rc < 0 ? rc : mt_reply_text(req, 201, mt_text(&rows, 0, 6));
}

/* Each morning: what is still low, in one notification. */
int low_stock(struct mt_req *req)
{
	struct mt_notice notice = {.icon = "📦", .url = "/x/parts?low=1"};
	struct mt_rows rows;
	int64_t n;
	int rc = mt_query(req, LOW, MT_NOARGS, &rows);

	if (rc < 0)
		return rc;
	n = mt_int(&rows, 0, 0);
	mt_log(req, MT_INFO, "%lld parts run low", (long long)n);
	if (n == 0)
		return 0;
	notice.title =
		n == 1 ? "A part runs low" : mt_printf(req, "%lld parts run low", (long long)n);
	notice.message = mt_printf(req, "%s%s", mt_text(&rows, 0, 1), n > 5 ? ", ..." : "");
	rc = mt_notify_permission(req, "parts:manage", &notice);
	return rc < 0 ? rc : 0;
}
