/*
 * profile.c - PATCH /api/me: what people change of themselves, without anybody's leave. Name and
 * phone are what others see, so a change of them is in the history and raises an event, as an
 * administrator's does.
 */
#include "api/api.h"

#include <string.h>

#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"
#include "events/event.h"
#include "api/profile.sql.h"

enum { NAME, PHONE, LANGUAGE, THEME, ZONE, LOCALE, N_VALUES };
#define N_SEEN 2 /* by others: name and phone */

static const char *const NAMES[N_VALUES] = {
	"name", "phone", "language", "theme", "ownTimeZone", "locale"};

struct profile {
	const char *old[N_VALUES], *new[N_VALUES];
};

static bool differs(const struct profile *p, int i)
{
	return p->old[i] && p->new[i] ? strcmp(p->old[i], p->new[i]) != 0 : p->old[i] != p->new[i];
}

/* Locked until the transaction ends. */
static int load(struct req *r, struct profile *p)
{
	struct rows rows;
	int rc = op_query(&r->op, &PROFILE_LOCK, DB_ARGS(r->op.who->user), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_EAUTH, "Sign in first");
	for (int i = 0; i < N_VALUES; i++) {
		const json_t *v = json_object_get(r->body, NAMES[i]);

		p->old[i] = row_text(&rows, 0, i);
		p->new[i] = v ? json_string_value(v) : p->old[i];
	}
	return 0;
}

static int report(struct req *r, const struct profile *p, long version)
{
	const struct ident *w = r->op.who;
	json_t *changes = json_object(), *event;
	int rc;

	json_own(r->op.arena, changes);
	for (int i = 0; i < N_SEEN; i++)
		if (differs(p, i))
			json_object_set_new(
				changes, NAMES[i], json_pack("[s?s?]", p->old[i], p->new[i]));
	event = api_json(r, json_pack("{ss si ss sb ss ss}", "userId", w->user, "version",
				    (int)version, "name", p->new[NAME], "active", 1, "byUserId",
				    w->user, "byUserName", p->new[NAME]));
	rc = op_queue(
		&r->op, &PROFILE_HISTORY, DB_ARGS(w->user, json_text(r->op.arena, changes, NULL)));
	return rc < 0 ? rc : event_emit(&r->op, event_tenant(&r->op), "UserUpdated", event);
}

static int check_zone(struct req *r, const struct profile *p)
{
	struct rows rows;
	int rc;

	if (!p->new[ZONE] || !differs(p, ZONE))
		return 0;
	rc = op_query(&r->op, &PROFILE_ZONE_KNOWN, DB_ARGS(p->new[ZONE]), &rows);
	if (rc < 0 || row_bool(&rows, 0, 0))
		return rc;
	return op_fault(&r->op, "/ownTimeZone", API_BAD_ZONE);
}

static int change(struct req *r, struct profile *p, bool *ret_seen)
{
	struct rows rows;
	bool any = false;
	int rc;

	*ret_seen = false;
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 || (rc = load(r, p)) < 0 ||
		(rc = check_zone(r, p)) < 0)
		return rc;
	for (int i = 0; i < N_VALUES; i++) {
		any = any || differs(p, i);
		*ret_seen = *ret_seen || (i < N_SEEN && differs(p, i));
	}
	if (!any)
		return op_commit(&r->op);
	rc = op_query(&r->op, &PROFILE_SET,
		DB_ARGS(r->op.who->user, p->new[NAME], p->new[PHONE], p->new[LANGUAGE],
			p->new[THEME], *ret_seen ? "1" : "0", p->new[ZONE], p->new[LOCALE]),
		&rows);
	if (rc < 0 || (*ret_seen && (rc = report(r, p, row_int(&rows, 0, 0))) < 0))
		return rc;
	return op_commit(&r->op);
}

static int profile_patch(struct req *r)
{
	struct profile p;
	bool seen;
	json_t *me;
	int rc;

	if ((rc = change(r, &p, &seen)) < 0)
		return rc;
	if (seen)
		app_wake_steward(r->op.app, WAKE_EVENTS);
	ident_forget(r, r->op.who->session);
	if ((rc = ident_again(r)) < 0)
		return rc;
	if (!r->op.who)
		return op_fail(&r->op, MT_EAUTH, "Sign in first");
	if ((rc = me_json(r, r->op.who, &me)) < 0)
		return rc;
	rights_hold_lease(r, clock_ms()); /* what every worker knows of the person from then on */
	return reply_json(r, 200, me);
}

static const struct field PROFILE[] = {
	{"name", FIELD_STRING, 0, 1, 120, NULL},
	{"phone", FIELD_STRING, FIELD_NULLABLE, 1, 40, NULL},
	{"language", FIELD_ENUM, FIELD_NULLABLE, .one_of = ME_LANGUAGES},
	{"theme", FIELD_ENUM, FIELD_NULLABLE, .one_of = ME_THEMES},
	{"ownTimeZone", FIELD_STRING, FIELD_NULLABLE, 1, 64},
	{"locale", FIELD_ENUM, FIELD_NULLABLE, .one_of = ME_LOCALES},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"PATCH", "/api/me", NULL, PROFILE, ROUTE_SYSTEM, 16384, profile_patch,
		.answer = me_answer},
	{.path = NULL},
};

const struct route_table profile_routes = {"profile", ROUTES};
