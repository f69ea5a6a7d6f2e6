/* An ID token is good when a key of the provider signed it for this client and this sign-in, and not else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cjose/cjose.h>
#include <sodium.h>

#include "base/json.h"
#include "crypt/jwt.h"

#define NOW 1800000000L

static struct arena *arena;
static cjose_jwk_t *rsa, *other, *ec;
static json_t *keys; /* of the provider: rsa as "r1", ec as "e1" */
static const char *why;
static struct jwt_expect expect;

static json_t *public_of(const cjose_jwk_t *key, const char *kid)
{
	cjose_err err;
	char *text = cjose_jwk_to_json(key, false, &err);
	json_t *ret = json_loads(text, 0, NULL);

	free(text);
	json_object_set_new(ret, "kid", json_string(kid));
	return ret;
}

static int make(void **state)
{
	cjose_err err;

	(void)state;
	arena = arena_new();
	rsa = cjose_jwk_create_RSA_random(2048, (const uint8_t *)"\1\0\1", 3, &err);
	other = cjose_jwk_create_RSA_random(2048, (const uint8_t *)"\1\0\1", 3, &err);
	ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &err);
	keys = json_pack("[oo]", public_of(rsa, "r1"), public_of(ec, "e1"));
	json_own(arena, keys);
	expect = (struct jwt_expect){.issuer = "https://login.example.org",
		.client_id = "mortise",
		.nonce = "n-1",
		.now = NOW};
	return 0;
}

static int drop(void **state)
{
	(void)state;
	cjose_jwk_release(rsa);
	cjose_jwk_release(other);
	cjose_jwk_release(ec);
	arena_free(arena);
	return 0;
}

static json_t *claims(void)
{
	return json_own(arena, json_pack("{ss ss ss ss sI sI}", "iss", "https://login.example.org",
				       "sub", "u-17", "aud", "mortise", "nonce", "n-1", "exp",
				       (json_int_t)NOW + 300, "iat", (json_int_t)NOW));
}

static const char *sign(
	const json_t *payload, const cjose_jwk_t *key, const char *alg, const char *kid)
{
	json_t *head = json_pack("{ss ss*}", "alg", alg, "kid", kid);
	char *text = json_dumps(payload, JSON_COMPACT);
	cjose_err err;
	cjose_jws_t *jws =
		cjose_jws_sign(key, (cjose_header_t *)head, (uint8_t *)text, strlen(text), &err);
	const char *out, *ret;

	assert_non_null(jws);
	assert_true(cjose_jws_export(jws, &out, &err));
	ret = arena_strdup(arena, out);
	cjose_jws_release(jws);
	json_decref(head);
	free(text);
	return ret;
}

