/* webhook.c - see webhook.h. */
#include "crypt/webhook.h"

#include <sodium.h>
#include <string.h>

#define PREFIX "whsec_"
#define KEY_BYTES 24
#define KEY_MAX 64 /* as the standard has it */

void webhook_secret(char ret[WEBHOOK_SECRET_LEN + 1])
{
	unsigned char key[KEY_BYTES];

	randombytes_buf(key, sizeof(key));
	memcpy(ret, PREFIX, strlen(PREFIX));
	sodium_bin2base64(ret + strlen(PREFIX), WEBHOOK_SECRET_LEN + 1 - strlen(PREFIX), key,
		sizeof(key), sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(key, sizeof(key));
}

const char *webhook_signature(
	struct arena *p, const char *secret, const char *id, int64_t at, const char *body)
{
	unsigned char key[KEY_MAX], mac[crypto_auth_hmacsha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof(mac), sodium_base64_VARIANT_ORIGINAL)];
	const char *head = arena_printf(p, "%s.%lld.", id, (long long)at);
	crypto_auth_hmacsha256_state state;
	size_t n;

	if (strncmp(secret, PREFIX, strlen(PREFIX)) != 0 ||
		sodium_base642bin(key, sizeof(key), secret + strlen(PREFIX),
			strlen(secret + strlen(PREFIX)), NULL, &n, NULL,
			sodium_base64_VARIANT_ORIGINAL) != 0)
		return NULL;
	crypto_auth_hmacsha256_init(&state, key, n);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)head, strlen(head));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(key, sizeof(key));
	sodium_bin2base64(text, sizeof(text), mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(p, "v1,%s", text);
}
