/*
 * passkeys.c - passkeys: signing in with one, and a person's own.
 *
 * What a device signs names the challenge, which works once, for one browser (a cookie) or one session,
 * and the page's origin, so an answer that another page got is worth nothing here. Passkeys belong to the
 * host of public_url; the system administration takes them where its host is the same or lies below it.
 * Whatever is wrong with a passkey, the answer is the same, but for a counter that went back, which its
 * person has to know.
 */
#include "api/passkeys.h"

#include <sodium.h>
#include <string.h>

#include "api/api.h"
#include "api/auth.h"
#include "auth/limit.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/origin.h"
#include "crypt/passkey.h"
#include "api/passkeys.sql.h"

#define CHALLENGE_S 300
#define COOKIE "mortise_passkey"
#define COOKIE_SYSTEM "mortise_system_passkey" /* ports share cookies */
#define EACH_MAX 20			       /* passkeys of a person */
#define NAME_MAX_LEN 60
#define ID_TEXT_MAX 1364 /* PASSKEY_ID_MAX bytes as base64url */
#define DATA_TEXT_MAX 4096
#define SIGNATURE_TEXT_MAX 1024
#define HANDLE_TEXT_MAX 86

static const char *number(struct req *r, long n)
{
	return arena_printf(r->op.arena, "%ld", n);
}

static const char *cookie_name(const struct req *r)
{
	return ident_on_system(r) ? COOKIE_SYSTEM : COOKIE;
}

/* --- what comes from the browser ------------------------------------------------------------------------ */

static const char *host_of(struct req *r, const char *at)
{
	const char *host = strstr(at, "://");

	host = host ? host + 3 : at;
	return api_lower(r, arena_strndup(r->op.arena, host, strcspn(host, ":/?#")));
}

static const char *our_url(const struct req *r)
{
	const struct conf *c = &r->op.app->conf;

	return ident_on_system(r) ? c->system_url : c->public_url;
}

static const char *rp_of(struct req *r)
{
	return host_of(r, r->op.app->conf.public_url);
}

/* A host takes the passkeys of its own name and of those that end it. */
static int check_host(struct req *r)
{
	const char *rp = rp_of(r), *here = host_of(r, our_url(r));
	size_t n = strlen(here), of = strlen(rp);

	if (!strcmp(here, rp) || (n > of && here[n - of - 1] == '.' && !strcmp(here + n - of, rp)))
		return 0;
	return api_fault(r, MT_ECONFLICT, "passkeys-elsewhere",
		"Passkeys are made for %s and don't work at this address: sign in with the password",
		rp);
}

