/* one.c - the least that a plugin does: one statement and a reply. For guest.c, which knows the statement. */
#include "mortise.h"

static int one(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, "SELECT 'a title', 'open', 'normal', $1::text", MT_ARGS("7"), &rows);

	return rc < 0 ? rc : mt_reply_text(req, 200, mt_text(&rows, 0, 3));
}

static const struct mt_route ROUTES[] = {{.method = "GET", .path = "/one", .run = one}, {0}};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "bench", .version = "1.0.0", .routes = ROUTES};
