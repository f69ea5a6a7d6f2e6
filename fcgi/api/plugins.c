/*
 * plugins.c - /api/plugins/:key/...: may this person call this route of that plugin? Also serves
 * the files of its interface at an address that stays the same across versions.
 *
 * An allowed call is handed over to a worker of the plugin's pool: its parameters with the identity,
 * its body, and nginx's connection, to which that worker replies (http/handed.h). The route's
 * declaration is known from the package, so the plugin's code decides nothing here and need not
 * even run.
 *
 * A route's permission is either the core's, which a const table gives to roles, or the plugin's
 * own, which this tenant gave to its roles. One statement finds the installation and decides both.
 * A positive decision is cached for the time of a lease (auth/lease.h); operations that disable a
 * plugin, change its version or take a permission away wait that long before they answer, so their
 * effect is complete by then.
 */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "api/plugin_rights.h"
#include "api/plugin_routes.h"
#include "auth/lease.h"
#include "base/perm.h"
#include "auth/ring.h"
#include "base/clock.h"
#include "base/id.h"
#include "crypt/handover.h"
#include "http/handed.h"
#include "http/url.h"
#include "crypt/role.h"
#include "package/package_layout.h"
#include "api/plugins.sql.h"

#define PREFIX "/api/plugins/"
#define POOL_HASH_DIGITS 12
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* rows: state, hash, in quarantine, refused. */
static int check_state(struct req *r, const char *key, const struct rows *rows)
{
	const char *state = row_text(rows, 0, 0);

	if (!strcmp(state, "disabled"))
		return api_fault(r, MT_EPERM, "plugin-disabled",
			"The plugin is disabled; an administrator can enable it");
	if (strcmp(state, "enabled")) {
		r->op.err.retry_after = 2;
		return api_fault(
			r, MT_EBUSY, "plugin-unavailable", "%s is being installed or removed", key);
	}
	if (row_bool(rows, 0, 2) || row_bool(rows, 0, 3))
		r->op.err.retry_after = 60; /* somebody has to decide */
	if (row_bool(rows, 0, 3))
		return api_fault(r, MT_EBUSY, "plugin-untrusted",
			"The trust policy of this server doesn't let %s run; its operator decides",
			key);
	if (row_bool(rows, 0, 2))
		return api_fault(r, MT_EBUSY, "plugin-quarantined",
			"%s crashed again and again (crash_limit) and is switched off until an"
			" administrator enables it",
			key);
	return 0;
}

/* grants: "Technician+clock,Admin+clock,Technician-manage", where + is given. A system admin has what
 * any role could have, a service token what was chosen of it. A permission of several roles is named
 * more than once, which does no harm. */
static const char *own_permissions(struct req *r, const char *key, const char *grants)
{
	const struct ident *w = r->op.who;
	bool all = ident_has_role(w, "SystemAdmin") || w->is_service;
	const char *ret = "";

	while (grants && *grants) {
		size_t n = strcspn(grants, ","), role = strcspn(grants, "+-");

		if ((all ? !strncmp(grants, "Admin", role)
			 : grants[role] == '+' && ident_has_role(w, arena_strndup(r->op.arena,
									    grants, role))) &&
			ident_scope(w, arena_printf(r->op.arena, "%s:%.*s", key,
					       (int)(n - role - 1), grants + role + 1)))
			ret = arena_printf(r->op.arena, "%s%s%.*s", ret, *ret ? "," : "",
				(int)(n - role - 1), grants + role + 1);
		grants += n + (grants[n] == ',');
	}
	return ret;
}

bool plugin_rights_may(struct req *r, const struct plugin_rights *d, const char *permission)
{
	size_t n = strlen(d->key);

	if (perm_is_core(permission) ||
		(ident_has_role(r->op.who, "SystemAdmin") && !r->op.who->scopes))
		return ident_may(r->op.who, permission);
	return !strncmp(permission, d->key, n) && permission[n] == ':' &&
	       perm_in(d->own, permission + n + 1);
}

