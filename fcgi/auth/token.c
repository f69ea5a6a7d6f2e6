/* token.c - see token.h. */
#include "auth/token.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"

#define PREFIX_LEN 4
#define RANDOM_LEN 43 /* 62^43 > 2^256 */
#define SUM_LEN 6     /* 62^6 > 2^32 */
#define SUM_AT (PREFIX_LEN + RANDOM_LEN)

/* As zlib's and Ethernet's (reflected, 0xedb88320). */
static uint32_t crc32_of(const char *s, size_t n)
{
	uint32_t c = 0xffffffffu;

	for (size_t i = 0; i < n; i++) {
		c ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
	}
	return ~c;
}

static void sum(char ret[SUM_LEN], const char *token)
{
	uint32_t c = crc32_of(token, SUM_AT);

	for (int i = SUM_LEN - 1; i >= 0; i--, c /= 62)
		ret[i] = ID_LETTERS[c % 62];
}

void token_make(char ret[TOKEN_LEN + 1], bool is_service)
{
	memcpy(ret, is_service ? "mts_" : "mtp_", PREFIX_LEN);
	id_letters(ret + PREFIX_LEN, RANDOM_LEN);
	sum(ret + SUM_AT, ret);
	ret[TOKEN_LEN] = '\0';
}

bool token_is(const char *s, size_t n)
{
	char wanted[SUM_LEN];

	if (n != TOKEN_LEN ||
		(strncmp(s, "mtp_", PREFIX_LEN) != 0 && strncmp(s, "mts_", PREFIX_LEN) != 0) ||
		strspn(s + PREFIX_LEN, ID_LETTERS) < TOKEN_LEN - PREFIX_LEN)
		return false;
	sum(wanted, s);
	return !memcmp(wanted, s + SUM_AT, SUM_LEN);
}

void token_preview(char ret[TOKEN_PREVIEW_LEN + 1], const char *token)
{
	snprintf(ret, TOKEN_PREVIEW_LEN + 1, "%.4s...%.4s", token, token + TOKEN_LEN - 4);
}
