/* provider.c - discovery, keys and tokens of a provider: see provider.h. */
#include "oidc/provider.h"

#include <string.h>

#include "auth/ring.h"
#include "base/clock.h"
#include "db/db.h"
#include "http/url.h"
#include "marketplace/fetch.h"
#include "oidc/oidc.h"
#include "oidc/provider.sql.h"

#define FRESH_S "3600"
#define RENEW_MAX "6" /* a minute */
#define DOCUMENT_MAX (128L << 10)
#define KEYS_MAX (256L << 10)
#define TOKEN_MAX (64L << 10)
#define TYPE "sign-in-provider"

const char *oidc_redirect_uri(struct op *op)
{
	return arena_printf(op->arena, "%s/api/auth/oidc/callback", op->app->conf.public_url);
}

#define SECRET "secret"

static const char *seal_name(struct arena *p, const char *id)
{
	return arena_printf(p, "oidc:%s", id); /* no plugin's key has a colon */
}

const char *provider_seal(struct arena *p, const struct seal_ring *ring, int key_id, const char *id,
	int tenant, const char *secret, const char **ret_key)
{
	const char *sealed = seal_in_ring(
		p, ring, &key_id, seal_name(p, id), tenant, SECRET, secret, strlen(secret));

	*ret_key = arena_printf(p, "%d", key_id);
	return json_text(p, json_own(p, json_pack("{ss}", SECRET, sealed)), NULL);
}

void provider_init(struct provider *p, const char *issuer)
{
	*p = (struct provider){.issuer = issuer, .until = clock_ms() + PROVIDER_MS};
}

int provider_find(struct op *op, const char *id, struct provider *ret)
{
	struct rows rows;
	int rc = op_read(op, NULL, &PROVIDER_FIND, DB_ARGS(id, FRESH_S), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(op, MT_ENOENT, "There is no such provider, or it is switched off");
	provider_init(ret, row_text(&rows, 0, 2));
	ret->id = id;
	ret->tenant = (int)row_int(&rows, 0, 0);
	ret->name = row_text(&rows, 0, 1);
	ret->client_id = row_text(&rows, 0, 3);
	ret->key_id = (int)row_int(&rows, 0, 5);
	ret->scopes = row_text(&rows, 0, 6);
	ret->role_claim = row_text(&rows, 0, 7);
	ret->silent = row_bool(&rows, 0, 10);
	if ((rc = row_json(op, &rows, 0, 4, &ret->secrets)) < 0 ||
		(rc = row_json(op, &rows, 0, 8, &ret->document)) < 0 ||
		(rc = row_json(op, &rows, 0, 9, &ret->keys)) < 0)
		return rc;
	return 0;
}

/* --- requests ---------------------------------------------------------------------------------------- */

static int wrong(struct op *op, const char *what)
{
	return op_refuse(op, MT_EUPSTREAM, TYPE, "The provider's answer can't be used: %s", what);
}

/* Is it worth while to wait for it again at once? What it answers wrongly it answers quickly. */
static bool is_silence(const char *reason)
{
	return reason && (!strcmp(reason, "timeout") || !strcmp(reason, "connect") ||
				 !strcmp(reason, "resolve"));
}

/* A JSON object of the provider. */
static int ask(struct op *op, struct provider *p, struct fetch_order *o, json_t **ret)
{
	int left = clock_left(p->until);
	struct fetch f;
	struct err why;
	char *text;
	int rc;

	if (p->silent || left == 0)
		return op_refuse(op, MT_EUPSTREAM, TYPE,
			"The provider doesn't answer; it is asked again in some seconds");
	o->base = o->url;
	o->etag = "";
	o->allow = op->app->conf.oidc_allow;
	o->seconds = (left + 999) / 1000;
	if ((rc = fetch_file(op, o, &f)) < 0) {
		p->silent = is_silence(f.reason);
		return rc;
	}
	if (f.status != 200)
		return op_refuse(
			op, MT_EUPSTREAM, TYPE, "%.200s answered with status %d", o->url, f.status);
	if ((rc = fetch_text(op, &f, &text)) < 0)
		return rc;
	err_init(&why, op->arena);
	if (json_parse(op->arena, text, (size_t)f.bytes, ret, &why) < 0 || !json_is_object(*ret))
		return wrong(op, arena_printf(op->arena, "%.200s is not JSON", o->url));
	return 0;
}

static int remember(
	struct op *op, const struct provider *p, const json_t *document, const json_t *keys)
{
	struct rows none;

	if (!p->id)
		return 0;
	return op_write(op, NULL, &PROVIDER_REMEMBER,
		DB_ARGS(p->id, document ? json_text(op->arena, document, NULL) : NULL,
			keys ? json_text(op->arena, keys, NULL) : NULL),
		&none);
}

const char *provider_endpoint(const struct provider *p, const char *name)
{
	return json_str(p->document, name, "");
}

/* An address for a browser or for a request: of the same scheme as the issuer, or https. */
static bool is_address(const struct provider *p, const char *url)
{
	bool plain = !strncmp(url, "http://", 7) && !strncmp(p->issuer, "http://", 7);

	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127 || strchr("\"<>\\#", *c))
			return false;
	return (plain || !strncmp(url, "https://", 8)) && strlen(url) < 1000;
}

