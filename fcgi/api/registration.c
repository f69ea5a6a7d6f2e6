/*
 * registration.c - the form by which somebody registers a company, as far as the operator offers it
 * (registration in mortise.conf): for everybody, or with a one-time link that a system admin made.
 *
 * Nobody is signed in. The answer says nothing of addresses: one that has an account, or that waits
 * already, is answered as any other. No password is taken, as nobody can sign in before the company is
 * approved (registrations.c); its administrator then gets an invitation.
 */
#include "api/auth.h"

#include <string.h>

#include "api/api.h"
#include "auth/limit.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/valid.h"
#include "api/registration.sql.h"

static int no_link(struct req *r)
{
	return api_fault(r, MT_ENOENT, "link-invalid",
		"This link doesn't work any more: it was used, a newer one replaced it, or its time is "
		"over; ask for a new one");
}

static int closed(struct req *r)
{
	return api_fault(r, MT_EPERM, "registration-closed",
		"Companies can't register here: ask the operator of this server to add yours");
}

static bool is_mode(const struct req *r, const char *mode)
{
	return !strcmp(r->op.app->conf.registration, mode);
}

static int link_look(struct req *r)
{
	char hash[65], until[MOMENT_LEN];
	struct rows rows;
	int rc;

	if (is_mode(r, "closed"))
		return closed(r);
	auth_link_hash(r, hash);
	if ((rc = auth_find_link(r, &REGISTRATION_LINK, hash, no_link, &rows)) < 0)
		return rc;
	moment_iso(until, row_int(&rows, 0, 1) * 1000000L);
	return reply_json(r, 200, api_json(r, json_pack("{ss}", "expiresAt", until)));
}

static const char BOUND[] = "registration_limit"; /* a name of mortise.conf */

static int not_added(struct req *r, const char *fault, long wait_s)
{
	struct op *op = &r->op;

	if (!strcmp(fault, "token"))
		return no_link(r);
	if (!strcmp(fault, "code"))
		return op_fault(op, "/companyCode", "A company has this code already");
	if (!strcmp(fault, "timeZone"))
		return op_fault(
			op, "/timeZone", "Must be a time zone such as Europe/Berlin, or UTC");
	if (!strcmp(fault, "full"))
		return op_fail(op, MT_EBUSY,
			"Too many companies wait for approval (registration_waiting): try again tomorrow");
	op->err.retry_after = (unsigned)wait_s;
	return op_fail(op, MT_ERATE,
		"Your address has used up its %d requests an hour here (%s); the next is possible in %ld"
		" minutes",
		op->app->conf.registration_limit, BOUND, (wait_s + 59) / 60);
}

/* What registration_add() of sql/ takes. */
static const char *form_of(struct req *r)
{
	static const char *const NAMES[] = {"companyName", "companyCode", "organization", "name",
		"email", "timeZone", "language"};
	char id[ID_UUID_LEN + 1];
	json_t *form;

	id_uuid7(id);
	form = api_json(r, json_pack("{ss}", "id", id));
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
		const char *value = api_body_str(r, NAMES[i], NULL);

		if (value)
			json_object_set_new(form, NAMES[i], json_string(value));
	}
	return json_text(r->op.arena, form, NULL);
}

static int add(struct req *r)
{
	const struct conf *c = &r->op.app->conf;
	char hash[65], network[LIMIT_NAME_MAX];
	struct arena *p = r->op.arena;
	struct rows rows;
	int rc;

	if (is_mode(r, "closed"))
		return closed(r);
	if (is_mode(r, "invitation") && !api_body_str(r, "token", NULL))
		return api_fault(r, MT_EPERM, "registration-closed",
			"Companies register here by invitation: ask the operator of this server for a link");
	if (!valid_tenant_code(api_body_str(r, "companyCode", "")))
		return op_fault(&r->op, "/companyCode",
			"Must be 2 to 40 of the characters a-z, 0-9 and -, and begin with a letter");
	auth_link_hash(r, hash);
	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &REGISTRATION_ADD,
		DB_ARGS(form_of(r), api_body_str(r, "token", NULL) ? hash : NULL, network,
			arena_printf(p, "%d", c->registration_limit),
			arena_printf(p, "%d", c->registration_waiting)),
		&rows);
	if (rc < 0)
		return rc;
	if (row_text(&rows, 0, 0))
		return not_added(r, row_text(&rows, 0, 0), row_int(&rows, 0, 1));
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static const struct field LOOK[] = {AUTH_TOKEN, {.type = FIELD_END}};

static const struct field LOOKED[] = {
	ANSWER("expiresAt", TIME),
	ANSWER_END,
};

static const struct field ADD[] = {
	{"companyName", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{"companyCode", FIELD_STRING, FIELD_REQUIRED, 2, 40},
	{"organization", FIELD_STRING, FIELD_NULLABLE, 1, 120},
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{"email", FIELD_EMAIL, FIELD_REQUIRED, 3, 254},
	{"timeZone", FIELD_STRING, 0, 1, 64},
	{"language", FIELD_ENUM, .one_of = ME_LANGUAGES},
	{"token", FIELD_STRING, 0, ID_TOKEN_LEN, ID_TOKEN_LEN},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"POST", "/api/registration", NULL, ADD, ROUTE_PUBLIC, 16384, add, .answer = answer_none},
	{"POST", "/api/registration/link", NULL, LOOK, ROUTE_PUBLIC, 16384, link_look,
		.answer = LOOKED},
	{.path = NULL},
};

const struct route_table registration_routes = {"registration", ROUTES};
