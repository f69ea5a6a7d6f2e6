/* configure.c - the routes of configure.h: from a body to stored settings. */
#include "install/configure_impl.h"

#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "install/routes.h"
#include "install/undo.h"
#include "package/slots.h"
#include "install/configure.sql.h"

/* A change in progress. */
struct change {
	struct target t; /* t.was: the installation */
	struct req *r;
	const json_t *schema;
	bool panel; /* the plugin has one of its own: settings need not be declared */
	struct settings_row row;
	json_t *plain;	     /* to be stored */
	json_t *secrets;     /* name -> text, null = remove it; absent = unchanged */
	json_t *full;	     /* as hooks see them: with defaults and open secrets */
	const char *message; /* the plugin's message about them; NULL = none */
};

static const json_t *schema_of(const struct catalog_installation *i)
{
	return json_object_get(i->package.manifest, "settings");
}

static bool has_hook(const struct change *g, const char *name)
{
	const json_t *h;
	size_t i;

	json_array_foreach(g->t.was.package.hooks, i, h)
		if (!strcmp(json_string_value(h), name))
			return true;
	return false;
}

/* Has the plugin a process whose hooks can be called? */
static bool runs(const struct change *g)
{
	return !strcmp(g->t.was.state, "enabled") && !g->t.was.package.quarantined;
}

static bool has_panel(const json_t *manifest)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(manifest, "ui"), "slots"), i, v) {
		const struct slot *s = slot_find(json_str(v, "slotId", ""));

		if (s && !strcmp(s->id, SLOT_PLUGIN_CONFIG))
			return true;
	}
	return false;
}

/* --- reading --- */

static json_t *values_json(const json_t *schema, const struct settings_row *row, bool panel)
{
	json_t *ret = panel ? json_copy(row->settings) : json_object(), *s;
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
	json_t *list = g->schema ? json_incref((json_t *)g->schema) : json_array();

	return json_pack("{s:o, s:o, s:I, s:b, s:b, s:s?, s:s?}", "schema", list, "values",
		values_json(g->schema, &g->row, g->panel), "version", (json_int_t)g->row.version,
		"configured", settings_complete(g->schema, g->row.settings, g->row.secrets),
		"testable", has_hook(g, "test-connection") && runs(g), "changedAt",
		g->row.changed_at, "changedBy", g->row.changed_by);
}

static int find(struct change *g, struct req *r, const char *id, const char *key)
{
	int rc;

	*g = (struct change){.r = r};
	lifecycle_maintain(r->op.app);
	target_init(&g->t, &r->op, key);
	if ((rc = catalog_installation(&r->op, op_as(&r->op), id, key, &g->t.was)) < 0)
		return rc;
	g->t.key = g->t.was.key;
	return 0;
}

static int load(struct change *g)
{
	g->schema = schema_of(&g->t.was);
	g->panel = has_panel(g->t.was.package.manifest);
	return settings_read(&g->t, &g->row);
}

static int show(struct req *r)
{
	struct change g;
	int rc;

	if ((rc = find(&g, r, req_param(r, "id"), NULL)) < 0 || (rc = load(&g)) < 0)
		return rc;
	return routes_reply(r, 200, configuration_json(&g));
}

/* --- changing --- */

/* The plugin's lock: two admins, an upgrade and an uninstall come one after the other. */
static int lock(struct change *g, struct req *r)
{
	int rc;

	*g = (struct change){.r = r, .t.op = &r->op};
	lifecycle_maintain(r->op.app);
	if (!id_is_uuid(req_param(r, "id")))
		return op_fail(&r->op, MT_ENOENT, "There is no such installation");
	if ((rc = steps_lock_installation(&g->t, &r->op, req_param(r, "id"))) < 0)
		return rc;
	g->t.change = g;
	if (strcmp(g->t.was.state, "enabled") && strcmp(g->t.was.state, "disabled"))
		return op_fail(&r->op, MT_ECONFLICT, "%s is being installed or removed", g->t.key);
	return load(g);
}

