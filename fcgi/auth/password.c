/*
 * password.c - argon2id with libsodium's "interactive" limits, see password.h.
 */
#include "auth/password.h"

#include <ctype.h>
#include <string.h>
#include <sodium.h>

#include "base/utf8.h"

#define EASY_LEFT 8	/* characters that nobody guesses, at least */
#define EASY_DISTINCT 5 /* different ones among them */
#define KNOWN_MIN 3	/* letters of a word */
#define TAKEN ' '

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

/* --- what may be chosen --------------------------------------------------------------------------------- */

/* What is tried first, in lower case; digits in a row are found by themselves. */
static const char *const TRIED[] = {"password", "passwort", "passw0rd", "pa55word", "kennwort",
	"letmein", "welcome", "willkommen", "mortise", "administrator", "admin", "geheim", "secret",
	"changeme", "default", "iloveyou", "qwertyuiop", "qwertzuiop", "qwerty", "qwertz",
	"asdfghjkl", "asdf", "zxcvbnm", "yxcvbnm", "zxcv", "yxcv", "1q2w3e4r5t", "1q2w3e4r",
	"1q2w3e", "1qaz2wsx", "dragon", "monkey", "football", "baseball", "fussball", "superman",
	"batman", "princess", "sunshine", "master", "login", "abc123", "spring", "summer", "autumn",
	"winter", "sommer", "herbst", NULL};

static void take(char *text, const char *word, size_t n)
{
	for (char *at = strstr(text, word); n >= KNOWN_MIN && at; at = strstr(at + n, word))
		memset(at, TAKEN, n);
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Each word of what is known. */
static void take_words(char *text, const char *known)
{
	char word[PASSWORD_MAX + 1];

	for (const char *at = known; *at;) {
		size_t n = 0;

		while (*at && !is_letter(*at))
			at++;
		while (is_letter(at[n]) && n < PASSWORD_MAX) {
			word[n] = (char)tolower((unsigned char)at[n]);
			n++;
		}
		word[n] = '\0';
		take(text, word, n);
		at += n;
	}
}

/* Characters that don't follow from the one before, as in "aaa" and "1234". */
static bool is_easy(const char *text)
{
	bool seen[256] = {false};
	int left = 0, distinct = 0;
	char before = TAKEN;

	for (; *text; before = *text++) {
		int step = *text - before;

		if (*text == TAKEN || (before != TAKEN && step >= -1 && step <= 1))
			continue;
		left++;
		distinct += !seen[(unsigned char)*text];
		seen[(unsigned char)*text] = true;
	}
	return left < EASY_LEFT || distinct < EASY_DISTINCT;
}

enum password_fault password_check(const char *password, const char *const *known)
{
	size_t n = strlen(password);
	char text[PASSWORD_MAX + 1];
	bool easy;

	if (n > PASSWORD_MAX)
		return PASSWORD_LONG;
	if (utf8_length(password, n) < PASSWORD_MIN)
		return PASSWORD_SHORT;
	for (size_t i = 0; i <= n; i++)
		text[i] = (char)tolower((unsigned char)password[i]);
	for (; *known; known++)
		take_words(text, *known);
	for (const char *const *word = TRIED; *word; word++)
		take(text, *word, strlen(*word));
	easy = is_easy(text);
	sodium_memzero(text, sizeof(text));
	return easy ? PASSWORD_EASY : PASSWORD_GOOD;
}
