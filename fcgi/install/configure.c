/* configure.c - the doors of configure.h: from a body to stored settings. */
#include "install/configure_impl.h"

#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "install/configure.sql.h"

/* A change in hand. */
struct change {
	struct operation d;
	struct catalog_installation i;
	const json_t *schema;
	struct settings_row row;
	json_t *plain;	 /* to be stored */
	json_t *secrets; /* name -> text, null = it goes; absent = it stays */
	json_t *full;	 /* as hooks see them: with defaults and open secrets */
};

static const json_t *schema_of(const struct catalog_installation *i)
{
	return json_object_get(i->package.manifest, "settings");
}

static bool has_hook(const struct change *g, const char *name)
{
	const json_t *h;
	size_t i;

	json_array_foreach(g->i.package.hooks, i, h)
		if (!strcmp(json_string_value(h), name))
			return true;
	return false;
}

/* Has the plugin a process that can be asked? */
static bool runs(const struct change *g)
{
	return !strcmp(g->i.state, "enabled") && !g->i.package.quarantined;
}

/* --- reading --- */

static json_t *values_json(const json_t *schema, const struct settings_row *row)
{
	json_t *ret = json_object(), *s;
	size_t i;

	json_array_foreach((json_t *)schema, i, s) {
		const char *key = setting_key(s);
		json_t *v = json_object_get(row->settings, key), *d = json_object_get(s, "default");

		if (setting_is_secret(s))
			json_object_set_new(ret, key,
				json_pack("{s:b}", "set",
					json_object_get(row->secrets, key) != NULL));
		else if (setting_fits(s, v))
			json_object_set(ret, key, v);
		else
			json_object_set(ret, key, d ? d : json_null());
	}
	return ret;
}

static json_t *configuration_json(const struct change *g)
{
	const json_t *list = g->schema;

	return json_pack("{s:O, s:o, s:I, s:b, s:b, s:s?, s:s?}", "schema",
		list ? list : json_array(), "values", values_json(g->schema, &g->row), "version",
		(json_int_t)g->row.version, "configured",
		settings_complete(g->schema, g->row.settings, g->row.secrets), "testable",
		has_hook(g, "test-connection") && runs(g), "changedAt", g->row.changed_at,
		"changedBy", g->row.changed_by);
}

static int reply(struct req *r, json_t *json)
{
	int rc = reply_json(r, 200, json);

	json_decref(json);
	return rc;
}

static int find(struct change *g, struct req *r, const char *id, const char *key)
{
	memset(g, 0, sizeof(*g));
	g->d.r = r;
	lifecycle_maintain(r->op.app);
	if (id && !id_is_uuid(id))
		return op_fail(&r->op, MT_ENOENT, "there is no such installation");
	operation_init(&g->d, r, r->op.who->tenant, r->op.who->tenant_code, key);
	return catalog_installation(&g->d.cat, id, key, &g->i);
}

static int load(struct change *g)
{
	g->schema = schema_of(&g->i);
	g->d.step.key = g->i.key;
	return settings_read(&g->d.step, &g->row, &g->d.r->op.err);
}

static int show(struct req *r)
{
	struct change g;
	int rc = find(&g, r, req_param(r, "id"), NULL);

	if (rc == 0)
		rc = load(&g);
	return rc < 0 ? rc : reply(r, configuration_json(&g));
}

/* --- changing --- */

/* The plugin's lock: two admins, an upgrade and an uninstall come one after the other. */
static int change_lock(struct change *g, struct req *r)
{
	int rc;

	memset(g, 0, sizeof(*g));
	g->d.r = r;
	lifecycle_maintain(r->op.app);
	if (!id_is_uuid(req_param(r, "id")))
		return op_fail(&r->op, MT_ENOENT, "there is no such installation");
	rc = operation_take(&g->d, r, req_param(r, "id"), &g->i);
	if (rc == 0 && strcmp(g->i.state, "enabled") && strcmp(g->i.state, "disabled"))
		rc = op_fail(&r->op, MT_ECONFLICT, "%s is being installed or removed", g->i.key);
	if (rc == 0)
		rc = load(g);
	g->d.op = "configure";
	g->d.version = g->i.package.version;
	g->d.detail = json_pack("{s:s?}", "installationId", g->i.id);
	json_own(r->op.arena, g->d.detail);
	return rc;
}

