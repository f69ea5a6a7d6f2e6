/* Codes of authenticator apps, by the vectors of RFC 6238, and recovery codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "auth/qr.h"
#include "auth/totp.h"

static const unsigned char SECRET[TOTP_SECRET + 1] = "12345678901234567890";

/* Appendix B, SHA1: the last six of its eight digits. */
static void are_those_of_rfc_6238(void **state)
{
	static const struct {
		int64_t at;
		const char *code;
	} VECTORS[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};

	(void)state;
	for (size_t i = 0; i < sizeof(VECTORS) / sizeof(*VECTORS); i++)
		assert_int_equal(totp_step(SECRET, VECTORS[i].code, VECTORS[i].at, 0),
			VECTORS[i].at / TOTP_STEP_S);
}

static void hold_for_a_step_before_and_behind(void **state)
{
	int64_t step = 1234567890 / TOTP_STEP_S;

	(void)state;
	for (int64_t off = -3; off <= 3; off++)
		assert_int_equal(totp_step(SECRET, "005924", 1234567890 + off * TOTP_STEP_S, 0),
			off >= -1 && off <= 1 ? step : 0);
	assert_int_equal(totp_step(SECRET, "005924", 1234567890 + 86400, 0), 0);
	assert_int_equal(totp_step(SECRET, "287082", 0, 0), 1); /* no step before 1970 */
}

static void are_used_once(void **state)
{
	int64_t step = 1234567890 / TOTP_STEP_S;

	(void)state;
	assert_int_equal(totp_step(SECRET, "005924", 1234567890, step - 1), step);
	assert_int_equal(totp_step(SECRET, "005924", 1234567890, step), 0);
	assert_int_equal(totp_step(SECRET, "005924", 1234567890, step + 9), 0);
}

static void are_six_digits_and_blanks(void **state)
{
	static const char *const OTHER[] = {"", "00592", "0059240", "00592a", "-5924", "+05924",
		"005924\n", "\xd9\xa0\xd9\xa0\xd9\xa5\xd9\xa9\xd9\xa2\xd9\xa4"};

	(void)state;
	assert_true(totp_is_code("005 924"));
	assert_int_not_equal(totp_step(SECRET, "005 924 ", 1234567890, 0), 0);
	for (size_t i = 0; i < sizeof(OTHER) / sizeof(*OTHER); i++) {
		assert_false(totp_is_code(OTHER[i]));
		assert_int_equal(totp_step(SECRET, OTHER[i], 1234567890, 0), 0);
	}
}

static void secrets_are_text_for_apps(void **state)
{
	char text[TOTP_SECRET_TEXT + 1];

	(void)state;
	totp_secret_text(text, SECRET);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void recovery_codes_are_the_same_as_typed(void **state)
{
	char a[TOTP_RECOVERY_LEN + 1], b[TOTP_RECOVERY_LEN + 1], one[65], other[65];
	char longer[200];

	(void)state;
	totp_recovery_make(a);
	totp_recovery_make(b);
	assert_int_equal(strlen(a), TOTP_RECOVERY_LEN);
	assert_string_not_equal(a, b);
	assert_false(totp_is_code(a));
	totp_recovery_hash(one, "p", "abcd-efgh-ijkl-mnop");
	totp_recovery_hash(other, "p", " ABCDEFGH ijklmnop");
	assert_string_equal(one, other);
	totp_recovery_hash(other, "q", "abcd-efgh-ijkl-mnop");
	assert_string_not_equal(one, other);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	totp_recovery_hash(other, "p", longer);
}

static void pictures_have_the_three_corners(void **state)
{
	struct arena *p = arena_new();
	int size = 0;
	const char *path = qr_path(p, "otpauth://totp/x", &size);
	char end[64], longer[4000];

	(void)state;
	assert_true(size >= 21 && size % 4 == 1);
	assert_memory_equal(path, "M0 0h7v1h-7z", 12);
	snprintf(end, sizeof(end), "M%d 0h7v1h-7z", size - 7);
	assert_non_null(strstr(path, end));
	snprintf(end, sizeof(end), "M0 %dh7v1h-7z", size - 1);
	assert_non_null(strstr(path, end));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(qr_path(p, longer, &size));
	arena_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_those_of_rfc_6238),
		cmocka_unit_test(hold_for_a_step_before_and_behind),
		cmocka_unit_test(are_used_once),
		cmocka_unit_test(are_six_digits_and_blanks),
		cmocka_unit_test(secrets_are_text_for_apps),
		cmocka_unit_test(recovery_codes_are_the_same_as_typed),
		cmocka_unit_test(pictures_have_the_three_corners),
	};

	return totp_init() < 0 ? 1 : cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
