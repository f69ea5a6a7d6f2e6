/* Its enable hook fails after it has written a row: an installation must leave nothing behind. */
#include "mortise.h"

static int on_install(struct mt_req *req)
{
	return mt_query(req, "INSERT INTO x_brokenhook.things (id) VALUES ($1::uuid)",
		MT_ARGS(mt_uuid(req)), NULL);
}

static int on_enable(struct mt_req *req)
{
	return mt_fail(req, MT_ECONFLICT, "the enable hook of this plugin always fails");
}

static int ok(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static const struct mt_route ROUTES[] = {{.method = "GET", .path = "/ok", .run = ok}, {0}};

static const struct mt_hook HOOKS[] = {{"install", on_install}, {"enable", on_enable}, {0}};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "brokenhook", .version = "1.0.0", .routes = ROUTES, .hooks = HOOKS};