static int check_version(struct change *g)
{
	const json_t *v = json_object_get(g->d.r->body, "version");

	if (!v || json_integer_value(v) == g->row.version)
		return 0;
	g->d.r->op.err.type = "version-conflict";
	return op_fail(&g->d.r->op, MT_ECONFLICT,
		"the settings were changed meanwhile: they are at version %ld, not %lld",
		g->row.version, (long long)json_integer_value(v));
}

static int active_users(struct change *g, const json_t *values, json_t **ret)
{
	struct req *r = g->d.r;
	struct rows rows;
	const char *text;
	int rc = db_read(r->op.db, r->op.arena, g->d.step.deadline, g->d.cat.as, &CONFIGURE_USERS,
		DB_ARGS(settings_users(r->op.arena, g->schema, values)), &rows, &r->op.err);

	if (rc < 0)
		return rc;
	text = row_text(&rows, 0, 0);
	return json_parse(r->op.arena, text, strlen(text), ret, &r->op.err);
}

/* plain and secrets from a body's values. */
static int check(struct change *g, const json_t *values)
{
	struct req *r = g->d.r;
	json_t *users;
	int rc = active_users(g, values, &users);

	if (rc == 0)
		rc = settings_check(r->op.arena, g->schema, values, users, g->row.secrets,
			&g->plain, &g->secrets, &r->op.err);
	json_own(r->op.arena, g->plain);
	json_own(r->op.arena, g->secrets);
	return rc;
}

/* The settings as the plugin would get them from mt_settings(). */
static int complete(struct change *g)
{
	const char *name;
	json_t *s, *v;
	size_t i;
	int rc;

	g->full = json_object();
	json_own(g->d.r->op.arena, g->full);
	json_array_foreach((json_t *)g->schema, i, s)
		if ((v = json_object_get(s, "default")) && !json_is_null(v))
			json_object_set(g->full, setting_key(s), v);
	json_object_update(g->full, g->plain);
	if ((rc = settings_open(
		     &g->d.step, &g->row, g->schema, g->secrets, g->full, &g->d.r->op.err)) < 0)
		return rc;
	json_object_foreach(g->secrets, name, v) {
		if (json_is_null(v))
			json_object_del(g->full, name);
		else
			json_object_set_new(g->full, name, json_string(json_string_value(v)));
	}
	return 0;
}

static json_t *hook_body(struct change *g)
{
	json_t *names = json_array(), *s;
	size_t i;

	json_array_foreach((json_t *)g->schema, i, s)
		if (setting_is_secret(s) && json_object_get(g->full, setting_key(s)))
			json_array_append_new(names, json_string(setting_key(s)));
	return json_pack("{s:O, s:o}", "values", g->full, "secrets", names);
}

/* Nothing of a secret stays in our memory either. */
static void wipe(struct change *g)
{
	const json_t *values = json_object_get(g->d.r->body, "values");
	json_t *s;
	size_t i;

	settings_wipe(g->secrets);
	json_array_foreach((json_t *)g->schema, i, s) {
		json_t *v = json_object_get(g->full, setting_key(s));
		json_t *sent = json_object_get(values, setting_key(s));

		if (setting_is_secret(s) && json_is_string(v))
			explicit_bzero((char *)json_string_value(v), json_string_length(v));
		if (setting_is_secret(s) && json_is_string(sent))
			explicit_bzero((char *)json_string_value(sent), json_string_length(sent));
	}
}

/* "errors" of a hook's answer, as it may say them: {"/values/url": "…"} is a list of pairs or of texts. */
static void take_errors(struct change *g, const json_t *answer)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "errors"), i, one) {
		const char *at = json_str(one, "pointer", NULL),
			   *text = json_str(one, "detail", NULL);

		if (json_is_string(one))
			text = json_string_value(one);
		if (text)
			op_fault(&g->d.r->op, at ? at : "/values", "%.200s", text);
	}
}

