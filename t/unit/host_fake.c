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

/* --- since ABI 3 ---*/

static void moments(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"1970-01-01", 0}, {"1970-01-01T00:00:00Z", 0},
		{"2026-11-21 08:15:30.5+01", 1795245330500},
		{"2026-11-21T07:15:30.500Z", 1795245330500},
		{"2026-11-21t12:45:30.5009+05:30", 1795245330500}, {"2000-02-29", 951782400000},
		{"1969-12-31 23:59:59.999-00:00", -1}, {"0001-01-01", -62135596800000},
		{"9999-12-31T23:59:59.999Z", 253402300799999}};
	static const char *const bad[] = {"", "2026", "2026-02-29", "2026-13-01", "2026-00-10",
		"2026-01-00", "2026-01-32", "2026-01-01T", "2026-01-01T24:00:00",
		"2026-01-01T08:00", "2026-01-01T08:00:00+1", "2026-01-01T08:00:00Zx",
		"2026-01-01T08:00:00.", "infinity", "-026-01-01", "1900-02-29", "0044-03-15 BC"};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(mt_time_read(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mt_time_read(bad[i], &ms))
			fail_msg("%s is a time", bad[i]);
	assert_false(mt_time_read(NULL, &ms));
	for (int64_t day = -719162; day < 2932896; day += 997) { /* 0001 to 9999 */
		assert_true(mt_time_read(mt_time_text(&f.req, day * 86400000 + 3661001), &ms));
		assert_int_equal(ms, day * 86400000 + 3661001);
	}
	assert_string_equal(mt_time_text(&f.req, -1), "1969-12-31T23:59:59.999Z");
	assert_null(mt_time_text(&f.req, INT64_MAX));
}

static void arguments_and_columns(void **state)
{
	static const char *const cells[] = {
		"7", "12.50", "2026-11-21 08:15:30+00", "{\"a\": [1]}", NULL};
	json_t *v = json_pack("{s:b}", "a", 1);
	struct mt_rows rows;

	(void)state;
	mt_fake_rows(&f, "SELECT", 1, 5, cells);
	assert_int_equal(mt_query(&f.req, "SELECT 1",
				 MT_ARGS(mt_arg_int(&f.req, -7), mt_arg_double(&f.req, 0.5),
					 mt_arg_bool(true), mt_arg_time(&f.req, 0),
					 mt_arg_json(&f.req, v), mt_arg_json(&f.req, NULL)),
				 &rows),
		0);
	json_decref(v);
	assert_string_equal(f.asked[0].args[0], "-7");
	assert_string_equal(f.asked[0].args[1], "0.5");
	assert_string_equal(f.asked[0].args[2], "t");
	assert_string_equal(f.asked[0].args[3], "1970-01-01T00:00:00.000Z");
	assert_string_equal(f.asked[0].args[4], "{\"a\":true}");
	assert_null(f.asked[0].args[5]);
	assert_int_equal(mt_column_of(&rows, "c2"), 2);
	assert_int_equal(mt_column_of(&rows, "none"), -1);
	assert_null(mt_text(&rows, 0, mt_column_of(&rows, "none")));
	assert_true(mt_double(&rows, 0, 1) == 12.5);
	assert_int_equal(mt_time(&rows, 0, 2), 1795248930000);
	assert_int_equal(mt_time(&rows, 0, 4), 0);
	v = mt_json(&rows, 0, 3);
	assert_int_equal(json_array_size(json_object_get(v, "a")), 1);
	json_decref(v);
	assert_null(mt_json(&rows, 0, 4));
}

