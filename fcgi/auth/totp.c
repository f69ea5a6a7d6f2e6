/* totp.c - see totp.h. */
#include "auth/totp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <liboath/oath.h>
#include <sodium.h>

#include "base/id.h"

#define RANDOM 10 /* bytes of a recovery code */
#define GROUP 4

int totp_init(void)
{
	return sodium_init() < 0 || oath_init() != OATH_OK ? -1 : 0;
}

void totp_secret_make(unsigned char ret[TOTP_SECRET])
{
	randombytes_buf(ret, TOTP_SECRET);
}

/* n base32 letters; the bytes have so many without padding. Without memory for them there is no going on. */
static void letters(char *ret, size_t n, const unsigned char *bytes, size_t n_bytes)
{
	char *text = NULL;
	size_t len = 0;

	if (oath_base32_encode((const char *)bytes, n_bytes, &text, &len) != OATH_OK || len != n)
		abort();
	memcpy(ret, text, n);
	ret[n] = '\0';
	sodium_memzero(text, len);
	free(text);
}

void totp_secret_text(char ret[TOTP_SECRET_TEXT + 1], const unsigned char secret[TOTP_SECRET])
{
	letters(ret, TOTP_SECRET_TEXT, secret, TOTP_SECRET);
}

/* Without blanks and dashes, in lower case; false when it is longer. */
static bool plain(char *ret, size_t size, const char *typed)
{
	size_t n = 0;

	for (; *typed; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (n + 1 == size)
			return false;
		ret[n++] = (char)tolower((unsigned char)*typed);
	}
	ret[n] = '\0';
	return true;
}

static bool read_code(char ret[TOTP_DIGITS + 1], const char *typed)
{
	return plain(ret, TOTP_DIGITS + 1, typed) && strlen(ret) == TOTP_DIGITS &&
	       strspn(ret, "0123456789") == TOTP_DIGITS;
}

bool totp_is_code(const char *typed)
{
	char code[TOTP_DIGITS + 1];

	return read_code(code, typed);
}

int64_t totp_step(
	const unsigned char secret[TOTP_SECRET], const char *typed, int64_t now_s, int64_t used)
{
	char code[TOTP_DIGITS + 1], is[TOTP_DIGITS + 1];
	int64_t now = now_s / TOTP_STEP_S, ret = 0;

	if (!read_code(code, typed))
		return 0;
	for (int64_t step = now - 1; step <= now + 1; step++) {
		if (step < 0 || oath_totp_generate((const char *)secret, TOTP_SECRET,
					(time_t)(step * TOTP_STEP_S), TOTP_STEP_S, 0, TOTP_DIGITS,
					is) != OATH_OK)
			continue;
		if (!sodium_memcmp(is, code, TOTP_DIGITS) && step > used && !ret)
			ret = step;
	}
	sodium_memzero(is, sizeof(is));
	return ret;
}

void totp_recovery_make(char ret[TOTP_RECOVERY_LEN + 1])
{
	unsigned char bytes[RANDOM];
	char text[TOTP_RECOVERY_LEN + 1];
	size_t n = 0;

	randombytes_buf(bytes, sizeof(bytes));
	letters(text, RANDOM * 8 / 5, bytes, sizeof(bytes));
	for (size_t i = 0; text[i]; i++) {
		if (i && i % GROUP == 0)
			ret[n++] = '-';
		ret[n++] = (char)tolower((unsigned char)text[i]);
	}
	ret[n] = '\0';
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(text, sizeof(text));
}

void totp_recovery_hash(char ret[65], const char *person, const char *typed)
{
	char code[TOTP_TYPED_MAX + 1], text[TOTP_TYPED_MAX + 64];
	int n;

	if (!plain(code, sizeof(code), typed))
		code[0] = '\0';
	n = snprintf(text, sizeof(text), "recovery:%s:%s", person, code);
	id_sha256_hex(ret, text, (size_t)n);
	sodium_memzero(code, sizeof(code));
	sodium_memzero(text, sizeof(text));
}
