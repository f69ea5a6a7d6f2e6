/*
 * notifications.c - messages to a person, a role or the whole company, one's own notifications, and
 * who is present.
 *
 * Recipients always belong to the caller's tenant: mortise.notify() uses the tenant of the
 * transaction. They are stored once for all their recipients (sql/007-notifications.sql), as long
 * as the company keeps them; what a person has read, or removed from their list, is that person's.
 */
#include "api/api.h"

#include <string.h>

#include "base/json.h"
#include "base/valid.h"
#include "api/notifications.sql.h"

/* Up to so many recipients, who sent it sees by name who has seen it. */
#define NAMES_MAX 50

static const struct column COLUMNS[] = {
	{"id", STRING(1, 120), KEY},
	{"title", STRING(1, NOTICE_TITLE_MAX), REQUIRED | SEARCH},
	{"message", TEXT(1, NOTICE_MESSAGE_MAX), REQUIRED | SEARCH},
	{"icon", STRING(1, NOTICE_ICON_MAX), .fallback = NOTICE_ICON},
	{"url", STRING(1, NOTICE_URL_MAX), NULLABLE},
	{"priority", ENUM(NOTICE_PRIORITIES), FILTER | SORT_DOWN, .fallback = "normal"},
	{"kind", ENUM("user|role|company|organization|everyone"), READONLY | FILTER,
		.about = "whom it was for"},
	{"topic", ENUM("assigned|mentioned|commented|state|person|plugin|system|security"),
		READONLY | FILTER,
		.about = "what it is about; how one hears of it is a choice by topic"},
	{"fromUserId", UUID, NULLABLE | READONLY | FILTER},
	{"fromUserName", STRING(1, 120), NULLABLE | READONLY},
	{"pluginKey", STRING(1, 40), NULLABLE | READONLY | FILTER},
	{"text", OBJECT, NULLABLE | READONLY,
		.about = "of Mortise's own: key and values of title and message"},
	{"read", BOOLEAN, READONLY | FILTER},
	{"sentAt", TIME, READONLY | FILTER | SORT_DOWN},
	{0},
};

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
		"Must be null, a path such as /tab/Tickets, or an address with http:// or https://");
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *payload_of(struct req *r, const char *url)
{
	return api_json(
		r, json_pack("{ss ss ss so ss ss ss}", "title", api_body_str(r, "title", ""),
			   "message", api_body_str(r, "message", ""), "icon",
			   api_body_str(r, "icon", NOTICE_ICON), "url", text_or_null(url),
			   "priority", api_body_str(r, "priority", "normal"), "fromUserId",
			   r->op.who->user, "fromUserName", r->op.who->name));
}

static int sent(struct req *r, const struct rows *rows)
{
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_json(r, 200,
		api_json(r, json_pack("{sb sI}", "success", 1, "sentCount",
				    (json_int_t)row_int(rows, 0, 0))));
}

/* Sends the checked body as a notification of that kind; where: pointer of the field with the target. */
static int send(struct req *r, const char *kind, const char *target, const char *where)
{
	const char *url;
	struct rows rows;
	int rc = check_url(r, &url);

	if (rc < 0)
		return rc;
	rc = op_write(&r->op, op_as(&r->op), &NOTIFY,
		DB_ARGS(kind, target, json_text(r->op.arena, payload_of(r, url), NULL)), &rows);
	if (rc == MT_ENOENT) { /* the address exists, what its body names doesn't */
		op_clear(&r->op);
		return op_fault(&r->op, where, "Must be an active user of your company");
	}
	if (rc == MT_EINVAL && !strcmp(kind, "role")) {
		op_clear(&r->op);
		return op_fault(&r->op, where, "There is no role \"%.60s\"", target);
	}
	return rc < 0 ? rc : sent(r, &rows);
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

static int notify_team(struct req *r)
{
	const char *url;
	struct rows rows;
	int rc = check_url(r, &url);

	if (rc < 0 || (rc = op_write(&r->op, op_as(&r->op), &NOTIFY_TEAM,
			       DB_ARGS(api_lower(r, api_body_str(r, "teamId", "")),
				       json_text(r->op.arena, payload_of(r, url), NULL)),
			       &rows)) < 0)
		return rc;
	return row_text(&rows, 0, 0)
		       ? sent(r, &rows)
		       : op_fault(&r->op, "/teamId", "Must be a team of your company");
}

/* organization or company: NULL = not of that one. */
static int announce(struct req *r, const char *organization, const char *company)
{
	const char *url;
	struct rows rows;
	int rc = check_url(r, &url);

	if (rc < 0)
		return rc;
	rc = op_write(&r->op, op_as(&r->op), &ANNOUNCE,
		DB_ARGS(json_text(r->op.arena, payload_of(r, url), NULL), organization, company),
		&rows);
	if (rc == MT_ENOENT) { /* the address exists, what its body names doesn't */
		op_clear(&r->op);
		return organization ? op_fault(&r->op, "/organization",
					      "There is no organization with the name %.120s",
					      organization)
				    : op_fault(&r->op, "/company",
					      "There is no company with the code %.60s", company);
	}
	return rc < 0 ? rc : sent(r, &rows);
}

/* Everybody of every company: only the system administration may. */
static int notify_everyone(struct req *r)
{
	return announce(r, NULL, NULL);
}

/* Everybody of an organization's companies. */
static int notify_organization(struct req *r)
{
	return announce(r, api_body_str(r, "organization", ""), NULL);
}

static int notify_one_company(struct req *r)
{
	return announce(r, NULL, api_body_str(r, "company", ""));
}

static int read_until(struct req *r)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &NOTIFICATIONS_READ,
		DB_ARGS(api_body_str(r, "until", ""),
			json_is_true(json_object_get(r->body, "all")) ? "true" : "false"),
		&rows);

	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static int mark(struct req *r, const char *state)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &NOTIFICATION_MARK,
		DB_ARGS(req_param(r, "id"), state), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "There is no such notification: it was removed");
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static int mark_one(struct req *r)
{
	return mark(r, json_is_true(json_object_get(r->body, "read")) ? "read" : "unread");
}