/* What nginx says of the request, but not who sent it: the session is the person's, not the plugin's. */
static void add_request(struct buf *params, const struct req *r)
{
	static const char *const hidden[] = {
		"HTTP_COOKIE=", "HTTP_AUTHORIZATION=", "HTTP_PROXY_AUTHORIZATION=", "MT_"};

	for (char **e = r->envp; *e; e++) {
		size_t i = 0;

		while (i < COUNT(hidden) && strncmp(*e, hidden[i], strlen(hidden[i])) != 0)
			i++;
		if (i == COUNT(hidden))
			handed_param_env(params, *e);
	}
}

static void add_identity(struct buf *params, const struct handover *h, const char *signature)
{
	handed_param(params, "MT_HANDOVER", signature);
	handed_param(params, "MT_POOL", h->pool);
	handed_param(params, "MT_TENANT", h->tenant);
	handed_param(params, "MT_TENANT_CODE", h->tenant_code);
	handed_param(params, "MT_USER", h->user);
	handed_param(params, "MT_USER_NAME", h->user_name);
	handed_param(params, "MT_ROLES", h->roles);
	handed_param(params, "MT_PERMISSIONS", h->permissions);
	if (h->own)
		handed_param(params, "MT_OWN", h->own);
	if (h->settings_key)
		handed_param(params, "MT_SETTINGS_KEY", h->settings_key);
	handed_param(params, "MT_PATH", h->path);
	/* Names the session to nobody: its channel, by which the call ends when the session does. */
	handed_param(params, "MT_SESSION", h->session);
	handed_param(params, "MT_DECIDED", h->decided);
	if (h->scoped)
		handed_param(params, "MT_SCOPED", h->scoped);
}

/* The pool's queue is full, or its socket isn't there (yet, or any more). */
static int unreachable(struct req *r)
{
	r->op.err.retry_after = 1;
	return api_fault(r, MT_EBUSY, "plugin-unavailable",
		"The plugin can't take this request now; try again in a second");
}

static int hand_over(struct req *r, const struct plugin_rights *d, const char *path)
{
	const struct ident *w = r->op.who;
	const struct handover h = {
		.pool = arena_printf(r->op.arena, "%s@%.*s", d->key, POOL_HASH_DIGITS, d->sha256),
		.request_id = r->op.id,
		.method = r->method,
		.path = path,
		.tenant = arena_printf(r->op.arena, "%d", w->tenant),
		.tenant_code = w->tenant_code,
		.user = w->user,
		.user_name = url_encode(r->op.arena, w->name),
		.roles = w->roles,
		.permissions = d->own,
		.own = w->own,
		.settings_key = ring_request_key(
			&r->op.app->conf, r->op.arena, d->key, w->tenant, d->secrets_key),
		.session = w->channel,
		.decided = arena_printf(r->op.arena, "%lld", (long long)r->started_ms),
		.scoped = w->scopes ? "yes" : NULL,
	};
	const char *socket =
		arena_printf(r->op.arena, "%s/plugins/%s.sock", r->op.app->conf.run_dir, h.pool);
	unsigned char key[HANDOVER_KEY];
	char signature[HANDOVER_MAX];
	struct buf params;
	int rc;

	role_handover_key(key, r->op.app->ticket_key, d->key);
	handover_sign(signature, key, &h, clock_unix());
	explicit_bzero(key, sizeof(key));
	buf_init(&params, HANDED_MAX);
	add_request(&params, r);
	add_identity(&params, &h, signature);
	rc = r->hand_over(r, socket, &params);
	explicit_bzero(params.data, params.len);
	buf_release(&params);
	return rc == MT_EBUSY ? unreachable(r) : rc;
}

static int find(
	struct req *r, const struct stmt *s, const char *const *args, int n, struct rows *ret)
{
	int rc;

	if (!id_is_plugin_key(args[0]))
		return op_fail(&r->op, MT_ENOENT, "There is no such plugin");
	rc = op_read(&r->op, op_as(&r->op), s, args, n, ret);
	if (rc < 0)
		return rc;
	if (!ret->n)
		return op_fail(&r->op, MT_ENOENT, "There is no such plugin");
	return check_state(r, args[0], ret);
}