static int decode(struct req *r, const char *field, struct bytes *ret)
{
	const char *text = api_body_str(r, field, "");
	size_t max = strlen(text), n;
	unsigned char *at = arena_alloc(r->op.arena, max + 1);

	if (sodium_base642bin(at, max + 1, text, max, NULL, &n, NULL,
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0)
		return op_fault(&r->op, arena_printf(r->op.arena, "/%s", field),
			"Must be base64url without padding");
	*ret = (struct bytes){at, n};
	return 0;
}

static char *encode(struct req *r, const void *data, size_t n)
{
	size_t max = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(r->op.arena, max), max, data, n,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static char *hex(struct req *r, const void *data, size_t n)
{
	char *text = arena_alloc(r->op.arena, 2 * n + 1);

	id_hex(text, data, n);
	return text;
}

/* What the browser says it asked the device for. *ret_challenge: of the form of a token. */
static int client_data(
	struct req *r, const char *type, struct bytes *ret, const char **ret_challenge)
{
	static const char AT[] = "/clientDataJSON";
	struct err ignored = {0};
	json_t *o;
	int rc = decode(r, "clientDataJSON", ret);

	if (rc < 0)
		return rc;
	if (json_parse(r->op.arena, (const char *)ret->at, ret->n, &o, &ignored) < 0 ||
		!json_is_object(o))
		return op_fault(&r->op, AT, "Must be the JSON that a browser made");
	if (strcmp(json_str(o, "type", ""), type) != 0)
		return op_fault(&r->op, AT, "Must be of the type %s", type);
	if (!origin_is(json_str(o, "origin", ""), our_url(r)) ||
		json_is_true(json_object_get(o, "crossOrigin")))
		return op_fault(
			&r->op, AT, "Comes from a page of another site: it must be %s", our_url(r));
	*ret_challenge = json_str(o, "challenge", "");
	return 0;
}

/* --- challenges ----------------------------------------------------------------------------------------- */

static int ask(struct req *r, const char *kind, const char *session, char token[ID_TOKEN_LEN + 1],
	char until[MOMENT_LEN])
{
	struct rows rows;
	char hash[65];
	int rc = check_host(r);

	if (rc < 0)
		return rc;
	id_token(token);
	id_sha256_hex(hash, token, strlen(token));
	rc = op_write(&r->op, NULL, &PASSKEY_ASK,
		DB_ARGS(hash, kind, session, number(r, CHALLENGE_S)), &rows);
	if (rc == 0)
		moment_iso(until, row_int(&rows, 0, 0) * 1000000L);
	return rc;
}

/* 1 = this challenge was asked, and nobody answered it before. */
static int heard(struct req *r, const char *challenge, const char *kind, const char *session)
{
	struct rows rows;
	char hash[65];
	int rc;

	id_sha256_hex(hash, challenge, strlen(challenge));
	rc = op_write(&r->op, NULL, &PASSKEY_HEARD, DB_ARGS(hash, kind, session), &rows);
	return rc < 0 ? rc : row_bool(&rows, 0, 0);
}

/* --- signing in ----------------------------------------------------------------------------------------- */

static int begin(struct req *r)
{
	char token[ID_TOKEN_LEN + 1], until[MOMENT_LEN];
	int rc = ask(r, ident_on_system(r) ? "system" : "cookie", NULL, token, until);

	if (rc < 0)
		return rc;
	auth_set_cookie(r, cookie_name(r), token, CHALLENGE_S);
	return reply_json(r, 200,
		api_json(r, json_pack("{ss ss ss}", "challenge", token, "rpId", rp_of(r),
				    "expiresAt", until)));
}

static int over(struct req *r)
{
	auth_set_cookie(r, cookie_name(r), "", 0);
	return api_fault(r, MT_EAUTH, "sign-in-again",
		"The time to use the passkey is over, or this was sent before: try again");
}

/* Who tries, and with which key. */
struct tried {
	const char *email, *source, *tenant, *person, *id;
	int alg;
	struct bytes key;
};

static int wrong(struct req *r, const struct tried *t, const char *why)
{
	struct rows rows;
	int rc = op_write(&r->op, NULL, &PASSKEY_WRONG, DB_ARGS(t->email, t->source), &rows);

	if (rc < 0)
		return rc;
	op_log(&r->op, "a passkey is refused: %s", why);
	if (row_int(&rows, 0, 0) > 0)
		r->op.err.retry_after = (unsigned)row_int(&rows, 0, 0);
	return api_fault(r, MT_EAUTH, "passkey-wrong",
		"This passkey doesn't sign in here: it was removed, or belongs to somebody else; sign in "
		"with your password");
}

static int try_key(struct req *r, const char *device, struct tried *ret)
{
	const struct conf *c = &r->op.app->conf;
	char network[LIMIT_NAME_MAX];
	const char *key;
	struct rows rows;
	size_t n = 0;
	unsigned char *at;
	int rc;

	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &PASSKEY_TRY,
		DB_ARGS(api_body_str(r, "id", ""), network, device, number(r, c->login_tries),
			number(r, c->login_tries_account), number(r, c->login_tries_address)),
		&rows);
	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return auth_locked(r, row_int(&rows, 0, 0), row_text(&rows, 0, 1));
	*ret = (struct tried){.email = row_text(&rows, 0, 3), .source = row_text(&rows, 0, 2)};
	if (!(key = row_text(&rows, 0, 8)))
		return wrong(r, ret, "nobody's who may sign in");
	ret->tenant = row_text(&rows, 0, 4);
	ret->person = row_text(&rows, 0, 5);
	ret->id = row_text(&rows, 0, 6);
	ret->alg = (int)row_int(&rows, 0, 7);
	at = arena_alloc(r->op.arena, PASSKEY_KEY_MAX);
	if (id_unhex(at, PASSKEY_KEY_MAX, key, &n) < 0)
		return op_fail(&r->op, MT_EINTERNAL, "The passkey's key can't be read");
	ret->key = (struct bytes){at, n};
	return 0;
}

/* The device names whose passkey it is; another person's name on it is a mix-up that helps nobody honest. */
static bool is_person(struct bytes handle, const char *person)
{
	return handle.n == strlen(person) && memcmp(handle.at, person, handle.n) == 0;
}

static int use(struct req *r, const struct tried *t, uint32_t counter, const char *mark)
{
	const char *kind = ident_on_system(r) ? "system" : "cookie";
	char token[ID_TOKEN_LEN + 1], session[65];
	struct rows rows;
	int rc;

	id_token(token);
	id_sha256_hex(session, token, strlen(token));
	rc = op_write(&r->op, NULL, &PASSKEY_USE,
		DB_ARGS(t->tenant, t->id, number(r, counter), kind, session,
			number(r, r->op.app->conf.session_hours)),
		&rows);
	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0)) {
		app_wake_steward(r->op.app, WAKE_EVENTS);
		return api_fault(r, MT_EAUTH, "passkey-copied",
			"This passkey counted backwards, so somebody may have a copy of it: sign in with "
			"your password, and remove it");
	}
	if (row_int(&rows, 0, 1) == 0)
		return auth_no_system_admin(r);
	if ((rc = auth_right(r, t->email, auth_device(r, mark), true)) < 0)
		return rc;
	auth_set_cookie(r, cookie_name(r), "", 0);
	return auth_begin(r, token, row_int(&rows, 0, 1), mark, NULL);
}

