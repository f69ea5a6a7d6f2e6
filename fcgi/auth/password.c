/*
 * password.c - argon2id with libsodium's "interactive" limits, see password.h.
 */
#include "auth/password.h"

#include <string.h>
#include <sodium.h>

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "hash buffer too small");

/* Unknown addresses are verified against this: a hash of 32 random bytes that were thrown away,
 * made with the limits of password_hash(). Change it together with them. */
static const char DUMMY[] = "$argon2id$v=19$m=65536,t=2,p=1$JzJ/jZc/udz57HSr/HxNtA"
			    "$s/iIZwZfoXAsDOlxXb10XSoGybPHMXUI5SHILI0mGsI";

int password_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

int password_hash(const char *password, char ret[PASSWORD_HASH_MAX])
{
	size_t n = strlen(password);

	if (n > PASSWORD_MAX)
		return -1;
	return crypto_pwhash_str_alg(ret, password, n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		       crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? 0
		       : -1;
}

bool password_verify(const char *hash, const char *password)
{
	size_t n = strlen(password);
	bool same;

	if (n > PASSWORD_MAX)
		return false;
	same = crypto_pwhash_str_verify(hash ? hash : DUMMY, password, n) == 0;
	return hash && same;
}
