/*
 * parts.c - tests the handlers against a fake host (mt_fake.h): their statements and replies. What the
 * statements do is tested with a database: parts.sql.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mt_fake.h"

#ifndef MT_PLUGIN_KEY /* the build hands them in; the platform's own run of this test does not */
#define MT_PLUGIN_KEY "parts"
#define MT_PLUGIN_VERSION "0.0.0"
#endif

#include "../src/moves.c"
#include "../src/parts.c"
#include "../src/plugin.c"
#include "../src/report.c"

#define PART_ID "00000000-0000-4000-8000-0000000000aa"

static int setup(void **state)
{
	struct mt_fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	mt_fake_init(f);
	mt_fake_setting(f, "notify", json_true());
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	mt_fake_release(*state);
	free(*state);
	return 0;
}

static void lists_are_sorted_as_asked(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_QUERY, "sort", "-stock");
	mt_fake_rows(f, "ORDER BY p.stock DESC, p.id DESC", 0, 0, NULL);
	assert_int_equal(mt_fake_run(f, list_parts), 0);
	assert_int_equal(json_array_size(json_object_get(f->json, "items")), 0);
	assert_true(json_is_null(json_object_get(f->json, "nextCursor")));
}

static void nonsense_asks_nothing(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "id", "1 OR 1=1");
	assert_int_equal(mt_fake_run(f, get_part), MT_ENOENT);
	assert_int_equal(mt_fake_run(f, patch_part), MT_ENOENT);
	assert_int_equal(mt_fake_run(f, delete_part), MT_ENOENT);
	assert_int_equal(mt_fake_run(f, post_move), MT_ENOENT);
	assert_int_equal(f->n_asked, 0);
}

static void a_number_is_there_once(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ss ss ss}", "sku", "V-20", "name", "Valve", "unit", "pcs");
	mt_fake_error(f, "INSERT INTO x_parts.parts", MT_ECONFLICT, "23505");
	assert_int_equal(mt_fake_run(f, post_part), MT_EFIELDS);
	assert_string_equal(f->field, "/sku");
}

static void a_change_of_something_older_is_refused(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "id", PART_ID);
	f->body = json_pack("{ss}", "name", "Valve");
	mt_fake_set(f, MT_FAKE_HEADER, "If-Match", "\"3\"");
	mt_fake_rows(f, "FOR UPDATE", 1, 1, (const char *const[]){"4"});
	assert_int_equal(mt_fake_run(f, patch_part), MT_ECONFLICT);
	assert_int_equal(f->committed, 0);
}

static void taking_says_what_is_there(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "id", PART_ID);
	f->body = json_pack("{ss si}", "kind", "take", "quantity", 5);
	mt_fake_rows(f, "WITH o AS", 0, 7, NULL);
	mt_fake_rows(f, "SELECT trim_scale(stock), unit", 1, 2, (const char *const[]){"2", "pcs"});
	assert_int_equal(mt_fake_run(f, post_move), MT_ECONFLICT);
	assert_string_equal(f->message, "Only 2 pcs are there");
	assert_int_equal(f->committed, 0);
}

static void taking_nothing_is_a_mistake(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "id", PART_ID);
	f->body = json_pack("{ss si}", "kind", "take", "quantity", 0);
	assert_int_equal(mt_fake_run(f, post_move), MT_EFIELDS);
	assert_string_equal(f->field, "/quantity");
	assert_int_equal(f->n_asked, 0);
}

static void only_managers_add(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "id", PART_ID);
	f->body = json_pack("{ss si}", "kind", "add", "quantity", 5);
	assert_int_equal(mt_fake_run(f, post_move), MT_EPERM);
	assert_int_equal(f->n_asked, 0);
}

static void nothing_low_tells_nobody(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_rows(f, "WHERE stock < least", 1, 2, (const char *const[]){"0", ""});
	assert_int_equal(mt_fake_run(f, low_stock), 0);
	assert_int_equal(f->n_told, 0);
}

static void what_is_low_is_said_once(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_rows(f, "WHERE stock < least", 1, 2, (const char *const[]){"2", "Filter, Gasket"});
	assert_int_equal(mt_fake_run(f, low_stock), 0);
	assert_int_equal(f->n_told, 1);
}

static void a_report_ends_after_it_begins(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_QUERY, "from", "2026-11-02");
	mt_fake_set(f, MT_FAKE_QUERY, "to", "2026-11-01");
	assert_int_equal(mt_fake_run(f, get_report), MT_EFIELDS);
	assert_string_equal(f->field, "?from");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(lists_are_sorted_as_asked),
		CASE(nonsense_asks_nothing),
		CASE(a_number_is_there_once),
		CASE(a_change_of_something_older_is_refused),
		CASE(taking_says_what_is_there),
		CASE(taking_nothing_is_a_mistake),
		CASE(only_managers_add),
		CASE(nothing_low_tells_nobody),
		CASE(what_is_low_is_said_once),
		CASE(a_report_ends_after_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