static int check_version(struct change *g)
{
	const json_t *v = json_object_get(g->r->body, "version");

	if (!v || json_integer_value(v) == g->row.version)
		return 0;
	return op_refuse(&g->r->op, MT_ECONFLICT, "version-conflict",
		"The settings were changed meanwhile: they are at version %ld, not %lld",
		g->row.version, (long long)json_integer_value(v));
}

static int lock_and_check(struct change *g, struct req *r)
{
	int rc = lock(g, r);

	return rc < 0 ? rc : check_version(g);
}

static int chosen(struct change *g, const json_t *values, json_t **ret)
{
	struct op *op = g->t.op;
	struct rows rows;
	int rc = op_read(op, op_as(op), &CONFIGURE_CHOSEN,
		DB_ARGS(settings_chosen(op->arena, g->schema, values)), &rows);

	if (rc < 0)
		return rc;
	return row_json(op, &rows, 0, 0, ret);
}

/* plain and secrets from a body's values. */
static int check(struct change *g, const json_t *values)
{
	struct op *op = g->t.op;
	json_t *known;
	int rc = chosen(g, values, &known);

	if (rc < 0)
		return rc;
	rc = settings_check(op->arena, g->schema, values, g->panel, known, g->row.secrets,
		&g->plain, &g->secrets, &op->err);
	json_own(op->arena, g->plain);
	json_own(op->arena, g->secrets);
	if (rc < 0 || !g->panel)
		return rc;
	return settings_add_free(op->arena, g->schema, g->row.settings, g->plain, &op->err);
}

/* The settings as the plugin would get them from mt_settings(). */
static int complete(struct change *g)
{
	const char *name;
	json_t *s, *v;
	size_t i;
	int rc;

	g->full = json_object();
	json_own(g->r->op.arena, g->full);
	json_array_foreach((json_t *)g->schema, i, s)
		if ((v = json_object_get(s, "default")) && !json_is_null(v))
			json_object_set(g->full, setting_key(s), v);
	json_object_update(g->full, g->plain);
	settings_drop_nulls(g->full);
	if ((rc = settings_open(&g->t, &g->row, g->schema, g->secrets, g->full)) < 0)
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
	const json_t *values = json_object_get(g->r->body, "values");
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

/* "errors" of a hook's answer: {"/values/url": "…"}, a list of pairs or a list of texts. */
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
			err_addfield_verbatim(&g->r->op.err, at ? at : "/values", text);
	}
}

/* The result of the plugin's hook: its faults, or its message. */
static int judge(struct change *g, const json_t *answer)
{
	struct op *op = g->t.op;
	const char *said;

	if (!json_is_false(json_object_get(answer, "success")) &&
		!json_is_false(json_object_get(answer, "valid")) &&
		json_array_size(json_object_get(answer, "errors")) == 0)
		return 0;
	take_errors(g, answer);
	if (op->err.n_fields > 0)
		return op->err.code;
	said = json_str(answer, "message", NULL);
	return said ? err_verbatim(&op->err, MT_EFIELDS, said)
		    : op_fail(op, MT_EFIELDS, "The plugin refuses these settings");
}

/* Nothing is stored when it refuses. Hooks only see settings that are complete. */
static int call_hook(struct change *g, const char *hook)
{
	struct op *op = g->t.op;
	json_t *body, *answer = NULL;
	int rc;

	if (!has_hook(g, hook) || !runs(g) || !settings_complete(g->schema, g->plain, g->full))
		return 0;
	body = hook_body(g);
	rc = hook_call_json(&g->t, g->t.was.sha256, hook, body, &answer);
	json_decref(body);
	if (rc == MT_ECONFLICT) /* the plugin's own "no": it is the values that are wrong */
		return op->err.code = MT_EFIELDS;
	if (rc < 0)
		return rc;
	g->message = json_str(answer, "message", NULL);
	return judge(g, answer);
}

