/* The corners of settings_check(): what is nothing, what is a choice, what belongs to another version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/json.h"
#include "install/configure_impl.h"

static struct arena *arena;
static struct err e;
static json_t *plain, *secrets;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static json_t *json(const char *text)
{
	json_t *v;

	err_init(&e, NULL);
	assert_int_equal(json_parse(arena, text, strlen(text), &v, &e), 0);
	return v;
}

/* One setting "x" with these members; the value is JSON, NULL = left out. */
static int check_with(const char *members, const char *value, const char *had)
{
	json_t *schema = json(arena_printf(arena, "[{\"key\": \"x\", %s}]", members));
	json_t *values = json(value ? arena_printf(arena, "{\"x\": %s}", value) : "{}");
	json_t *users = json("[\"0192a1b2-0000-7000-8000-00000000000a\"]"), *old = json(had);
	int rc;

	err_init(&e, NULL);
	rc = settings_check(arena, schema, values, false, users, old, &plain, &secrets, &e);
	json_own(arena, plain);
	json_own(arena, secrets);
	if (rc < 0)
		assert_string_equal(e.field[0].pointer, "/values/x");
	return rc;
}

static int check(const char *members, const char *value)
{
	return check_with(members, value, "{}");
}

static const char *stored(void)
{
	return json_text(arena, plain, NULL);
}

static void nothing_is_not_stored(void **state)
{
	static const char *const types[] = {"text", "textarea", "url", "email", "select", "user",
		"role", "number", "boolean", "multi-select"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const char *m = arena_printf(arena, "\"type\": \"%s\"", types[i]);

		assert_int_equal(check(m, NULL), 0);
		assert_string_equal(stored(), "{}");
		assert_int_equal(check(m, "null"), 0);
		assert_string_equal(stored(), "{}");
		m = arena_printf(arena, "\"type\": \"%s\", \"required\": true", types[i]);
		assert_int_equal(check(m, NULL), MT_EFIELDS);
		assert_string_equal(e.field[0].detail, "Is needed");
		assert_int_equal(check(m, "null"), MT_EFIELDS);
	}
}

static void a_default_meets_what_is_required(void **state)
{
	(void)state;
	assert_int_equal(
		check("\"type\": \"text\", \"required\": true, \"default\": \"a\"", NULL), 0);
	assert_string_equal(stored(), "{}");
	assert_int_equal(
		check("\"type\": \"text\", \"required\": true, \"default\": \"a\"", "\"\""), 0);
	assert_string_equal(stored(), "{}");
}

static void an_empty_text_beside_a_default_is_a_choice(void **state)
{
	(void)state;
	assert_int_equal(check("\"type\": \"text\", \"default\": \"a\"", "\"\""), 0);
	assert_string_equal(stored(), "{\"x\":\"\"}");
	assert_int_equal(check("\"type\": \"url\", \"default\": \"https://a\"", "\"\""), 0);
	assert_string_equal(stored(), "{}");
}

static void an_empty_list_is_a_choice_unless_one_is_needed(void **state)
{
#define MANY "\"type\": \"multi-select\", \"options\": [{\"value\": \"a\"}], \"default\": [\"a\"]"
	(void)state;
	assert_int_equal(check(MANY, "[]"), 0);
	assert_string_equal(stored(), "{\"x\":[]}");
	assert_int_equal(check(MANY ", \"required\": true", "[]"), MT_EFIELDS);
	assert_int_equal(check(MANY ", \"required\": true", "[\"a\"]"), 0);
}

static void the_pattern_is_of_the_whole_text(void **state)
{
	static const char m[] =
		"\"type\": \"text\", \"pattern\": \"a|b\", \"patternHelp\": \"a or b\"";

	(void)state;
	assert_int_equal(check(m, "\"a\""), 0);
	assert_int_equal(check(m, "\"b\""), 0);
	assert_int_equal(check(m, "\"ab\""), MT_EFIELDS);
	assert_string_equal(e.field[0].detail, "a or b");
	assert_int_equal(check(m, "\"xb\""), MT_EFIELDS);
}

