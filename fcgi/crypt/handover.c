/* handover.c - see handover.h. */
#include "crypt/handover.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define VERSION "v1."
#define EXPIRY_DIGITS 12
#define MAC_BYTES crypto_auth_hmacsha256_BYTES
#define MAC_DIGITS (2 * MAC_BYTES)

static void add(crypto_auth_hmacsha256_state *s, const char *text)
{
	char head[24];
	size_t n = text ? strlen(text) : 0;
	int len = snprintf(head, sizeof(head), "%zu:", n);

	crypto_auth_hmacsha256_update(s, (const unsigned char *)head, (size_t)len);
	if (n > 0)
		crypto_auth_hmacsha256_update(s, (const unsigned char *)text, n);
	crypto_auth_hmacsha256_update(s, (const unsigned char *)",", 1);
}

static void mac(unsigned char ret[MAC_BYTES], const unsigned char key[HANDOVER_KEY],
	const char *expiry, const struct handover *h)
{
	const char *const fields[] = {VERSION, expiry, h->pool, h->request_id, h->method, h->path,
		h->hook, h->tenant, h->tenant_code, h->user, h->user_name, h->roles, h->permissions,
		h->own, h->settings_key, h->previous_version, h->session, h->decided, h->scoped};
	crypto_auth_hmacsha256_state s;

	crypto_auth_hmacsha256_init(&s, key, HANDOVER_KEY);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		add(&s, fields[i]);
	crypto_auth_hmacsha256_final(&s, ret);
	sodium_memzero(&s, sizeof(s));
}

void handover_sign(char ret[HANDOVER_MAX], const unsigned char key[HANDOVER_KEY],
	const struct handover *h, long now)
{
	unsigned char bytes[MAC_BYTES];
	char expiry[24], hex[MAC_DIGITS + 1];

	snprintf(expiry, sizeof(expiry), "%ld", now + HANDOVER_SECONDS);
	mac(bytes, key, expiry, h);
	sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes));
	snprintf(ret, HANDOVER_MAX, VERSION "%s.%s", expiry, hex);
}

/* Splits the text; every length and character is checked before it is used. */
static bool parse(
	const char *text, char expiry[EXPIRY_DIGITS + 1], unsigned char ret_mac[MAC_BYTES])
{
	size_t n, len;

	if (!text || strncmp(text, VERSION, strlen(VERSION)) != 0)
		return false;
	text += strlen(VERSION);
	n = strspn(text, "0123456789");
	if (n == 0 || n > EXPIRY_DIGITS || text[n] != '.')
		return false;
	memcpy(expiry, text, n);
	expiry[n] = '\0';
	text += n + 1;
	return strlen(text) == MAC_DIGITS && strspn(text, "0123456789abcdef") == MAC_DIGITS &&
	       sodium_hex2bin(ret_mac, MAC_BYTES, text, MAC_DIGITS, NULL, &len, NULL) == 0 &&
	       len == MAC_BYTES;
}

static long number(const char *digits)
{
	long ret = 0;

	for (; *digits; digits++)
		ret = ret * 10 + (*digits - '0');
	return ret;
}

enum handover_fault handover_verify(
	const unsigned char key[HANDOVER_KEY], const char *text, const struct handover *h, long now)
{
	unsigned char given[MAC_BYTES], made[MAC_BYTES];
	char expiry[EXPIRY_DIGITS + 1];
	long until;

	if (!parse(text, expiry, given))
		return HANDOVER_MALFORMED;
	mac(made, key, expiry, h);
	if (sodium_memcmp(given, made, sizeof(made)) != 0)
		return HANDOVER_FOREIGN;
	until = number(expiry);
	return until < now || until > now + HANDOVER_SECONDS + 1 ? HANDOVER_EXPIRED : HANDOVER_GOOD;
}

const char *handover_fault_text(enum handover_fault f)
{
	static const char *const text[] = {[HANDOVER_GOOD] = "good",
		[HANDOVER_MALFORMED] = "malformed",
		[HANDOVER_FOREIGN] = "not signed for this request",
		[HANDOVER_EXPIRED] = "expired"};

	return text[f];
}
