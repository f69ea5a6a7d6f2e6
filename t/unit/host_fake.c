/* mt_fake.h: the host of paper answers as the real one does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "mt_fake.h"

static struct mt_fake f;

static int setup(void **state)
{
	(void)state;
	mt_fake_init(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mt_fake_release(&f);
	return 0;
}

static int greet(struct mt_req *req)
{
	const char *name = mt_setting_text(req, "name");

	if (!mt_settings(req))
		return MT_EBUSY;
	if (!mt_may(req, "greet"))
		return mt_fail(req, MT_EPERM, "not you");
	return mt_reply_json(req, 200, json_pack("{s:s}", "hello", name ? name : "nobody"));
}

static int on_validate(struct mt_req *req)
{
	if (!mt_setting_text(req, "name"))
		mt_setting_fault(req, "name", "is needed");
	if (mt_setting_int(req, "count", 0) > 9)
		mt_setting_fault(req, "count", "is too large");
	return f.code;
}

static int on_upgrade(struct mt_req *req)
{
	return mt_hook_result(
		req, strcmp(mt_hook_name(req), "upgrade") == 0, "from %s", mt_hook_previous(req));
}

static void settings_and_permissions(void **state)
{
	(void)state;
	assert_int_equal(mt_fake_run(&f, greet), MT_EPERM);
	f.permissions = "other,greet";
	assert_int_equal(mt_fake_run(&f, greet), 0);
	assert_string_equal(f.out, "{\"hello\":\"nobody\"}");
	mt_fake_setting(&f, "name", json_string("Desk"));
	assert_int_equal(mt_fake_run(&f, greet), 0);
	assert_string_equal(f.out, "{\"hello\":\"Desk\"}");
}

static void settings_that_cannot_be_read(void **state)
{
	(void)state;
	f.settings_code = MT_EBUSY;
	assert_int_equal(mt_fake_run(&f, greet), MT_EBUSY);
	assert_int_equal(f.code, MT_EBUSY);
}

static void hooks(void **state)
{
	(void)state;
	mt_fake_setting(&f, "count", json_integer(10));
	assert_int_equal(mt_fake_hook(&f, "validate", on_validate), MT_EFIELDS);
	assert_string_equal(f.field, "/values/name/values/count");
	f.previous = "1.0.0";
	assert_int_equal(mt_fake_hook(&f, "upgrade", on_upgrade), 0);
	assert_string_equal(f.out, "{\"success\":true,\"message\":\"from 1.0.0\"}");
	assert_string_equal(mt_hook_name(&f.req), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(settings_and_permissions, setup, teardown),
		cmocka_unit_test_setup_teardown(settings_that_cannot_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(hooks, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
