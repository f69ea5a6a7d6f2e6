/* Key, signature and secret files of minisign. */
#include "fuzz.h"

#include "crypt/minisign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	char *text = fuzz_text(data, n), line[MINISIGN_KEY_LEN + 1];
	struct minisign_key key, again;
	struct minisign_secret secret;
	struct minisign_sig *sig = malloc(sizeof(*sig));
	struct err e;

	err_init(&e, p);
	memset(&key, 0, sizeof(key));
	if (minisign_key_read(&key, text, n, &e) == 0) {
		minisign_key_line(line, &key);
		fuzz_check(minisign_key_read(&again, line, strlen(line), &e) == 0);
		fuzz_check(memcmp(&key, &again, sizeof(key)) == 0);
	}
	err_init(&e, p);
	if (minisign_sig_read(sig, text, n, &e) == 0) {
		static const unsigned char digest[MINISIGN_DIGEST];

		fuzz_check(strlen(sig->comment) <= MINISIGN_COMMENT_MAX);
		/* Nobody's key: nothing is signed by it. */
		if (sig->prehashed)
			fuzz_check(minisign_verify(&key, sig, digest, &e) < 0);
		else
			fuzz_check(minisign_verify_legacy(&key, sig, "a", 1, &e) < 0);
		fuzz_check(minisign_verify_comment(&key, sig, &e) < 0);
	}
	err_init(&e, p);
	/* Without a password scrypt isn't run. */
	if (minisign_secret_read(&secret, text, n, NULL, &e) == 0)
		minisign_wipe(&secret);
	else
		fuzz_check(e.code != 0);
	free(sig);
	free(text);
	arena_free(p);
	return 0;
}
