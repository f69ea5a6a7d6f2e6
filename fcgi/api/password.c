/*
 * password.c - choosing a password: with a one-time link that somebody handed over, and one's own.
 *
 * A link's token comes in a body, never in an address. One that is unknown, used up, too old, or whose
 * person or company is deactivated gets the same answer, and counts as a wrong password from that
 * network does.
 */
#include "api/auth.h"

#include <string.h>

#include "api/api.h"
#include "api/second_factor.h"
#include "auth/limit.h"
#include "auth/password.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/moment.h"
#include "api/password.sql.h"

struct invited {
	const char *purpose, *email, *name, *company;
	long expires;
	bool has_factor;
};

static int no_link(struct req *r)
{
	return api_fault(r, MT_ENOENT, "link-invalid",
		"This link doesn't work any more: it was used, a newer one replaced it, or its time is "
		"over; ask for a new one");
}

void auth_link_hash(struct req *r, char ret[65])
{
	const char *token = api_body_str(r, "token", "");

	id_sha256_hex(ret, token, strlen(token));
}

int auth_find_link(struct req *r, const struct stmt *s, const char *hash, int (*none)(struct req *),
	struct rows *ret)
{
	char network[LIMIT_NAME_MAX];
	int rc;

	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, s,
		DB_ARGS(hash, network,
			arena_printf(r->op.arena, "%d", r->op.app->conf.login_tries_address)),
		ret);
	if (rc < 0)
		return rc;
	if (!ret->n)
		return none(r);
	if (row_int(ret, 0, 0) > 0)
		return auth_locked(r, row_int(ret, 0, 0), "address");
	return 0;
}

static int find_link(struct req *r, const char *hash, struct invited *ret)
{
	struct rows rows;
	int rc = auth_find_link(r, &LINK_TRY, hash, no_link, &rows);

	if (rc < 0)
		return rc;
	*ret = (struct invited){row_text(&rows, 0, 1), row_text(&rows, 0, 2), row_text(&rows, 0, 3),
		row_text(&rows, 0, 4), row_int(&rows, 0, 5), row_bool(&rows, 0, 6)};
	return 0;
}

int auth_choose(
	struct req *r, const char *field, const char *const *known, char ret[PASSWORD_HASH_MAX])
{
	const char *at = arena_printf(r->op.arena, "/%s", field);
	const char *password = api_body_str(r, field, "");

	switch (password_check(password, known)) {
	case PASSWORD_SHORT:
		return op_fault(&r->op, at, "Must have at least %d characters", PASSWORD_MIN);
	case PASSWORD_LONG:
		return op_fault(&r->op, at, "Must have at most %d bytes", PASSWORD_MAX);
	case PASSWORD_EASY:
		return op_fault(&r->op, at,
			"Is too easy to guess: add words that have nothing to do with you");
	case PASSWORD_GOOD:
		break;
	}
	return password_hash(password, ret) < 0
		       ? op_fail(&r->op, MT_EINTERNAL, "Not enough memory for argon2id")
		       : 0;
}

static int link_look(struct req *r)
{
	struct invited who;
	char hash[65], until[MOMENT_LEN];
	int rc;

	auth_link_hash(r, hash);
	if ((rc = find_link(r, hash, &who)) < 0)
		return rc;
	moment_iso(until, who.expires * 1000000L);
	return reply_json(r, 200,
		api_json(r, json_pack("{ss ss ss ss ss si sb}", "purpose", who.purpose, "email",
				    who.email, "name", who.name, "company", who.company,
				    "expiresAt", until, "passwordMin", PASSWORD_MIN, "secondFactor",
				    who.has_factor)));
}

static int link_redeem(struct req *r)
{
	const char *hours = arena_printf(r->op.arena, "%d", r->op.app->conf.session_hours);
	const char *mark = auth_mark(r);
	char link[65], session[65], token[ID_TOKEN_LEN + 1], password[PASSWORD_HASH_MAX];
	char network[LIMIT_NAME_MAX];
	struct invited who;
	struct rows rows, none;
	int rc;

	auth_link_hash(r, link);
	if ((rc = find_link(r, link, &who)) < 0 ||
		(rc = auth_choose(r, "password",
			 (const char *const[]){who.email, who.name, who.company, NULL}, password)) <
			0)
		return rc;
	/* Somebody else may read the mail with the link. */
	if (who.has_factor && (rc = factor_check_use(r, who.email, auth_device(r, mark))) < 0)
		return rc;
	id_token(token);
	id_sha256_hex(session, token, strlen(token));
	rc = op_write(&r->op, NULL, &LINK_REDEEM, DB_ARGS(link, password, session, "cookie", hours),
		&rows);
	if (rc < 0)
		return rc;
	if (!row_text(&rows, 0, 0)) /* somebody else was faster */
		return no_link(r);
	app_wake_steward(r->op.app, WAKE_EVENTS);
	limit_name(r->remote, network);
	if (row_int(&rows, 0, 0) == 0) { /* signs in with a passkey */
		rights_hold(r, clock_ms());
		return factor_ask(r, who.email, "cookie", auth_device(r, mark));
	}
	if ((rc = op_write(&r->op, NULL, &LOGIN_KNOWN,
		     DB_ARGS(who.email, network, auth_device(r, mark)), &none)) < 0 ||
		(rc = auth_begin(r, token, row_int(&rows, 0, 0), mark, NULL)) < 0)
		return rc;
	rights_hold(r, clock_ms()); /* the sessions of before */
	return 0;
}

