/*
 * auth.c - sign in, sign out, tokens for scripts, and confirming the password.
 *
 * A wrong password, an unknown address, a deactivated person and a suspended company get the same
 * answer in the same time. Every try is counted in the database before the password is checked
 * (sql/003-sign-in.sql): by account and network, so that nobody can lock somebody else out; by
 * account over all networks that are new to it; and by network. A browser that signed in before
 * carries a mark and counts by itself.
 */
#include "api/auth.h"

#include <string.h>

#include "api/api.h"
#include "api/second_factor.h"

#include "auth/password.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/id.h"
#include "auth/limit.h"
#include "http/url.h"
#include "api/auth.sql.h"

#define DEVICE_COOKIE "mortise_device"
#define DEVICE_DAYS 180
#define LEFT_S 600
#define DEVICE_HEX 32 /* as much of the mark's hash as its name needs */

int auth_locked(struct req *r, long seconds, const char *bound)
{
	r->op.err.retry_after = (unsigned)seconds;
	if (!strcmp(bound, "address"))
		return op_fail(&r->op, MT_ERATE,
			"Too many failed attempts from your network (login_tries_address): try again "
			"in %ld s",
			seconds);
	if (!strcmp(bound, "everywhere"))
		return op_fail(&r->op, MT_ERATE,
			"Too many failed attempts for this account, from places where it never "
			"signed in (login_tries_account): try again in %ld s",
			seconds);
	return op_fail(&r->op, MT_ERATE,
		"Too many failed attempts for this account from your network (login_tries): try again "
		"in %ld s",
		seconds);
}

static int refused(struct req *r, const char *email, const char *source)
{
	struct rows rows;
	int rc = op_write(&r->op, NULL, &LOGIN_WRONG, DB_ARGS(email, source), &rows);

	if (rc < 0)
		return rc;
	if (rows.n && row_int(&rows, 0, 0) > 0)
		r->op.err.retry_after = (unsigned)row_int(&rows, 0, 0);
	return op_fail(&r->op, MT_EAUTH, "Email or password is wrong");
}

const char *auth_cookie(struct req *r, const char *name)
{
	size_t n = strlen(name);
	const char *at = req_header(r, "Cookie");

	for (; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
		at += strspn(at, " ");
		if (strncmp(at, name, n) || at[n] != '=')
			continue;
		if (strcspn(at + n + 1, "; ") == ID_TOKEN_LEN)
			return arena_strndup(r->op.arena, at + n + 1, ID_TOKEN_LEN);
	}
	return NULL;
}

const char *auth_mark(struct req *r)
{
	const char *mark = auth_cookie(r, DEVICE_COOKIE);
	char fresh[ID_TOKEN_LEN + 1];

	if (mark)
		return mark;
	id_token(fresh);
	return arena_strdup(r->op.arena, fresh);
}

const char *auth_device(struct req *r, const char *mark)
{
	char hash[65];

	if (!mark)
		return "";
	id_sha256_hex(hash, mark, strlen(mark));
	return arena_strndup(r->op.arena, hash, DEVICE_HEX);
}

int auth_check_password(struct req *r, const char *email, const char *password, const char *device,
	bool *ret_second)
{
	const struct conf *c = &r->op.app->conf;
	char network[LIMIT_NAME_MAX];
	struct rows rows;
	bool good;
	int rc;

	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &LOGIN_TRY,
		DB_ARGS(email, network, device, arena_printf(r->op.arena, "%d", c->login_tries),
			arena_printf(r->op.arena, "%d", c->login_tries_account),
			arena_printf(r->op.arena, "%d", c->login_tries_address)),
		&rows);
	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return auth_locked(r, row_int(&rows, 0, 0), row_text(&rows, 0, 1));
	good = password_verify(row_text(&rows, 0, 3), password);
	if (!good || !row_bool(&rows, 0, 4))
		return refused(r, email, row_text(&rows, 0, 2));
	*ret_second = row_bool(&rows, 0, 5);
	return 0;
}

