/* GET /crash dies of a signal, GET /abort and /overflow of others, GET /ok answers. */
#include "mortise.h"

static int ok(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static int crash(struct mt_req *req)
{
	volatile int *nowhere = NULL;

	(void)req;
	return *nowhere;
}

static int end(struct mt_req *req)
{
	(void)req;
	abort();
}

static int recurse(volatile char *above, unsigned long left)
{
	volatile char frame[4096];

	frame[0] = above ? above[0] : 0;
	return left ? frame[0] + recurse(frame, left - 1) : 0;
}

static int overflow(struct mt_req *req)
{
	(void)req;
	return recurse(NULL, 1ul << 40);
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/ok", .run = ok},
	{.method = "GET", .path = "/crash", .run = crash},
	{.method = "GET", .path = "/abort", .run = end},
	{.method = "GET", .path = "/overflow", .run = overflow},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "crash", .version = "1.0.0", .routes = ROUTES};
