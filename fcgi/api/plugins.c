/*
 * plugins.c - /api/plugins/:key/...: may this person call this route of that plugin?
 *
 * nginx sends the head alone. When the answer is yes it is X-Accel-Redirect: @plugin with the pool's
 * name, a ticket that only this plugin's database role can use, and the identity; nginx then forwards
 * method and body to the pool. What the plugin declared for the route is known from its package, so a
 * plugin's own code decides nothing here and need not even run.
 */
#include "api/api.h"

#include <string.h>

#include "auth/ticket.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"

#define PREFIX "/api/plugins/"
#define POOL_HASH_DIGITS 12

static const struct stmt FIND = {"plugin_find",
	"SELECT i.state, p.sha256, p.quarantined_at IS NOT NULL, p.routes"
	" FROM mortise.installations i JOIN mortise.plugin_packages p ON p.sha256 = i.package_sha256"
	" WHERE i.plugin_key = $1"};

/* Finds what the package declares for this method and path, with the very function that the plugin's
 * worker will use: were the two of different minds, the permission of another route would count. */
static int find_route(
	struct req *r, const char *text, const char *path, const char **ret_permission)
{
	json_t *list, *one;
	size_t i;
	int rc = json_parse(r->pool, text ? text : "[]", text ? strlen(text) : 2, &list, &r->err);

	if (rc < 0)
		return err_set(&r->err, MT_EINTERNAL, "the package's routes can't be read");

	struct route *routes = pool_zalloc(r->pool, (json_array_size(list) + 1) * sizeof(*routes));
	struct route_table table = {"plugin", routes};
	const struct route_table *const tables[] = {&table, NULL};
	struct req call = *r;

	json_array_foreach(list, i, one) {
		routes[i].method = json_str(one, "method", "GET");
		routes[i].path = json_str(one, "path", "/");
		routes[i].permission = json_str(one, "permission", NULL);
	}
	call.path = path;
	rc = route_find(&call, tables);
	if (rc == 0)
		*ret_permission = call.route->permission;
	call.route = r->route;
	call.path = r->path;
	*r = call; /* with the error, or the header that says what is allowed */
	return rc;
}

static int check_state(struct req *r, const char *key, const char *state, bool quarantined)
{
	if (!strcmp(state, "disabled"))
		return api_fault(r, MT_EPERM, "plugin-disabled", "plugin is disabled");
	if (strcmp(state, "enabled")) {
		r->err.retry_after = 2;
		return api_fault(
			r, MT_EBUSY, "plugin-unavailable", "%s is being installed or removed", key);
	}
	if (quarantined)
		return api_fault(r, MT_EBUSY, "plugin-quarantined",
			"%s crashed again and again and is switched off until an administrator"
			" enables it",
			key);
	return 0;
}

/* Headers are bytes without control characters; names of people can be anything. */
static const char *percent(struct req *r, const char *s)
{
	static const char HEX[] = "0123456789ABCDEF";
	char *ret = pool_alloc(r->pool, 3 * strlen(s) + 1), *at = ret;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			strchr("-._~", c)) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = HEX[c >> 4];
		*at++ = HEX[c & 15];
	}
	*at = '\0';
	return ret;
}

static const char *plugin_role(struct req *r, const char *key)
{
	char *role = pool_printf(r->pool, "p_%s", key);

	for (char *c = role; *c; c++)
		if (*c == '-')
			*c = '_';
	return role;
}

static int hand_over(struct req *r, const char *key, const char *sha256, const char *path)
{
	const struct ident *w = r->who;

	reply_header(r, "X-Mt-Pool", "%s@%.*s", key, POOL_HASH_DIGITS, sha256);
	reply_header(r, "X-Mt-Ticket", "%s",
		ticket_mint(r->pool, r->app->ticket_key, w->tenant, w->user, plugin_role(r, key),
			clock_unix() + TICKET_SECONDS));
	reply_header(r, "X-Mt-Tenant", "%d", w->tenant);
	reply_header(r, "X-Mt-Tenant-Code", "%s", w->tenant_code);
	reply_header(r, "X-Mt-User", "%s", w->user);
	reply_header(r, "X-Mt-User-Name", "%s", percent(r, w->name));
	reply_header(r, "X-Mt-Roles", "%s", w->roles);
	reply_header(r, "X-Mt-Path", "%s", path);
	reply_header(r, "X-Accel-Redirect", "@plugin");
	return reply_data(r, 200, "text/plain", "", 0);
}

static int dispatch(struct req *r)
{
	const char *key = req_param(r, "key"), *permission = NULL;
	const char *path = r->path + strlen(PREFIX) + strlen(key);
	struct rows rows;
	int rc;

	if (!id_is_plugin_key(key))
		return err_set(&r->err, MT_ENOENT, "no such plugin");
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(&r->err, MT_EINVAL, "the path has control characters");
	rc = db_read(r->app->db, r->pool, r->deadline, app_ticket(r), &FIND, DB_ARGS(key), &rows,
		&r->err);
	if (rc < 0)
		return rc;
	if (!rows.n)
		return err_set(&r->err, MT_ENOENT, "no such plugin");
	rc = check_state(r, key, row_text(&rows, 0, 0), row_bool(&rows, 0, 2));
	if (rc < 0 || (rc = find_route(r, row_text(&rows, 0, 3), path, &permission)) < 0)
		return rc;
	if (permission && *permission && !ident_may(r->who, permission))
		return err_set(&r->err, MT_EPERM, "this needs the permission %s", permission);
	return hand_over(r, key, row_text(&rows, 0, 1), path);
}

static const struct route ROUTES[] = {
	{"*", PREFIX ":key/", NULL, NULL, ROUTE_PREFIX | ROUTE_RAW_BODY, 0, dispatch},
	{.path = NULL},
};

const struct route_table plugin_routes = {"plugins", ROUTES};
