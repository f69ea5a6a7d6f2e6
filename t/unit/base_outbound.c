/* What calls of plugins to other servers are made of: frames, lists of servers, headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/outbound.h"

static void frames_come_back(void **state)
{
	static const struct {
		enum outbound_type type;
		size_t n;
		bool good;
	} CASES[] = {{OUTBOUND_ORDER, 0, true}, {OUTBOUND_HEAD, OUTBOUND_TEXT_MAX, true},
		{OUTBOUND_END, OUTBOUND_TEXT_MAX + 1, false}, {OUTBOUND_BODY, 0, false},
		{OUTBOUND_BODY, 1, true}, {OUTBOUND_BODY, OUTBOUND_PIECE_MAX, true},
		{OUTBOUND_BODY, 0xffffffff, false}, {(enum outbound_type)0, 1, false},
		{(enum outbound_type)255, 1, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		unsigned char head[OUTBOUND_FRAME];
		enum outbound_type type;
		size_t n;

		outbound_frame(head, CASES[i].type, CASES[i].n);
		assert_int_equal(outbound_read(head, &type, &n), CASES[i].good);
		assert_int_equal(n, CASES[i].n);
	}
}

static void a_list_allows_what_it_names(void **state)
{
	static const struct {
		const char *list, *host;
		int port;
		bool allowed, exact;
	} CASES[] = {
		{"", "a.example", 443, false, false},
		{"a.example", "a.example", 443, true, true},
		{"a.example", "A.Example", 443, true, true},
		{"a.example", "a.example", 80, false, false},
		{"a.example", "xa.example", 443, false, false},
		{"a.example", "a.example.", 443, false, false},
		{"a.example:8443", "a.example", 8443, true, true},
		{"a.example:8443", "a.example", 443, false, false},
		{"*.example.org", "b.example.org", 443, true, false},
		{"*.example.org", "c.b.example.org", 443, true, false},
		{"*.example.org", "example.org", 443, false, false},
		{"*.example.org", "xexample.org", 443, false, false},
		{"*.example.org", ".example.org", 443, false, false},
		{"*", "anything", 443, true, false},
		{"*", "anything", 80, false, false},
		{"*:80", "anything", 80, true, false},
		{" b , a.example\t", "a.example", 443, true, true},
		{"[::1]:8080", "[::1]", 8080, true, true},
		{"[::1]", "[::1]", 443, true, true},
		{"a:0 a:65536 a:x a:8x", "a", 8, false, false},
		{"setting:server", "setting", 443, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		bool exact;

		assert_int_equal(
			outbound_allows(CASES[i].list, CASES[i].host, CASES[i].port, &exact),
			CASES[i].allowed);
		assert_int_equal(exact, CASES[i].exact);
	}
}

static void permissions_name_servers(void **state)
{
	static const char *const GOOD[] = {"api.example.com", "api.example.com:8443", "*", "*:80",
		"*.example.com", "[2001:db8::1]:443", "setting:server", "localhost:1", NULL};
	static const char *const BAD[] = {"", ":80", "*com", "*.com", "a..b", ".a", "a.", "-a",
		"A.example", "a.example:0", "a.example:70000", "a.example:", "a:b", "a b", "a,b",
		"a/b", "https://a", "user@a", "setting:", "setting:a b", "[::1", "**.a.b", "a*b.c",
		NULL};

	(void)state;
	for (int i = 0; GOOD[i]; i++)
		assert_true(outbound_word_ok(GOOD[i]));
	for (int i = 0; BAD[i]; i++)
		assert_false(outbound_word_ok(BAD[i]));
}

static void headers_that_are_the_platforms_are_refused(void **state)
{
	(void)state;
	assert_true(outbound_header_ok("Authorization", "Bearer x"));
	assert_true(outbound_header_ok("X-A", ""));
	assert_false(outbound_header_ok("", "x"));
	assert_false(outbound_header_ok("host", "x"));
	assert_false(outbound_header_ok("CONTENT-LENGTH", "1"));
	assert_false(outbound_header_ok("A b", "x"));
	assert_false(outbound_header_ok("A:", "x"));
	assert_false(outbound_header_ok("A", "x\r\nHost: y"));
	assert_false(outbound_header_ok("A", "x\n"));
}

static void an_address_is_a_word(void **state)
{
	static const struct {
		const char *url, *word;
	} CASES[] = {
		{"https://a.example/hook?x=1", "a.example:443"},
		{"http://a.example", "a.example:80"},
		{"https://a.example:8443/", "a.example:8443"},
		{"https://[::1]/", "[::1]:443"},
		{"https://[::1]:8443/", "[::1]:8443"},
		{"https://*.example/", NULL},
		{"https://a.example,b.example/", NULL},
		{"https://a b/", NULL},
		{"https://me:word@a.example/", NULL},
		{"https:///", NULL},
		{"a.example", NULL},
		{"", NULL},
	};
	struct arena *p = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const char *word = outbound_place(p, CASES[i].url);

		if (CASES[i].word)
			assert_string_equal(word, CASES[i].word);
		else
			assert_null(word);
	}
	arena_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(a_list_allows_what_it_names),
		cmocka_unit_test(permissions_name_servers),
		cmocka_unit_test(headers_that_are_the_platforms_are_refused),
		cmocka_unit_test(an_address_is_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
