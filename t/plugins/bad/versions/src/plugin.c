/*
 * Reports its version. The tests change that text in the library, and with it what the plugin does:
 *	x.x.6   its upgrade hook refuses
 *	x.x.7   its upgrade hook crashes
 *	x.x.8   GET /version crashes
 */
#include "mortise.h"

#include <stdlib.h>
#include <time.h>

/* Not const: the compiler must not know what it is. */
char version_text[] = "1.0.0";

static int version(struct mt_req *req)
{
	if (version_text[4] == '8')
		abort();
	return mt_reply_json(req, 200, json_pack("{ss}", "version", version_text));
}

static int slow(struct mt_req *req)
{
	const struct timespec t = {.tv_nsec = 300 * 1000000L};

	nanosleep(&t, NULL);
	return mt_reply_json(req, 200, json_pack("{ss}", "version", version_text));
}

static int add(struct mt_req *req)
{
	int rc = mt_query(req, "INSERT INTO x_versions.things (id, note) VALUES ($1::uuid, $2)",
		MT_ARGS(mt_uuid(req), version_text), NULL);

	return rc < 0 ? rc : mt_reply_json(req, 201, json_pack("{ss}", "version", version_text));
}

static int list(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, "SELECT note FROM x_versions.things ORDER BY note", NULL, 0, &rows);

	return rc < 0 ? rc
		      : mt_reply_json(req, 200, json_pack("{so}", "items", mt_rows_json(&rows)));
}

static int on_upgrade(struct mt_req *req)
{
	if (version_text[4] == '6')
		return mt_fail(req, MT_ECONFLICT, "this version does not want to");
	if (version_text[4] == '7')
		abort();
	return 0;
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/version", .run = version},
	{.method = "GET", .path = "/slow", .run = slow},
	{.method = "GET", .path = "/things", .run = list},
	{.method = "POST", .path = "/things", .run = add},
	{0},
};
static const struct mt_hook HOOKS[] = {{"upgrade", on_upgrade}, {0}};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "versions", .version = version_text, .routes = ROUTES, .hooks = HOOKS};
