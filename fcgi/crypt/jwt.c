/* jwt.c - ID tokens checked: see jwt.h. */
#include "crypt/jwt.h"

#include <cjose/cjose.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"

#define RSA_LEAST 256 /* bytes of a modulus: 2048 bits */
#define RSA_MOST 1024 /* checking a larger one is work for us, and none for who sent it */
#define EXPONENT_MOST 8
#define P256_BYTES 32

struct algorithm {
	const char *name, *kty, *crv;
};

static const struct algorithm ALGORITHMS[] = {
	{"RS256", "RSA", NULL},
	{"PS256", "RSA", NULL},
	{"ES256", "EC", "P-256"},
};

struct check {
	struct arena *arena;
	const struct jwt_expect *expect;
	const struct algorithm *algorithm;
	const char *kid; /* NULL = the token names none */
	const char *why;
};

static int refuse(struct check *c, const char *why)
{
	c->why = why;
	return -1;
}

/* A part of the token, or a member of a key: base64url without padding. NULL = it isn't. */
static unsigned char *decode(struct arena *p, const char *text, size_t n, size_t *ret_len)
{
	unsigned char *ret = arena_alloc(p, n + 1);
	const char *end;

	if (sodium_base642bin(ret, n, text, n, NULL, ret_len, &end,
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
		end != text + n)
		return NULL;
	ret[*ret_len] = '\0';
	return ret;
}

/* Three parts that aren't empty. */
static bool is_compact(const char *token)
{
	int parts = 1;

	for (const char *at = token;; at++) {
		size_t n = strspn(
			at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

		at += n;
		if (n == 0 || (*at && *at != '.') || parts > 3)
			return false;
		if (!*at)
			return parts == 3;
		parts++;
	}
}

static json_t *parse(struct arena *p, const void *text, size_t n)
{
	struct err ignored;
	json_t *ret;

	err_init(&ignored, p);
	return text && json_parse(p, text, n, &ret, &ignored) == 0 && json_is_object(ret) ? ret
											  : NULL;
}

static const struct algorithm *find_algorithm(const char *name)
{
	for (size_t i = 0; i < sizeof(ALGORITHMS) / sizeof(*ALGORITHMS); i++)
		if (!strcmp(name, ALGORITHMS[i].name))
			return &ALGORITHMS[i];
	return NULL;
}

static int check_header(struct check *c, const char *token)
{
	size_t n = strcspn(token, "."), len;
	unsigned char *text = decode(c->arena, token, n, &len);
	json_t *h = text ? parse(c->arena, text, len) : NULL;
	const char *type = json_str(h, "typ", "JWT");

	if (!h)
		return refuse(c, "its header is not JSON");
	if (!(c->algorithm = find_algorithm(json_str(h, "alg", ""))))
		return refuse(c, "its algorithm is none of RS256, PS256 and ES256");
	if (json_object_get(h, "crit") || json_object_get(h, "b64"))
		return refuse(c, "its header demands what isn't known here");
	/* Others that a provider signs with the same keys: access tokens, notices of a sign-out. */
	if (strcmp(type, "JWT") != 0 && strcmp(type, "jwt") != 0)
		return refuse(c, "it is no ID token by its type");
	if (json_object_get(h, "kid") && !(c->kid = json_str(h, "kid", NULL)))
		return refuse(c, "its kid is no text");
	return 0;
}

static bool has_text(const json_t *list, const char *text)
{
	size_t i;
	json_t *one;

	json_array_foreach((json_t *)list, i, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), text))
			return true;
	return false;
}

static bool is_sized(
	struct arena *p, const json_t *key, const char *name, size_t least, size_t most)
{
	const char *text = json_str(key, name, "");
	size_t n, len = strlen(text);

	return len <= most * 2 && decode(p, text, len, &n) && n >= least && n <= most;
}

/* Is this key made for the token's algorithm, and for signatures? */
static bool fits(const struct check *c, const json_t *key)
{
	const struct algorithm *a = c->algorithm;
	const json_t *ops = json_object_get(key, "key_ops");

	if (!json_is_object(key) || strcmp(json_str(key, "kty", ""), a->kty) != 0 ||
		strcmp(json_str(key, "use", "sig"), "sig") != 0 ||
		strcmp(json_str(key, "alg", a->name), a->name) != 0 ||
		(ops && !has_text(ops, "verify")))
		return false;
	if (a->crv)
		return !strcmp(json_str(key, "crv", ""), a->crv) &&
		       is_sized(c->arena, key, "x", P256_BYTES, P256_BYTES) &&
		       is_sized(c->arena, key, "y", P256_BYTES, P256_BYTES);
	return is_sized(c->arena, key, "n", RSA_LEAST, RSA_MOST) &&
	       is_sized(c->arena, key, "e", 1, EXPONENT_MOST);
}