int auth_right(struct req *r, const char *email, const char *device, bool signs_in)
{
	char network[LIMIT_NAME_MAX];
	struct rows none;

	limit_name(r->remote, network);
	return op_write(&r->op, NULL, &LOGIN_RIGHT,
		DB_ARGS(email, network, device, signs_in ? "true" : "false"), &none);
}

int auth_check(struct req *r, const char *email, const char *password, const char *device)
{
	bool second;
	int rc = auth_check_password(r, email, password, device, &second);

	return rc < 0 ? rc : auth_right(r, email, device, false);
}

int auth_no_system_admin(struct req *r)
{
	return api_fault(r, MT_EPERM, "no-system-admin",
		"This account does not administer the system: sign in at %s",
		r->op.app->conf.public_url);
}

/* Makes a session; the hash of its token is the session's name. */
static int make_session(struct req *r, const char *email, const char *kind,
	char token[ID_TOKEN_LEN + 1], long *ret_expires)
{
	const char *hours = arena_printf(r->op.arena, "%d", r->op.app->conf.session_hours);
	struct rows rows;
	char hash[65];
	int rc;

	id_token(token);
	id_sha256_hex(hash, token, strlen(token));
	rc = op_write(&r->op, NULL, &LOGIN_DONE, DB_ARGS(email, hash, kind, hours), &rows);
	if (rc < 0)
		return rc;
	*ret_expires = row_int(&rows, 0, 0);
	return *ret_expires == 0 ? auth_no_system_admin(r) : 0;
}

bool auth_is_tls(const struct req *r)
{
	const struct conf *c = &r->op.app->conf;

	return !strncmp(ident_on_system(r) ? c->system_url : c->public_url, "https:", 6);
}

/* Host-only and HttpOnly. The system administration's is never sent with a request of another site. */
static void set_cookie(struct req *r, const char *token, long seconds)
{
	reply_header(r, "Set-Cookie", "%s=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=%s%s",
		ident_cookie_name(r), token, seconds, ident_on_system(r) ? "Strict" : "Lax",
		auth_is_tls(r) ? "; Secure" : "");
}

void auth_set_cookie(struct req *r, const char *name, const char *value, long seconds)
{
	reply_header(r, "Set-Cookie",
		"%s=%s; Path=/api/auth/; Max-Age=%ld; HttpOnly; SameSite=Lax%s", name, value,
		seconds, auth_is_tls(r) ? "; Secure" : "");
}

/* Signing in anew ends the session that the browser had, so none is left behind. */
static int end_session(struct req *r, const char *hash, bool *ret_was)
{
	struct rows rows;
	int rc = op_write(&r->op, NULL, &SESSION_END, DB_ARGS(hash), &rows);

	ident_forget(r, hash);
	*ret_was = rc == 0 && row_bool(&rows, 0, 0);
	return rc;
}

int auth_open(struct req *r, const char *token, long expires, const char *mark)
{
	char hash[65], old[65];
	enum session_kind kind;
	bool was;
	int rc;

	id_sha256_hex(hash, token, strlen(token));
	if (ident_token_hash(r, old, &kind) && kind < SESSION_TOKEN &&
		(rc = end_session(r, old, &was)) < 0)
		return rc;
	kind = ident_on_system(r) ? SESSION_SYSTEM : SESSION_COOKIE;
	if ((rc = ident_load(r, hash, kind)) < 0)
		return rc;
	if (!r->op.who && ident_on_system(r)) /* a role needs it, and it is set up elsewhere */
		return factor_needed(r);
	if (!r->op.who)
		return op_fail(&r->op, MT_EINTERNAL, "The new session can't be found");
	set_cookie(r, token, expires - clock_unix());
	/* It proves only that somebody signed in here. */
	auth_set_cookie(r, DEVICE_COOKIE, mark, DEVICE_DAYS * 86400);
	return 0;
}

int auth_begin(struct req *r, const char *token, long expires, const char *mark, const json_t *more)
{
	json_t *me, *answer;
	int rc = auth_open(r, token, expires, mark);

	if (rc < 0 || (rc = me_json(r, r->op.who, &me)) < 0)
		return rc;
	answer = api_json(r, json_pack("{sO}", "user", me));
	if (more)
		json_object_update(answer, (json_t *)more);
	return reply_json(r, 200, answer);
}

