/* What an API token looks like, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/token.h"
#include "base/id.h"

/* Its sum by zlib's crc32() of the 47 letters before, to base 62. */
#define KNOWN "mtp_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"
#define KNOWN_SUM "1O6sjP"

static void are_all_different_and_recognized(void **state)
{
	char a[TOKEN_LEN + 1], b[TOKEN_LEN + 1];

	(void)state;
	for (int i = 0; i < 200; i++) {
		token_make(a, i % 2);
		token_make(b, i % 2);
		assert_int_equal(strlen(a), TOKEN_LEN);
		assert_memory_equal(a, i % 2 ? "mts_" : "mtp_", 4);
		assert_string_not_equal(a, b);
		assert_true(token_is(a, TOKEN_LEN));
	}
}

static void has_a_checksum_that_others_can_compute(void **state)
{
	(void)state;
	assert_true(token_is(KNOWN KNOWN_SUM, TOKEN_LEN));
}

static void uses_all_letters(void **state)
{
	char all[4000];

	(void)state;
	id_letters(all, sizeof(all) - 1);
	assert_int_equal(strlen(all), sizeof(all) - 1);
	assert_int_equal(strspn(all, ID_LETTERS), sizeof(all) - 1);
	for (const char *c = ID_LETTERS; *c; c++)
		assert_non_null(strchr(all, *c));
}

static void is_nothing_else(void **state)
{
	char token[TOKEN_LEN + 1], bad[TOKEN_LEN + 8];

	(void)state;
	token_make(token, false);
	for (size_t i = 0; i < TOKEN_LEN; i++) { /* any one letter is wrong */
		memcpy(bad, token, sizeof(token));
		bad[i] = bad[i] == 'x' ? 'y' : 'x';
		assert_false(token_is(bad, TOKEN_LEN));
		bad[i] = '\0';
		assert_false(token_is(bad, TOKEN_LEN));
	}
	assert_false(token_is(token, TOKEN_LEN - 1));
	assert_false(token_is("", 0));
	memcpy(bad, token, TOKEN_LEN);
	memcpy(bad + TOKEN_LEN, "a", 2);
	assert_false(token_is(bad, TOKEN_LEN + 1));
	memcpy(bad, token, sizeof(token));
	memcpy(bad, "mtx_", 4);
	assert_false(token_is(bad, TOKEN_LEN));
	memcpy(bad, "MTP_", 4);
	assert_false(token_is(bad, TOKEN_LEN));
}

static void is_shown_by_its_ends(void **state)
{
	char preview[TOKEN_PREVIEW_LEN + 1];

	(void)state;
	token_preview(preview, KNOWN "wxYZ56");
	assert_string_equal(preview, "mtp_...YZ56");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_all_different_and_recognized),
		cmocka_unit_test(has_a_checksum_that_others_can_compute),
		cmocka_unit_test(uses_all_letters),
		cmocka_unit_test(is_nothing_else),
		cmocka_unit_test(is_shown_by_its_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