static int delete_one(struct req *r)
{
	return mark(r, "gone");
}

/* Names are for people who see those of their company anyway. */
static int seen_by(struct req *r)
{
	struct rows rows;
	int most = ident_may(r->op.who, "users:read") ? NAMES_MAX : -1;
	int rc = op_read(&r->op, op_as(&r->op), &NOTIFICATION_SEEN_BY,
		DB_ARGS(req_param(r, "id"), arena_printf(r->op.arena, "%d", most)), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n || !row_text(&rows, 0, 0))
		return op_fail(&r->op, MT_ENOENT, "You sent no such notification");
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

static int active_users(struct req *r)
{
	return api_read_json(r, &ACTIVE_USERS, DB_NOARGS);
}

static int stats(struct req *r)
{
	if (r->op.who->is_system)
		return api_read_json(r, &PRESENCE_STATS_ALL, DB_NOARGS);
	return api_read_json(r, &PRESENCE_STATS, DB_ARGS(r->op.who->tenant_code));
}

static const struct field TO_USER[] = {
	{"targetUserId", FIELD_UUID, FIELD_REQUIRED}, {.type = FIELD_COLUMNS}, {.type = FIELD_END}};
static const struct field TO_COMPANY[] = {{.type = FIELD_COLUMNS}, {.type = FIELD_END}};
static const struct field TO_ROLE[] = {{"role", FIELD_STRING, FIELD_REQUIRED, 1, 60},
	{.type = FIELD_COLUMNS}, {.type = FIELD_END}};

static const struct field TO_TEAM[] = {
	{"teamId", FIELD_UUID, FIELD_REQUIRED}, {.type = FIELD_COLUMNS}, {.type = FIELD_END}};

static const struct field READ[] = {
	{"until", FIELD_TIME, FIELD_REQUIRED}, {"all", FIELD_BOOL}, {.type = FIELD_END}};
static const struct field MARK[] = {{"read", FIELD_BOOL, FIELD_REQUIRED}, {.type = FIELD_END}};
static const struct field SEEN[] = {
	ANSWER("userId", UUID),
	ANSWER("name", TEXT),
	ANSWER("seen", BOOL),
	ANSWER_END,
};
static const struct field SEEN_BY[] = {
	ANSWER_OF("items", ARRAY, SEEN),
	ANSWER("hidden", BOOL),
	ANSWER_END,
};

static const struct field SENT[] = {{"success", FIELD_BOOL, FIELD_REQUIRED},
	{"sentCount", FIELD_INT, FIELD_REQUIRED}, {.type = FIELD_END}};
static const struct field PRESENT[] = {
	{"userId", FIELD_UUID, FIELD_REQUIRED},
	{"userName", FIELD_TEXT, FIELD_REQUIRED},
	{"role", FIELD_TEXT, FIELD_REQUIRED | FIELD_NULLABLE},
	{"connectedAt", FIELD_TIME, FIELD_REQUIRED},
	{.type = FIELD_END},
};
static const struct field ACTIVE[] = {{"users", FIELD_ARRAY, FIELD_REQUIRED, .of = PRESENT},
	{"count", FIELD_INT, FIELD_REQUIRED}, {.type = FIELD_END}};
static const struct field STATS[] = {
	{"totalConnections", FIELD_INT, FIELD_REQUIRED},
	{"byCompany", FIELD_OBJECT, FIELD_REQUIRED},
	{"byRole", FIELD_OBJECT, FIELD_REQUIRED},
	{.type = FIELD_END},
};

#define MAY "notifications:send"
static const struct route ROUTES[] = {
	{"POST", "/api/notifications/user", MAY, TO_USER, 0, 16384, notify_user, .answer = SENT},
	{"POST", "/api/notifications/company", MAY, TO_COMPANY, 0, 16384, notify_company,
		.answer = SENT},
	{"POST", "/api/notifications/role", MAY, TO_ROLE, 0, 16384, notify_role, .answer = SENT},
	{"POST", "/api/notifications/team", MAY, TO_TEAM, 0, 16384, notify_team, .answer = SENT},
	{"POST", "/api/notifications/read", NULL, READ, 0, 1024, read_until, .answer = answer_none,
		.scope = SCOPE_NOTIFICATIONS},
	{"PATCH", "/api/notifications/:id", NULL, MARK, 0, 1024, mark_one, .answer = answer_none,
		.scope = SCOPE_NOTIFICATIONS},
	{"DELETE", "/api/notifications/:id", NULL, .run = delete_one, .answer = answer_none,
		.scope = SCOPE_NOTIFICATIONS},
	{"GET", "/api/notifications/active-users", "users:read", NULL, 0, 0, active_users,
		.answer = ACTIVE},
	{"GET", "/api/notifications/stats", "stats:read", NULL, 0, 0, stats, .answer = STATS},
	{.path = NULL},
};

/* Of the admin pool, which alone may write to the channels of others. */
/* clang-format off */
#define ANNOUNCEMENT_FIELDS \
	{"title", FIELD_STRING, FIELD_REQUIRED, 1, NOTICE_TITLE_MAX}, \
	{"message", FIELD_TEXT, FIELD_REQUIRED, 1, NOTICE_MESSAGE_MAX}, \
	{"icon", FIELD_STRING, 0, 1, NOTICE_ICON_MAX}, \
	{"url", FIELD_STRING, FIELD_NULLABLE, 1, NOTICE_URL_MAX}, \
	{"priority", FIELD_ENUM, .one_of = NOTICE_PRIORITIES}, \
	{.type = FIELD_END}
/* clang-format on */

static const struct field ANNOUNCEMENT[] = {ANNOUNCEMENT_FIELDS};
static const struct field TO_ORGANIZATION[] = {
	{"organization", FIELD_STRING, FIELD_REQUIRED, 1, 120}, ANNOUNCEMENT_FIELDS}; /* its name */
static const struct field TO_ONE_COMPANY[] = {
	{"company", FIELD_STRING, FIELD_REQUIRED, 1, 40}, ANNOUNCEMENT_FIELDS}; /* its code */

static const struct route SYSTEM_ROUTES[] = {
	{"POST", "/api/notifications/everyone", "tenants:manage", ANNOUNCEMENT, 0, 16384,
		notify_everyone, .answer = SENT},
	{"POST", "/api/notifications/organization", "tenants:manage", TO_ORGANIZATION, 0, 16384,
		notify_organization, .answer = SENT},
	{"POST", "/api/notifications/one-company", "tenants:manage", TO_ONE_COMPANY, 0, 16384,
		notify_one_company, .answer = SENT},
	{.path = NULL},
};

const struct route_table announcement_routes = {"announcements", SYSTEM_ROUTES};

/* A view of the caller's own. */
const struct resource notification_resource = {
	.name = "notifications",
	.one = P_("notification"),
	.type = "Notification",
	.path = "/api/notifications",
	.table = "mortise.notifications",
	.title = "title",
	.scope = SCOPE_NOTIFICATIONS,
	.columns = COLUMNS,
	.offers = OFFERS_ONE,
	.order = "sentAt",
	.more = ROUTES,
};

static const struct column SENT_COLUMNS[] = {
	{"id", STRING(1, 120), KEY},
	{"title", STRING(1, NOTICE_TITLE_MAX), REQUIRED | SEARCH},
	{"message", TEXT(1, NOTICE_MESSAGE_MAX), REQUIRED | SEARCH},
	{"icon", STRING(1, NOTICE_ICON_MAX), .fallback = NOTICE_ICON},
	{"url", STRING(1, NOTICE_URL_MAX), NULLABLE},
	{"priority", ENUM(NOTICE_PRIORITIES), FILTER, .fallback = "normal"},
	{"kind", ENUM("user|role|company|organization|everyone"), READONLY | FILTER,
		.about = "whom it was for"},
	{"toUserName", STRING(1, 120), NULLABLE | READONLY},
	{"role", STRING(1, 40), NULLABLE | READONLY},
	{"recipients", INTEGER(0, 0), READONLY},
	{"seen", INTEGER(0, 0), READONLY, .about = "how many of them have seen it"},
	{"sentAt", TIME, READONLY | FILTER | SORT_DOWN},
	{0},
};

static const struct route SENT_ROUTES[] = {
	{"GET", "/api/notifications/sent/:id/people", MAY, NULL, 0, 0, seen_by, .answer = SEEN_BY},
	{.path = NULL},
};

/* What the caller sent. */
const struct resource sent_notification_resource = {
	.name = "sent-notifications",
	.one = P_("notification"),
	.type = "SentNotification",
	.path = "/api/notifications/sent",
	.table = "mortise.notifications_sent",
	.title = "title",
	.read = MAY,
	.columns = SENT_COLUMNS,
	.order = "sentAt",
	.page = 20,
	.page_max = 50,
	.more = SENT_ROUTES,
};
