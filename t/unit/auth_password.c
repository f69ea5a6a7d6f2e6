/* argon2id: right and wrong passwords, and the work that is done for an unknown address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "auth/password.h"
#include <time.h>

static void verifies_only_the_same_password(void **state)
{
	char hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];

	(void)state;
	assert_int_equal(password_hash("Grüße, Welt", hash), 0);
	assert_int_equal(password_hash("Grüße, Welt", again), 0);
	assert_string_not_equal(hash, again);
	assert_memory_equal(hash, "$argon2id$", 10);
	assert_true(password_verify(hash, "Grüße, Welt"));
	assert_false(password_verify(hash, "Grüße, Welt "));
	assert_false(password_verify(hash, ""));
	assert_false(password_verify("not a hash", "x"));
	assert_false(password_verify("", "x"));
}

static void refuses_what_is_too_long(void **state)
{
	char hash[PASSWORD_HASH_MAX], *big = malloc(PASSWORD_MAX + 2);

	(void)state;
	memset(big, 'x', PASSWORD_MAX + 1);
	big[PASSWORD_MAX + 1] = '\0';
	assert_int_equal(password_hash(big, hash), -1);
	assert_false(password_verify(NULL, big));
	big[PASSWORD_MAX] = '\0';
	assert_int_equal(password_hash(big, hash), 0);
	free(big);
}

/* The best of three, so that another program's load doesn't decide. */
/* Of the processor: other tests run beside this one. */
static int64_t spent_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int64_t best_us(const char *hash)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		int64_t began = spent_us();

		assert_false(password_verify(hash, "wrong"));
		if (spent_us() - began < best)
			best = spent_us() - began;
	}
	return best;
}

static void works_as_long_without_a_hash(void **state)
{
	char hash[PASSWORD_HASH_MAX];
	int64_t with, without;

	(void)state;
	assert_int_equal(password_hash("right", hash), 0);
	with = best_us(hash);
	without = best_us(NULL);
	assert_true(without > with / 3);
	assert_true(without < with * 3);
}

static enum password_fault check(const char *password)
{
	return password_check(password,
		(const char *const[]){"ann.miller@northwind.example", "Ann M\xc3\xbcller", NULL});
}

static void refuses_what_is_easy_to_guess(void **state)
{
	static const char *const EASY[] = {"password1234", "Passwort!2026", "aaaaaaaaaaaaaaaa",
		"123456789012345", "abcabcabcabcabc", "qwertyuiop1234",
		"ann.miller@northwind.example", "AnnMiller2026", "M\xc3\xbcllerM\xc3\xbcller1",
		"northwind-2026", "Summer2026!!", "            1", "zyxwvutsrqponm"};
	static const char *const GOOD[] = {"correct horse battery", "Tr0ub4dor&3x", "wZ3kQ9vLr2Tn",
		"annual leave of seven hens",
		"\xce\xba\xcf\x89\xce\xb4\xce\xb9\xce\xba\xcf\x8c\xcf\x82 42 "
		"\xce\xb4\xce\xad\xce\xbd\xcf\x84\xcf\x81\xce\xb1"};
	char big[PASSWORD_MAX + 2] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(EASY) / sizeof(*EASY); i++)
		assert_int_equal(check(EASY[i]), PASSWORD_EASY);
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(*GOOD); i++)
		assert_int_equal(check(GOOD[i]), PASSWORD_GOOD);
	assert_int_equal(check(""), PASSWORD_SHORT);
	assert_int_equal(check("wZ3kQ9vLr2T"), PASSWORD_SHORT);
	assert_int_equal(check("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"), PASSWORD_SHORT);
	memset(big, 'x', PASSWORD_MAX + 1);
	assert_int_equal(check(big), PASSWORD_LONG);
}

static int init(void **state)
{
	(void)state;
	return password_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_only_the_same_password),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(refuses_what_is_easy_to_guess),
		cmocka_unit_test(works_as_long_without_a_hash),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
