/*
 * plugin.c - every call of ABI 1, compiled with the header as it was then (../include).
 */
#include "mortise.h"

#if MT_ABI != 1
#error "this is to be built with the header of ABI 1"
#endif

static int get_request(struct mt_req *req)
{
	long number;
	int rc = mt_query_int(req, "n", 0, 9, 7, &number);

	if (rc < 0)
		return rc;
	if (mt_reply_header(req, "X-Abi", "1") < 0)
		return MT_EINTERNAL;
	mt_log(req, MT_INFO, "asked by %s", mt_user_name(req));
	return mt_reply_json(req, 200,
		json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s?, s:s?, s:I, s:b, s:b, s:b}",
			"method", mt_method(req), "path", mt_path(req), "id", mt_request_id(req),
			"user", mt_user_id(req), "name", mt_user_name(req), "tenant",
			mt_tenant_code(req), "technician", mt_has_role(req, "Technician"), "param",
			mt_param(req, "x"), "query", mt_query_param(req, "q"), "header",
			mt_header(req, "X-Asked"), "n", (json_int_t)number, "hasTenant",
			mt_tenant(req) > 0, "hasTime", mt_time_left(req) > 0 && mt_now(req) > 0,
			"isUuid", mt_is_uuid(mt_uuid(req))));
}

static int post_thing(struct mt_req *req)
{
	const struct mt_notice notice = {"A thing", "There is a new thing", NULL, NULL, NULL};
	const char *id = mt_uuid(req);
	struct mt_rows rows;
	int rc;

	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = mt_query(req, "INSERT INTO x_abi_one.things (id, name) VALUES ($1::uuid, $2)",
		MT_ARGS(id, mt_body_text(req, "name")), &rows);
	if (rc < 0)
		return rc;
	if ((rc = mt_notify_user(req, mt_user_id(req), &notice)) < 0 || (rc = mt_commit(req)) < 0)
		return rc;
	rc = mt_query(req,
		"SELECT name, 7::int AS n, true AS b FROM x_abi_one.things WHERE id = $1::uuid",
		MT_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	if (rows.n != 1 || mt_int(&rows, 0, 1) != 7 || !mt_bool(&rows, 0, 2) ||
		strcmp(mt_column(&rows, 0), "name") != 0)
		return mt_fail(req, MT_EINTERNAL, "the row is not as it was written");
	return mt_reply_json(req, 201, mt_rows_json(&rows));
}

static int post_wrong(struct mt_req *req)
{
	int rc = mt_query(req, "SELECT 1/0", MT_NOARGS, NULL);

	if (strcmp(mt_sqlstate(req), "22012") != 0)
		return rc < 0 ? rc : MT_EINTERNAL;
	return mt_field_fault(req, "/name", "divides %d by nothing", 1);
}

static int put_raw(struct mt_req *req)
{
	const void *data;
	size_t len;
	int rc = mt_body_raw(req, &data, &len);

	if (rc < 0)
		return rc;
	return mt_reply_data(req, 200, "text/plain", "raw.txt", data, len);
}

static int on_enable(struct mt_req *req)
{
	mt_log(req, MT_INFO, "enabled in %s", mt_tenant_code(req));
	return 0;
}

static const struct mt_field THING[] = {
	{.name = "name", .type = MT_STRING, .flags = MT_REQUIRED, .min = 1, .max = 40},
	{0},
};

static const struct mt_route ROUTES[] = {
	{"GET", "/request/:x", NULL, .run = get_request},
	{"POST", "/things", NULL, .fields = THING, .run = post_thing},
	{"POST", "/wrong", NULL, .run = post_wrong},
	{"PUT", "/raw", NULL, .run = put_raw, .body_max = 100, .flags = MT_ROUTE_RAW},
	{0},
};

static const struct mt_hook HOOKS[] = {{"enable", on_enable}, {0}};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "abi-one", .version = "1.0.0", .routes = ROUTES, .hooks = HOOKS};
