/* plugin.c - calls other servers as its body says, and shows its settings. */
#include "mortise.h"

static int call(struct mt_req *req)
{
	const char *url = mt_body_text(req, "url"), *data = mt_body_text(req, "data"),
		   *secret = mt_body_text(req, "secret"), *name = mt_body_text(req, "header");
	const struct mt_fetch_header headers[] = {
		{.name = "X-Plain", .value = "yes"},
		{.name = secret ? "Authorization"
			 : name ? name
				: "X-More",
			.value = "1",
			.prefix = "Bearer ",
			.secret = secret},
		{0},
	};
	struct mt_fetch_request q = {.method = mt_body_text(req, "method"),
		.url = url,
		.headers = headers,
		.body = data,
		.len = data ? strlen(data) : 0,
		.max = (long)mt_body_int(req, "max", 0),
		.ms = (long)mt_body_int(req, "ms", 0)};
	struct mt_fetch_response a;
	size_t bytes;
	int rc = mt_fetch(req, &q, &a), pieces = 1;
	json_t *out;

	if (rc < 0)
		return rc;
	bytes = a.len;
	out = json_pack("{si ss ss% ss*}", "status", a.status, "url", a.url, "body", a.body,
		a.len < 4000 ? a.len : (size_t)0, "type", mt_fetch_header(&a, "content-type"));
	while (a.more && (rc = mt_fetch_more(req, &a)) == 0) {
		bytes += a.len;
		pieces++;
	}
	if (rc < 0) {
		json_decref(out);
		return rc;
	}
	json_object_set_new(out, "bytes", json_integer((json_int_t)bytes));
	json_object_set_new(out, "pieces", json_integer(pieces));
	return mt_reply_json(req, 200, out);
}

static int show(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_incref(mt_settings(req)));
}

static int forge(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, "SELECT mortise.fetch_log('x', '[]')", NULL, 0, &rows);

	return rc < 0 ? rc : mt_reply_json(req, 200, json_object());
}

static int test_connection(struct mt_req *req)
{
	const struct mt_fetch_header headers[] = {
		{.name = "Authorization", .prefix = "Bearer ", .secret = "api_key"}, {0}};
	const char *server = mt_setting_text(req, "server");
	struct mt_fetch_request q = {.url = server ? server : "", .headers = headers};
	struct mt_fetch_response a;
	int rc = mt_fetch(req, &q, &a);

	if (rc < 0)
		return rc;
	return mt_hook_result(req, a.status == 200, "%s",
		mt_setting_text(req, "api_key")
			? "the key was here"
			: mt_printf(req, "Answered %.*s", (int)a.len, a.body));
}

static const struct mt_route ROUTES[] = {
	{.method = "POST", .path = "/call", .run = call},
	{.method = "GET", .path = "/show", .run = show},
	{.method = "POST", .path = "/forge", .run = forge},
	{0},
};

static const struct mt_hook HOOKS[] = {
	{.name = "test-connection", .run = test_connection},
	{0},
};

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = MT_PLUGIN_KEY, .version = MT_PLUGIN_VERSION,
	.routes = ROUTES, .hooks = HOOKS};
