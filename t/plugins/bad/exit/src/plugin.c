/* GET /exit and /exit-now leave with status 0 in the middle of a request: that is no orderly end. */
#include "mortise.h"

#include <unistd.h>

static int ok(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static int leave(struct mt_req *req)
{
	(void)req;
	exit(0);
}

static int leave_now(struct mt_req *req)
{
	(void)req;
	_exit(0);
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/ok", .run = ok},
	{.method = "GET", .path = "/exit", .run = leave},
	{.method = "GET", .path = "/exit-now", .run = leave_now},
	{0},
};

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = "exit", .version = "1.0.0", .routes = ROUTES};
