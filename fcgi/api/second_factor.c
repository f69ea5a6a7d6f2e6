/*
 * second_factor.c - two-step sign-in: the step after the password, and setting it up.
 *
 * Between the two steps nobody is signed in: the browser has a cookie that names the challenge
 * (sql/033-second-factor.sql), which scripts can't read and other routes don't get. Codes are tried like
 * passwords, within the same bounds; a wrong, an old and a used one get the same answer.
 */
#include "api/second_factor.h"

#include <string.h>

#include "api/api.h"
#include "api/auth.h"
#include "auth/limit.h"
#include "auth/qr.h"
#include "auth/rights.h"
#include "auth/ring.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/moment.h"
#include "http/url.h"
#include "api/second_factor.sql.h"

#define CHALLENGE_S 300
#define CHALLENGE_COOKIE "mortise_step"
#define CHALLENGE_COOKIE_SYSTEM "mortise_system_step" /* ports share cookies */
#define SECRET_NAME "totp"

/* What a right code uses up: a step of the app, or, when that is 0, a recovery code. */
struct code {
	const char *email, *source, *tenant, *person;
	bool confirmed;
	int64_t step;
	char recovery[65];
};

static const char *number(struct req *r, long n)
{
	return arena_printf(r->op.arena, "%ld", n);
}

static const char *challenge_cookie(const struct req *r)
{
	return ident_on_system(r) ? CHALLENGE_COOKIE_SYSTEM : CHALLENGE_COOKIE;
}

/* --- the secret ----------------------------------------------------------------------------------------- */

/* As the key of a plugin's secrets is: no plugin's key has a blank in it. */
static const char *sealed_for(struct req *r, const char *person)
{
	return arena_printf(r->op.arena, "second factor %s", person);
}

static int no_secret(struct req *r, int key_id)
{
	op_log(&r->op, "settings.key has no key %d, or another one: restore it from a backup",
		key_id);
	return op_fail(&r->op, MT_EINTERNAL,
		"Your authenticator app can't be checked: use a recovery code, or ask an administrator");
}

static int open_secret(struct req *r, const struct rows *rows, unsigned char ret[TOTP_SECRET])
{
	int key_id = (int)row_int(rows, 0, 6), tenant = (int)row_int(rows, 0, 3), rc;
	const char *place = sealed_for(r, row_text(rows, 0, 4));
	const struct seal_ring *ring;
	char *plain = NULL;
	size_t n = 0;

	if ((rc = ring_get(&r->op.app->conf, &ring, &r->op.err)) < 0)
		return rc;
	rc = seal_open_in_ring(r->op.arena, ring, key_id, place, tenant, SECRET_NAME,
		row_text(rows, 0, 5), &plain, &n);
	if (rc < 0 || n != TOTP_SECRET)
		return no_secret(r, key_id);
	memcpy(ret, plain, TOTP_SECRET);
	seal_wipe(plain, n);
	return 0;
}

/* --- a try at a code ------------------------------------------------------------------------------------ */

static int code_wrong(struct req *r, const struct code *c)
{
	struct rows rows;
	int rc = op_write(&r->op, NULL, &CODE_WRONG, DB_ARGS(c->email, c->source), &rows);

	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		r->op.err.retry_after = (unsigned)row_int(&rows, 0, 0);
	return op_fault(&r->op, "/code", "Is wrong, too old, or was used already");
}

/* Looks at the body's code; a recovery code is only found where it is used up. challenge: its hash, or
 * NULL. */
static int code_check(struct req *r, const char *email, const char *device, const char *challenge,
	bool confirmed, struct code *ret)
{
	const struct conf *c = &r->op.app->conf;
	const char *typed = api_body_str(r, "code", "");
	unsigned char secret[TOTP_SECRET];
	char network[LIMIT_NAME_MAX];
	struct rows rows;
	int rc;

	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &CODE_TRY,
		DB_ARGS(email, network, device, number(r, c->login_tries),
			number(r, c->login_tries_account), number(r, c->login_tries_address),
			challenge),
		&rows);
	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return auth_locked(r, row_int(&rows, 0, 0), row_text(&rows, 0, 1));
	*ret = (struct code){.email = email,
		.source = row_text(&rows, 0, 2),
		.tenant = row_text(&rows, 0, 3),
		.person = row_text(&rows, 0, 4),
		.confirmed = row_bool(&rows, 0, 8)};
	if (!row_text(&rows, 0, 5) || ret->confirmed != confirmed)
		return op_refuse(&r->op, MT_ECONFLICT, "no-second-factor",
			confirmed
				? "There is no authenticator app: use a passkey, or an API token in a program"
				: "Begin to set it up once more");
	if (!totp_is_code(typed)) {
		totp_recovery_hash(ret->recovery, ret->person, typed);
		return confirmed ? 0 : code_wrong(r, ret);
	}
	if ((rc = open_secret(r, &rows, secret)) < 0)
		return rc;
	ret->step = totp_step(secret, typed, clock_unix(), row_int(&rows, 0, 7));
	seal_wipe(secret, sizeof(secret));
	return ret->step ? 0 : code_wrong(r, ret);
}

