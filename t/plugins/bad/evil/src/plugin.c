/*
 * GET /try?files=a,b: what a plugin must not be able to do; "worked" must be empty, and names each thing
 * that wasn't refused. GET /exec becomes another program. GET /raw goes round the host and writes its own
 * FastCGI reply, with headers that nginx must ignore.
 */
#include "evil.h"
#include "../../raw.h"

#include <unistd.h>

void worked(json_t *list, bool it_did, const char *what)
{
	if (it_did)
		json_array_append_new(list, json_string(what));
}

static int try_all(struct mt_req *req)
{
	json_t *list = json_array();

	try_kernel(req, list);
	try_replies(req, list);
	try_database(req, list);
	return mt_reply_json(req, 200, json_pack("{so}", "worked", list));
}

static int become(struct mt_req *req)
{
	char *const argv[] = {(char *)"sleep", (char *)"1", NULL};

	RAW(execve, "/usr/bin/sleep", argv, NULL, 0, 0, 0);
	return mt_reply_json(req, 200, json_pack("{s[]}", "worked"));
}

/* Rows of the request's tenant: two tenants' answers never share an id. */
static int put_thing(struct mt_req *req)
{
	int rc = mt_query(req, "INSERT INTO x_evil.things (id, name) VALUES ($1::uuid, $2)",
		MT_ARGS(mt_uuid(req), mt_tenant_code(req)), NULL);

	return rc < 0 ? rc : mt_reply_json(req, 201, json_pack("{sb}", "ok", 1));
}

static int get_things(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(
		req, "SELECT tenant_id, id, name FROM x_evil.things ORDER BY id", MT_NOARGS, &rows);

	return rc < 0 ? rc
		      : mt_reply_json(req, 200, json_pack("{so}", "items", mt_rows_json(&rows)));
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/try", .run = try_all},
	{.method = "GET", .path = "/exec", .run = become},
	{.method = "GET", .path = "/raw", .run = raw_reply},
	{.method = "GET", .path = "/things", .run = get_things},
	{.method = "POST", .path = "/things", .run = put_thing},
	{0},
};

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = "evil", .version = "1.0.0", .routes = ROUTES};