/* Nobody learns here who has an account: the answer is the same, and takes the same time. */
static int forgotten(struct req *r)
{
	char mail[ID_UUID_LEN + 1], network[LIMIT_NAME_MAX];
	struct rows rows;
	int rc;

	if ((rc = api_mail_is_on(r)) < 0)
		return rc;
	id_uuid7(mail);
	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &MAIL_FORGOTTEN,
		DB_ARGS(api_lower(r, api_body_str(r, "email", "")), mail, network,
			arena_printf(r->op.arena, "%d", r->op.app->conf.login_tries_address)),
		&rows);
	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return auth_locked(r, row_int(&rows, 0, 0), "address");
	app_wake_steward(r->op.app, WAKE_MAIL);
	return reply_empty(r);
}

/* What a sign-in page offers beside a password. */
static int ways(struct req *r)
{
	return reply_json(r, 200,
		api_json(r, json_pack("{sb ss}", "resetByMail", r->op.app->conf.smtp_url[0] != '\0',
				    "registration", r->op.app->conf.registration)));
}

static int password_change(struct req *r)
{
	const struct ident *w = r->op.who;
	char password[PASSWORD_HASH_MAX];
	struct rows rows;
	int rc;

	if ((rc = auth_check_own(r, api_body_str(r, "old", ""))) < 0 ||
		(rc = auth_choose(r, "new",
			 (const char *const[]){w->email, w->name, w->tenant_name, NULL},
			 password)) < 0)
		return rc;
	rc = op_write(&r->op, NULL, &PASSWORD_CHANGE,
		DB_ARGS(w->session, password,
			json_is_true(json_object_get(r->body, "endTokens")) ? "true" : "false"),
		&rows);
	if (rc < 0)
		return rc;
	rights_hold(r, clock_ms());
	return reply_empty(r);
}

static const struct field LOOK[] = {AUTH_TOKEN, {.type = FIELD_END}};

static const struct field LOOKED[] = {
	{"purpose", FIELD_ENUM, FIELD_REQUIRED, .one_of = "invite|reset"},
	ANSWER("email", EMAIL),
	ANSWER("name", TEXT),
	ANSWER("company", TEXT),
	ANSWER("expiresAt", TIME),
	ANSWER("passwordMin", INT),
	ANSWER("secondFactor", BOOL), /* a code has to come as well */
	ANSWER_END,
};

static const struct field REDEEM[] = {
	AUTH_TOKEN,
	{"password", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	FACTOR_CODE(0),
	{.type = FIELD_END},
};

static const struct field FORGOTTEN[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, 3, 254, NULL},
	{.type = FIELD_END},
};

static const struct field WAYS[] = {
	ANSWER("resetByMail", BOOL),
	{"registration", FIELD_ENUM, FIELD_REQUIRED, .one_of = "closed|invitation|open"},
	ANSWER_END,
};

static const struct field CHANGE[] = {
	{"old", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	{"new", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	{"endTokens", FIELD_BOOL}, /* the API tokens as well */
	{.type = FIELD_END},
};

/* Of the auth pool: they hash passwords. */
static const struct route ROUTES[] = {
	{"POST", "/api/auth/link", NULL, LOOK, ROUTE_PUBLIC, 16384, link_look, .answer = LOOKED},
	{"POST", "/api/auth/link/password", NULL, REDEEM, ROUTE_PUBLIC, 16384, link_redeem,
		.answer = auth_signed_in_or_half},
	{"GET", "/api/auth/ways", NULL, NULL, ROUTE_PUBLIC, 0, ways, .answer = WAYS},
	{"POST", "/api/auth/forgotten", NULL, FORGOTTEN, ROUTE_PUBLIC, 16384, forgotten,
		.answer = answer_none},
	{"POST", "/api/auth/password", NULL, CHANGE, 0, 16384, password_change,
		.answer = answer_none},
	{.path = NULL},
};

const struct route_table password_routes = {"password", ROUTES};