static int auth_login(struct req *r)
{
	const char *mark = auth_mark(r), *kind = ident_on_system(r) ? "system" : "cookie";
	const char *device = auth_device(r, mark);
	const char *email = api_lower(r, api_body_str(r, "email", ""));
	char token[ID_TOKEN_LEN + 1];
	long expires;
	bool second;
	int rc = auth_check_password(r, email, api_body_str(r, "password", ""), device, &second);

	if (rc < 0)
		return rc;
	if (second)
		return factor_ask(r, email, kind, device);
	if ((rc = auth_right(r, email, device, true)) < 0)
		return rc;
	if (ident_on_system(r) && !strcmp(r->op.app->conf.system_second_factor, "required"))
		return factor_needed(r);
	if ((rc = make_session(r, email, kind, token, &expires)) < 0)
		return rc;
	return auth_begin(r, token, expires, mark, NULL);
}

const char *auth_signed_out_uri(struct req *r)
{
	return arena_printf(r->op.arena, "%s/api/auth/oidc/signed-out", r->op.app->conf.public_url);
}

/* Where the browser signs out as well: OpenID Connect RP-Initiated Logout 1.0. The client's name is
 * enough for the provider, which asks the person; for more we would have to keep ID tokens.
 * *ret NULL = nowhere. */
static int find_next(struct req *r, const char *hash, const char **ret)
{
	struct arena *a = r->op.arena;
	char state[ID_TOKEN_LEN + 1];
	struct rows rows;
	const char *to;
	int rc = op_read(&r->op, NULL, &SESSION_PROVIDER, DB_ARGS(hash), &rows);

	*ret = NULL;
	if (rc < 0 || !rows.n)
		return rc;
	to = row_text(&rows, 0, 0);
	id_token(state);
	auth_set_cookie(r, AUTH_LEFT_COOKIE, state, LEFT_S);
	*ret = arena_printf(a, "%s%cclient_id=%s&post_logout_redirect_uri=%s&state=%s", to,
		strchr(to, '?') ? '&' : '?', url_encode(a, row_text(&rows, 0, 1)),
		url_encode(a, auth_signed_out_uri(r)), state);
	return 0;
}

static int auth_logout(struct req *r)
{
	enum session_kind kind;
	const char *next = NULL;
	char hash[65];
	bool was = false;
	int rc;

	if (ident_token_hash(r, hash, &kind) && kind == SESSION_API)
		return api_fault(r, MT_EPERM, "person-needed",
			"A person who is signed in does this: an API token can't");
	if (ident_token_hash(r, hash, &kind) &&
		((rc = find_next(r, hash, &next)) < 0 || (rc = end_session(r, hash, &was)) < 0))
		return rc;
	if (was)
		rights_hold(r, clock_ms());
	set_cookie(r, "", 0);
	if (!next)
		return reply_empty(r);
	return reply_json(r, 200, api_json(r, json_pack("{ss}", "next", next)));
}

static int auth_token(struct req *r)
{
	const char *email = api_lower(r, api_body_str(r, "email", ""));
	const char *device = auth_device(r, auth_cookie(r, DEVICE_COOKIE));
	char token[ID_TOKEN_LEN + 1], hash[65];
	long expires;
	bool second;
	int rc;

	/* A page that gets hold of a password must not be able to turn it into a token that works
	 * everywhere. */
	if (req_header(r, "Sec-Fetch-Site") || req_header(r, "Origin"))
		return api_fault(r, MT_EPERM, "foreign-use",
			"Tokens are for programs: in a browser, sign in");
	rc = auth_check_password(r, email, api_body_str(r, "password", ""), device, &second);
	if (rc < 0 || (second && (rc = factor_with_password(r, email, device)) < 0) ||
		(rc = auth_right(r, email, device, true)) < 0 ||
		(rc = make_session(r, email, "token", token, &expires)) < 0)
		return rc;
	id_sha256_hex(hash, token, strlen(token));
	if ((rc = ident_note(r, hash)) < 0)
		return rc;
	return reply_json(r, 200,
		api_json(r, json_pack("{ss ss sI}", "access_token", token, "token_type", "Bearer",
				    "expires_in", (json_int_t)(expires - clock_unix()))));
}

