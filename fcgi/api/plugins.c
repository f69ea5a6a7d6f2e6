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

/* "/status/:id" against "/status/42": a parameter is one segment, not empty. */
static bool path_fits(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		size_t n = strcspn(pattern + 1, "/") + 1, m = strcspn(path + 1, "/") + 1;
		bool param = pattern[0] == '/' && pattern[1] == ':';

		if (*path != '/' || (param ? m < 2 : n != m || memcmp(pattern, path, n)))
			return false;
		pattern += n;
		path += m;
	}
	return !*pattern && !*path;
}

static bool method_fits(const char *declared, const char *asked)
{
	return !strcmp(declared, asked) || (!strcmp(declared, "GET") && !strcmp(asked, "HEAD"));
}

/* The route of the package that this request means. The first with a fitting path and method. */
static int find_route(struct req *r, const char *text, const char *path, const json_t **ret)
{
	const char *allow = "";
	json_t *routes, *route;
	size_t i;
	int rc = json_parse(r->pool, text ? text : "[]", text ? strlen(text) : 2, &routes, &r->err);

	if (rc < 0)
		return err_set(&r->err, MT_EINTERNAL, "the package's routes can't be read");
	json_array_foreach(routes, i, route)
	{
		const char *method = json_str(route, "method", "");

		if (!path_fits(json_str(route, "path", ""), path))
			continue;
		if (method_fits(method, r->method)) {
			*ret = route;
			return 0;
		}
		allow = pool_printf(r->pool, "%s%s%s", allow, *allow ? ", " : "", method);
	}
	if (!*allow)
		return err_set(&r->err, MT_ENOENT, "the plugin has no such route");
	reply_header(r, "Allow", "%s", allow);
	return err_set(&r->err, MT_EMETHOD, "this route knows %s", allow);
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
	const char *key = req_param(r, "key"), *permission, *path;
	const json_t *route = NULL;
	struct rows rows;
	int rc;

	if (!id_is_plugin_key(key))
		return err_set(&r->err, MT_ENOENT, "no such plugin");
	path = r->path + strlen(PREFIX) + strlen(key);
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
	if (rc < 0 || (rc = find_route(r, row_text(&rows, 0, 3), path, &route)) < 0)
		return rc;
	permission = json_str(route, "permission", NULL);
	if (permission && *permission && !ident_may(r->who, permission))
		return err_set(&r->err, MT_EPERM, "this needs the permission %s", permission);
	return hand_over(r, key, row_text(&rows, 0, 1), path);
}

static const struct route ROUTES[] = {
	{"*", PREFIX ":key/", NULL, NULL, ROUTE_PREFIX | ROUTE_RAW_BODY, 0, dispatch},
	{.path = NULL},
};

const struct route_table plugin_routes = {"plugins", ROUTES};
