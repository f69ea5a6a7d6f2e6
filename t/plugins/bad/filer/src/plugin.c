/* Lists and deletes its files. */
#include "mortise.h"

static int list(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_file_list(req, mt_query_param(req, "after"), &rows);

	return rc < 0 ? rc
		      : mt_reply_json(req, 200, json_pack("{s:o}", "items", mt_rows_json(&rows)));
}

static int drop(struct mt_req *req)
{
	int rc = mt_file_delete(req, mt_param(req, "id"));

	return rc < 0 ? rc : mt_reply_json(req, 200, json_object());
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/list", .run = list},
	{.method = "DELETE", .path = "/list/:id", .run = drop},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = MT_PLUGIN_KEY, .version = MT_PLUGIN_VERSION, .routes = ROUTES};
