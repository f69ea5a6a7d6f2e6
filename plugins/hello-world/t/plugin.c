/* plugin.c - the one handler against a fake host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mt_fake.h"

#ifndef MT_PLUGIN_KEY /* the build hands them in; the platform's own run of this test does not */
#define MT_PLUGIN_KEY "hello-world"
#define MT_PLUGIN_VERSION "0.0.0"
#endif
#include "../src/plugin.c"

static void says_hello(void **state)
{
	struct mt_fake f;

	(void)state;
	mt_fake_init(&f);
	mt_fake_set(&f, MT_FAKE_PARAM, "whom", "world");
	assert_int_equal(mt_fake_run(&f, hello), 0);
	assert_int_equal(f.status, 200);
	assert_string_equal(json_string_value(json_object_get(f.json, "hello")), "world");
	assert_string_equal(json_string_value(json_object_get(f.json, "from")), f.user_name);
	mt_fake_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_hello)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
