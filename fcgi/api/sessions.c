/*
 * sessions.c - where somebody is signed in, and signing out there.
 *
 * Answers when what the sessions have open is closed, as after signing out (auth/rights.h).
 */
#include "api/api.h"

#include <string.h>

#include "auth/device.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"
#include "api/sessions.sql.h"

#define ID_LEN 32

/* Of a session's channel, "s.<id>". */
static const char *own_id(const struct req *r)
{
	return r->op.who->channel + 2;
}

static json_t *session_json(struct req *r, const struct rows *rows, int i)
{
	const char *id = row_text(rows, i, 0);
	struct device on = device_of(r->op.arena, row_text(rows, i, 2));

	return json_pack("{ss ss sb ss? ss? ss? ss ss? ss}", "id", id, "kind", row_text(rows, i, 1),
		"current", strcmp(id, own_id(r)) == 0, "browser", on.browser, "platform",
		on.platform, "address", row_text(rows, i, 3), "createdAt", row_text(rows, i, 4),
		"lastUsedAt", row_text(rows, i, 5), "expiresAt", row_text(rows, i, 6));
}

static int session_list(struct req *r)
{
	json_t *items = json_array();
	struct rows rows;
	int rc;

	json_own(r->op.arena, items);
	if ((rc = op_read(&r->op, op_as(&r->op), &OWN_SESSIONS, DB_NOARGS, &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		json_array_append_new(items, session_json(r, &rows, i));
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "items", items)));
}

/* *ret: how many of the sender's sessions ended; id and but as in sql/021-accounts.sql. */
static int drop(struct req *r, const char *id, const char *but, long *ret)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &OWN_SESSIONS_DROP, DB_ARGS(id, but), &rows);

	if (rc < 0)
		return rc;
	*ret = row_int(&rows, 0, 0);
	if (*ret > 0)
		rights_hold(r, clock_ms());
	return 0;
}

static bool is_id(const char *s)
{
	return strlen(s) == ID_LEN && strspn(s, "0123456789abcdef") == ID_LEN;
}

static int session_delete(struct req *r)
{
	const char *id = req_param(r, "id");
	long n = 0;
	int rc;

	if (is_id(id) && (rc = drop(r, id, NULL, &n)) < 0)
		return rc;
	if (n == 0)
		return op_fail(&r->op, MT_ENOENT, "There is no such session: it has ended");
	return reply_empty(r);
}

static int session_delete_others(struct req *r)
{
	long n;
	int rc = drop(r, NULL, r->op.who->session, &n);

	return rc < 0 ? rc
		      : reply_json(r, 200, api_json(r, json_pack("{sI}", "ended", (json_int_t)n)));
}

static const struct field SESSION[] = {
	ANSWER("id", TEXT),
	{"kind", FIELD_ENUM, FIELD_REQUIRED, .one_of = "cookie|system|token"},
	ANSWER("current", BOOL),
	ANSWER_NULL("browser", TEXT),
	ANSWER_NULL("platform", TEXT),
	ANSWER_NULL("address", TEXT),
	ANSWER("createdAt", TIME),
	ANSWER_NULL("lastUsedAt", TIME),
	ANSWER("expiresAt", TIME),
	ANSWER_END,
};

static const struct field ENDED[] = {ANSWER("ended", INT), ANSWER_END};

static const struct route ROUTES[] = {
	{"GET", "/api/me/sessions", NULL, NULL, ROUTE_SYSTEM, 0, session_list,
		.answer = ANSWER_ITEMS(SESSION)},
	{"DELETE", "/api/me/sessions", NULL, NULL, ROUTE_SYSTEM, 0, session_delete_others,
		.answer = ENDED},
	{"DELETE", "/api/me/sessions/:id", NULL, NULL, ROUTE_SYSTEM, 0, session_delete,
		.answer = answer_none},
	{.path = NULL},
};

const struct route_table session_routes = {"sessions", ROUTES};
