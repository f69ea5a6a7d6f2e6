/*
 * auth.c - sign in, sign out, and a token for scripts.
 *
 * What a wrong password, an unknown address, a deactivated person and a suspended company answer is
 * the same, in words and in time. After some failures an address, known or not, must wait ever longer
 * (mortise.login_failed counts); while it waits, passwords are not even looked at.
 */
#include "api/api.h"

#include <string.h>

#include "auth/password.h"
#include "base/clock.h"
#include "base/id.h"

static const struct stmt FIND = {"login_find",
	"SELECT f.password_hash, coalesce(f.usable, false),"
	" greatest(coalesce(f.wait_seconds, 0), mortise.login_wait($1))"
	" FROM (SELECT 1) AS one LEFT JOIN mortise.login_find($1) AS f ON true"};
static const struct stmt FAILED = {"login_failed", "SELECT mortise.login_failed($1)"};
static const struct stmt DONE = {"login_done", "SELECT mortise.login_done($1, $2, $3, $4::int)"};
static const struct stmt END = {"session_end", "SELECT mortise.session_end($1)"};

static int locked(struct req *r, long seconds)
{
	r->err.retry_after = (unsigned)seconds;
	return err_set(&r->err, MT_ERATE, "too many failed attempts: try again in %ld second%s",
		seconds, seconds == 1 ? "" : "s");
}

static int refused(struct req *r, const char *email)
{
	struct rows rows;
	int rc = db_write(
		r->app->db, r->pool, r->deadline, NULL, &FAILED, DB_ARGS(email), &rows, &r->err);

	if (rc < 0)
		return rc;
	if (rows.n && row_int(&rows, 0, 0) > 0)
		r->err.retry_after = (unsigned)row_int(&rows, 0, 0);
	return err_set(&r->err, MT_EAUTH, "email or password is wrong");
}

/* Checks the password and makes a session; the hash of its token is the session's name. */
static int sign_in(struct req *r, const char *kind, char token[ID_TOKEN_LEN + 1], char hash[65],
	long *ret_expires)
{
	const char *email = api_lower(r, api_body_str(r, "email", ""));
	const char *hours = pool_printf(r->pool, "%d", r->app->conf.session_hours);
	struct rows rows;
	bool good;
	int rc = db_read(
		r->app->db, r->pool, r->deadline, NULL, &FIND, DB_ARGS(email), &rows, &r->err);

	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 2) > 0)
		return locked(r, row_int(&rows, 0, 2));
	good = password_verify(row_text(&rows, 0, 0), api_body_str(r, "password", ""));
	if (!good || !row_bool(&rows, 0, 1))
		return refused(r, email);
	id_token(token);
	id_sha256_hex(hash, token, strlen(token));
	rc = db_write(r->app->db, r->pool, r->deadline, NULL, &DONE,
		DB_ARGS(email, hash, kind, hours), &rows, &r->err);
	if (rc == 0)
		*ret_expires = row_int(&rows, 0, 0);
	return rc;
}

static void set_cookie(struct req *r, const char *token, long seconds)
{
	bool tls = !strncmp(r->app->conf.public_url, "https:", 6);

	reply_header(r, "Set-Cookie", "%s=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=Lax%s",
		COOKIE_NAME, token, seconds, tls ? "; Secure" : "");
}

/* A session that the browser leaves behind by signing in anew ends, so that none is forgotten. */
static int end_session(struct req *r, const char *hash)
{
	struct rows rows;
	int rc = db_write(
		r->app->db, r->pool, r->deadline, NULL, &END, DB_ARGS(hash), &rows, &r->err);

	ident_forget(r, hash);
	return rc;
}

static int auth_login(struct req *r)
{
	char token[ID_TOKEN_LEN + 1], hash[65], old[65];
	bool by_cookie;
	json_t *me;
	long expires;
	int rc = sign_in(r, "cookie", token, hash, &expires);

	if (rc < 0)
		return rc;
	if (ident_token_hash(r, old, &by_cookie) && by_cookie && (rc = end_session(r, old)) < 0)
		return rc;
	if ((rc = ident_load(r, hash, true)) < 0)
		return rc;
	if (!r->who)
		return err_set(&r->err, MT_EINTERNAL, "the new session can't be found");
	if ((rc = me_json(r, r->who, &me)) < 0)
		return rc;
	set_cookie(r, token, expires - clock_unix());
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "user", me)));
}

static int auth_logout(struct req *r)
{
	char hash[65];
	bool by_cookie;
	int rc;

	if (ident_token_hash(r, hash, &by_cookie) && (rc = end_session(r, hash)) < 0)
		return rc;
	set_cookie(r, "", 0);
	return reply_empty(r);
}

static int auth_token(struct req *r)
{
	char token[ID_TOKEN_LEN + 1], hash[65];
	long expires;
	int rc = sign_in(r, "token", token, hash, &expires);

	if (rc < 0)
		return rc;
	return reply_json(r, 200,
		api_json(r, json_pack("{ss ss sI}", "access_token", token, "token_type", "Bearer",
				    "expires_in", (json_int_t)(expires - clock_unix()))));
}

static const struct field SIGN_IN[] = {
	{"email", FIELD_STRING, FIELD_REQUIRED, 1, 254, NULL},
	{"password", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	{.type = FIELD_END},
};

/* What looks at passwords: the auth pool's. nginx sends /api/auth/ there, all but the table below. */
static const struct route SIGN_IN_ROUTES[] = {
	{"POST", "/api/auth/login", NULL, SIGN_IN, ROUTE_PUBLIC, 16384, auth_login},
	{"POST", "/api/auth/token", NULL, SIGN_IN, ROUTE_PUBLIC, 16384, auth_token},
	{.path = NULL},
};

static const struct route ROUTES[] = {
	{"POST", "/api/auth/logout", NULL, NULL, ROUTE_PUBLIC, 0, auth_logout},
	{.path = NULL},
};

const struct route_table sign_in_routes = {"sign-in", SIGN_IN_ROUTES};
const struct route_table auth_routes = {"auth", ROUTES};