static void bodies(void **state)
{
	int64_t ms;

	(void)state;
	f.body = json_pack("{s:f, s:i, s:b, s:s, s:n}", "price", 0.1, "count", 3, "done", 1, "at",
		"2026-11-21", "none");
	assert_string_equal(mt_body_decimal(&f.req, "price"), "0.1");
	assert_string_equal(mt_body_decimal(&f.req, "count"), "3");
	assert_null(mt_body_decimal(&f.req, "none"));
	assert_true(mt_body_bool(&f.req, "done", false));
	assert_true(mt_body_bool(&f.req, "none", true));
	assert_true(mt_body_double(&f.req, "count", 0) == 3);
	assert_true(mt_body_time(&f.req, "at", &ms));
	assert_false(mt_body_time(&f.req, "none", &ms));
	mt_fake_set(&f, MT_FAKE_QUERY, "from", "");
	mt_fake_set(&f, MT_FAKE_QUERY, "all", "true");
	assert_null(mt_query_arg(&f.req, "from"));
	assert_true(mt_query_bool(&f.req, "all", false));
	assert_true(mt_query_bool(&f.req, "from", true));
}

static void csv(void **state)
{
	static const char *const cells[] = {
		"-5", "=1+1", "a \"b\"", NULL, "1,5", "+49", "x", "-1e3"};
	struct mt_csv table = mt_csv_new(&f.req);
	struct mt_rows rows;

	(void)state;
	mt_fake_rows(&f, "SELECT", 2, 4, cells);
	assert_int_equal(mt_query(&f.req, "SELECT 1", MT_NOARGS, &rows), 0);
	mt_csv_rows(&table, &rows);
	mt_csv_cell(&table, "");
	mt_csv_cell(&table, "-");
	mt_csv_end(&table);
	assert_int_equal(mt_reply_csv(&f.req, "t.csv", &table), 0);
	assert_string_equal(f.out, "c0,c1,c2,c3\r\n-5,\"'=1+1\",\"a \"\"b\"\"\",\r\n"
				   "\"1,5\",\"'+49\",x,-1e3\r\n,\"'-\"\r\n");
	for (int i = 0; i < 5000; i++)
		mt_str_addf(&table.out, "%d", i % 10);
	assert_int_equal(strlen(table.out.data), table.out.len);
}

static int page_of(const char *cursor, const char *const *cells, int n, struct mt_page *page)
{
	struct mt_rows rows;
	int rc;

	f.n_pairs = 0;
	if (cursor)
		mt_fake_set(&f, MT_FAKE_QUERY, "cursor", cursor);
	mt_fake_set(&f, MT_FAKE_QUERY, "limit", "2");
	if ((rc = mt_page(&f.req, "c1,c0", 50, 200, page)) < 0)
		return rc;
	mt_fake_rows(&f, "SELECT", n, 2, cells);
	mt_query(&f.req, "SELECT 1", MT_NOARGS, &rows);
	return mt_reply_page(&f.req, page, &rows);
}