int provider_need_document(struct op *op, struct provider *p)
{
	static const char *const NEEDED[] = {
		"authorization_endpoint", "token_endpoint", "jwks_uri", NULL};
	size_t n = strlen(p->issuer);
	struct fetch_order o = {.max = DOCUMENT_MAX};
	json_t *document;
	int rc;

	if (p->document)
		return 0;
	n -= n > 0 && p->issuer[n - 1] == '/';
	o.url = arena_printf(op->arena, "%.*s/.well-known/openid-configuration", (int)n, p->issuer);
	if ((rc = ask(op, p, &o, &document)) < 0)
		return rc;
	/* Else its tokens were those of another one. */
	if (strcmp(json_str(document, "issuer", ""), p->issuer) != 0)
		return wrong(op, arena_printf(op->arena, "it says that it is %.200s",
					 json_str(document, "issuer", "nobody")));
	for (size_t i = 0; NEEDED[i]; i++)
		if (!is_address(p, json_str(document, NEEDED[i], "")))
			return wrong(op,
				arena_printf(op->arena, "its %s is no https address", NEEDED[i]));
	if (!is_address(p, json_str(document, "end_session_endpoint", "")))
		json_object_del(document, "end_session_endpoint");
	p->document = document;
	return remember(op, p, document, NULL);
}

static int may_renew(struct op *op, const struct provider *p)
{
	struct rows rows;
	int rc = op_write(op, NULL, &PROVIDER_MAY_RENEW, DB_ARGS(p->id, RENEW_MAX), &rows);

	if (rc < 0)
		return rc;
	return rows.n && row_bool(&rows, 0, 0)
		       ? 0
		       : op_refuse(op, MT_EUPSTREAM, TYPE,
				 "The provider's tokens name keys that it doesn't publish");
}

int provider_need_keys(struct op *op, struct provider *p, bool renew)
{
	struct fetch_order o = {.max = KEYS_MAX};
	json_t *answer;
	int rc;

	if (p->keys && !renew)
		return 0;
	if (renew && (rc = may_renew(op, p)) < 0)
		return rc;
	if ((rc = provider_need_document(op, p)) < 0)
		return rc;
	o.url = provider_endpoint(p, "jwks_uri");
	if ((rc = ask(op, p, &o, &answer)) < 0)
		return rc;
	p->keys = json_object_get(answer, "keys");
	if (!json_is_array(p->keys))
		return wrong(op, "its keys are no list");
	return remember(op, p, NULL, p->keys);
}

/* --- the client --------------------------------------------------------------------------------------- */

static int open_secret(struct op *op, const struct provider *p, char **ret)
{
	const struct seal_ring *ring;
	size_t n;
	int rc;

	if ((rc = ring_get(&op->app->conf, &ring, &op->err)) < 0)
		return rc;
	return seal_open_in_ring(op->arena, ring, p->key_id, seal_name(op->arena, p->id), p->tenant,
		       SECRET, json_str(p->secrets, SECRET, ""), ret, &n) == 0
		       ? 0
		       : op_refuse(op, MT_EUPSTREAM, TYPE,
				 "The client secret can't be opened: enter it again");
}

static bool takes_post_only(const struct provider *p)
{
	const json_t *ways = json_object_get(p->document, "token_endpoint_auth_methods_supported");
	bool post = false;
	size_t i;
	json_t *one;

	json_array_foreach((json_t *)ways, i, one) {
		if (!strcmp(json_is_string(one) ? json_string_value(one) : "",
			    "client_secret_basic"))
			return false;
		post = post || !strcmp(json_is_string(one) ? json_string_value(one) : "",
				       "client_secret_post");
	}
	return post;
}

int provider_redeem(
	struct op *op, struct provider *p, const char *code, const char *verifier, json_t **ret)
{
	struct arena *a = op->arena;
	struct fetch_order o = {.url = provider_endpoint(p, "token_endpoint"), .max = TOKEN_MAX};
	const char *id = url_encode(a, p->client_id);
	char *secret = NULL;
	int rc;

	if (p->secrets && (rc = open_secret(op, p, &secret)) < 0)
		return rc;
	o.post = arena_printf(a,
		"grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=%s",
		url_encode(a, code), url_encode(a, oidc_redirect_uri(op)), verifier);
	if (!secret)
		o.post = arena_printf(a, "%s&client_id=%s", o.post, id);
	else if (takes_post_only(p))
		o.post = arena_printf(
			a, "%s&client_id=%s&client_secret=%s", o.post, id, url_encode(a, secret));
	else
		o.basic = arena_printf(a, "%s:%s", id, url_encode(a, secret));
	if (secret)
		seal_wipe(secret, strlen(secret));
	if ((rc = ask(op, p, &o, ret)) < 0)
		return rc;
	return *json_str(*ret, "id_token", "") ? 0 : wrong(op, "it gave no ID token");
}

int provider_userinfo(struct op *op, struct provider *p, const char *access_token, json_t **ret)
{
	struct fetch_order o = {.url = provider_endpoint(p, "userinfo_endpoint"),
		.bearer = access_token,
		.max = TOKEN_MAX};

	if (!is_address(p, o.url))
		return wrong(op, "its userinfo_endpoint is no https address");
	return ask(op, p, &o, ret);
}
