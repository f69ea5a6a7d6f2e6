/*
 * preferences.c - how one wants to hear of notifications: by kind and way, quiet hours, digests.
 * Pages follow it for what they show, on every device as soon as it is changed; the steward for
 * mails. The inbox keeps all of them.
 */
#include "api/api.h"

#include <string.h>

#include "base/json.h"
#include "api/preferences.sql.h"

#define PATH "/api/me/notifications"
/* Without "security", which always comes. */
#define TOPICS "assigned|mentioned|commented|state|person|plugin|system"
#define DAYS "mon|tue|wed|thu|fri|sat|sun"
#define DIGESTS "never|hourly|daily"

static int answer(struct req *r, const struct rows *rows)
{
	json_t *all;
	int rc = row_json(&r->op, rows, 0, 0, &all);

	if (rc < 0)
		return rc;
	json_object_set_new(all, "mail", json_boolean(r->op.app->conf.smtp_url[0] != '\0'));
	return reply_json(r, 200, all);
}

static int preferences_get(struct req *r)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &PREFERENCES_GET, DB_NOARGS, &rows);

	return rc < 0 ? rc : answer(r, &rows);
}

static bool is_clock(const char *s)
{
	return strlen(s) == 5 && strspn(s, "0123456789") == 2 && s[2] == ':' &&
	       strspn(s + 3, "0123456789") == 2 && strncmp(s, "24", 2) < 0 && s[3] < '6';
}

static int preferences_patch(struct req *r)
{
	static const char *const clocks[] = {"quietFrom", "quietTo", "digestAt"};
	struct rows rows;
	int rc;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(*clocks); i++)
		if (!is_clock(api_body_str(r, clocks[i], "00:00")))
			return op_fault(&r->op, arena_printf(r->op.arena, "/%s", clocks[i]),
				"Must be a time of the day such as 07:30");
	rc = op_write(&r->op, op_as(&r->op), &PREFERENCES_SET,
		DB_ARGS(json_text(r->op.arena, r->body, NULL)), &rows);
	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return answer(r, &rows);
}

/* By a mail program, with the key of a digest (RFC 8058): nobody is signed in, and its body says nothing. */
static int unsubscribe(struct req *r)
{
	const char *key = req_query(r, "key");
	struct rows rows;
	int rc = op_write(&r->op, NULL, &DIGEST_STOP, DB_ARGS(key ? key : ""), &rows);

	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return op_fail(&r->op, MT_ENOENT,
			"This link to end mails doesn't work: sign in to choose");
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static const struct field KEY_QUERY[] = {{"key", FIELD_STRING, 0, 1, 200}, {.type = FIELD_END}};

static const struct field CHANGES[] = {
	{"toastOff", FIELD_ARRAY, 0, 0, 7, TOPICS},
	{"desktopOff", FIELD_ARRAY, 0, 0, 7, TOPICS},
	{"mailOff", FIELD_ARRAY, 0, 0, 7, TOPICS},
	{"quiet", FIELD_BOOL},
	{"quietFrom", FIELD_STRING, 0, 5, 5},
	{"quietTo", FIELD_STRING, 0, 5, 5},
	{"quietDays", FIELD_ARRAY, 0, 1, 7, DAYS},
	{"urgentAnyway", FIELD_BOOL},
	{"digest", FIELD_ENUM, .one_of = DIGESTS},
	{"digestAt", FIELD_STRING, 0, 5, 5},
	{.type = FIELD_END},
};

static const struct field PREFERENCES[] = {
	{"toastOff", FIELD_ARRAY, FIELD_REQUIRED, .one_of = TOPICS},
	{"desktopOff", FIELD_ARRAY, FIELD_REQUIRED, .one_of = TOPICS},
	{"mailOff", FIELD_ARRAY, FIELD_REQUIRED, .one_of = TOPICS},
	ANSWER("quiet", BOOL),
	ANSWER("quietFrom", TEXT),
	ANSWER("quietTo", TEXT),
	{"quietDays", FIELD_ARRAY, FIELD_REQUIRED, .one_of = DAYS},
	ANSWER("urgentAnyway", BOOL),
	{"digest", FIELD_ENUM, FIELD_REQUIRED, .one_of = DIGESTS},
	ANSWER("digestAt", TEXT),
	ANSWER("timeZone", TEXT),
	ANSWER("mail", BOOL),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", PATH, NULL, .run = preferences_get, .answer = PREFERENCES},
	{"PATCH", PATH, NULL, CHANGES, 0, 4096, preferences_patch, .answer = PREFERENCES},
	{"POST", "/api/notifications/unsubscribe", NULL, NULL,
		ROUTE_PUBLIC | ROUTE_RAW_BODY | ROUTE_ANY_ORIGIN, 1024, unsubscribe,
		.query = KEY_QUERY, .answer = answer_none},
	{.path = NULL},
};

const struct route_table preference_routes = {"preferences", ROUTES};
