/*
 * jwt.h - is an ID token of OpenID Connect what its provider signed for us?
 *
 * Signatures are libcjose's. Before it gets to see a token everything that others have fallen for is
 * refused here: algorithms other than RS256, PS256 and ES256 (so neither `none` nor one that takes
 * a public key for a secret), keys that are of another kind, made for something else, or too short,
 * headers that must be understood and aren't. A key is chosen by the token's kid; without one the
 * set must have a single key that fits.
 *
 * A pure function over the token, the set of keys and what is expected.
 */
#ifndef JWT_H
#define JWT_H

#include <jansson.h>
#include "base/arena.h"

#define JWT_MAX 16384 /* bytes of a token */
#define JWT_SKEW_S 60 /* that clocks may differ */
#define JWT_KEYS_MAX 64

struct jwt_expect {
	const char *issuer, *client_id, *nonce;
	const char *access_token; /* that came with it, for at_hash; NULL = none */
	long now;		  /* unix seconds */
};

enum jwt_verdict {
	JWT_GOOD,
	JWT_NO_KEY, /* the set has no key for it: a newer one may have */
	JWT_BAD,
};

/* JWT_GOOD and the claims (of the arena); else *ret_why for a log, which quotes nothing secret. */
enum jwt_verdict jwt_verify(struct arena *p, const char *token, const json_t *keys,
	const struct jwt_expect *x, json_t **ret_claims, const char **ret_why);

#endif