/* A hook that says no: its faults, or its message; nothing is stored. */
static int call_hook(struct change *g, const char *hook, const char **ret_message)
{
	struct err *e = &g->d.r->op.err;
	json_t *body, *answer = NULL;
	int rc;

	if (!has_hook(g, hook) || !runs(g))
		return 0;
	body = hook_body(g);
	rc = hook_call_json(&g->d.step, g->i.sha256, hook, body, &answer, e);
	json_decref(body);
	if (rc == MT_ECONFLICT) /* the plugin's own "no": it is the values that are wrong */
		e->code = rc = MT_EFIELDS;
	if (rc < 0)
		return rc;
	if (ret_message)
		*ret_message = json_str(answer, "message", NULL);
	if (!json_is_false(json_object_get(answer, "success")) &&
		!json_is_false(json_object_get(answer, "valid")) &&
		json_array_size(json_object_get(answer, "errors")) == 0)
		return 0;
	take_errors(g, answer);
	if (e->n_fields == 0)
		err_set(e, MT_EFIELDS, "%.300s",
			json_str(answer, "message", "the plugin refuses these settings"));
	return e->code;
}

/* Stores what is in plain and secrets; then the row is as it is now. */
static int store(struct change *g)
{
	struct step *s = &g->d.step;
	struct err *e = &g->d.r->op.err;
	struct db *db = g->d.r->op.db;
	int key_id = g->row.key_id;
	int rc = db_begin(db, s->arena, s->deadline, step_as(s), e);

	if (rc == 0)
		rc = settings_store(s, &g->row, g->schema, g->plain, g->secrets, e);
	if (rc == 0)
		rc = operation_record(&g->d);
	if (rc == 0)
		rc = operation_emit(&g->d, "PluginConfigured", &g->i.package);
	if (rc == 0)
		rc = db_commit(db, e);
	if (rc < 0) {
		db_rollback(db);
		return rc;
	}
	app_wake_steward(g->d.r->op.app, WAKE_EVENTS);
	rc = settings_read(s, &g->row, e);
	/* The api pool hands the key over with each call, and may still remember that there is none. */
	if (g->row.key_id != key_id)
		g->d.ended_at = clock_ms();
	return rc;
}

/* Hooks judge and act on settings that are whole. */
static int apply(struct change *g, const char **ret_message)
{
	int rc = complete(g);

	if (rc == 0 && settings_complete(g->schema, g->plain, g->full)) {
		rc = call_hook(g, "validate", NULL);
		if (rc == 0)
			rc = call_hook(g, "configure", ret_message);
	}
	return rc == 0 ? store(g) : rc;
}

static int change(struct req *r)
{
	const char *message = NULL;
	struct change g;
	int rc = change_lock(&g, r);

	if (rc == 0)
		rc = check_version(&g);
	if (rc == 0)
		rc = check(&g, json_object_get(r->body, "values"));
	if (rc == 0)
		rc = apply(&g, &message);
	wipe(&g);
	if (operation_end(&g.d, rc) < 0)
		return rc;
	json_t *json = configuration_json(&g);

	if (message)
		json_object_set_new(json, "message", json_string(message));
	return reply(r, json);
}

static int reset(struct req *r)
{
	struct change g;
	json_t *s;
	size_t i;
	int rc = change_lock(&g, r);

	if (rc == 0)
		rc = check_version(&g);
	g.plain = json_object();
	g.secrets = json_object();
	json_own(r->op.arena, g.plain);
	json_own(r->op.arena, g.secrets);
	json_array_foreach((json_t *)g.schema, i, s)
		if (setting_is_generated(s))
			json_object_set_new(g.secrets, setting_key(s),
				json_string(settings_generate(r->op.arena, s)));
		else if (setting_is_secret(s))
			json_object_set_new(g.secrets, setting_key(s), json_null());
	if (rc == 0)
		rc = apply(&g, NULL);
	wipe(&g);
	return operation_end(&g.d, rc) < 0 ? rc : reply(r, configuration_json(&g));
}

/* The values stay what they are. */
static void keep(struct change *g)
{
	const json_t *s;
	size_t i;

	g->plain = json_object();
	g->secrets = json_object();
	json_own(g->d.r->op.arena, g->plain);
	json_own(g->d.r->op.arena, g->secrets);
	json_array_foreach((json_t *)g->schema, i, s) {
		json_t *v = json_object_get(g->row.settings, setting_key(s));

		if (setting_fits(s, v))
			json_object_set(g->plain, setting_key(s), v);
	}
}

