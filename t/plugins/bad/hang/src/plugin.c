/* GET /hang never ends, GET /sleep?ms= waits, GET /ok answers. */
#include "mortise.h"

#include <time.h>

static int ok(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static int hang(struct mt_req *req)
{
	for (volatile long i = 0;; i++)
		if (i < 0)
			return mt_fail(req, MT_EINTERNAL, "never");
}

static int wait_a_while(struct mt_req *req)
{
	struct timespec t;
	long ms;
	int rc;

	if ((rc = mt_query_int(req, "ms", 0, 60000, 1000, &ms)) < 0)
		return rc;
	t = (struct timespec){ms / 1000, ms % 1000 * 1000000};
	nanosleep(&t, NULL);
	return mt_reply_json(req, 200, json_pack("{sI}", "sleptMs", (json_int_t)ms));
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/ok", .run = ok},
	{.method = "GET", .path = "/hang", .run = hang},
	{.method = "GET", .path = "/sleep", .run = wait_a_while},
	{0},
};

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = "hang", .version = "1.0.0", .routes = ROUTES};