/* What a plugin's own panel sends: declared is "x", a number. */
static int check_panel(const char *values, const char *stored_before)
{
	json_t *schema = json("[{\"key\": \"x\", \"type\": \"number\"}]");
	json_t *sent = json(values), *old = json(stored_before);
	int rc;

	err_init(&e, NULL);
	rc = settings_check(arena, schema, sent, true, NULL, NULL, &plain, &secrets, &e);
	json_own(arena, plain);
	json_own(arena, secrets);
	return rc < 0 ? rc : settings_add_free(arena, schema, old, plain, &e);
}

static void a_panel_stores_what_is_not_declared(void **state)
{
	char *many = arena_strdup(arena, "{\"a0\": 0");
	(void)state;

	assert_int_equal(
		check_panel("{\"x\": 1, \"free\": \"text\", \"list\": [\"a\"], \"gone\": null}",
			"{\"x\": 9, \"gone\": 1, \"other\": true}"),
		0);
	assert_string_equal(stored(),
		"{\"free\":\"text\",\"list\":[\"a\"],\"gone\":null,\"x\":1,\"other\":true}");
	settings_drop_nulls(plain);
	assert_null(json_object_get(plain, "gone"));

	assert_int_equal(check_panel("{\"a b\": 1}", "{}"), MT_EFIELDS);
	assert_string_equal(e.field[0].pointer, "/values/a b");
	assert_int_equal(check_panel("{\"free\": {\"set\": true}}", "{}"), MT_EFIELDS);
	assert_int_equal(check_panel("{\"free\": [1]}", "{}"), MT_EFIELDS);
	assert_int_equal(check_panel("{\"free\": \"\\u0007\"}", "{}"), MT_EFIELDS);
	assert_int_equal(check_panel("{\"x\": \"text\"}", "{}"), MT_EFIELDS);

	for (int i = 1; i < 100; i++)
		many = arena_printf(arena, "%s, \"a%d\": 0", many, i);
	many = arena_printf(arena, "%s}", many);
	assert_int_equal(check_panel("{\"a0\": 1}", many), 0);
	assert_int_equal(check_panel("{\"a\": 1}", many), MT_EFIELDS);
	assert_string_equal(e.field[0].pointer, "/values");
	assert_int_equal(check_panel("{\"a\": 1, \"a0\": null}", many), 0);
	many = arena_alloc(arena, 9001);
	memset(many, 'y', 9000);
	many[9000] = '\0';
	assert_int_equal(
		check_panel(arena_printf(arena,
				    "{\"a\": \"%s\", \"b\": \"%s\", \"c\": \"%s\", \"d\": \"%s\"}",
				    many, many, many, many),
			arena_printf(arena,
				"{\"e\": \"%s\", \"f\": \"%s\", \"g\": \"%s\", \"h\": \"%s\"}",
				many, many, many, many)),
		MT_EFIELDS);
	assert_string_equal(e.field[0].pointer, "/values");
}

static void lengths_are_characters(void **state)
{
	static const char m[] = "\"type\": \"text\", \"min\": 2, \"max\": 3";

	(void)state;
	assert_int_equal(check(m, "\"\\u00e4\\u00f6\\u00fc\""), 0);
	assert_int_equal(check(m, "\"\\u00e4\""), MT_EFIELDS);
	assert_string_equal(e.field[0].detail, "Found 1 characters; 2 to 3 are needed");
	assert_int_equal(check(m, "\"abcd\""), MT_EFIELDS);
	/* of types that aren't plain text min and max mean nothing */
	assert_int_equal(check("\"type\": \"email\", \"max\": 3", "\"a@bc.de\""), 0);
}

static void numbers_have_limits_and_fractions(void **state)
{
	(void)state;
	assert_int_equal(check("\"type\": \"number\", \"min\": 0.5, \"max\": 1.5", "0.5"), 0);
	assert_string_equal(stored(), "{\"x\":0.5}");
	assert_int_equal(
		check("\"type\": \"number\", \"min\": 0.5, \"max\": 1.5", "1.6"), MT_EFIELDS);
	assert_string_equal(e.field[0].detail, "Found 1.6; a number from 0.5 to 1.5 is needed");
	assert_int_equal(check("\"type\": \"number\", \"min\": 1", "0"), MT_EFIELDS);
	assert_string_equal(e.field[0].detail, "Found 0; at least 1 is needed");
	assert_int_equal(check("\"type\": \"number\", \"max\": 1", "2"), MT_EFIELDS);
	assert_int_equal(check("\"type\": \"number\"", "-1e308"), 0);
}

