/* E-mail addresses, and targets of notifications. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/valid.h"

static void addresses_of_people(void **state)
{
	static const char *const GOOD[] = {
		"a@b", "dana.brooks@northwind.example", "a+b@c.d", "ü@b.c"};
	static const char *const BAD[] = {"", "@", "a@", "@b", "a", "a@b@c", "a@.b", "a@b.",
		"a@b..c", "a b@c", "a@b c", "a@b\n", "a@b\x7f", "<a@b>", "a@b,c@d", "a\\@b",
		"\"a\"@b", "a:b@c"};
	char s[300];

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(*GOOD); i++)
		assert_true(valid_email(GOOD[i]));
	for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++)
		assert_false(valid_email(BAD[i]));
	memset(s, 'x', sizeof(s));
	s[64] = '@';
	s[254] = '\0';
	assert_true(valid_email(s));
	s[254] = 'x';
	s[255] = '\0';
	assert_false(valid_email(s)); /* 255 bytes */
	s[64] = 'x';
	s[65] = '@';
	s[100] = '\0';
	assert_false(valid_email(s)); /* 65 before the @ */
}

static void where_a_notification_leads(void **state)
{
	static const char *const GOOD[] = {"/", "/tab/Tickets", "/a?b=c#d", "https://example.com",
		"http://example.com/ä", "/%5c"};
	static const char *const BAD[] = {"", "//example.com", "tab", "javascript:alert(1)",
		"https://", "https:///x", "http://", "ftp://a", "/\\example.com", "/a b", "/a\tb",
		"/a\xc2\xa0", "/\xff", "HTTPS://a", " /a"};
	char s[600];

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(*GOOD); i++)
		assert_true(valid_notice_url(GOOD[i]));
	for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++)
		assert_false(valid_notice_url(BAD[i]));
	memset(s, '/', sizeof(s));
	s[1] = 'x';
	s[NOTICE_URL_MAX] = '\0';
	assert_true(valid_notice_url(s));
	s[NOTICE_URL_MAX] = '/';
	s[NOTICE_URL_MAX + 1] = '\0';
	assert_false(valid_notice_url(s));
}

static void words_of_a_list(void **state)
{
	(void)state;
	assert_true(valid_one_of(NOTICE_PRIORITIES, "low"));
	assert_true(valid_one_of(NOTICE_PRIORITIES, "high"));
	assert_false(valid_one_of(NOTICE_PRIORITIES, "hig"));
	assert_false(valid_one_of(NOTICE_PRIORITIES, "low|normal"));
	assert_false(valid_one_of(NOTICE_PRIORITIES, ""));
}

static void decimals(void **state)
{
	static const char *const GOOD[] = {"0", "-0.5", "12", "007", "1234567890.123"};
	static const char *const BAD[] = {"", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ",
		"1.2.3", "--1", "nan", "0x1", "12345678901234567890123456789012345678901"};

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(*GOOD); i++)
		assert_true(valid_decimal(GOOD[i]));
	for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++)
		assert_false(valid_decimal(BAD[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_people),
		cmocka_unit_test(where_a_notification_leads),
		cmocka_unit_test(words_of_a_list),
		cmocka_unit_test(decimals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
