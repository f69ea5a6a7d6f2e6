/*
 * plugin.c - My Plugin: notes on tickets. Two routes, one table.
 *
 * mortise.h is all that a plugin sees, and the manual of each call.
 */
#include "mortise.h"

/* GET /notes/:ticketId - the notes of a ticket, newest first */
static int get_notes(struct mt_req *req)
{
	const char *ticket = mt_param(req, "ticketId");
	struct mt_rows rows;
	json_t *items;
	int rc;

	if (!mt_is_uuid(ticket))
		return mt_fail(req, MT_ENOENT, "there is no such ticket");
	rc = mt_query(req,
		"SELECT id, text, author, to_char(created_at AT TIME ZONE 'UTC',"
		" 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS \"createdAt\" FROM x_my_plugin.notes"
		" WHERE ticket_id = $1::uuid ORDER BY created_at DESC, id DESC LIMIT 100",
		MT_ARGS(ticket), &rows);
	if (rc < 0)
		return rc;
	if (!(items = mt_rows_json(&rows)))
		return mt_fail(req, MT_EINTERNAL, "no memory for the notes");
	return mt_reply_json(req, 200, json_pack("{s:o}", "items", items));
}

/* POST /notes/:ticketId {text} - the database sees to it that the ticket is this company's */
static int post_note(struct mt_req *req)
{
	const char *ticket = mt_param(req, "ticketId"), *id = mt_uuid(req);
	struct mt_rows rows;
	int rc;

	if (!mt_is_uuid(ticket))
		return mt_fail(req, MT_ENOENT, "there is no such ticket");
	rc = mt_query(req,
		"INSERT INTO x_my_plugin.notes (id, ticket_id, text, author)"
		" SELECT $1::uuid, t.id, $3, $4 FROM mortise.tickets t WHERE t.id = $2::uuid",
		MT_ARGS(id, ticket, mt_body_text(req, "text"), mt_user_name(req)), &rows);
	if (rc < 0)
		return rc;
	if (rows.changed == 0)
		return mt_fail(req, MT_ENOENT, "there is no such ticket");
	mt_log(req, MT_INFO, "a note on ticket %s", ticket);
	return mt_reply_json(req, 201, json_pack("{s:s}", "id", id));
}

static const struct mt_field NOTE[] = {
	{.name = "text", .type = MT_TEXT, .flags = MT_REQUIRED, .min = 1, .max = 2000},
	{0},
};

static const struct mt_route ROUTES[] = {
	{"GET", "/notes/:ticketId", "tickets:read", .run = get_notes},
	{"POST", "/notes/:ticketId", "tickets:read", .fields = NOTE, .run = post_note},
	{0},
};

/* Key and version are the manifest's: the build hands them in. */
const struct mt_plugin mt_plugin = {
	MT_PLUGIN,
	.key = MT_PLUGIN_KEY,
	.version = MT_PLUGIN_VERSION,
	.routes = ROUTES,
};