static void people_are_found_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(
		check("\"type\": \"user\"", "\"0192A1B2-0000-7000-8000-00000000000A\""), 0);
	assert_int_equal(check("\"type\": \"user\"", "\"0192a1b2-0000-7000-8000-00000000000b\""),
		MT_EFIELDS);
}

static void a_secret_stays_goes_or_is_another(void **state)
{
#define SECRET "\"type\": \"secret\", \"min\": 4"
	(void)state;
	assert_int_equal(check_with(SECRET ", \"required\": true", NULL, "{\"x\": \"v1.a\"}"), 0);
	assert_int_equal(json_object_size(secrets), 0);
	assert_int_equal(check(SECRET ", \"required\": true", NULL), MT_EFIELDS);
	assert_int_equal(check_with(SECRET, "null", "{\"x\": \"v1.a\"}"), 0);
	assert_true(json_is_null(json_object_get(secrets, "x")));
	assert_int_equal(
		check_with(SECRET ", \"required\": true", "null", "{\"x\": \"v1.a\"}"), MT_EFIELDS);
	assert_int_equal(check(SECRET, "\"fresh\\nlines\""), 0);
	assert_string_equal(json_string_value(json_object_get(secrets, "x")), "fresh\nlines");
	assert_string_equal(stored(), "{}");
	assert_int_equal(check(SECRET, "\"abc\""), MT_EFIELDS);
	assert_null(strstr(e.field[0].detail, "abc"));
	assert_int_equal(check(SECRET, "{\"set\": true}"), MT_EFIELDS);
}

static void complete_is_what_has_all_that_is_required(void **state)
{
	const json_t *schema =
		json("[{\"key\": \"a\", \"type\": \"text\", \"required\": true},"
		     " {\"key\": \"s\", \"type\": \"secret\", \"required\": true},"
		     " {\"key\": \"d\", \"type\": \"number\", \"required\": true, \"default\": 1},"
		     " {\"key\": \"o\", \"type\": \"url\"}]");

	(void)state;
	assert_false(settings_complete(schema, json("{}"), json("{}")));
	assert_false(settings_complete(schema, json("{\"a\": \"x\"}"), json("{}")));
	assert_true(settings_complete(schema, json("{\"a\": \"x\"}"), json("{\"s\": \"v1\"}")));
	/* of another version that had another type */
	assert_false(settings_complete(schema, json("{\"a\": 7}"), json("{\"s\": \"v1\"}")));
	assert_true(settings_complete(NULL, json("{}"), json("{}")));
}

static void a_generated_one_has_the_length_that_is_asked(void **state)
{
	(void)state;
	assert_int_equal(strlen(settings_generate(arena, json("{\"length\": 16}"))), 16);
	assert_int_equal(strlen(settings_generate(arena, json("{\"length\": 128}"))), 128);
	assert_int_equal(strlen(settings_generate(arena, json("{}"))), 32);
	assert_string_not_equal(
		settings_generate(arena, json("{}")), settings_generate(arena, json("{}")));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_not_stored),
		TEST(a_default_meets_what_is_required),
		TEST(an_empty_text_beside_a_default_is_a_choice),
		TEST(an_empty_list_is_a_choice_unless_one_is_needed),
		TEST(the_pattern_is_of_the_whole_text),
		TEST(a_panel_stores_what_is_not_declared),
		TEST(lengths_are_characters),
		TEST(numbers_have_limits_and_fractions),
		TEST(people_are_found_in_any_case),
		TEST(a_secret_stays_goes_or_is_another),
		TEST(complete_is_what_has_all_that_is_required),
		TEST(a_generated_one_has_the_length_that_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