static int act(struct target *t)
{
	return call_hook(t->change, "configure");
}

/* Stores plain and secrets; afterwards the row is current. */
static int store(struct target *t)
{
	struct change *g = t->change;
	int key_id = g->row.key_id, rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = settings_store(t, &g->row, g->schema, g->plain, g->secrets)) < 0 ||
		(rc = target_done(t)) < 0 || (rc = target_record(t)) < 0 ||
		(rc = target_emit_change(t, "PluginConfigured")) < 0 || (rc = target_commit(t)) < 0)
		return rc;
	t->settled = true;
	rc = settings_read(t, &g->row);
	/* The api pool sends the key with each call, and may still have cached that there is none. */
	if (g->row.key_id != key_id)
		t->op->ended_at = clock_ms();
	return rc;
}

static const struct step CONFIGURE[] = {
	{P_("notifying the plugin"), act, undo_nothing, false},
	{P_("storing the settings"), store, NULL, false},
	{0},
};
const struct operation operation_configure = {
	.name = "configure", .steps = CONFIGURE, .only_gives = true};

static int apply(struct change *g)
{
	int rc;

	if ((rc = complete(g)) < 0 || (rc = call_hook(g, "validate")) < 0)
		return rc;
	g->message = NULL;
	return steps_run(&g->t, &operation_configure);
}

static int change(struct req *r)
{
	struct change g;
	json_t *json;
	int rc;

	if ((rc = lock_and_check(&g, r)) == 0 &&
		(rc = check(&g, json_object_get(r->body, "values"))) == 0)
		rc = apply(&g);
	wipe(&g);
	if (steps_end(&g.t, rc) < 0)
		return rc;
	json = configuration_json(&g);
	if (g.message)
		json_object_set_new(json, "message", json_string(g.message));
	return routes_reply(r, 200, json);
}

/* Generated secrets are made again, all else is removed. */
static void set_defaults(struct change *g)
{
	struct arena *p = g->t.op->arena;
	const char *key;
	json_t *s;
	size_t i;

	g->plain = json_object();
	g->secrets = json_object();
	json_own(p, g->plain);
	json_own(p, g->secrets);
	if (g->panel)
		json_object_foreach(g->row.settings, key, s)
			if (!schema_find(g->schema, key))
				json_object_set_new(g->plain, key, json_null());
	json_array_foreach((json_t *)g->schema, i, s)
		if (setting_is_generated(s))
			json_object_set_new(
				g->secrets, setting_key(s), json_string(settings_generate(p, s)));
		else if (setting_is_secret(s))
			json_object_set_new(g->secrets, setting_key(s), json_null());
}

static int reset(struct req *r)
{
	struct change g;
	int rc;

	if ((rc = lock_and_check(&g, r)) == 0) {
		set_defaults(&g);
		rc = apply(&g);
	}
	wipe(&g);
	return steps_end(&g.t, rc) < 0 ? rc : routes_reply(r, 200, configuration_json(&g));
}

/* The values stay what they are. */
static void keep(struct change *g)
{
	const char *key;
	const json_t *s;
	json_t *stored;
	size_t i;

	g->plain = json_object();
	g->secrets = json_object();
	json_own(g->r->op.arena, g->plain);
	json_own(g->r->op.arena, g->secrets);
	json_array_foreach((json_t *)g->schema, i, s) {
		json_t *v = json_object_get(g->row.settings, setting_key(s));

		if (setting_fits(s, v))
			json_object_set(g->plain, setting_key(s), v);
	}
	if (g->panel)
		json_object_foreach(g->row.settings, key, stored)
			if (!schema_find(g->schema, key))
				json_object_set(g->plain, key, stored);
}