static const char *step_text(struct req *r, const struct code *c)
{
	return c->step ? number(r, c->step) : NULL;
}

int factor_check_use(struct req *r, const char *email, const char *device)
{
	struct rows rows;
	struct code c;
	int rc;

	if (!*api_body_str(r, "code", ""))
		return op_fault(&r->op, "/code",
			"Is missing: this account has two-step sign-in; give a code of the app, or a recovery code");
	if ((rc = code_check(r, email, device, NULL, true, &c)) < 0 ||
		(rc = op_write(&r->op, NULL, &CODE_USE,
			 DB_ARGS(c.tenant, c.person, step_text(r, &c), c.recovery), &rows)) < 0)
		return rc;
	return row_bool(&rows, 0, 0) ? 0 : code_wrong(r, &c);
}

/* --- signing in ----------------------------------------------------------------------------------------- */

static int half(struct req *r, const char *email, const char *device, const char *hash,
	const char *kind, int64_t *ret_expires)
{
	char network[LIMIT_NAME_MAX];
	struct rows rows;
	int rc;

	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &LOGIN_HALF,
		DB_ARGS(email, network, device, hash, kind, number(r, CHALLENGE_S)), &rows);
	*ret_expires = rc < 0 ? 0 : row_int(&rows, 0, 0);
	return rc;
}

int factor_with_password(struct req *r, const char *email, const char *device)
{
	int64_t none;
	int rc = half(r, email, device, NULL, NULL, &none);

	return rc < 0 ? rc : factor_check_use(r, email, device);
}

int factor_ask(struct req *r, const char *email, const char *kind, const char *device)
{
	char token[ID_TOKEN_LEN + 1], hash[65], until[MOMENT_LEN];
	struct rows ways;
	int64_t expires;
	int rc;

	id_token(token);
	id_sha256_hex(hash, token, strlen(token));
	if ((rc = half(r, email, device, hash, kind, &expires)) < 0 ||
		(rc = op_read(&r->op, NULL, &FACTOR_WAYS, DB_ARGS(email), &ways)) < 0)
		return rc;
	auth_set_cookie(r, challenge_cookie(r), token, CHALLENGE_S);
	moment_iso(until, expires * 1000000L);
	return reply_json(r, 200,
		api_json(r, json_pack("{s{ss sb sb}}", "secondFactor", "expiresAt", until, "app",
				    ways.n && row_bool(&ways, 0, 0), "passkey",
				    ways.n && row_bool(&ways, 0, 1))));
}

int factor_needed(struct req *r)
{
	return api_fault(r, MT_EPERM, "second-factor-needed",
		"The system administration needs two-step sign-in: set it up in your account at %s first",
		r->op.app->conf.public_url);
}

static int over(struct req *r)
{
	auth_set_cookie(r, challenge_cookie(r), "", 0);
	return api_fault(r, MT_EAUTH, "sign-in-again",
		"The time for the second step is over, or there were too many tries: sign in again");
}

