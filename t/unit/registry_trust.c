/* What the policies allow, and how a package on disk is judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sodium.h>
#include "base/id.h"
#include "package/digest.h"
#include "registry/trust.h"

#define HASH "0000000000000000000000000000000000000000000000000000000000000000"

static struct arena *P;
static struct op OP;
#define E OP.err
static struct minisign_secret SECRET;
static struct minisign_key KEY;
static char FILE_NAME[64];

static int setup(void **state)
{
	int fd;

	(void)state;
	P = arena_new();
	op_init(&OP, P, 0);
	err_init(&E, NULL);
	assert_true(sodium_init() >= 0);
	assert_int_equal(minisign_make(&SECRET, &KEY), 0);
	snprintf(FILE_NAME, sizeof(FILE_NAME), "/tmp/mortise-trust-XXXXXX");
	fd = mkstemp(FILE_NAME);
	assert_int_equal(write(fd, "a package", 9), 9);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(FILE_NAME);
	arena_free(P);
	return 0;
}

static void policies(void **state)
{
	static const struct {
		const char *policy;
		bool may[5]; /* core, signed, unsigned, modified, invalid */
	} T[] = {
		{"required", {true, true, false, false, false}},
		{"warn", {true, true, true, false, false}},
		{"off", {true, true, true, true, true}},
	};
	static struct app app;
	struct conf *c = &app.conf;

	(void)state;
	OP.app = &app;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		snprintf(c->trust_policy, sizeof(c->trust_policy), "%s", T[i].policy);
		for (enum trust_status s = TRUST_CORE; s <= TRUST_INVALID; s++) {
			struct trust t = {.status = s, .reason = "of a reason"};

			if (trust_allows(c, s) != T[i].may[s])
				fail_msg("%s, %s", T[i].policy, trust_name(s));
			err_init(&E, NULL);
			assert_int_equal(
				trust_require(&OP, &t, "x 1.0.0"), T[i].may[s] ? 0 : MT_ECONFLICT);
			if (!T[i].may[s]) {
				assert_string_equal(E.type, "trust-required");
				assert_non_null(strstr(E.message, "x 1.0.0 is"));
				assert_non_null(strstr(E.message, "of a reason"));
				assert_non_null(strstr(E.message, T[i].policy));
			}
		}
	}
}

static const char *sign(const char *comment)
{
	unsigned char digest[MINISIGN_DIGEST];
	char hex[DIGEST_BLAKE2B_HEX];
	const char *text;
	size_t n;

	assert_int_equal(digest_blake2b(FILE_NAME, hex, &E), 0);
	assert_int_equal(id_unhex(digest, sizeof(digest), hex, &n), 0);
	assert_int_equal(minisign_sign(P, &SECRET, digest, "u", comment, &text, &E), 0);
	return text;
}

static void judge(const char *signature, const char *blake2b, struct trust_store *store,
	enum trust_status status, const char *words)
{
	struct trust_facts f = {.sha256 = HASH,
		.key = "hello",
		.version = "1.0.0",
		.signature = signature,
		.blake2b = blake2b,
		.file = blake2b ? NULL : FILE_NAME};
	struct trust t;

	err_init(&E, NULL);
	assert_int_equal(trust_judge(store, &f, &t), 0);
	if (t.status != status)
		fail_msg("%s: %s", trust_name(t.status), t.reason ? t.reason : "");
	if (words && (!t.reason || !strstr(t.reason, words)))
		fail_msg("wanted \"%s\", found \"%s\"", words, t.reason ? t.reason : "");
	assert_true(t.allowed == (status <= TRUST_UNSIGNED));
}

static void judged(void **state)
{
	struct trust_store *store = trust_of_key(&OP, &KEY, "me"),
			   *none = trust_of_key(&OP, NULL, NULL);
	char hex[DIGEST_BLAKE2B_HEX];
	const char *good = sign("timestamp:1\tkey:hello\tversion:1.0.0\tsha256:" HASH);

	(void)state;
	judge(NULL, NULL, store, TRUST_UNSIGNED, "no signature");
	judge(good, NULL, none, TRUST_UNSIGNED, "not in the trust store");
	judge(good, NULL, store, TRUST_SIGNED, NULL);
	assert_int_equal(digest_blake2b(FILE_NAME, hex, &E), 0);
	judge(good, hex, store, TRUST_SIGNED, NULL);
	hex[0] = hex[0] == 'f' ? '0' : 'f';
	judge(good, hex, store, TRUST_MODIFIED, "other bytes");
	judge("no signature", NULL, store, TRUST_INVALID, "no signature of minisign");
	judge(sign("key:other"), NULL, store, TRUST_INVALID, "the plugin other");
	judge(sign("a key:other"), NULL, store, TRUST_INVALID, "the plugin other");
	judge(sign("monkey:other xkey:y"), NULL, store, TRUST_SIGNED, NULL);
	judge(sign("version:0.9.0"), NULL, store, TRUST_INVALID, "version 0.9.0");
	judge(sign("sha256:beef"), NULL, store, TRUST_INVALID, "another SHA-256");
	judge(sign(""), NULL, store, TRUST_SIGNED, NULL);
	judge(arena_printf(P, "%sx", sign("one")), NULL, store, TRUST_INVALID, "four lines");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(policies, setup, teardown),
		cmocka_unit_test_setup_teardown(judged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
