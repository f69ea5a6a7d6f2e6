/* POST /emit {name, entity, data, user, role, times, undo} raises events; POST /sql {statement} sends what it is given.
 * Events that come are in x_live.seen. */
#include "mortise.h"

static int emit_one(struct mt_req *req, json_t *data)
{
	const char *name = mt_body_text(req, "name"), *entity = mt_body_text(req, "entity");
	const char *user = mt_body_text(req, "user"), *role = mt_body_text(req, "role");

	if (user)
		return mt_emit_user(req, user, name, entity, json_incref(data));
	if (role)
		return mt_emit_role(req, role, name, entity, json_incref(data));
	return mt_emit(req, name, entity, json_incref(data));
}

static int emit(struct mt_req *req)
{
	json_t *body = mt_body_json(req);
	long times = (long)mt_body_int(req, "times", 1);
	int rc, n = 0;

	if ((rc = mt_begin(req)) < 0)
		return rc;
	for (long i = 0; i < times; i++, n += rc)
		if ((rc = emit_one(req, json_object_get(body, "data"))) < 0)
			return rc;
	if (json_is_true(json_object_get(body, "undo")))
		return mt_fail(req, MT_ECONFLICT, "Undone");
	if ((rc = mt_commit(req)) < 0)
		return rc;
	return mt_reply_json(req, 200, json_pack("{si}", "channels", n));
}

static int sql(struct mt_req *req)
{
	int rc = mt_query(req, mt_body_text(req, "statement"), NULL, 0, NULL);

	return rc < 0 ? rc : mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

/* What is delivered is written down; a ticket "fail" is refused, and one "answer" is changed. */
static int seen(struct mt_req *req)
{
	json_t *event = mt_body_json(req), *data = json_object_get(event, "data");
	const char *title = json_string_value(json_object_get(data, "title"));
	const char *entity = json_string_value(json_object_get(event, "entity"));
	int rc = mt_query(req,
		"INSERT INTO x_live.seen (event, type, entity, number) VALUES ($1, $2, $3, $4::int)",
		MT_ARGS(json_string_value(json_object_get(event, "id")),
			json_string_value(json_object_get(event, "type")), entity,
			mt_printf(req, "%lld",
				(long long)json_integer_value(json_object_get(data, "version")))),
		NULL);

	if (rc < 0)
		return rc;
	if (title && !strcmp(title, "answer"))
		return mt_query(req,
			"UPDATE mortise.tickets SET priority = 'high' WHERE id = $1::uuid",
			MT_ARGS(entity), NULL);
	return title && !strcmp(title, "fail") ? mt_fail(req, MT_ECONFLICT, "Not this one") : 0;
}

static const struct mt_hook EVENTS[] = {
	{"TicketCreated", seen},
	{"TicketUpdated", seen},
	{"live.Moved", seen},
	{0},
};

static const struct mt_route ROUTES[] = {
	{.method = "POST", .path = "/emit", .run = emit},
	{.method = "POST", .path = "/sql", .run = sql},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "live", .version = "1.0.0", .routes = ROUTES, .events = EVENTS};