static int second_step(struct req *r)
{
	const char *cookie = auth_cookie(r, challenge_cookie(r)), *mark = auth_mark(r);
	const char *kind = ident_on_system(r) ? "system" : "cookie";
	const char *device = auth_device(r, mark);
	char challenge[65], session[65], token[ID_TOKEN_LEN + 1];
	struct rows rows;
	struct code c;
	int rc;

	if (!cookie)
		return over(r);
	id_sha256_hex(challenge, cookie, strlen(cookie));
	if ((rc = op_write(&r->op, NULL, &CHALLENGE_FIND, DB_ARGS(challenge, kind), &rows)) < 0)
		return rc;
	if (!row_text(&rows, 0, 0))
		return over(r);
	if ((rc = code_check(r, row_text(&rows, 0, 0), device, challenge, true, &c)) < 0)
		return rc;
	id_token(token);
	id_sha256_hex(session, token, strlen(token));
	rc = op_write(&r->op, NULL, &LOGIN_SECOND,
		DB_ARGS(challenge, kind, step_text(r, &c), c.recovery, session,
			number(r, r->op.app->conf.session_hours)),
		&rows);
	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return code_wrong(r, &c);
	if (row_int(&rows, 0, 1) == 0)
		return auth_no_system_admin(r);
	if ((rc = auth_right(r, c.email, device, true)) < 0)
		return rc;
	auth_set_cookie(r, challenge_cookie(r), "", 0);
	return auth_begin(r, token, row_int(&rows, 0, 1), mark, NULL);
}

/* --- one's own ------------------------------------------------------------------------------------------ */

/* A try of the person who is signed in; a right one clears the mistakes. */
static int own_code(struct req *r, bool confirmed, struct code *ret)
{
	const char *email = api_lower(r, r->op.who->email);
	const char *device = auth_device(r, auth_mark(r));
	struct rows rows;
	int rc;

	if ((rc = code_check(r, email, device, NULL, confirmed, ret)) < 0)
		return rc;
	if (confirmed) {
		if ((rc = op_write(&r->op, op_as(&r->op), &CODE_USE,
			     DB_ARGS(ret->tenant, ret->person, step_text(r, ret), ret->recovery),
			     &rows)) < 0)
			return rc;
		if (!row_bool(&rows, 0, 0))
			return code_wrong(r, ret);
	}
	return auth_right(r, email, device, false);
}

/* What an app reads from the picture: the format that Google's app has made everybody's. */
static const char *app_uri(struct req *r, const char *secret)
{
	struct arena *p = r->op.arena;
	const char *company = url_encode(p, r->op.who->tenant_name);

	return arena_printf(p, "otpauth://totp/%s:%s?secret=%s&issuer=%s&digits=%d&period=%d",
		company, url_encode(p, r->op.who->email), secret, company, TOTP_DIGITS,
		TOTP_STEP_S);
}

/* Keeps the secret until a code of it comes. */
static int store_secret(struct req *r, const unsigned char secret[TOTP_SECRET])
{
	const struct ident *w = r->op.who;
	const char *place = sealed_for(r, w->user), *sealed;
	const struct seal_ring *ring;
	struct rows rows;
	int rc, key_id = 0;

	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &FACTOR_RING, DB_NOARGS, &rows)) < 0 ||
		(rc = ring_get(&r->op.app->conf, &ring, &r->op.err)) < 0)
		return rc;
	sealed = seal_in_ring(r->op.arena, ring, &key_id, place, w->tenant, SECRET_NAME,
		(const char *)secret, TOTP_SECRET);
	if ((rc = op_query(&r->op, &FACTOR_BEGIN, DB_ARGS(sealed, number(r, key_id)), &rows)) < 0)
		return rc;
	return op_commit(&r->op);
}

static int setup(struct req *r)
{
	unsigned char secret[TOTP_SECRET];
	char text[TOTP_SECRET_TEXT + 1];
	const char *uri, *path;
	int rc, size = 0;

	totp_secret_make(secret);
	totp_secret_text(text, secret);
	rc = store_secret(r, secret);
	seal_wipe(secret, sizeof(secret));
	if (rc < 0)
		return rc;
	uri = app_uri(r, text);
	path = qr_path(r->op.arena, uri, &size);
	return reply_json(r, 200,
		api_json(r, json_pack("{ss ss ss? si}", "secret", text, "uri", uri, "picture", path,
				    "size", size)));
}

/* New ones, and their hashes as an array of the database. */
static const char *recovery_codes(struct req *r, json_t **ret)
{
	char code[TOTP_RECOVERY_LEN + 1], hash[65];
	const char *all = "";

	*ret = json_array();
	json_own(r->op.arena, *ret);
	for (int i = 0; i < TOTP_RECOVERY_CODES; i++) {
		totp_recovery_make(code);
		totp_recovery_hash(hash, r->op.who->user, code);
		json_array_append_new(*ret, json_string(code));
		all = arena_printf(r->op.arena, "%s%s%s", all, i ? "," : "", hash);
	}
	return arena_printf(r->op.arena, "{%s}", all);
}

