/* A setting of each type, and what the hooks see of them. */
#include <time.h>

#include "mortise.h"

/* Never the secrets themselves: how long they are, and a sum over their bytes. */
static json_t *about(const char *s)
{
	unsigned sum = 0;

	if (!s)
		return json_null();
	for (const char *c = s; *c; c++)
		sum = sum * 31 + (unsigned char)*c;
	return json_pack("{s:I, s:I}", "length", (json_int_t)strlen(s), "sum", (json_int_t)sum);
}

static int show(struct mt_req *req)
{
	json_t *all = mt_settings(req), *ret;

	if (!all)
		return MT_EBUSY;
	ret = json_copy(all);
	json_object_set_new(ret, "token", about(mt_setting_text(req, "token")));
	json_object_set_new(ret, "signature", about(mt_setting_text(req, "signature")));
	json_object_set_new(ret, "countInt", json_integer(mt_setting_int(req, "count", -1)));
	json_object_set_new(ret, "activeBool", json_boolean(mt_setting_bool(req, "active")));
	json_object_set_new(ret, "onTuesday", json_boolean(mt_setting_has(req, "days", "tue")));
	return mt_reply_json(req, 200, ret);
}

/* What a careless author does. */
static int leak(struct mt_req *req)
{
	const char *token = mt_setting_text(req, "token");
	struct mt_rows rows;

	mt_log(req, MT_WARN, "the token is %s, all right", token ? token : "");
	if (mt_query_param(req, "sql"))
		return mt_query(req, "SELECT $1::int", MT_ARGS(token), &rows);
	return mt_fail(req, MT_ECONFLICT, "can't sign in with %s", token ? token : "");
}

static int on_validate(struct mt_req *req)
{
	const char *level = mt_setting_text(req, "level"), *token = mt_setting_text(req, "token");
	int rc = 0;

	if (level && strcmp(level, "high") == 0 && mt_setting_int(req, "count", 0) > 5)
		rc = mt_setting_fault(req, "count", "of level high at most 5 are possible");
	if (token && strncmp(token, "wrong", 5) == 0)
		rc = mt_setting_fault(req, "token", "%s isn't a token of this server", token);
	return rc;
}

static int on_configure(struct mt_req *req)
{
	const char *name = mt_setting_text(req, "name");

	if (name && strcmp(name, "Crash") == 0)
		abort();
	if (name && strcmp(name, "Slow") == 0)
		nanosleep(&(struct timespec){.tv_sec = 4}, NULL);
	if (name && strcmp(name, "Refuse") == 0)
		return mt_fail(req, MT_ECONFLICT, "the other side is closed");
	return mt_reply_json(req, 200, json_pack("{s:s}", "message", "Notified the other side."));
}

static int on_test(struct mt_req *req)
{
	const char *server = mt_setting_text(req, "server"), *token = mt_setting_text(req, "token");

	if (!server)
		return mt_hook_result(req, false, "No server is set.");
	if (strstr(server, "slow"))
		nanosleep(&(struct timespec){.tv_sec = 4}, NULL);
	if (strstr(server, "down"))
		return mt_fail(req, MT_EUPSTREAM, "%s doesn't answer to %s", server, token);
	return mt_hook_result(
		req, token && strlen(token) > 8, "%s answers as %s.", server, mt_hook_name(req));
}

static int on_move(struct mt_req *req)
{
	mt_log(req, MT_INFO, "%s from %s with %s and %s", mt_hook_name(req), mt_hook_previous(req),
		mt_setting_text(req, "name"),
		mt_setting_text(req, "second") ? "a second secret" : "one secret");
	return 0;
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/show", .run = show},
	{.method = "POST", .path = "/leak", .run = leak},
	{0},
};

static const struct mt_hook HOOKS[] = {
	{"validate", on_validate},
	{"configure", on_configure},
	{"test-connection", on_test},
	{"upgrade", on_move},
	{"rollback", on_move},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "settings-test", .version = "1.0.0", .routes = ROUTES, .hooks = HOOKS};
