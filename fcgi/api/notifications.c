/*
 * notifications.c - a message to a person, a role or the whole company, and who is there to read it.
 *
 * Recipients are always the caller's tenant's: mortise.notify() takes the tenant from the ticket.
 */
#include "api/api.h"

#include <string.h>

#include "base/json.h"
#include "base/perm.h"
#include "base/valid.h"
#include "api/notifications.sql.h"

/* clang-format off */

/* clang-format on */

/* null, "/path" of this site or a page of the web: nothing that a browser would run. */
static int check_url(struct req *r, const char **ret)
{
	const char *url = api_body_str(r, "url", NULL);

	*ret = url;
	if (!url)
		return 0;
	if (valid_notice_url(url))
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
			   api_body_str(r, "icon", NOTICE_ICON), "url", text_or_null(url),
			   "priority", api_body_str(r, "priority", "normal"), "fromUserId",
			   r->op.who->user, "fromUserName", r->op.who->name));
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
	return api_read_json(r, &ACTIVE_USERS, DB_NOARGS, "presence");
}

static int stats(struct req *r)
{
	if (r->op.who->is_system)
		return api_read_json(r, &PRESENCE_STATS_ALL, DB_NOARGS, "presence");
	return api_read_json(r, &PRESENCE_STATS, DB_ARGS(r->op.who->tenant_code), "presence");
}

/* clang-format off */
#define MESSAGE_FIELDS \
	{"title", FIELD_STRING, FIELD_REQUIRED, 1, NOTICE_TITLE_MAX, NULL}, \
	{"message", FIELD_TEXT, FIELD_REQUIRED, 1, NOTICE_MESSAGE_MAX, NULL}, \
	{"icon", FIELD_STRING, 0, 1, NOTICE_ICON_MAX, NULL}, \
	{"url", FIELD_STRING, FIELD_NULLABLE, 1, NOTICE_URL_MAX, NULL}, \
	{"priority", FIELD_ENUM, 0, 0, 0, NOTICE_PRIORITIES}, \
	{.type = FIELD_END}
/* clang-format on */

static const struct field TO_USER[] = {
	{"targetUserId", FIELD_UUID, FIELD_REQUIRED, 0, 0, NULL}, MESSAGE_FIELDS};
static const struct field TO_COMPANY[] = {MESSAGE_FIELDS};
static const struct field TO_ROLE[] = {
	{"role", FIELD_ENUM, FIELD_REQUIRED, 0, 0, PERM_ROLES_FIELD}, MESSAGE_FIELDS};

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
