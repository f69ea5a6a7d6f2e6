/*
 * flow.c - the way of a browser through a sign-in by OpenID Connect.
 *
 *	GET /api/auth/oidc/<provider>/start?return=/path   302 to the provider
 *	GET /api/auth/oidc/callback?code=...&state=...     302 to /path, signed in
 *	GET /api/auth/oidc/signed-out?state=...            302 to the sign-in page (RP-Initiated Logout 1.0)
 *
 * The browser gets a cookie and a state; the database has their hashes. Nonce and PKCE verifier are
 * made of both, so neither a stolen state nor the database is enough to go on. The cookie serves
 * several tabs and goes when one of them is done.
 *
 * A browser follows links here, so a failure is a redirect to the sign-in page with a word for its
 * text and the request's id; the cause is in the log and in the audit log.
 */
#include "oidc/oidc.h"

#include <sodium.h>
#include <string.h>

#include "api/api.h"
#include "api/auth.h"
#include "auth/limit.h"
#include "auth/rights.h"
#include "auth/source.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypt/jwt.h"
#include "http/url.h"
#include "oidc/flow.sql.h"
#include "oidc/provider.h"

#define COOKIE "mortise_oidc"
#define COOKIE_PATH "/api/auth/oidc/"
#define MINUTES 10
#define BEGUN_MAX "50" /* of a network; an office is behind one address */
#define BEGUN_MAX_ALL "10000"
#define BACK_MAX 500
#define CODE_MAX 4096
#define GROUPS_MAX 1000

static int redirect(struct req *r, const char *to)
{
	reply_header(r, "Location", "%s", to);
	reply_header(r, "Referrer-Policy", "no-referrer");
	return reply_data(r, 302, "text/plain", "", 0);
}

static void set_cookie(struct req *r, const char *value, int seconds)
{
	reply_header(r, "Set-Cookie", "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Lax%s",
		COOKIE, value, COOKIE_PATH, seconds, auth_is_tls(r) ? "; Secure" : "");
}

/* To the sign-in page; the error of the operation is only written down. */
static int land(struct req *r, const struct provider *p, const char *word)
{
	const char *cause = r->op.err.code && *r->op.err.message ? r->op.err.message : word;
	struct rows none;

	log_kv(LOG_LV_WARN, "sign-in by a provider failed", "provider", p ? p->name : "-", "why",
		word, "cause", cause, "request", r->op.id, NULL);
	cause = arena_strdup(r->op.arena, cause);
	op_clear(&r->op);
	if (p && p->id) {
		int rc = op_write(&r->op, NULL, &FLOW_FAILED,
			DB_ARGS(p->id, cause, p->silent ? DB_NUMBER(PROVIDER_SILENT_S) : "0"),
			&none);

		if (rc < 0)
			return rc;
	}
	return redirect(r, arena_printf(r->op.arena, "/?signin=%s&request=%s", word, r->op.id));
}

/* What went wrong before there was an account. */
static int land_failed(struct req *r, const struct provider *p, int rc)
{
	switch (rc) {
	case MT_ENOENT:
		return land(r, p, "gone");
	case MT_EAUTH:
		return land(r, p, "invalid");
	case MT_EUPSTREAM:
	case MT_ETIMEOUT:
		return land(r, p, "provider");
	default:
		return rc;
	}
}

/* A path of this server and nothing that a browser could take for another's address. */
static const char *back_path(const char *path)
{
	if (!path || path[0] != '/' || path[1] == '/' || strlen(path) > BACK_MAX ||
		!strncmp(path, "/api/", 5))
		return "/";
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127 || *c == '\\')
			return "/";
	return path;
}

/* A secret of this sign-in, which only the browser's two secrets together make. */
static const char *secret_of(struct req *r, const char *what, const char *cookie, const char *state)
{
	const char *text = arena_printf(r->op.arena, "%s:%s:%s", what, cookie, state);
	char hash[65];

	id_sha256_hex(hash, text, strlen(text));
	return arena_strdup(r->op.arena, hash);
}