/* Not 401, which would mean that the session has ended. */
static int wrong_password(struct req *r)
{
	unsigned wait = r->op.err.retry_after;

	op_clear(&r->op);
	r->op.err.retry_after = wait;
	return api_fault(r, MT_EPERM, "wrong-password", "The password is wrong; try again");
}

int auth_check_own(struct req *r, const char *password)
{
	int rc = auth_check(r, api_lower(r, r->op.who->email), password,
		auth_device(r, auth_cookie(r, DEVICE_COOKIE)));

	return rc == MT_EAUTH ? wrong_password(r) : rc;
}

/* The person at the screen once more, before rights are given away. */
static int auth_confirm(struct req *r)
{
	const struct ident *w = r->op.who;
	struct rows rows;
	int rc;

	if (!w->by_cookie)
		return op_fail(&r->op, MT_EPERM, "A token can't be confirmed: get a new one");
	if ((rc = auth_check_own(r, api_body_str(r, "password", ""))) < 0)
		return rc;
	rc = op_write(&r->op, NULL, &SESSION_CONFIRM, DB_ARGS(w->session), &rows);
	if (rc < 0)
		return rc;
	ident_forget(r, w->session);
	/* The client sends the same request again at once, to any worker. */
	rights_hold_lease(r, clock_ms());
	return reply_empty(r);
}

static const struct field CONFIRM_FIELDS[] = {
	{"password", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	{.type = FIELD_END},
};

static const struct field SIGN_IN[] = {
	{"email", FIELD_STRING, FIELD_REQUIRED, 1, 254, NULL},
	{"password", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	{.type = FIELD_END},
};

/* One sign-in of a program: with the code of who has two steps. */
static const struct field SIGN_IN_PROGRAM[] = {
	{"email", FIELD_STRING, FIELD_REQUIRED, 1, 254, NULL},
	{"password", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	FACTOR_CODE(0),
	{.type = FIELD_END},
};

/* One of the two: signed in, or a code is to come. */
const struct field auth_signed_in_or_half[] = {
	{"user", FIELD_OBJECT, .of = me_answer},
	{"secondFactor", FIELD_OBJECT, .of = factor_asked},
	{.type = FIELD_END},
};

const struct field auth_signed_in[] = {
	{"user", FIELD_OBJECT, FIELD_REQUIRED, .of = me_answer},
	{.type = FIELD_END},
};

static const struct field TOKEN[] = {
	{"access_token", FIELD_TEXT, FIELD_REQUIRED},
	{"token_type", FIELD_ENUM, FIELD_REQUIRED, .one_of = "Bearer"},
	{"expires_in", FIELD_INT, FIELD_REQUIRED},
	{.type = FIELD_END},
};

/* Routes that verify passwords, for the auth pool: nginx sends all of /api/auth/ there but the table
 * below. */
static const struct route SIGN_IN_ROUTES[] = {
	{"POST", "/api/auth/login", NULL, SIGN_IN, ROUTE_PUBLIC, 16384, auth_login,
		.answer = auth_signed_in_or_half},
	{"POST", "/api/auth/token", NULL, SIGN_IN_PROGRAM, ROUTE_PUBLIC, 16384, auth_token,
		.answer = TOKEN},
	{"POST", "/api/auth/confirm", NULL, CONFIRM_FIELDS, ROUTE_SYSTEM | ROUTE_ENROL, 16384,
		auth_confirm, .answer = answer_none},
	{.path = NULL},
};

/* Where the browser goes on, if anywhere. */
static const struct field LEFT[] = {{"next", FIELD_TEXT}, {.type = FIELD_END}};

static const struct route ROUTES[] = {
	{"POST", "/api/auth/logout", NULL, NULL, ROUTE_PUBLIC, 0, auth_logout, .answer = LEFT},
	{.path = NULL},
};

const struct route_table sign_in_routes = {"sign-in", SIGN_IN_ROUTES};
const struct route_table auth_routes = {"auth", ROUTES};
