/*
 * notifications.c - a message to a person, a role or the whole company, and who is there to read it.
 *
 * Recipients are always the caller's tenant's: mortise.notify() takes the tenant from the ticket.
 */
#include "api/api.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

/* clang-format off */
static const struct stmt NOTIFY = {"notify", "SELECT mortise.notify($1, $2, $3::jsonb)"};

static const struct stmt ACTIVE = {"active_users",
	"SELECT json_build_object('users', coalesce(json_agg(json_build_object("
	"  'userId', p.id, 'userName', p.name, 'role', p.role, 'connectedAt', " SQL_ISO("p.since") ")"
	"  ORDER BY lower(p.name), p.id), '[]'), 'count', count(*))"
	" FROM (SELECT u.id, u.name, u.roles[1] AS role, min(p.since) AS since"
	"  FROM mortise.presence p"
	"  JOIN mortise.users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id"
	"  WHERE p.expires_at > now() GROUP BY u.id, u.name, u.roles) AS p"};

/* Connections of one tenant: what an Admin sees. */
static const struct stmt STATS = {"presence_stats",
	"SELECT json_build_object('totalConnections', (SELECT count(*) FROM mortise.presence p"
	"  WHERE p.expires_at > now()),"
	" 'byCompany', json_build_object($1::text, (SELECT count(*) FROM mortise.presence p"
	"  WHERE p.expires_at > now())),"
	" 'byRole', (SELECT coalesce(json_object_agg(x.role, x.n ORDER BY x.role), '{}') FROM"
	"  (SELECT role, count(*) AS n FROM mortise.presence p"
	"   JOIN mortise.users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id"
	"   CROSS JOIN unnest(u.roles) AS role WHERE p.expires_at > now() GROUP BY role) AS x))"};
/* Those of all tenants; the function itself checks that the ticket's user is a SystemAdmin. */
static const struct stmt STATS_ALL = {"presence_stats_all",
	"WITH p AS (SELECT tenant_code, roles, connections FROM mortise.presence_all())"
	" SELECT json_build_object('totalConnections', (SELECT coalesce(sum(connections), 0) FROM p),"
	" 'byCompany', (SELECT coalesce(json_object_agg(tenant_code, n ORDER BY tenant_code), '{}')"
	"  FROM (SELECT tenant_code, sum(connections) AS n FROM p GROUP BY tenant_code) AS x),"
	" 'byRole', (SELECT coalesce(json_object_agg(role, n ORDER BY role), '{}') FROM"
	"  (SELECT role, sum(connections) AS n FROM p CROSS JOIN unnest(roles) AS role"
	"   GROUP BY role) AS x))"};
/* clang-format on */

/* null, "/path" of this site or a page of the web: nothing that a browser would run. */
static int check_url(struct req *r, const char **ret)
{
	const char *url = api_body_str(r, "url", NULL);
	bool good;

	*ret = url;
	if (!url)
		return 0;
	good = (url[0] == '/' && url[1] != '/' && url[1] != '\\') ||
	       (!strncmp(url, "https://", 8) && url[8] && url[8] != '/') ||
	       (!strncmp(url, "http://", 7) && url[7] && url[7] != '/');
	for (size_t n = strlen(url), at = 0, k; good && at < n; at += k) {
		unsigned c = 0;

		k = (size_t)utf8_next(url + at, n - at, &c);
		good = k > 0 && !utf8_is_blank(c) && c != '\\';
	}
	if (good)
		return 0;
	return op_fault(&r->op, "/url",
		"must be null, a path such as /tab/Tickets, or an address with http:// or https://");
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* Sends the checked body as a notification of that kind; where: pointer of the field with the target. */
static int send(struct req *r, const char *kind, const char *target, const char *where)
{
	const char *url;
	struct rows rows;
	json_t *payload;
	int rc = check_url(r, &url);

	if (rc < 0)
		return rc;
	payload = api_json(
		r, json_pack("{ss ss ss so ss ss ss}", "title", api_body_str(r, "title", ""),
			   "message", api_body_str(r, "message", ""), "icon",
			   api_body_str(r, "icon", "🔔"), "url", text_or_null(url), "priority",
			   api_body_str(r, "priority", "normal"), "fromUserId", r->op.who->user,
			   "fromUserName", r->op.who->name));
	rc = op_write(&r->op, op_as(&r->op), &NOTIFY,
		DB_ARGS(kind, target, json_text(r->op.arena, payload, NULL)), &rows);
	if (rc == MT_ENOENT) { /* the address exists, what its body names doesn't */
		op_clear(&r->op);
		return op_fault(&r->op, where, "must be an active user of your company");
	}
	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_json(r, 200,
		api_json(r, json_pack("{sb sI}", "success", 1, "sentCount",
				    (json_int_t)row_int(&rows, 0, 0))));
}

static int notify_user(struct req *r)
{
	return send(r, "user", api_lower(r, api_body_str(r, "targetUserId", "")), "/targetUserId");
}

static int notify_company(struct req *r)
{
	return send(r, "company", NULL, "");
}

static int notify_role(struct req *r)
{
	return send(r, "role", api_body_str(r, "role", ""), "/role");
}

static int active_users(struct req *r)
{
	return api_read_json(r, &ACTIVE, DB_NOARGS, "presence");
}

static int stats(struct req *r)
{
	if (r->op.who->is_system)
		return api_read_json(r, &STATS_ALL, DB_NOARGS, "presence");
	return api_read_json(r, &STATS, DB_ARGS(r->op.who->tenant_code), "presence");
}

/* clang-format off */
#define MESSAGE_FIELDS \
	{"title", FIELD_STRING, FIELD_REQUIRED, 1, 120, NULL}, \
	{"message", FIELD_TEXT, FIELD_REQUIRED, 1, 1000, NULL}, \
	{"icon", FIELD_STRING, 0, 1, 16, NULL}, \
	{"url", FIELD_STRING, FIELD_NULLABLE, 1, 500, NULL}, \
	{"priority", FIELD_ENUM, 0, 0, 0, "low|normal|high"}, \
	{.type = FIELD_END}
/* clang-format on */

static const struct field TO_USER[] = {
	{"targetUserId", FIELD_UUID, FIELD_REQUIRED, 0, 0, NULL}, MESSAGE_FIELDS};
static const struct field TO_COMPANY[] = {MESSAGE_FIELDS};
static const struct field TO_ROLE[] = {
	{"role", FIELD_ENUM, FIELD_REQUIRED, 0, 0, "Technician|Dispatcher|Admin|SystemAdmin"},
	MESSAGE_FIELDS};

#define MAY "notifications:send"
static const struct route ROUTES[] = {
	{"POST", "/api/notifications/user", MAY, TO_USER, 0, 16384, notify_user},
	{"POST", "/api/notifications/company", MAY, TO_COMPANY, 0, 16384, notify_company},
	{"POST", "/api/notifications/role", MAY, TO_ROLE, 0, 16384, notify_role},
	{"GET", "/api/notifications/active-users", "users:read", NULL, 0, 0, active_users},
	{"GET", "/api/notifications/stats", "stats:read", NULL, 0, 0, stats},
	{.path = NULL},
};

const struct route_table notification_routes = {"notifications", ROUTES};
