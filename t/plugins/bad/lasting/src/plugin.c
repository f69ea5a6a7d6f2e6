/*
 * Calls that last until something ends them: GET /sleep?ms= in the plugin's own code (it logs "sleeps" first), GET /query in a
 * statement, POST /write in a transaction that has written a row. POST /steps?at=N&ms= sends one message of each
 * kind and rests before the Nth, in a statement when that is the Nth. GET /version answers at once.
 */
#include "mortise.h"

#include <time.h>

#define USE "lasting:use"

/* Not const: tests make other versions of it by changing this text in the library. */
char version_text[] = "1.0.0";

static int reply(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{ss}", "version", version_text));
}

static int lasting_sleep(struct mt_req *req)
{
	struct timespec t;
	long ms;
	int rc;

	if ((rc = mt_query_int(req, "ms", 0, 60000, 9000, &ms)) < 0)
		return rc;
	mt_log(req, MT_INFO, "sleeps");
	t = (struct timespec){ms / 1000, ms % 1000 * 1000000};
	nanosleep(&t, NULL);
	return reply(req);
}

static int lasting_query(struct mt_req *req)
{
	int rc = mt_query(req,
		"SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
		MT_NOARGS, NULL);

	return rc < 0 ? rc : reply(req);
}

static int lasting_write(struct mt_req *req)
{
	int rc;

	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = mt_query(req, "INSERT INTO x_lasting.notes (id, note) VALUES ($1::uuid, $2)",
		MT_ARGS(mt_uuid(req), version_text), NULL);
	if (rc == 0)
		rc = lasting_query(req);
	return rc < 0 ? rc : mt_commit(req);
}

static int begin(struct mt_req *req)
{
	return mt_begin(req);
}

static int insert(struct mt_req *req)
{
	return mt_query(req, "INSERT INTO x_lasting.notes (id, note) VALUES ($1::uuid, $2)",
		MT_ARGS(mt_uuid(req), version_text), NULL);
}

static int count(struct mt_req *req)
{
	return mt_query(req, "SELECT count(*) FROM generate_series(1, 2000000)", MT_NOARGS, NULL);
}

static int say(struct mt_req *req)
{
	mt_log(req, MT_INFO, "a step");
	return 0;
}

static int settings(struct mt_req *req)
{
	return mt_settings(req) ? 0 : MT_EBUSY;
}

static int read_body(struct mt_req *req)
{
	char part[16];
	long n = mt_body_read(req, part, sizeof(part));

	return n < 0 ? (int)n : 0;
}

static int commit(struct mt_req *req)
{
	return mt_commit(req);
}

static int lasting_steps(struct mt_req *req)
{
	static int (*const STEPS[])(struct mt_req *) = {
		begin, insert, count, say, settings, read_body, commit};
	const int n = sizeof(STEPS) / sizeof(*STEPS);
	struct timespec t;
	long at, ms;
	int rc;

	if ((rc = mt_query_int(req, "at", 0, n, 0, &at)) < 0 ||
		(rc = mt_query_int(req, "ms", 0, 60000, 300, &ms)) < 0)
		return rc;
	t = (struct timespec){ms / 1000, ms % 1000 * 1000000};
	for (int i = 0; i < n; i++) {
		if (i == at)
			nanosleep(&t, NULL);
		if ((rc = STEPS[i](req)) < 0)
			return rc;
	}
	if (at == n)
		nanosleep(&t, NULL);
	return reply(req);
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/version", .permission = USE, .run = reply},
	{.method = "GET", .path = "/sleep", .permission = USE, .run = lasting_sleep},
	{.method = "GET", .path = "/query", .permission = USE, .run = lasting_query},
	{.method = "POST", .path = "/write", .permission = USE, .run = lasting_write},
	{.method = "POST", .path = "/steps", .run = lasting_steps, .flags = MT_ROUTE_RAW},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "lasting", .version = version_text, .routes = ROUTES};
