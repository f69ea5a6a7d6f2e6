/* rollout_routes.c - the routes of rollouts, for system admins: see rollout.h. */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "install/install.h"
#include "install/lifecycle_impl.h"
#include "install/rollout_impl.h"
#include "install/routes.h"
#include "install/rollout_routes.sql.h"

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such rollout");
}

static int list(struct req *r)
{
	return routes_reply_list(r, &ROLLOUT_LIST, DB_NOARGS);
}

static int reply_one(struct req *r, int status, const char *id)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &ROLLOUT_ONE, DB_ARGS(id), &rows);

	if (rc < 0)
		return rc;
	return rows.n == 0 ? none(r) : reply_text_json(r, status, row_text(&rows, 0, 0));
}

static const char *rollout_id(struct req *r)
{
	const char *id = req_param(r, "id");

	if (id_is_uuid(id))
		return id;
	none(r);
	return NULL;
}

static int show(struct req *r)
{
	const char *id = rollout_id(r);

	return id ? reply_one(r, 200, id) : r->op.err.code;
}

static const struct field START_FIELDS[] = {
	{"pluginKey", FIELD_STRING, FIELD_REQUIRED, 1, 40, NULL},
	{"version", FIELD_STRING, FIELD_REQUIRED, 1, 63, NULL},
	{"percent", FIELD_INT, FIELD_REQUIRED, 1, 100, NULL},
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

/* The version is available, and the system admin confirms its permissions for all. */
static int choose(struct req *r, const char *key, struct catalog_package *ret)
{
	const json_t *given = json_object_get(r->body, "permissions");
	struct target t;
	int rc = lifecycle_approve(
		&r->op, key, json_string_value(json_object_get(r->body, "version")), given, ret);

	if (rc < 0)
		return rc;
	if (ret->quarantined)
		return op_fail(&r->op, MT_ECONFLICT, "%s %s is in quarantine: %s", key,
			ret->version, ret->quarantine_reason);
	target_init(&t, &r->op, key);
	t.pkg = *ret;
	return choose_consent(&t, NULL, given);
}

static int insert(struct req *r, const char *id, const struct catalog_package *pkg)
{
	const json_t *given = json_object_get(r->body, "permissions");
	json_int_t percent = json_integer_value(json_object_get(r->body, "percent"));
	const char *older = rollout_older(&r->op, pkg->key, pkg->version);
	struct rows rows;
	int rc;

	if (!older)
		return r->op.err.code;
	rc = op_write(&r->op, op_as(&r->op), &ROLLOUT_START,
		DB_ARGS(id, pkg->key, pkg->sha256, arena_printf(r->op.arena, "%lld", percent),
			given ? json_text(r->op.arena, given, NULL) : "[]", r->op.who->user,
			r->op.who->name, older),
		&rows);
	if (rc == MT_ECONFLICT)
		return err_replace(&r->op.err, rc,
			"Another rollout of %s is under way: cancel it first", pkg->key);
	return rc < 0 ? rc : op_write(&r->op, NULL, &ROLLOUT_OLD, DB_NOARGS, &rows);
}

static int start(struct req *r)
{
	const char *key = json_string_value(json_object_get(r->body, "pluginKey"));
	struct catalog_package pkg;
	char id[ID_UUID_LEN + 1];
	int rc;

	if (!id_is_plugin_key(key))
		return op_fail(&r->op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", key);
	id_uuid7(id);
	if ((rc = choose(r, key, &pkg)) < 0 || (rc = insert(r, id, &pkg)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_ROLLOUT);
	reply_header(r, "Location", "/api/plugins/rollouts/%s", id);
	return reply_one(r, 201, arena_strdup(r->op.arena, id));
}

static int change(struct req *r, const struct stmt *s)
{
	const char *id = rollout_id(r);
	struct op *op = &r->op;
	struct rows rows;
	int rc;

	if (!id)
		return op->err.code;
	rc = op_write(op, op_as(op), s, DB_ARGS(id), &rows);
	if (rc == MT_ECONFLICT && !strcmp(db_sqlstate(op->db), "23505"))
		return err_replace(&op->err, rc, "Another rollout of this plugin is under way");
	if (rc < 0)
		return rc;
	if (rows.changed == 0) {
		if ((rc = op_read(op, op_as(op), &ROLLOUT_ONE, DB_ARGS(id), &rows)) < 0)
			return rc;
		return rows.n ? op_fail(op, MT_ECONFLICT, "This rollout has ended") : none(r);
	}
	app_wake_steward(r->op.app, WAKE_ROLLOUT);
	return reply_one(r, 200, id);
}

static int pause_it(struct req *r)
{
	return change(r, &ROLLOUT_PAUSE);
}

static int resume(struct req *r)
{
	return change(r, &ROLLOUT_RESUME);
}

static int cancel(struct req *r)
{
	return change(r, &ROLLOUT_CANCEL);
}

#define ROLLOUTS "/api/plugins/rollouts"

static const struct route ROUTES[] = {
	{"GET", ROLLOUTS, UPLOAD, NULL, 0, 0, list, .answer = ANSWER_ITEMS(answer_rollout)},
	{"POST", ROLLOUTS, UPLOAD, START_FIELDS, 0, 0, start, .answer = answer_rollout},
	{"GET", ROLLOUTS "/:id", UPLOAD, NULL, 0, 0, show, .answer = answer_rollout},
	{"POST", ROLLOUTS "/:id/pause", UPLOAD, NULL, 0, 0, pause_it, .answer = answer_rollout},
	{"POST", ROLLOUTS "/:id/resume", UPLOAD, NULL, 0, 0, resume, .answer = answer_rollout},
	{"POST", ROLLOUTS "/:id/cancel", UPLOAD, NULL, 0, 0, cancel, .answer = answer_rollout},
	{"POST", "/-/maintain", NULL, NULL, ROUTE_PUBLIC | ROUTE_ANY_ORIGIN, 0,
		lifecycle_maintain_route},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table rollout_routes = {"rollout", ROUTES};