/* NULL when there is none, or several and nothing says which. */
static const json_t *find_key(const struct check *c, const json_t *keys)
{
	const json_t *found = NULL;
	size_t i;
	json_t *key;

	json_array_foreach((json_t *)keys, i, key) {
		if (i >= JWT_KEYS_MAX)
			break;
		if (!fits(c, key) || (c->kid && strcmp(json_str(key, "kid", ""), c->kid) != 0))
			continue;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}

static const json_t *member(const json_t *key, const char *name)
{
	return json_object_get(key, name);
}

/* The public part alone: what else a key has is nothing for the library. */
static cjose_jwk_t *import(struct arena *p, const struct algorithm *a, const json_t *key)
{
	json_t *public =
		a->crv ? json_pack("{ss sO sO sO}", "kty", a->kty, "crv", member(key, "crv"), "x",
				 member(key, "x"), "y", member(key, "y"))
		       : json_pack("{ss sO sO}", "kty", a->kty, "n", member(key, "n"), "e",
				 member(key, "e"));

	json_own(p, public);
	return cjose_jwk_import_json((cjose_header_t *)public, NULL);
}

/* The payload of a token whose signature is this key's; NULL = it isn't. */
static json_t *verified(struct check *c, const char *token, const json_t *key)
{
	cjose_jwk_t *jwk = import(c->arena, c->algorithm, key);
	cjose_jws_t *jws = jwk ? cjose_jws_import(token, strlen(token), NULL) : NULL;
	json_t *ret = NULL;
	uint8_t *text;
	size_t n;

	if (jws && cjose_jws_verify(jws, jwk, NULL) &&
		cjose_jws_get_plaintext(jws, &text, &n, NULL))
		ret = parse(c->arena, text, n);
	cjose_jws_release(jws);
	cjose_jwk_release(jwk);
	return ret;
}

static bool is_text(const json_t *claims, const char *name, const char *want)
{
	return !strcmp(json_str(claims, name, ""), want);
}

static int check_audience(struct check *c, const json_t *claims)
{
	const json_t *aud = json_object_get(claims, "aud"), *azp = json_object_get(claims, "azp");
	const char *own = c->expect->client_id;
	bool several = json_is_array(aud) && json_array_size(aud) > 1;

	if (!(json_is_array(aud) ? has_text(aud, own) : is_text(claims, "aud", own)))
		return refuse(c, "it is for another client (aud)");
	if ((azp || several) && !is_text(claims, "azp", own))
		return refuse(c, "it was given to another client (azp)");
	return 0;
}

static int check_times(struct check *c, const json_t *claims)
{
	const json_t *exp = json_object_get(claims, "exp"), *iat = json_object_get(claims, "iat"),
		     *nbf = json_object_get(claims, "nbf");
	double now = (double)c->expect->now;

	if (!json_is_number(exp) || json_number_value(exp) <= now - JWT_SKEW_S)
		return refuse(c, "its time is over (exp)");
	if (!json_is_number(iat) || json_number_value(iat) > now + JWT_SKEW_S)
		return refuse(c, "it is from the future (iat)");
	if (nbf && (!json_is_number(nbf) || json_number_value(nbf) > now + JWT_SKEW_S))
		return refuse(c, "it isn't valid yet (nbf)");
	return 0;
}

/* The left half of the access token's SHA-256. */
static bool is_hash_of(struct arena *p, const char *text, const char *token)
{
	unsigned char hash[crypto_hash_sha256_BYTES], *half;
	size_t n;

	crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
	half = strlen(text) < sizeof(hash) ? decode(p, text, strlen(text), &n) : NULL;
	return half && n == sizeof(hash) / 2 && !sodium_memcmp(half, hash, n);
}

static int check_claims(struct check *c, const json_t *claims)
{
	const struct jwt_expect *x = c->expect;
	const json_t *at_hash = json_object_get(claims, "at_hash");
	size_t subject = strlen(json_str(claims, "sub", ""));
	int rc;

	if (!is_text(claims, "iss", x->issuer))
		return refuse(c, "it is of another issuer (iss)");
	if ((rc = check_audience(c, claims)) < 0 || (rc = check_times(c, claims)) < 0)
		return rc;
	if (!*x->nonce || !is_text(claims, "nonce", x->nonce))
		return refuse(c, "it is of another sign-in (nonce)");
	if (subject == 0 || subject > 255)
		return refuse(c, "it doesn't say who signed in (sub)");
	if (at_hash && x->access_token &&
		!is_hash_of(c->arena, json_str(claims, "at_hash", ""), x->access_token))
		return refuse(c, "its access token is another one (at_hash)");
	return 0;
}

enum jwt_verdict jwt_verify(struct arena *p, const char *token, const json_t *keys,
	const struct jwt_expect *x, json_t **ret_claims, const char **ret_why)
{
	struct check c = {.arena = p, .expect = x, .why = "it is no token, or too long"};
	enum jwt_verdict verdict = JWT_BAD;
	const json_t *key;
	json_t *claims;

	*ret_why = c.why;
	if (strlen(token) > JWT_MAX || !is_compact(token))
		return JWT_BAD;
	if (check_header(&c, token) == 0) {
		c.why = "no key of the provider fits it (kid)";
		verdict = JWT_NO_KEY;
		if ((key = find_key(&c, keys))) {
			verdict = JWT_BAD;
			c.why = "its signature is not of the provider's key";
			claims = verified(&c, token, key);
			if (claims && check_claims(&c, claims) == 0) {
				*ret_claims = claims;
				return JWT_GOOD;
			}
		}
	}
	*ret_why = c.why;
	return verdict;
}