static void pages(void **state)
{
	static const char *const cells[] = {"1", "\xc3\xbc", "2", "b\"", "3", "c"};
	static const char *const bad[] = {
		"?", "e30", "W10", "WyJhIl0", "WyJhIiwiYiIsImMiXQ", "WzEsMl0"};
	struct mt_page page;
	const char *next;

	(void)state;
	assert_int_equal(page_of(NULL, cells, 3, &page), 0);
	assert_int_equal(page.limit, 2);
	assert_null(page.key[0]);
	assert_int_equal(json_array_size(json_object_get(f.json, "items")), 2);
	next = mt_printf(&f.req, "%s", json_string_value(json_object_get(f.json, "nextCursor")));
	assert_int_equal(page_of(next, cells, 1, &page), 0);
	assert_string_equal(page.key[0], "b\"");
	assert_string_equal(page.key[1], "2");
	assert_true(json_is_null(json_object_get(f.json, "nextCursor")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(page_of(bad[i], cells, 1, &page), MT_EFIELDS);
	assert_string_equal(f.field, "?cursor?cursor?cursor?cursor?cursor?cursor");
}

static void versions(void **state)
{
	static const struct {
		const char *tags;
		int rc;
	} cases[] = {{"\"7\"", 0}, {"W/\"7\"", 0}, {"7", 0}, {"*", 0}, {"\"6\", \"7\"", 0},
		{"6,7 ", 0}, {"\"6\"", MT_ECONFLICT}, {"77", MT_ECONFLICT}, {"\"7", MT_EINVAL},
		{"", MT_EINVAL}, {"7,", MT_EINVAL}, {"7 8", MT_EINVAL}};

	(void)state;
	assert_int_equal(mt_if_match(&f.req, 7), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		f.n_pairs = 0;
		mt_fake_set(&f, MT_FAKE_HEADER, "If-Match", cases[i].tags);
		if (mt_if_match(&f.req, 7) != cases[i].rc)
			fail_msg("%s", cases[i].tags);
	}
	assert_int_equal(mt_etag(&f.req, 8), 0);
	assert_string_equal(f.sent[0].value, "\"8\"");
}

static void days_and_permissions(void **state)
{
	static const char *const zone[] = {"Europe/Berlin"}, *const day[] = {"2026-11-21"},
				 *const start[] = {"2026-11-20 23:00:00+00"};
	const struct mt_notice notice = {.title = "Low stock", .message = "Bolts"};
	const char *s;
	int64_t ms;

	(void)state;
	mt_fake_rows(&f, "mortise.time_zone()", 1, 1, zone);
	mt_fake_rows(&f, "::date", 1, 1, day);
	mt_fake_rows(&f, "AT TIME ZONE", 1, 1, start);
	assert_int_equal(mt_zone(&f.req, &s), 0);
	assert_string_equal(s, "Europe/Berlin");
	assert_int_equal(mt_date_at(&f.req, mt_now(&f.req), &s), 0);
	assert_string_equal(s, "2026-11-21");
	assert_int_equal(mt_day_start(&f.req, s, &ms), 0);
	assert_int_equal(ms, 1795215600000);
	assert_int_equal(mt_notify_permission(&f.req, "parts:manage", &notice), 1);
}

static void storage(void **state)
{
	static const char *const got[] = {"a", "{\"n\": 1}", NULL, "17"}, *const set[] = {
										  "a", "18"};
	const struct mt_storage_options o = {.if_version = true, .version = 17};
	int64_t version;
	json_t *v;
	(void)state;

	mt_fake_service_rows(&f, "service 100", 1, 4, got, NULL, 0);
	assert_int_equal(mt_storage_get(&f.req, "drafts", "a", &v, &version), 0);
	assert_int_equal(json_integer_value(json_object_get(v, "n")), 1);
	assert_int_equal(version, 17);
	mt_fake_service_rows(&f, "service 101", 1, 2, set, NULL, 0);
	assert_int_equal(mt_storage_set(&f.req, "drafts", "a", v, &o, &version), 0);
	assert_int_equal(version, 18);
	assert_int_equal(mt_storage_set(&f.req, "drafts", "a", NULL, NULL, NULL), MT_EINVAL);
	assert_int_equal(
		mt_storage_set(&f.req, "drafts", "\xff", json_true(), NULL, NULL), MT_EINVAL);
	mt_fake_service_rows(&f, "service 100", 0, 4, NULL, NULL, 0);
	assert_int_equal(mt_storage_get(&f.req, "drafts", "b", &v, &version), 0);
	assert_null(v);
	assert_int_equal(version, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(settings_and_permissions, setup, teardown),
		cmocka_unit_test_setup_teardown(settings_that_cannot_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(hooks, setup, teardown),
		cmocka_unit_test_setup_teardown(moments, setup, teardown),
		cmocka_unit_test_setup_teardown(arguments_and_columns, setup, teardown),
		cmocka_unit_test_setup_teardown(bodies, setup, teardown),
		cmocka_unit_test_setup_teardown(csv, setup, teardown),
		cmocka_unit_test_setup_teardown(pages, setup, teardown),
		cmocka_unit_test_setup_teardown(versions, setup, teardown),
		cmocka_unit_test_setup_teardown(days_and_permissions, setup, teardown),
		cmocka_unit_test_setup_teardown(storage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