static int sign_in(struct req *r)
{
	const char *cookie = auth_cookie(r, cookie_name(r)), *mark = auth_mark(r), *challenge;
	const char *device = auth_device(r, mark);
	struct bytes client, data, signature, handle;
	enum passkey_verdict v;
	uint32_t counter = 0;
	struct tried t = {0};
	int rc;

	if ((rc = client_data(r, "webauthn.get", &client, &challenge)) < 0 ||
		(rc = decode(r, "authenticatorData", &data)) < 0 ||
		(rc = decode(r, "signature", &signature)) < 0 ||
		(rc = decode(r, "userHandle", &handle)) < 0)
		return rc;
	if (!cookie || strcmp(cookie, challenge) != 0)
		return over(r);
	rc = heard(r, challenge, ident_on_system(r) ? "system" : "cookie", NULL);
	if (rc <= 0)
		return rc < 0 ? rc : over(r);
	if ((rc = try_key(r, device, &t)) < 0)
		return rc;
	if (!is_person(handle, t.person))
		return wrong(r, &t, "its device names another person");
	v = passkey_verify(rp_of(r), t.alg, t.key, client, data, signature, &counter);
	return v == PASSKEY_GOOD ? use(r, &t, counter, mark) : wrong(r, &t, passkey_why(v));
}

/* --- one's own ------------------------------------------------------------------------------------------ */

/* For both: a list that has a right less or more, at once. */
static void changed(struct req *r)
{
	app_wake_steward(r->op.app, WAKE_EVENTS);
	ident_forget(r, r->op.who->session);
	rights_hold_lease(r, clock_ms());
}

