/* plugin.c - Hello World: one route. */
#include "mortise.h"

static int hello(struct mt_req *req)
{
	return mt_reply_json(req, 200,
		json_pack("{s:s, s:s}", "hello", mt_param(req, "whom"), "from", mt_user_name(req)));
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/hello/:whom", .run = hello},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = MT_PLUGIN_KEY, .version = MT_PLUGIN_VERSION, .routes = ROUTES};