/* The decision about this plugin and tenant: hash, row, the key that sealed the secrets, all grants. */
int plugin_rights_find(struct req *r, struct plugin_rights *d)
{
	const char *name = arena_printf(r->op.arena, "plugin:%d:%s", r->op.who->tenant, d->key);
	int64_t now = clock_ms();
	const char *grants, *val;
	struct rows rows;
	size_t len;
	int rc;

	val = lease_get(r->op.app->lease, r->op.arena, name, &len);
	if (!val) {
		if ((rc = find(r, &PLUGIN_FIND, DB_ARGS(d->key), &rows)) < 0)
			return rc;
		grants = row_text(&rows, 0, 4);
		val = arena_printf(r->op.arena, "%s %s %ld %s", row_text(&rows, 0, 1),
			row_text(&rows, 0, 6), row_int(&rows, 0, 5), grants ? grants : "");
		/* Keys of secrets change under running calls, and nobody waits for that. */
		if (row_int(&rows, 0, 5) == 0)
			lease_put(r->op.app->lease, name, val, strlen(val), now);
	}
	d->sha256 = arena_strndup(r->op.arena, val, strcspn(val, " "));
	val += strcspn(val, " ") + 1;
	d->version = arena_strndup(r->op.arena, val, strcspn(val, " "));
	val += strcspn(val, " ") + 1;
	d->secrets_key = (int)strtol(val, NULL, 10);
	d->own = own_permissions(r, d->key, val + strcspn(val, " ") + 1);
	return 0;
}

static int dispatch(struct req *r)
{
	struct plugin_rights d = {.key = req_param(r, "key")};
	const char *path = r->path + strlen(PREFIX) + strlen(d.key), *permission = NULL;
	int rc;

	/* Only where nginx takes the answer for a plugin's, which may not redirect it (plugins.conf). */
	if (!req_env(r, "MT_PLUGIN")) {
		op_log(&r->op,
			"nginx's configuration is not of this version: it gives no MT_PLUGIN");
		return op_fail(&r->op, MT_EINTERNAL, "The request can't be passed on");
	}
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return op_fail(&r->op, MT_EINVAL, "The path has control characters");
	if ((rc = plugin_rights_find(r, &d)) < 0 ||
		(rc = plugin_route_find(r, d.sha256, d.version, path, &permission)) < 0)
		return rc;
	if (!permission || !*permission)
		permission = NULL;
	if (permission ? !plugin_rights_may(r, &d, permission)
		       : !ident_scope(r->op.who, SCOPE_PLUGINS))
		return ident_refuse(r, permission ? permission : SCOPE_PLUGINS);
	return hand_over(r, &d, path);
}

static const char *type_of(const char *file)
{
	static const char *const TYPES[][2] = {
		{".js", "application/javascript"},
		{".css", "text/css"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".json", "application/json"},
		{".md", "text/markdown; charset=utf-8"},
		{".woff2", "font/woff2"},
	};
	const char *end = strrchr(file, '.');

	for (size_t i = 0; end && i < sizeof(TYPES) / sizeof(*TYPES); i++)
		if (!strcmp(end, TYPES[i][0]))
			return TYPES[i][1];
	return NULL;
}

/* nginx sends the bytes, from the internal location /-/plugin-ui/. */
static int ui_file(struct req *r)
{
	static const char NAME[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *key = req_param(r, "key"), *file = req_param(r, "file"), *path;
	const char *type = type_of(file);
	struct rows rows;
	int rc = find(r, &PLUGIN_FIND_FILE, DB_ARGS(key, file), &rows);

	if (rc < 0)
		return rc;
	path = row_text(&rows, 0, 4);
	if (!path || !type || file[strspn(file, NAME)] || !layout_is_asset(path))
		return op_fail(&r->op, MT_ENOENT, "The plugin's interface has no such file");
	reply_header(r, "X-Accel-Redirect", "/-/plugin-ui/%s/%s", row_text(&rows, 0, 1), path);
	return reply_data(r, 200, type, "", 0);
}

static const struct route ROUTES[] = {
	{"GET", PREFIX ":key/ui/dist/:file", NULL, NULL, ROUTE_ASSET, 0, ui_file, .type = "*/*"},
	{"*", PREFIX ":key/", NULL, NULL, ROUTE_PREFIX | ROUTE_RAW_BODY | ROUTE_FOREIGN, 0,
		dispatch, .type = "*/*", .scope = SCOPE_NONE},
	{.path = NULL},
};

const struct route_table plugin_routes = {"plugins", ROUTES};
