/* The closed schema of manifest.json: a good one passes, and every fault of a bad one is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/pool.h"
#include "registry/manifest.h"

#define HASH "\"0000000000000000000000000000000000000000000000000000000000000000\""

static const char GOOD[] =
	"{\"key\": \"hello-world\", \"name\": \"hello-world\", \"version\": \"1.0.0\","
	"\"displayName\": \"Hello\", \"description\": \"Says hello\", \"author\": \"A. Uthor\","
	"\"category\": \"demo\", \"installationType\": \"standard\", \"host\": \">=0.1.0 <1.0.0\","
	"\"abi\": 1, \"icon\": \"icon.svg\", \"homepage\": \"https://example.com/x?y=z\","
	"\"keywords\": [\"a\", \"b\"], \"permissions\": [\"tickets:read\", \"users:read\"],"
	"\"features\": [{\"name\": \"n\", \"description\": \"d\", \"displayOrder\": 1}],"
	"\"ticketTabs\": [{\"id\": \"t\", \"label\": \"T\", \"icon\": \"\xe2\x8f\xb0\", \"component\": \"Tab\"}],"
	"\"reportComponents\": [{\"id\": \"r\", \"title\": \"R\", \"endpoint\": \"/report\"}],"
	"\"ui\": {\"bundle\": \"ui/b.js\", \"globalName\": \"Hello\", \"slots\": [{\"slotId\": \"nav.main\","
	"\"componentName\": \"X\", \"renderType\": \"menuitem\", \"props\": {\"any\": [1]}}]},"
	"\"files\": {\"plugin.so\": " HASH ", \"ui/b.js\": " HASH "}}";

static struct pool *P;
static struct err E;
static struct manifest M;

static int setup(void **state)
{
	(void)state;
	P = pool_new();
	err_clear(&E);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_free(P);
	return 0;
}

static void show(void)
{
	for (int i = 0; i < E.n_fields; i++)
		print_message("  %s: %s\n", E.field[i].pointer, E.field[i].detail);
}

static void assert_fault(const char *pointer, const char *words)
{
	const char *at = pool_printf(P, MANIFEST_POINTER "%s", pointer);

	for (int i = 0; i < E.n_fields; i++)
		if (!strcmp(E.field[i].pointer, at) && strstr(E.field[i].detail, words))
			return;
	print_message("no fault %s \"%s\"; there are %d:\n", at, words, E.n_fields);
	show();
	fail();
}

static void good_one_passes(void **state)
{
	(void)state;
	if (manifest_read(P, GOOD, strlen(GOOD), &M, &E) < 0)
		show();
	assert_int_equal(E.n_fields, 0);
	assert_string_equal(M.key, "hello-world");
	assert_string_equal(M.bundle, "ui/b.js");
	assert_int_equal(M.abi, 1);
	assert_string_equal(manifest_permission_array(P, &M), "{\"tickets:read\",\"users:read\"}");
}

static void ten_faults_are_all_listed(void **state)
{
	static const char BAD[] =
		"{\"key\": \"Hello World\", \"version\": \"1.0\", \"displayname\": \"Hello\","
		"\"description\": 7, \"author\": \"\", \"category\": \"demo\","
		"\"installationType\": \"global\", \"host\": \"latest\", \"abi\": \"1\","
		"\"homepage\": \"javascript:alert(1)\", \"permissions\": [\"root\", \"tickets:read\"],"
		"\"files\": {\"plugin.so\": \"beef\", \"../x\": " HASH "}}";

	(void)state;
	assert_int_equal(manifest_read(P, BAD, strlen(BAD), &M, &E), MT_EFIELDS);
	assert_fault("/key", "found \"Hello World\"; wanted: 2 to 40 characters");
	assert_fault("/version", "found \"1.0\"; wanted: a semantic version");
	assert_fault("/displayname", "no such field; wanted: \"displayName\"");
	assert_fault("/displayName", "is missing");
	assert_fault("/description", "found the number 7; wanted: text");
	assert_fault("/author", "found 0 characters");
	assert_fault("/installationType", "standard or tenant_scoped");
	assert_fault("/host", "range of Mortise versions");
	assert_fault("/abi", "found \"1\"; wanted: a whole number");
	assert_fault("/homepage", "https://");
	assert_fault("/permissions/0", "found \"root\"; wanted: tickets:read");
	assert_fault("/files/plugin.so", "SHA-256");
	assert_fault("/files/..~1x", "\"..\"");
	assert_int_equal(E.n_fields, 13);
}

static void nothing_at_all_names_what_is_missing(void **state)
{
	(void)state;
	assert_int_equal(manifest_read(P, "{}", 2, &M, &E), MT_EFIELDS);
	assert_int_equal(E.n_fields, 10);
	assert_fault("/files", "is missing");
	assert_fault("/host", "is missing; wanted: a range");
}

static void things_that_are_no_object(void **state)
{
	static const char *const T[] = {"", "[]", "7", "null", "\"x\"", "{", "{\"a\":1,\"a\":2}",
		"\xff\xfe",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		err_clear(&E);
		assert_int_equal(manifest_read(P, T[i], strlen(T[i]), &M, &E), MT_EFIELDS);
		assert_int_equal(E.n_fields, 1);
	}
}

/* Replaces one text of the good manifest and wants one fault. */
static void one_change(const char *from, const char *to, const char *pointer, const char *words)
{
	const char *at = strstr(GOOD, from);
	const char *text;

	assert_non_null(at);
	text = pool_printf(P, "%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
	err_clear(&E);
	assert_int_equal(manifest_read(P, text, strlen(text), &M, &E), MT_EFIELDS);
	assert_fault(pointer, words);
}

static void single_faults(void **state)
{
	(void)state;
	one_change(
		"\"name\": \"hello-world\"", "\"name\": \"other\"", "/name", "the same as \"key\"");
	one_change("\"icon.svg\"", "\"../icon.svg\"", "/icon", ".svg or .png");
	one_change("\"keywords\": [\"a\", \"b\"]", "\"keywords\": [\"a\", \"a\"]", "/keywords/1",
		"second time");
	one_change("\"ui/b.js\", \"globalName\"", "\"b.js\", \"globalName\"", "/ui/bundle",
		"below ui/");
	one_change("\"globalName\": \"Hello\"", "\"globalName\": \"a b\"", "/ui/globalName",
		"JavaScript name");
	one_change("\"menuitem\"", "\"popup\"", "/ui/slots/0/renderType", "modal");
	one_change("{\"any\": [1]}", "[]", "/ui/slots/0/props", "an object");
	one_change("\"component\": \"Tab\"", "\"component\": \"Tab\", \"extra\": 1",
		"/ticketTabs/0/extra", "no such field");
	one_change("\"/report\"", "\"http://evil.example/\"", "/reportComponents/0/endpoint",
		"/report");
	one_change("\"displayOrder\": 1", "\"displayOrder\": 1.5", "/features/0/displayOrder",
		"found the number 1.5");
	one_change("\"A. Uthor\"", "\"A\\u0007\"", "/author", "control characters");
	one_change("\"abi\": 1", "\"abi\": 0", "/abi", "from 1");
}

static void more_faults_than_fit(void **state)
{
	const char *text = "{";

	(void)state;
	for (int i = 0; i < 100; i++)
		text = pool_printf(P, "%s\"x%d\": 1,", text, i);
	text = pool_printf(P, "%s\"y\": 1}", text);
	assert_int_equal(manifest_read(P, text, strlen(text), &M, &E), MT_EFIELDS);
	assert_int_equal(E.n_fields, ERR_FIELDS_MAX);
	assert_string_equal(E.field[ERR_FIELDS_MAX - 1].pointer, "/");
	assert_non_null(strstr(E.field[ERR_FIELDS_MAX - 1].detail, "more faults"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_one_passes, setup, teardown),
		cmocka_unit_test_setup_teardown(ten_faults_are_all_listed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_at_all_names_what_is_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(things_that_are_no_object, setup, teardown),
		cmocka_unit_test_setup_teardown(single_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(more_faults_than_fit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