/* A new one of the generated secrets; the others and all values stay. */
static int renew(struct change *g, const char *key, char **ret)
{
	const json_t *setting = schema_find(g->schema, key);

	if (!setting || !setting_is_generated(setting))
		return op_fault(g->t.op, "/key",
			"Found \"%.60s\"; the name of a generated secret of the plugin is needed",
			key);
	keep(g);
	*ret = settings_generate(g->t.op->arena, setting);
	json_object_set_new(g->secrets, key, json_string(*ret));
	return apply(g);
}

static int generate(struct req *r)
{
	const char *key = json_str(r->body, "key", "");
	char *fresh = NULL;
	struct change g;
	int rc;

	if ((rc = lock(&g, r)) == 0)
		rc = renew(&g, key, &fresh);
	wipe(&g);
	if (steps_end(&g.t, rc) < 0)
		return rc;
	return routes_reply(r, 200,
		json_pack("{s:s, s:s, s:I}", "key", key, "value", fresh, "version",
			(json_int_t)g.row.version));
}

/* --- trying --- */

static int try_connection(struct change *g)
{
	struct req *r = g->r;
	json_t *body = hook_body(g), *answer = NULL;
	int rc = hook_call_json(&g->t, g->t.was.sha256, "test-connection", body, &answer);
	const struct err *e = &r->op.err;
	char now[40];

	json_decref(body);
	clock_iso(now, sizeof(now), clock_unix_ms());
	/* The hook's failure is the answer: it doesn't work. No process at all is ours. */
	if (rc == MT_EBUSY || rc == MT_EINTERNAL)
		return rc;
	if (rc < 0) {
		const char *message = e->n_fields ? e->field[0].detail : e->message;

		op_clear(&r->op);
		return routes_reply(r, 200,
			json_pack("{s:b, s:s, s:s}", "success", 0, "message", message, "testedAt",
				now));
	}
	return routes_reply(r, 200,
		json_pack("{s:b, s:s, s:s}", "success",
			!json_is_false(json_object_get(answer, "success")), "message",
			json_str(answer, "message", ""), "testedAt", now));
}

/* The values that were sent, or those that are stored. */
static int prepare_test(struct change *g)
{
	const json_t *values = json_object_get(g->r->body, "values");
	int rc;

	if ((rc = load(g)) < 0)
		return rc;
	if (!has_hook(g, "test-connection"))
		return op_fail(g->t.op, MT_ENOENT, "%s has no test of its connection", g->t.key);
	if (!runs(g))
		return op_fail(g->t.op, MT_ECONFLICT, "%s must be enabled to be tested", g->t.key);
	if (!values)
		keep(g);
	else if ((rc = check(g, values)) < 0)
		return rc;
	return complete(g);
}

static int test_connection(struct req *r)
{
	struct change g;
	int rc;

	if ((rc = find(&g, r, NULL, req_param(r, "key"))) < 0)
		return rc;
	if ((rc = prepare_test(&g)) == 0)
		rc = try_connection(&g);
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

static const struct field GENERATED[] = {
	ANSWER("key", TEXT), ANSWER("value", TEXT), ANSWER("version", INT), ANSWER_END};
static const struct field TESTED[] = {
	ANSWER("success", BOOL), ANSWER("message", TEXT), ANSWER("testedAt", TIME), ANSWER_END};

#define ONE "/api/plugins/installations/:id/configuration"
#define BODY_MAX (256 * 1024) /* as much as a hook is given */

static const struct route ROUTES[] = {
	{"GET", ONE, MANAGE, NULL, 0, 0, show, .answer = answer_configuration},
	{"PUT", ONE, MANAGE, CHANGE, 0, BODY_MAX, change, .answer = answer_configuration},
	{"POST", ONE "/reset", MANAGE, RESET, 0, 0, reset, .answer = answer_configuration},
	{"POST", ONE "/generate", MANAGE, GENERATE, 0, 0, generate, .answer = GENERATED},
	{"POST", "/api/plugins/:key/test-connection", MANAGE, TEST, 0, BODY_MAX, test_connection,
		.answer = TESTED},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table configure_routes = {"configure", ROUTES};
