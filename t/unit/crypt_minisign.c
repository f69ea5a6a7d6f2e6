/* Keys and signatures in minisign's formats: what the program itself has made, what we make, and what
 * was cut or changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>
#include "crypt/minisign.h"

/* Made by minisign 0.11: -G -W, -S -W, -S -l. */
static const char DATA[] = "mortise test vector\n";
static const char KEY[] = "untrusted comment: minisign public key 9092CF026A3D2044\n"
			  "RWREID1qAs+SkKSYMFwCuhwZ39yvzZHeDOse204kC3Plaapllb5SoRZ7\n";
static const char SECRET[] =
	"untrusted comment: minisign encrypted secret key\n"
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAARCA9agLPkpDt+3K/DupnBFFg"
	"5Vztt2TQceCtzeHlfYx7UwsrXcYiJaSYMFwCuhwZ39yvzZHeDOse204kC3Plaapllb5SoRZ7AAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAA=\n";
static const char SIGNED[] =
	"untrusted comment: signature from minisign secret key\n"
	"RUREID1qAs+SkI5uXXmVIjHXapOxBqIz29tNmKcrH7/f2jn95Y31A1w8MPYoBRnl4uMQUzwL53OO6KGqbFXa1bm9rAofwhEA9Aw=\n"
	"trusted comment: key:hello version:1.0.0\n"
	"irTd63YjLFFPMcvkcPFY9uoHadB7aTXzpoGp1yOHqtJ7compDcG6MuTUCeFMFoZbFcsUy95Odepz3KKkjz+uDQ==\n";
static const char LEGACY[] =
	"untrusted comment: signature from minisign secret key\n"
	"RWREID1qAs+SkPzYtbTpAFCdWfpY03tXd2ySKqLo5lMP5mDO/lZ9IyxYPkoH7kO+hYA8aIBRhmyw0nPZn7qOpSVrF3+z8rzPUwQ=\n"
	"trusted comment: an old way\n"
	"hzqMobmzV6m9xdWLlFtS5LQV9UfXk++5FXXvUPXr42vuGiLdCVYxDx3nmpFhFKkwG5YR03ubI5wpnPOOQT7yAg==\n";

static struct arena *P;
static struct err E;
static struct minisign_key K;
static struct minisign_sig S;
static unsigned char DIGEST[MINISIGN_DIGEST];

