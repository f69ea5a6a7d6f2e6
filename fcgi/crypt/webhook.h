/*
 * webhook.h - signatures of webhooks as Standard Webhooks has them (standardwebhooks.com, "symmetric"): the
 * HMAC-SHA256 of "<id>.<timestamp>.<body>". A secret is "whsec_" and the key in base64.
 *
 * Pure functions over libsodium: the caller has called seal_init().
 */
#ifndef CRYPT_WEBHOOK_H
#define CRYPT_WEBHOOK_H

#include <stdint.h>
#include "base/arena.h"

#define WEBHOOK_SECRET_LEN 38 /* of a new one: 24 random bytes */

void webhook_secret(char ret[WEBHOOK_SECRET_LEN + 1]);
/* "v1,<base64>" in the arena; NULL: the secret isn't one. at: seconds since 1970. */
const char *webhook_signature(
	struct arena *p, const char *secret, const char *id, int64_t at, const char *body);

#endif
