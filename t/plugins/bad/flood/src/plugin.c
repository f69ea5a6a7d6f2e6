/* GET /flood takes memory without end, GET /reply replies with ?mb= of it, GET /ok answers. */
#include "mortise.h"

static int ok(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static int flood(struct mt_req *req)
{
	for (size_t taken = 0; taken < SIZE_MAX; taken += 1 << 20)
		memset(mt_alloc(req, 1 << 20), 'x', 1 << 20);
	return 0;
}

static int reply(struct mt_req *req)
{
	long mb;
	int rc;

	if ((rc = mt_query_int(req, "mb", 1, 1000, 10, &mb)) < 0)
		return rc;
	return mt_reply_data(req, 200, "application/octet-stream", "flood.bin",
		mt_alloc(req, (size_t)mb << 20), (size_t)mb << 20);
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/ok", .run = ok},
	{.method = "GET", .path = "/flood", .run = flood},
	{.method = "GET", .path = "/reply", .run = reply},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "flood", .version = "1.0.0", .routes = ROUTES};