static int setup(void **state)
{
	(void)state;
	P = arena_new();
	err_init(&E, NULL);
	assert_true(sodium_init() >= 0);
	crypto_generichash(
		DIGEST, sizeof(DIGEST), (const unsigned char *)DATA, strlen(DATA), NULL, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(P);
	return 0;
}

/* From memory of its own size, so that the sanitizer sees a byte too far. */
static int read_sig(const char *text, size_t n)
{
	char *copy = malloc(n ? n : 1);
	int rc;

	memcpy(copy, text, n);
	err_init(&E, NULL);
	rc = minisign_sig_read(&S, copy, n, &E);
	free(copy);
	return rc;
}

static int read_key(const char *text, size_t n)
{
	char *copy = malloc(n ? n : 1);
	int rc;

	memcpy(copy, text, n);
	err_init(&E, NULL);
	rc = minisign_key_read(&K, copy, n, &E);
	free(copy);
	return rc;
}

static void made_by_minisign(void **state)
{
	char id[MINISIGN_ID_LEN + 1], line[MINISIGN_KEY_LEN + 1];

	(void)state;
	assert_int_equal(read_key(KEY, strlen(KEY)), 0);
	minisign_id(id, K.id);
	assert_string_equal(id, "9092CF026A3D2044");
	minisign_key_line(line, &K);
	assert_string_equal(minisign_key_text(P, &K), KEY);
	assert_int_equal(read_key(line, strlen(line)), 0);
	assert_int_equal(read_sig(SIGNED, strlen(SIGNED)), 0);
	assert_true(S.prehashed);
	assert_string_equal(S.comment, "key:hello version:1.0.0");
	assert_int_equal(minisign_verify(&K, &S, DIGEST, &E), 0);
	assert_int_equal(minisign_verify_comment(&K, &S, &E), 0);
	assert_int_equal(minisign_verify_legacy(&K, &S, DATA, strlen(DATA), &E), MT_EPERM);
	assert_int_equal(read_sig(LEGACY, strlen(LEGACY)), 0);
	assert_false(S.prehashed);
	assert_int_equal(minisign_verify_legacy(&K, &S, DATA, strlen(DATA), &E), 0);
	assert_int_equal(minisign_verify_comment(&K, &S, &E), 0);
	assert_int_equal(minisign_verify(&K, &S, DIGEST, &E), MT_EPERM);
	assert_int_equal(minisign_verify_legacy(&K, &S, DATA, strlen(DATA) - 1, &E), MT_EPERM);
}

static void minisigns_secret_signs(void **state)
{
	struct minisign_secret secret;
	struct minisign_key key;
	const char *text;

	(void)state;
	assert_int_equal(minisign_secret_read(&secret, SECRET, strlen(SECRET), NULL, &E), 0);
	/* the second half of an Ed25519 secret key is its public key */
	memcpy(key.id, secret.id, sizeof(key.id));
	memcpy(key.key, secret.key + 32, sizeof(key.key));
	assert_string_equal(minisign_key_text(P, &key), KEY);
	assert_int_equal(minisign_sign(P, &secret, DIGEST, "signature from minisign secret key",
				 "key:hello version:1.0.0", &text, &E),
		0);
	assert_string_equal(text, SIGNED); /* Ed25519 has no chance in it */
}

static void own_keys_with_and_without_password(void **state)
{
	static const char *const PASSWORDS[] = {NULL, "", "correct horse"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct minisign_secret secret, again;
		struct minisign_key key;
		const char *text, *sig;

		assert_int_equal(minisign_make(&secret, &key), 0);
		assert_int_equal(minisign_secret_text(
					 P, &secret, PASSWORDS[i], MINISIGN_INTERACTIVE, &text, &E),
			0);
		err_init(&E, NULL);
		assert_int_equal(minisign_secret_read(&again, text, strlen(text), NULL, &E),
			i == 2 ? MT_EAUTH : 0);
		err_init(&E, NULL);
		if (i == 2)
			assert_int_equal(
				minisign_secret_read(&again, text, strlen(text), "wrong", &E),
				MT_EAUTH);
		err_init(&E, NULL);
		assert_int_equal(
			minisign_secret_read(&again, text, strlen(text), PASSWORDS[i], &E), 0);
		assert_memory_equal(&again, &secret, sizeof(secret));
		assert_int_equal(minisign_sign(P, &again, DIGEST, "u", "t\tv", &sig, &E), 0);
		assert_int_equal(read_sig(sig, strlen(sig)), 0);
		assert_int_equal(minisign_verify(&key, &S, DIGEST, &E), 0);
		assert_int_equal(minisign_verify_comment(&key, &S, &E), 0);
		assert_int_equal(read_key(KEY, strlen(KEY)), 0);
		assert_int_equal(minisign_verify(&K, &S, DIGEST, &E), MT_EPERM);
	}
}

static void comments_are_one_line(void **state)
{
	struct minisign_secret secret;
	struct minisign_key key;
	const char *text;

	(void)state;
	assert_int_equal(minisign_make(&secret, &key), 0);
	assert_int_equal(minisign_sign(P, &secret, DIGEST, "u", "a\nb", &text, &E), MT_EINVAL);
	assert_int_equal(minisign_sign(P, &secret, DIGEST, "a\rb", "t", &text, &E), MT_EINVAL);
	assert_int_equal(minisign_sign(P, &secret, DIGEST, "u", "\xff", &text, &E), MT_EINVAL);
}

/* Every prefix is refused or (without the last line's end) the whole. */
static void every_cut(void **state)
{
	(void)state;
	assert_int_equal(read_key(KEY, strlen(KEY)), 0);
	for (size_t n = 0; n < strlen(SIGNED) - 1; n++)
		if (read_sig(SIGNED, n) == 0)
			fail_msg("%zu bytes were read as a signature", n);
	assert_int_equal(read_sig(SIGNED, strlen(SIGNED) - 1), 0);
	for (size_t n = 0; n < strlen(KEY) - 1; n++)
		if (read_key(KEY, n) == 0)
			fail_msg("%zu bytes were read as a key", n);
	for (size_t n = 0; n < strlen(SECRET) - 1; n++) {
		struct minisign_secret secret;

		err_init(&E, NULL);
		if (minisign_secret_read(&secret, SECRET, n, NULL, &E) == 0)
			fail_msg("%zu bytes were read as a secret key", n);
	}
}

/* Whatever byte behind the first line changes, the whole doesn't hold any more. */
static void every_change(void **state)
{
	size_t first = strcspn(SIGNED, "\n") + 1;
	char text[sizeof(SIGNED)];

	(void)state;
	assert_int_equal(read_key(KEY, strlen(KEY)), 0);
	for (size_t i = first; i < strlen(SIGNED) - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(text, SIGNED, sizeof(text));
			text[i] = (char)(text[i] ^ 1 << bit);
			if (read_sig(text, strlen(SIGNED)) == 0 &&
				minisign_verify(&K, &S, DIGEST, &E) == 0 &&
				minisign_verify_comment(&K, &S, &E) == 0)
				fail_msg("byte %zu may change its bit %d", i, bit);
		}
	}
	DIGEST[63] ^= 1;
	assert_int_equal(read_sig(SIGNED, strlen(SIGNED)), 0);
	assert_int_equal(minisign_verify(&K, &S, DIGEST, &E), MT_EPERM);
}