/* With new codes, and with the right to everything that needs this. */
static int reply_codes(struct req *r, json_t *codes)
{
	app_wake_steward(r->op.app, WAKE_EVENTS);
	ident_forget(r, r->op.who->session);
	rights_hold_lease(r, clock_ms());
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "recoveryCodes", codes)));
}

static int activate(struct req *r)
{
	struct code c;
	struct rows rows;
	json_t *codes;
	int rc;

	if ((rc = own_code(r, false, &c)) < 0 ||
		(rc = op_write(&r->op, op_as(&r->op), &FACTOR_CONFIRM,
			 DB_ARGS(step_text(r, &c), recovery_codes(r, &codes)), &rows)) < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return op_refuse(
			&r->op, MT_ECONFLICT, "no-second-factor", "Begin to set it up once more");
	return reply_codes(r, codes);
}

static int new_codes(struct req *r)
{
	struct code c;
	struct rows rows;
	json_t *codes;
	int rc;

	if ((rc = own_code(r, true, &c)) < 0 ||
		(rc = op_write(&r->op, op_as(&r->op), &FACTOR_CODES,
			 DB_ARGS(recovery_codes(r, &codes)), &rows)) < 0)
		return rc;
	return reply_codes(r, codes);
}

static int turn_off(struct req *r)
{
	struct code c;
	struct rows rows;
	int rc;

	if ((rc = own_code(r, true, &c)) < 0 ||
		(rc = op_write(&r->op, op_as(&r->op), &FACTOR_REMOVE, DB_NOARGS, &rows)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static int state(struct req *r)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &FACTOR_STATE, DB_NOARGS, &rows);

	if (rc < 0)
		return rc;
	return reply_json(r, 200,
		api_json(r,
			json_pack("{ss? sI}", "since", rows.n ? row_text(&rows, 0, 0) : NULL,
				"recoveryCodes", (json_int_t)(rows.n ? row_int(&rows, 0, 1) : 0))));
}

const struct field factor_asked[] = {
	ANSWER("expiresAt", TIME),
	ANSWER("app", BOOL),	 /* a code of the app, or a recovery code */
	ANSWER("passkey", BOOL), /* a passkey, which needs no password before it (api/passkeys.c) */
	ANSWER_END,
};

static const struct field CODE[] = {FACTOR_CODE(FIELD_REQUIRED), {.type = FIELD_END}};
static const struct field NOTHING[] = {{.type = FIELD_END}};
static const struct field SECRET[] = {
	ANSWER("secret", TEXT),
	ANSWER("uri", TEXT),
	ANSWER_NULL(
		"picture", TEXT), /* the uri as a QR code: a path of SVG, `size` units each way */
	ANSWER("size", INT),
	ANSWER_END,
};
static const struct field CODES[] = {
	{"recoveryCodes", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	ANSWER_END,
};
static const struct field STATE[] = {
	ANSWER_NULL("since", TIME),
	ANSWER("recoveryCodes", INT), /* how many are left */
	ANSWER_END,
};

/* A bundle on the page could lock the person out with an app of its own, so it needs the password of this
 * minute. */
#define OWN ROUTE_CONFIRM | ROUTE_CONFIRM_NOW

static const struct route ROUTES[] = {
	{"POST", "/api/auth/second-factor", NULL, CODE, ROUTE_PUBLIC, 4096, second_step,
		.answer = auth_signed_in},
	{"POST", "/api/auth/second-factor/setup", NULL, NOTHING, OWN | ROUTE_ENROL, 4096, setup,
		.answer = SECRET},
	{"POST", "/api/auth/second-factor/activate", NULL, CODE, ROUTE_ENROL, 4096, activate,
		.answer = CODES},
	{"POST", "/api/auth/second-factor/codes", NULL, CODE, OWN, 4096, new_codes,
		.answer = CODES},
	{"POST", "/api/auth/second-factor/remove", NULL, CODE, OWN, 4096, turn_off,
		.answer = answer_none},
	{.path = NULL},
};

static const struct route STATE_ROUTES[] = {
	{"GET", "/api/me/second-factor", NULL, .flags = ROUTE_ENROL, .run = state, .answer = STATE},
	{.path = NULL},
};

const struct route_table factor_routes = {"second-factor", ROUTES};
const struct route_table factor_state_routes = {"second-factor-state", STATE_ROUTES};