static int generate(struct req *r)
{
	const char *key = json_str(r->body, "key", "");
	const json_t *setting = NULL;
	char *fresh = NULL;
	struct change g;
	int rc = change_lock(&g, r);

	if (rc == 0 && !((setting = schema_find(g.schema, key)) && setting_is_generated(setting)))
		rc = op_fault(&r->op, "/key",
			"found \"%.60s\"; the name of a generated secret of the plugin is needed",
			key);
	if (rc == 0) {
		keep(&g);
		fresh = settings_generate(r->op.arena, setting);
		json_object_set_new(g.secrets, key, json_string(fresh));
		rc = apply(&g, NULL);
	}
	wipe(&g);
	if (operation_end(&g.d, rc) < 0)
		return rc;
	return reply(r, json_pack("{s:s, s:s, s:I}", "key", key, "value", fresh, "version",
				(json_int_t)g.row.version));
}

/* --- trying --- */

static int try_it(struct change *g)
{
	struct req *r = g->d.r;
	json_t *body = hook_body(g), *answer = NULL;
	int rc = hook_call_json(
		&g->d.step, g->i.sha256, "test-connection", body, &answer, &r->op.err);
	char now[40];

	json_decref(body);
	clock_iso(now, sizeof(now), clock_unix_ms());
	/* The hook's failure is the answer: it doesn't work. No process at all is ours. */
	if (rc == MT_EBUSY || rc == MT_EINTERNAL)
		return rc;
	if (rc < 0) {
		const char *message =
			r->op.err.n_fields ? r->op.err.field[0].detail : r->op.err.message;

		op_clear(&r->op);
		return reply(r, json_pack("{s:b, s:s, s:s}", "success", 0, "message", message,
					"testedAt", now));
	}
	return reply(r, json_pack("{s:b, s:s, s:s}", "success",
				!json_is_false(json_object_get(answer, "success")), "message",
				json_str(answer, "message", ""), "testedAt", now));
}

static int test_connection(struct req *r)
{
	const json_t *values = json_object_get(r->body, "values");
	struct change g;
	int rc = id_is_plugin_key(req_param(r, "key"))
			 ? find(&g, r, NULL, req_param(r, "key"))
			 : op_fail(&r->op, MT_ENOENT, "there is no such installation");

	if (rc < 0)
		return rc;
	rc = load(&g);
	if (rc == 0 && !has_hook(&g, "test-connection"))
		rc = op_fail(&r->op, MT_ENOENT, "%s has no test of its connection", g.i.key);
	if (rc == 0 && !runs(&g))
		rc = op_fail(&r->op, MT_ECONFLICT, "%s must be enabled to be tested", g.i.key);
	if (rc == 0 && values)
		rc = check(&g, values);
	else if (rc == 0)
		keep(&g);
	if (rc == 0)
		rc = complete(&g);
	if (rc == 0)
		rc = try_it(&g);
	wipe(&g);
	return rc;
}

static const struct field CHANGE[] = {
	{"values", FIELD_OBJECT, FIELD_REQUIRED, 0, 0, NULL},
	{"version", FIELD_INT, 0, 0, 2147483647, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};
static const struct field RESET[] = {
	{"version", FIELD_INT, 0, 0, 2147483647, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};
static const struct field GENERATE[] = {
	{"key", FIELD_STRING, FIELD_REQUIRED, 1, 100, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};
static const struct field TEST[] = {
	{"values", FIELD_OBJECT, 0, 0, 0, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

#define MANAGE "plugins:manage"
#define ONE "/api/plugins/installations/:id/configuration"
#define BODY_MAX (256 * 1024) /* as much as a hook is given */

static const struct route ROUTES[] = {
	{"GET", ONE, MANAGE, NULL, 0, 0, show},
	{"PUT", ONE, MANAGE, CHANGE, 0, BODY_MAX, change},
	{"POST", ONE "/reset", MANAGE, RESET, 0, 0, reset},
	{"POST", ONE "/generate", MANAGE, GENERATE, 0, 0, generate},
	{"POST", "/api/plugins/:key/test-connection", MANAGE, TEST, 0, BODY_MAX, test_connection},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table configure_routes = {"configure", ROUTES};
