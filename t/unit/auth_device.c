/* What a User-Agent header says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/device.h"

static struct arena *p;

static void is(const char *agent, const char *browser, const char *platform)
{
	struct device on = device_of(p, agent);

	if (browser)
		assert_string_equal(on.browser, browser);
	else
		assert_null(on.browser);
	if (platform)
		assert_string_equal(on.platform, platform);
	else
		assert_null(on.platform);
}

static void browsers(void **state)
{
	(void)state;
	is("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Firefox", "Windows");
	is("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	   "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
		"Edge", "Windows");
	is("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	   "Version/17.5 Safari/605.1.15",
		"Safari", "macOS");
	is("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
	   "Chrome/126.0.0.0 Mobile Safari/537.36",
		"Chrome", "Android");
	is("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	   "HeadlessChrome/126.0.0.0 Safari/537.36",
		"Chrome", "Linux");
	is("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	   "Gecko) CriOS/126.0.0.0 Mobile/15E148 Safari/604.1",
		"Chrome", "iPhone");
}

static void others(void **state)
{
	(void)state;
	is(NULL, NULL, NULL);
	is("", NULL, NULL);
	is("Mozilla/5.0", NULL, NULL);
	is("curl/8.5.0", "curl", NULL);
	is("python-requests/2.31", "python-requests", NULL);
	is("<b>x</b>", NULL, NULL);
	is("a-name-of-forty-one-characters-which-is-xy/1", NULL, NULL);
}

static void stored(void **state)
{
	char longest[1000];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(device_agent(p, NULL));
	assert_string_equal(device_agent(p, "a\x01\xc3\xa9\tb~"), "a????b~");
	assert_int_equal(strlen(device_agent(p, longest)), DEVICE_AGENT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(browsers),
		cmocka_unit_test(others),
		cmocka_unit_test(stored),
	};
	int rc;

	p = arena_new();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(p);
	return rc;
}
