#include "base/id.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void random_bytes(void *ret, size_t n)
{
	static bool ready;

	if (!ready) {
		if (sodium_init() < 0)
			abort(); /* no random source: nothing that follows would be safe */
		ready = true;
	}
	randombytes_buf(ret, n);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool id_is_uuid(const char *s)
{
	if (s == NULL)
		return false;
	for (int i = 0; i < ID_UUID_LEN; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return false;
		} else if (hex_digit(s[i]) < 0) {
			return false;
		}
	}
	return s[ID_UUID_LEN] == '\0';
}

void id_token(char ret[ID_TOKEN_LEN + 1])
{
	unsigned char raw[32];

	random_bytes(raw, sizeof(raw));
	sodium_bin2base64(
		ret, ID_TOKEN_LEN + 1, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof(raw));
}

void id_letters(char *ret, size_t n)
{
	unsigned char ready;

	random_bytes(&ready, 1);
	for (size_t i = 0; i < n; i++)
		ret[i] = ID_LETTERS[randombytes_uniform(sizeof(ID_LETTERS) - 1)];
	ret[n] = '\0';
}

int id_unhex(void *ret, size_t max, const char *hex, size_t *ret_len)
{
	unsigned char *out = ret;
	size_t n = strlen(hex);

	if (n % 2 != 0 || n / 2 > max)
		return -1;
	for (size_t i = 0; i < n / 2; i++) {
		int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		out[i] = (unsigned char)(hi << 4 | lo);
	}
	*ret_len = n / 2;
	return 0;
}

void id_sha256_hex(char ret[65], const void *data, size_t n)
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, data, n);
	id_hex(ret, sum, sizeof(sum));
}

void id_hmac_hex(char ret[65], const unsigned char key[32], const void *data, size_t n)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256(mac, data, n, key);
	id_hex(ret, mac, sizeof(mac));
}

/* The core's routes under /api/plugins/, the prefixes of the core's permissions, and names that a
 * reader would take for the platform itself. */
const char *const id_reserved_keys[] = {"upload", "install", "installations", "catalog",
	"marketplace", "categories", "health", "trust", "rollouts", "steps", "exports", "roles",
	"overview", "installed", "reload", "tickets", "users", "notifications", "stats", "plugins",
	"tokens", "storage", "network", "core", "mortise", NULL};

bool id_is_plugin_key(const char *s)
{
	size_t n;

	if (s == NULL || s[0] < 'a' || s[0] > 'z')
		return false;
	for (n = 1; s[n] != '\0'; n++) {
		bool word = (s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9');

		if (n >= 40 || (!word && (s[n] != '-' || s[n - 1] == '-')))
			return false;
	}
	if (n < 2 || s[n - 1] == '-')
		return false;
	for (size_t i = 0; id_reserved_keys[i]; i++)
		if (strcmp(s, id_reserved_keys[i]) == 0)
			return false;
	return true;
}
