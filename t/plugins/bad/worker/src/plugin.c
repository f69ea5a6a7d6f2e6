/* Jobs that write down that they ran, fail, hang and crash; and a route that starts them. */
#include "mortise.h"

static int start(struct mt_req *req)
{
	json_t *args = json_object_get(mt_body_json(req), "args");
	const char *key = mt_body_text(req, "key");
	int rc = 0;

	if (mt_body_int(req, "undo", 0) && (rc = mt_begin(req)) < 0)
		return rc;
	for (int64_t n = mt_body_int(req, "times", 1); rc == 0 && n > 0; n--)
		rc = mt_job_start(req, mt_body_text(req, "name"), json_incref(args),
			mt_body_int(req, "afterMs", 0), key);
	if (mt_body_int(req, "undo", 0))
		mt_rollback(req);
	return rc < 0 ? rc : mt_reply_json(req, 202, json_object());
}

static int ran(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req,
		"SELECT job, args, began_at, ended_at FROM x_worker.ran ORDER BY began_at",
		MT_NOARGS, &rows);

	return rc < 0 ? rc
		      : mt_reply_json(req, 200, json_pack("{s:o}", "items", mt_rows_json(&rows)));
}

/* With "slow" it takes a quarter second, which two at once would share. */
static int note(struct mt_req *req)
{
	char *args = json_dumps(mt_body_json(req), JSON_COMPACT | JSON_SORT_KEYS);
	bool slow = json_is_true(json_object_get(mt_body_json(req), "slow"));
	int64_t began = mt_now(req);
	int rc = mt_progress(req, 50, "half of it");

	while (slow && mt_now(req) < began + 250) {
	}
	if (rc == 0)
		rc = mt_query(req,
			"INSERT INTO x_worker.ran (id, job, args, began_at, ended_at) VALUES ($1, $2, $3, "
			"to_timestamp($4::float8 / 1000), clock_timestamp())",
			MT_ARGS(mt_uuid(req), mt_hook_name(req), args ? args : "null",
				mt_printf(req, "%lld", (long long)began)),
			NULL);
	free(args);
	if (*mt_user_id(req))
		return mt_fail(req, MT_EINTERNAL, "a job has no person");
	return rc;
}

static int fail(struct mt_req *req)
{
	return mt_fail(req, MT_ECONFLICT, "out of order");
}

static int hang(struct mt_req *req)
{
	while (mt_now(req) > 0) {
	}
	return 0;
}

static int crash(struct mt_req *req)
{
	(void)req;
	abort();
}

static const struct mt_route ROUTES[] = {
	{.method = "POST", .path = "/start", .run = start},
	{.method = "GET", .path = "/ran", .run = ran},
	{0},
};

static const struct mt_hook JOBS[] = {
	{"tick", note}, {"note", note}, {"fail", fail}, {"hang", hang}, {"crash", crash}, {0}};

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = MT_PLUGIN_KEY, .version = MT_PLUGIN_VERSION,
	.routes = ROUTES, .jobs = JOBS};