static const char *challenge_of(struct req *r, const char *verifier)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	size_t n =
		sodium_base64_encoded_len(sizeof(hash), sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
	return sodium_bin2base64(arena_alloc(r->op.arena, n), n, hash, sizeof(hash),
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *hash_of(struct req *r, const char *text)
{
	char hash[65];

	id_sha256_hex(hash, text, strlen(text));
	return arena_strdup(r->op.arena, hash);
}

/* --- to the provider ---------------------------------------------------------------------------------- */

static const char *request_url(
	struct req *r, const struct provider *p, const char *cookie, const char *state)
{
	struct arena *a = r->op.arena;
	const char *to = provider_endpoint(p, "authorization_endpoint");

	return arena_printf(a,
		"%s%cresponse_type=code&client_id=%s&redirect_uri=%s&scope=%s&state=%s&nonce=%s"
		"&code_challenge=%s&code_challenge_method=S256",
		to, strchr(to, '?') ? '&' : '?', url_encode(a, p->client_id),
		url_encode(a, oidc_redirect_uri(&r->op)), url_encode(a, p->scopes), state,
		secret_of(r, "nonce", cookie, state),
		challenge_of(r, secret_of(r, "verifier", cookie, state)));
}

static int start(struct req *r)
{
	const char *id = req_param(r, "id"), *cookie = auth_cookie(r, COOKIE);
	char fresh[ID_TOKEN_LEN + 1], state[ID_TOKEN_LEN + 1], network[LIMIT_NAME_MAX];
	struct provider p = {0};
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return land(r, NULL, "gone");
	source_of_download(r);
	if ((rc = provider_find(&r->op, id, &p)) < 0 ||
		(rc = provider_need_document(&r->op, &p)) < 0)
		return land_failed(r, p.id ? &p : NULL, rc);
	id_token(fresh);
	id_token(state);
	if (!cookie)
		cookie = fresh;
	limit_name(r->remote, network);
	rc = op_write(&r->op, NULL, &FLOW_BEGIN,
		DB_ARGS(id, hash_of(r, state), hash_of(r, cookie), network,
			back_path(req_query(r, "return")), BEGUN_MAX, BEGUN_MAX_ALL),
		&rows);
	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return land(r, &p, "busy");
	set_cookie(r, cookie, MINUTES * 60);
	return redirect(r, request_url(r, &p, cookie, state));
}

/* --- and back ----------------------------------------------------------------------------------------- */

/* "realm_access.roles" is a member of a member, where there is none of that name. */
static json_t *claim(struct arena *a, json_t *claims, const char *name)
{
	json_t *found = json_object_get(claims, name);
	const char *dot = found ? NULL : strchr(name, '.');

	if (!dot)
		return found;
	return claim(
		a, json_object_get(claims, arena_strndup(a, name, (size_t)(dot - name))), dot + 1);
}

/* A JSON array of the texts of a claim. */
static const char *groups_of(struct req *r, const struct provider *p, json_t *claims)
{
	json_t *value = p->role_claim ? claim(r->op.arena, claims, p->role_claim) : NULL;
	json_t *list = api_json(r, json_array()), *one;
	size_t i;

	if (json_is_string(value))
		json_array_append(list, value);
	json_array_foreach(value, i, one)
		if (json_is_string(one) && i < GROUPS_MAX)
			json_array_append(list, one);
	return json_text(r->op.arena, list, NULL);
}

static int verify(
	struct req *r, struct provider *p, const json_t *answer, const char *nonce, json_t **ret)
{
	const struct jwt_expect x = {.issuer = p->issuer,
		.client_id = p->client_id,
		.nonce = nonce,
		.access_token = json_str(answer, "access_token", NULL),
		.now = clock_unix()};
	const char *token = json_str(answer, "id_token", ""), *why;
	enum jwt_verdict verdict;
	int rc;

	if ((rc = provider_need_keys(&r->op, p, false)) < 0)
		return rc;
	verdict = jwt_verify(r->op.arena, token, p->keys, &x, ret, &why);
	if (verdict == JWT_NO_KEY) {
		if ((rc = provider_need_keys(&r->op, p, true)) < 0)
			return rc;
		verdict = jwt_verify(r->op.arena, token, p->keys, &x, ret, &why);
	}
	if (verdict == JWT_GOOD)
		return 0;
	return op_fail(&r->op, MT_EAUTH, "The provider's token was refused: %s", why);
}

/* What the ID token lacks may be in userinfo, of the same subject. */
static int complete(struct req *r, struct provider *p, const json_t *answer, json_t *claims)
{
	const char *token = json_str(answer, "access_token", NULL);
	bool lacks = !json_object_get(claims, "email") ||
		     (p->role_claim && !claim(r->op.arena, claims, p->role_claim));
	json_t *more;
	int rc;

	if (!lacks || !token || !*provider_endpoint(p, "userinfo_endpoint"))
		return 0;
	if ((rc = provider_userinfo(&r->op, p, token, &more)) < 0)
		return rc;
	if (strcmp(json_str(more, "sub", ""), json_str(claims, "sub", "")) != 0)
		return op_fail(&r->op, MT_EAUTH,
			"The provider's token was refused: userinfo is about somebody else");
	json_object_update_missing(claims, more);
	return 0;
}

/* An error of the provider, or an answer that another one sent (RFC 9207). */
static int check_answer(struct req *r, const struct provider *p)
{
	const char *iss = req_query(r, "iss"), *error = req_query(r, "error");
	const char *code = req_query(r, "code");
	bool needed = json_is_true(
		json_object_get(p->document, "authorization_response_iss_parameter_supported"));

	if (iss ? strcmp(iss, p->issuer) != 0 : needed)
		return op_fail(&r->op, MT_EAUTH, "The answer is of another provider (iss)");
	if (error)
		return op_fail(&r->op, MT_EPERM, "The provider refused: %.100s", error);
	if (!code || !*code || strlen(code) > CODE_MAX)
		return op_fail(&r->op, MT_EAUTH, "The provider sent no code");
	return 0;
}

static bool is_verified(const json_t *claims)
{
	const json_t *v = json_object_get(claims, "email_verified");

	return json_is_true(v) || (json_is_string(v) && !strcmp(json_string_value(v), "true"));
}

static int sign_in(struct req *r, const struct provider *p, json_t *claims, const char *back)
{
	const char *name = json_str(claims, "name", json_str(claims, "preferred_username", ""));
	const char *mark = auth_mark(r), *refused;
	char token[ID_TOKEN_LEN + 1], id[ID_UUID_LEN + 1];
	struct rows rows;
	bool ended;
	int rc;

	id_token(token);
	id_uuid7(id);
	rc = op_write(&r->op, NULL, &FLOW_SIGN_IN,
		DB_ARGS(p->id, json_str(claims, "sub", ""), json_str(claims, "email", NULL),
			is_verified(claims) ? "true" : "false", name, groups_of(r, p, claims), id,
			hash_of(r, token),
			arena_printf(r->op.arena, "%d", r->op.app->conf.session_hours)),
		&rows);
	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	refused = row_text(&rows, 0, 0);
	ended = row_bool(&rows, 0, 4);
	if (refused)
		rc = land(r, p, refused);
	else if ((rc = auth_open(r, token, row_int(&rows, 0, 1), mark)) == 0)
		rc = redirect(r, back);
	if (rc == 0 && ended)
		rights_hold(r, clock_ms());
	return rc;
}

static int finish(
	struct req *r, struct provider *p, const char *cookie, const char *state, const char *back)
{
	json_t *answer, *claims = NULL;
	int rc;

	if ((rc = provider_need_document(&r->op, p)) < 0)
		return land_failed(r, p, rc);
	if ((rc = check_answer(r, p)) < 0)
		return rc == MT_EPERM ? land(r, p, "refused") : land_failed(r, p, rc);
	if ((rc = provider_redeem(&r->op, p, req_query(r, "code"),
		     secret_of(r, "verifier", cookie, state), &answer)) < 0 ||
		(rc = verify(r, p, answer, secret_of(r, "nonce", cookie, state), &claims)) < 0 ||
		(rc = complete(r, p, answer, claims)) < 0)
		return land_failed(r, p, rc);
	return sign_in(r, p, claims, back);
}

static int callback(struct req *r)
{
	const char *state = req_query(r, "state"), *cookie = auth_cookie(r, COOKIE);
	struct provider p = {0};
	struct rows rows;
	int rc;

	source_of_download(r);
	if (!state || !cookie || strlen(state) != ID_TOKEN_LEN)
		return land(r, NULL, "expired");
	if ((rc = op_write(&r->op, NULL, &FLOW_TAKE, DB_ARGS(hash_of(r, state), hash_of(r, cookie)),
		     &rows)) < 0)
		return rc;
	if (!rows.n)
		return land(r, NULL, "expired");
	set_cookie(r, "", 0);
	if ((rc = provider_find(&r->op, row_text(&rows, 0, 0), &p)) < 0)
		return land_failed(r, NULL, rc);
	return finish(r, &p, cookie, state, row_text(&rows, 0, 1));
}

/* --- signed out there --------------------------------------------------------------------------------- */

/* From where auth_logout() sent the browser. Without its cookie somebody else did, and nothing is said. */
static int signed_out(struct req *r)
{
	const char *state = req_query(r, "state"), *cookie = auth_cookie(r, AUTH_LEFT_COOKIE);

	if (!state || !cookie || strcmp(state, cookie) != 0)
		return redirect(r, "/");
	auth_set_cookie(r, AUTH_LEFT_COOKIE, "", 0);
	return redirect(r, "/?signin=signed-out");
}

/* --- trying one out ----------------------------------------------------------------------------------- */

static int check(struct req *r)
{
	struct provider p;
	int rc;

	provider_init(&p, api_body_str(r, "issuer", ""));
	if ((rc = provider_need_document(&r->op, &p)) < 0 ||
		(rc = provider_need_keys(&r->op, &p, false)) < 0)
		return rc;
	return reply_json(r, 200,
		api_json(r, json_pack("{ss si ss}", "issuer", p.issuer, "keys",
				    (int)json_array_size(p.keys), "redirectUri",
				    oidc_redirect_uri(&r->op))));
}

static const struct field CHECK[] = {
	{"issuer", FIELD_STRING, FIELD_REQUIRED, 8, 200},
	{.type = FIELD_END},
};

static const struct field CHECKED[] = {
	ANSWER("issuer", TEXT),
	ANSWER("keys", INT),
	ANSWER("redirectUri", TEXT),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", "/api/auth/oidc/callback", NULL, .flags = ROUTE_PUBLIC, .run = callback,
		.type = "text/plain"},
	{"GET", "/api/auth/oidc/signed-out", NULL, .flags = ROUTE_PUBLIC, .run = signed_out,
		.type = "text/plain"},
	{"GET", "/api/auth/oidc/:id/start", NULL, .flags = ROUTE_PUBLIC, .run = start,
		.type = "text/plain"},
	{"POST", "/api/auth/oidc/check", "company:manage", CHECK, 0, 4096, check,
		.answer = CHECKED},
	{.path = NULL},
};

const struct route_table oidc_flow_routes = {"oidc", ROUTES};