static int setup(struct req *r)
{
	const struct ident *w = r->op.who;
	char token[ID_TOKEN_LEN + 1], until[MOMENT_LEN];
	json_t *known = json_array();
	struct rows rows;
	int rc;

	json_own(r->op.arena, known);
	if ((rc = ask(r, "add", w->session, token, until)) < 0 ||
		(rc = op_read(&r->op, op_as(&r->op), &PASSKEY_LIST, DB_NOARGS, &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		json_array_append_new(known, json_string(row_text(&rows, i, 4)));
	return reply_json(r, 200,
		api_json(
			r, json_pack("{ss ss ss ss ss ss sO}", "challenge", token, "rpId", rp_of(r),
				   "userId", encode(r, w->user, strlen(w->user)), "email", w->email,
				   "name", w->name, "expiresAt", until, "known", known)));
}

static int unread(struct req *r, enum passkey_verdict v)
{
	static const char AT[] = "/authenticatorData";

	switch (v) {
	case PASSKEY_ELSEWHERE:
		return op_fault(
			&r->op, AT, "Is of a passkey for another host: it must be %s", rp_of(r));
	case PASSKEY_UNVERIFIED:
		return op_fault(&r->op, AT,
			"Must be of a device that checks who uses it, by finger, face or PIN");
	default:
		return op_fault(&r->op, AT,
			"Must have a new passkey in it: ES256, EdDSA or RS256 of 2048 bits");
	}
}

static int add(struct req *r)
{
	const char *challenge;
	struct bytes client, data;
	enum passkey_verdict v;
	struct passkey made;
	struct rows rows;
	int rc;

	if ((rc = client_data(r, "webauthn.create", &client, &challenge)) < 0 ||
		(rc = decode(r, "authenticatorData", &data)) < 0)
		return rc;
	if ((rc = heard(r, challenge, "add", r->op.who->session)) < 0)
		return rc;
	if (rc == 0)
		return op_refuse(&r->op, MT_ECONFLICT, "passkey-again",
			"The time to add this passkey is over, or it was sent before: begin once more");
	if ((v = passkey_read(rp_of(r), data, &made)) != PASSKEY_GOOD)
		return unread(r, v);
	rc = op_write(&r->op, op_as(&r->op), &PASSKEY_ADD,
		DB_ARGS(api_body_str(r, "name", ""), encode(r, made.id, made.n_id),
			number(r, made.alg), hex(r, made.key, made.n_key), number(r, made.counter),
			number(r, EACH_MAX)),
		&rows);
	if (rc < 0)
		return rc;
	changed(r);
	return reply_json(r, 201, api_json(r, json_pack("{ss}", "id", row_text(&rows, 0, 0))));
}

static int list(struct req *r)
{
	json_t *items = json_array();
	struct rows rows;
	int rc;

	json_own(r->op.arena, items);
	if ((rc = op_read(&r->op, op_as(&r->op), &PASSKEY_LIST, DB_NOARGS, &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		json_array_append_new(
			items, json_pack("{ss ss ss ss?}", "id", row_text(&rows, i, 0), "name",
				       row_text(&rows, i, 1), "createdAt", row_text(&rows, i, 2),
				       "lastUsedAt", row_text(&rows, i, 3)));
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "items", items)));
}

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "You have no such passkey: it was removed");
}

static int change(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	rc = op_write(&r->op, op_as(&r->op), &PASSKEY_RENAME,
		DB_ARGS(id, api_body_str(r, "name", "")), &rows);
	if (rc < 0)
		return rc;
	return row_bool(&rows, 0, 0) ? reply_empty(r) : none(r);
}

static int drop(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	if ((rc = op_write(&r->op, op_as(&r->op), &PASSKEY_REMOVE, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return none(r);
	changed(r);
	return reply_empty(r);
}

/* clang-format off */
#define NAME {"name", FIELD_STRING, FIELD_REQUIRED, 1, NAME_MAX_LEN, NULL}
#define BYTES(name, max) {name, FIELD_STRING, FIELD_REQUIRED, 1, max, NULL}
/* clang-format on */

static const struct field NOTHING[] = {{.type = FIELD_END}};
static const struct field ASKED[] = {
	ANSWER("challenge", TEXT),
	ANSWER("rpId", TEXT),
	ANSWER("expiresAt", TIME),
	ANSWER_END,
};
static const struct field SIGNED[] = {
	BYTES("id", ID_TEXT_MAX),
	BYTES("clientDataJSON", DATA_TEXT_MAX),
	BYTES("authenticatorData", DATA_TEXT_MAX),
	BYTES("signature", SIGNATURE_TEXT_MAX),
	BYTES("userHandle", HANDLE_TEXT_MAX),
	{.type = FIELD_END},
};
static const struct field WANTED[] = {
	ANSWER("challenge", TEXT),
	ANSWER("rpId", TEXT),
	ANSWER("userId", TEXT), /* base64url, as the device is to keep it */
	ANSWER("email", EMAIL),
	ANSWER("name", TEXT),
	ANSWER("expiresAt", TIME),
	{"known", FIELD_ARRAY, FIELD_REQUIRED,
		.one_of = FIELD_TEXTS}, /* devices that have one already */
	ANSWER_END,
};
static const struct field NEW[] = {
	NAME,
	BYTES("clientDataJSON", DATA_TEXT_MAX),
	BYTES("authenticatorData", DATA_TEXT_MAX),
	{.type = FIELD_END},
};
static const struct field MADE[] = {ANSWER("id", UUID), ANSWER_END};
static const struct field NAMED[] = {NAME, {.type = FIELD_END}};
static const struct field PASSKEY[] = {
	ANSWER("id", UUID),
	ANSWER("name", TEXT),
	ANSWER("createdAt", TIME),
	ANSWER_NULL("lastUsedAt", TIME),
	ANSWER_END,
};

/* As with an app of one's own: a bundle on the page could lock the person out. */
#define OWN ROUTE_CONFIRM | ROUTE_CONFIRM_NOW

static const struct route ROUTES[] = {
	{"POST", "/api/auth/passkeys/challenge", NULL, NOTHING, ROUTE_PUBLIC, 4096, begin,
		.answer = ASKED},
	{"POST", "/api/auth/passkeys/sign-in", NULL, SIGNED, ROUTE_PUBLIC, 16384, sign_in,
		.answer = auth_signed_in},
	{"POST", "/api/auth/passkeys/setup", NULL, NOTHING, OWN | ROUTE_ENROL, 4096, setup,
		.answer = WANTED},
	{"POST", "/api/auth/passkeys", NULL, NEW, ROUTE_ENROL, 16384, add, .answer = MADE},
	{.path = NULL},
};

static const struct route OWN_ROUTES[] = {
	{"GET", "/api/me/passkeys", NULL, .flags = ROUTE_ENROL, .run = list,
		.answer = ANSWER_ITEMS(PASSKEY)},
	{"PATCH", "/api/me/passkeys/:id", NULL, NAMED, 0, 4096, change, .answer = answer_none},
	{"DELETE", "/api/me/passkeys/:id", NULL, NULL, OWN, 0, drop, .answer = answer_none},
	{.path = NULL},
};

const struct route_table passkey_routes = {"passkeys", ROUTES};
const struct route_table own_passkey_routes = {"own-passkeys", OWN_ROUTES};