static const char *encode(const char *text)
{
	size_t n =
		sodium_base64_encoded_len(strlen(text), sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(arena, n), n, (const unsigned char *)text,
		strlen(text), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static enum jwt_verdict verdict(const char *token)
{
	json_t *got = NULL;
	enum jwt_verdict v = jwt_verify(arena, token, keys, &expect, &got, &why);

	if (v == JWT_GOOD)
		assert_string_equal(json_str(got, "sub", ""), "u-17");
	return v;
}

static void each_algorithm_is_accepted_with_its_key(void **state)
{
	(void)state;
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", "r1")), JWT_GOOD);
	assert_int_equal(verdict(sign(claims(), rsa, "PS256", "r1")), JWT_GOOD);
	assert_int_equal(verdict(sign(claims(), ec, "ES256", "e1")), JWT_GOOD);
	assert_int_equal(verdict(sign(claims(), rsa, "RS384", "r1")), JWT_BAD);
}

static void a_key_of_somebody_else_is_refused(void **state)
{
	(void)state;
	assert_int_equal(verdict(sign(claims(), other, "RS256", "r1")), JWT_BAD);
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", "r2")), JWT_NO_KEY);
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", "e1")), JWT_NO_KEY);
}

static void without_a_kid_there_must_be_one_key(void **state)
{
	json_t *all = keys;

	(void)state;
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", NULL)), JWT_GOOD);
	keys = json_own(arena, json_pack("[oo]", public_of(rsa, "r1"), public_of(other, "r2")));
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", NULL)), JWT_NO_KEY);
	/* Two keys of one name: nothing says which. */
	keys = json_own(arena, json_pack("[oo]", public_of(rsa, "r1"), public_of(other, "r1")));
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", "r1")), JWT_NO_KEY);
	keys = all;
}

static void alg_none_is_refused(void **state)
{
	char *text = json_dumps(claims(), JSON_COMPACT);
	static const char *const NONE[] = {"{\"alg\":\"none\"}",
		"{\"alg\":\"None\",\"kid\":\"r1\"}", "{\"kid\":\"r1\"}", "{\"alg\":null}", "[]",
		"{\"alg\":\"RS256\",\"alg\":\"none\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(NONE) / sizeof(*NONE); i++) {
		assert_int_equal(
			verdict(arena_printf(arena, "%s.%s.", encode(NONE[i]), encode(text))),
			JWT_BAD);
		assert_int_equal(
			verdict(arena_printf(arena, "%s.%s", encode(NONE[i]), encode(text))),
			JWT_BAD);
	}
	free(text);
}

/* A public key as the secret of HS256. */
static void a_public_key_is_no_secret(void **state)
{
	json_t *public = public_of(rsa, "r1");
	const char *n = json_str(public, "n", "");
	cjose_err err;
	cjose_jwk_t *secret = cjose_jwk_create_oct_spec((const uint8_t *)n, strlen(n), &err);

	(void)state;
	assert_int_equal(verdict(sign(claims(), secret, "HS256", "r1")), JWT_BAD);
	/* Also where the provider's set has such a key. */
	json_array_append_new(keys, json_pack("{ss ss ss ss}", "kty", "oct", "kid", "h1", "k",
					    encode(n), "alg", "HS256"));
	assert_int_equal(verdict(sign(claims(), secret, "HS256", "h1")), JWT_BAD);
	json_array_remove(keys, 2);
	cjose_jwk_release(secret);
	json_decref(public);
}

static void keys_for_something_else_are_not_used(void **state)
{
	static const char *const SETS[][2] = {
		{"use", "enc"}, {"alg", "PS256"}, {"kty", "EC"}, {"n", "AQAB"}, {"e", ""}};
	json_t *all = keys, *one;

	(void)state;
	for (size_t i = 0; i < sizeof(SETS) / sizeof(*SETS); i++) {
		one = public_of(rsa, "r1");
		json_object_set_new(one, SETS[i][0], json_string(SETS[i][1]));
		keys = json_own(arena, json_pack("[o]", one));
		assert_int_equal(verdict(sign(claims(), rsa, "RS256", "r1")), JWT_NO_KEY);
	}
	one = public_of(rsa, "r1");
	json_object_set_new(one, "key_ops", json_pack("[s]", "encrypt"));
	keys = json_own(arena, json_pack("[o]", one));
	assert_int_equal(verdict(sign(claims(), rsa, "RS256", "r1")), JWT_NO_KEY);
	keys = all;
}

static void each_claim_is_checked(void **state)
{
	static const struct {
		const char *claim, *json, *why;
	} WRONG[] = {
		{"iss", "\"https://login.example.org/\"", "iss"},
		{"iss", NULL, "iss"},
		{"aud", "\"another\"", "aud"},
		{"aud", "[\"another\"]", "aud"},
		{"aud", NULL, "aud"},
		{"aud", "[\"mortise\",\"another\"]", "azp"},
		{"azp", "\"another\"", "azp"},
		{"exp", "1799999900", "exp"},
		{"exp", "\"1900000000\"", "exp"},
		{"exp", NULL, "exp"},
		{"iat", "1800000100", "iat"},
		{"iat", NULL, "iat"},
		{"nbf", "1800000100", "nbf"},
		{"nonce", "\"n-2\"", "nonce"},
		{"nonce", NULL, "nonce"},
		{"sub", "\"\"", "sub"},
		{"sub", "17", "sub"},
		{"sub", NULL, "sub"},
	};
	json_t *c;

	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++) {
		c = claims();
		if (WRONG[i].json)
			json_object_set_new(c, WRONG[i].claim,
				json_loads(WRONG[i].json, JSON_DECODE_ANY, NULL));
		else
			json_object_del(c, WRONG[i].claim);
		assert_int_equal(verdict(sign(c, rsa, "RS256", "r1")), JWT_BAD);
		assert_non_null(strstr(why, arena_printf(arena, "(%s)", WRONG[i].why)));
	}
	c = claims();
	json_object_set_new(c, "aud", json_pack("[ss]", "another", "mortise"));
	json_object_set_new(c, "azp", json_string("mortise"));
	json_object_set_new(c, "exp", json_integer(NOW - JWT_SKEW_S + 5));
	assert_int_equal(verdict(sign(c, rsa, "RS256", "r1")), JWT_GOOD);
}

/* The example of OpenID Connect Core, A.3. */
static void the_access_token_belongs_to_it(void **state)
{
	json_t *c = claims();

	(void)state;
	json_object_set_new(c, "at_hash", json_string("77QmUPtjPfzWtF2AnpK9RQ"));
	expect.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
	assert_int_equal(verdict(sign(c, rsa, "RS256", "r1")), JWT_GOOD);
	expect.access_token = "another";
	assert_int_equal(verdict(sign(c, rsa, "RS256", "r1")), JWT_BAD);
	assert_non_null(strstr(why, "(at_hash)"));
	expect.access_token = NULL;
}

static void what_is_no_token_is_refused(void **state)
{
	const char *good = sign(claims(), rsa, "RS256", "r1");
	char *changed = arena_strdup(arena, good);
	char *dot = strchr(changed, '.');
	char *large = arena_alloc(arena, JWT_MAX + 2);

	(void)state;
	memset(large, 'a', JWT_MAX + 1);
	large[JWT_MAX + 1] = '\0';
	for (size_t n = 0; n < strlen(good); n += 37)
		assert_int_not_equal(verdict(arena_strndup(arena, good, n)), JWT_GOOD);
	dot[3] = dot[3] == 'A' ? 'B' : 'A';
	assert_int_not_equal(verdict(changed), JWT_GOOD);
	assert_int_not_equal(verdict(large), JWT_GOOD);
	assert_int_not_equal(verdict(arena_printf(arena, "%s.", good)), JWT_GOOD);
	assert_int_not_equal(verdict(arena_printf(arena, "%s=", good)), JWT_GOOD);
	assert_int_not_equal(verdict("..."), JWT_GOOD);
}

static void headers_that_demand_more_are_refused(void **state)
{
	json_t *head =
		json_pack("{ss ss s[s] si}", "alg", "RS256", "kid", "r1", "crit", "exp", "exp", 1);
	char *text = json_dumps(claims(), JSON_COMPACT);
	cjose_err err;
	cjose_jws_t *jws =
		cjose_jws_sign(rsa, (cjose_header_t *)head, (uint8_t *)text, strlen(text), &err);
	const char *out;

	(void)state;
	assert_true(cjose_jws_export(jws, &out, &err));
	assert_int_equal(verdict(out), JWT_BAD);
	cjose_jws_release(jws);
	json_decref(head);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_algorithm_is_accepted_with_its_key),
		cmocka_unit_test(a_key_of_somebody_else_is_refused),
		cmocka_unit_test(without_a_kid_there_must_be_one_key),
		cmocka_unit_test(alg_none_is_refused),
		cmocka_unit_test(a_public_key_is_no_secret),
		cmocka_unit_test(keys_for_something_else_are_not_used),
		cmocka_unit_test(each_claim_is_checked),
		cmocka_unit_test(the_access_token_belongs_to_it),
		cmocka_unit_test(what_is_no_token_is_refused),
		cmocka_unit_test(headers_that_demand_more_are_refused),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
