/*
 * role.c - names, passwords and SCRAM verifiers (RFC 5802, RFC 7677) of plugin roles, keys of hand-overs.
 */
#include "crypt/role.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"

#define HASH crypto_auth_hmacsha256_BYTES
#define SALT 16

void role_name(char ret[ROLE_MAX], const char *plugin_key)
{
	snprintf(ret, ROLE_MAX, "p_%s", plugin_key);
	for (char *s = ret; *s; s++) {
		if (*s == '-')
			*s = '_';
	}
}

void role_password(char ret[65], const unsigned char role_key[32], const char *role)
{
	id_hmac_hex(ret, role_key, role, strlen(role));
}

void role_handover_hex(char ret[65], const unsigned char ticket_key[32], const char *plugin_key)
{
	char text[ROLE_MAX];
	int n = snprintf(text, sizeof(text), "handover:%s", plugin_key);
	id_hmac_hex(ret, ticket_key, text, (size_t)n);
}

void role_handover_key(
	unsigned char ret[32], const unsigned char ticket_key[32], const char *plugin_key)
{
	char hex[65];
	size_t n;
	role_handover_hex(hex, ticket_key, plugin_key);
	id_unhex(ret, 32, hex, &n);
	explicit_bzero(hex, sizeof(hex));
}

static void hmac(unsigned char ret[HASH], const void *key, size_t key_n, const void *data, size_t n)
{
	crypto_auth_hmacsha256_state s;
	crypto_auth_hmacsha256_init(&s, key, key_n);
	crypto_auth_hmacsha256_update(&s, data, n);
	crypto_auth_hmacsha256_final(&s, ret);
}

void role_verifier(char ret[ROLE_VERIFIER_MAX], const unsigned char role_key[32], const char *role)
{
	/* The salt and block number 1 of PBKDF2, whose first round is one HMAC. */
	unsigned char salt[SALT + 4], salted[HASH], stored[HASH], server[HASH];
	char password[65], b64[3][64];
	randombytes_buf(salt, SALT);
	memcpy(salt + SALT, "\0\0\0\1", 4);
	role_password(password, role_key, role);
	hmac(salted, password, 64, salt, sizeof(salt));
	hmac(stored, salted, HASH, "Client Key", 10);
	crypto_hash_sha256(stored, stored, HASH);
	hmac(server, salted, HASH, "Server Key", 10);
	sodium_bin2base64(b64[0], 64, salt, SALT, sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(b64[1], 64, stored, HASH, sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(b64[2], 64, server, HASH, sodium_base64_VARIANT_ORIGINAL);
	snprintf(ret, ROLE_VERIFIER_MAX, "SCRAM-SHA-256$1:%s$%s:%s", b64[0], b64[1], b64[2]);
	explicit_bzero(password, sizeof(password));
	explicit_bzero(salted, sizeof(salted));
}