static void strange_files(void **state)
{
	char *big = arena_alloc(P, 20000);
	static const char *const T[] = {"", "\n", "untrusted comment: \n", "RW\n\n\n\n",
		"untrusted comment: x\nRUREID1qAs+SkA==\ntrusted comment: y\nAAAA\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		assert_int_equal(read_sig(T[i], strlen(T[i])), MT_EINVAL);
		assert_int_equal(read_key(T[i], strlen(T[i])), MT_EINVAL);
	}
	memset(big, 'A', 20000);
	assert_int_equal(read_sig(big, 20000), MT_EINVAL);
	assert_int_equal(read_key(big, 20000), MT_EINVAL);
	memset(big, '\n', 20000);
	assert_int_equal(read_sig(big, 20000), MT_EINVAL);
	/* a fifth line, Windows' line ends, a NUL in the comment */
	assert_int_equal(read_sig(arena_printf(P, "%sx\n", SIGNED), strlen(SIGNED) + 2), MT_EINVAL);
	memcpy(big, LEGACY, sizeof(LEGACY));
	*strstr(big, "old") = '\0';
	assert_int_equal(read_sig(big, strlen(LEGACY)), MT_EINVAL);
}

/* A key file that wants a hundred gigabytes for its password. */
static void greedy_password(void **state)
{
	struct minisign_secret secret;
	struct minisign_key key;
	unsigned char raw[158];
	char line[300];
	const char *text;
	size_t n;

	(void)state;
	assert_int_equal(minisign_make(&secret, &key), 0);
	assert_int_equal(minisign_secret_text(P, &secret, "x", MINISIGN_INTERACTIVE, &text, &E), 0);
	text = strchr(text, '\n') + 1;
	assert_int_equal(sodium_base642bin(raw, sizeof(raw), text, strlen(text), "\n", &n, NULL,
				 sodium_base64_VARIANT_ORIGINAL),
		0);
	raw[46 + 5] = 0x20; /* memory */
	sodium_bin2base64(line, sizeof(line), raw, sizeof(raw), sodium_base64_VARIANT_ORIGINAL);
	text = arena_printf(P, "untrusted comment: x\n%s\n", line);
	assert_int_equal(minisign_secret_read(&secret, text, strlen(text), "x", &E), MT_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(made_by_minisign, setup, teardown),
		cmocka_unit_test_setup_teardown(minisigns_secret_signs, setup, teardown),
		cmocka_unit_test_setup_teardown(
			own_keys_with_and_without_password, setup, teardown),
		cmocka_unit_test_setup_teardown(comments_are_one_line, setup, teardown),
		cmocka_unit_test_setup_teardown(every_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(every_change, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_files, setup, teardown),
		cmocka_unit_test_setup_teardown(greedy_password, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
