/* The closed schema of manifest.json: a good one passes, and every fault of a bad one is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdbool.h>
#include "base/arena.h"
#include "mortise.h"
#include "package/manifest.h"
#include "package/manifest_rules.h"
#include "package/manifest_value.h"

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
	"\"ui\": {\"bundle\": \"ui/b.js\", \"globalName\": \"Hello\", \"slots\": [{\"slotId\": \"ticket.actions\","
	"\"componentName\": \"X\", \"renderType\": \"menuitem\", \"props\": {\"any\": [1]}}]},"
	"\"files\": {\"plugin.so\": " HASH ", \"ui/b.js\": " HASH "}}";

static struct arena *P;
static struct err E;
static struct manifest M;

static int setup(void **state)
{
	(void)state;
	P = arena_new();
	err_init(&E, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(P);
	return 0;
}

static void show(void)
{
	for (int i = 0; i < E.n_fields; i++)
		print_message("  %s: %s\n", E.field[i].pointer, E.field[i].detail);
}

static void assert_fault(const char *pointer, const char *words)
{
	const char *at = arena_printf(P, MANIFEST_POINTER "%s", pointer);

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
	assert_fault("/key", "Found \"Hello World\"; wanted: 2 to 40 characters");
	assert_fault("/version", "Found \"1.0\"; wanted: a semantic version");
	assert_fault("/displayname", "There is no such field; wanted: \"displayName\"");
	assert_fault("/displayName", "Is missing");
	assert_fault("/description", "Found the number 7; wanted: text");
	assert_fault("/author", "Found 0 characters");
	assert_fault("/installationType", "standard or tenant_scoped");
	assert_fault("/host", "range of Mortise versions");
	assert_fault("/abi", "Found \"1\"; wanted: a whole number");
	assert_fault("/homepage", "https://");
	assert_fault("/permissions/0", "Found \"root\"; wanted: tickets:read");
	assert_fault("/files/plugin.so", "SHA-256");
	assert_fault("/files/..~1x", "\"..\"");
	assert_int_equal(E.n_fields, 13);
}

static void nothing_at_all_names_what_is_missing(void **state)
{
	(void)state;
	assert_int_equal(manifest_read(P, "{}", 2, &M, &E), MT_EFIELDS);
	assert_int_equal(E.n_fields, 10);
	assert_fault("/files", "Is missing");
	assert_fault("/host", "Is missing; wanted: a range");
}

static void things_that_are_no_object(void **state)
{
	static const char *const T[] = {"", "[]", "7", "null", "\"x\"", "{", "{\"a\":1,\"a\":2}",
		"\xff\xfe",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		err_init(&E, NULL);
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
	text = arena_printf(P, "%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
	err_init(&E, NULL);
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
		"Found the number 1.5");
	one_change("\"A. Uthor\"", "\"A\\u0007\"", "/author", "control characters");
	one_change("\"abi\": 1", "\"abi\": 0", "/abi", "from 1");
}

/* Each name of the table with two letters swapped, one left out, one doubled, or another case: the
 * message suggests the right one. */
static void typo_in_every_field(void **state)
{
	(void)state;
	for (const struct rule *r = manifest_rules; r->kind != RULE_END; r++) {
		size_t n = strlen(r->name);

		for (int kind = 0; kind < 4; kind++) {
			char typo[80], body[120];
			const char *meant;

			snprintf(typo, sizeof(typo), "%s", r->name);
			if (kind == 0 && n > 3) {
				typo[n - 2] = r->name[n - 1];
				typo[n - 1] = r->name[n - 2];
			} else if (kind == 1) {
				typo[n - 1] = '\0';
			} else if (kind == 2) {
				snprintf(typo + n, sizeof(typo) - n, "%c", r->name[n - 1]);
			} else {
				typo[0] = (char)toupper((unsigned char)typo[0]);
			}
			if (n < 3 || !strcmp(typo, r->name) || !strcmp(r->name, "tags"))
				continue;
			snprintf(body, sizeof(body), "{\"%s\": null}", typo);
			err_init(&E, NULL);
			assert_int_equal(manifest_read(P, body, strlen(body), &M, &E), MT_EFIELDS);
			meant = arena_printf(P, "wanted: \"%s\"?", r->name);
			assert_fault(arena_printf(P, "/%s", typo), meant);
		}
	}
}

static void typo_in_a_value(void **state)
{
	(void)state;
	one_change("\"menuitem\"", "\"menuitm\"", "/ui/slots/0/renderType", "\"menuitem\"?");
	one_change("\"standard\"", "\"tenantScoped\"", "/installationType", "\"tenant_scoped\"?");
	one_change("\"tickets:read\"", "\"ticket:read\"", "/permissions/0", "\"tickets:read\"?");
	one_change("\"displayOrder\"", "\"order\"", "/features/0/order",
		"wanted: name, description, displayOrder");
}

/* GOOD with one text in place of another. */
static const char *with(const char *old, const char *new)
{
	const char *at = strstr(GOOD, old);

	assert_non_null(at);
	return arena_printf(P, "%.*s%s%s", (int)(at - GOOD), GOOD, new, at + strlen(old));
}

/* Refused where it is new, let through where it was stored before, and named as what it is. */
static void unserved(const char *old, const char *new, const char *pointer, const char *name)
{
	const char *text = with(old, new);
	json_t *list;

	one_change(old, new, pointer,
		arena_printf(P, "This version of Mortise doesn't serve \"%s\" yet", name));
	assert_int_equal(E.n_fields, 1);
	err_init(&E, NULL);
	if (manifest_read_stored(P, text, strlen(text), &M, &E) < 0)
		show();
	assert_int_equal(E.n_fields, 0);
	list = manifest_list_unserved(M.json);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(json_string_value(json_array_get(list, 0)), name);
	json_decref(list);
}

static void what_nothing_serves(void **state)
{
	json_t *list;
	(void)state;

	one_change("\"abi\": 1",
		"\"abi\": 1, \"widgets\": [{\"id\": \"a\", \"title\": \"A\", \"component\": \"Tab\", "
		"\"size\": \"large\"}]",
		"/widgets/0/size", "small or wide");
	one_change("\"abi\": 1",
		"\"abi\": 1, \"widgets\": [{\"id\": \"a\", \"title\": \"A\", \"component\": \"Tab\", "
		"\"permission\": \"hello-world:no\"}]",
		"/widgets/0/permission", "permission");
	one_change("\"abi\": 1",
		"\"abi\": 1, \"storage\": [{\"name\": \"a\", \"history\": 101}, {\"name\": \"a\"}]",
		"/storage/0/history", "100");
	one_change("\"abi\": 1",
		"\"abi\": 1, \"storage\": [{\"name\": \"a\", \"write\": \"hello-world:no\"}]",
		"/storage/0/write", "permission");
	unserved("\"ticket.actions\"", "\"nav.main\"", "/ui/slots/0/slotId", "nav.main");
	one_change("\"menuitem\"", "\"widget\"", "/ui/slots/0/renderType",
		"doesn't serve \"widget\" in ticket.actions yet; wanted: button or menuitem or modal");
	one_change("\"ticket.actions\"", "\"ticket.action\"", "/ui/slots/0/slotId",
		"\"ticket.actions\"?");
	assert_int_equal(manifest_read(P, GOOD, strlen(GOOD), &M, &E), MT_EFIELDS); /* of before */
	list = manifest_list_unserved(M.json);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

#define A_PAGE(path) "{\"path\": \"" path "\", \"title\": \"P\", \"component\": \"Tab\"}"
#define AN_ENTRY(id, path) "{\"id\": \"" id "\", \"label\": \"L\", \"path\": \"" path "\"}"
#define WITH_PAGES(pages, entries)                                                                 \
	"\"abi\": 1, \"pages\": [" pages "], \"navigation\": [" entries "]"

static void pages_and_their_entries(void **state)
{
	static const char *const BAD[] = {"items", "/../x", "/a//b", "/a/", "/a%2fb", "/A",
		"/:", "/a/*/b", "/a\\\\b", "/.a", "/*x", NULL};
	const char *text;
	(void)state;

	for (int i = 0; BAD[i]; i++)
		one_change("\"abi\": 1", arena_printf(P, WITH_PAGES(A_PAGE("%s"), ""), BAD[i]),
			"/pages/0/path", "such as /items/:id");
	one_change("\"abi\": 1", WITH_PAGES(A_PAGE("/x") ", " A_PAGE("/x"), ""), "/pages/1/path",
		"second time");
	one_change("\"abi\": 1", WITH_PAGES(A_PAGE("/x/:a") ", " A_PAGE("/x/:b"), ""),
		"/pages/1/path", "another address");
	one_change("\"abi\": 1", WITH_PAGES(A_PAGE("/x/:a"), AN_ENTRY("a", "/x/:a")),
		"/navigation/0/path", "without a :name");
	one_change("\"abi\": 1", WITH_PAGES(A_PAGE("/x"), AN_ENTRY("a", "/y")),
		"/navigation/0/path", "one of \"pages\"");
	one_change("\"abi\": 1",
		WITH_PAGES(A_PAGE("/x"), AN_ENTRY("a", "/x") ", " AN_ENTRY("b", "/x")),
		"/navigation/1/path", "another page");
	text = with("\"abi\": 1", WITH_PAGES(A_PAGE("/") ", " A_PAGE("/x/:a") ", " A_PAGE("/f/*"),
					  AN_ENTRY("a", "/") ", " AN_ENTRY("b", "/f")));
	err_init(&E, NULL);
	if (manifest_read(P, text, strlen(text), &M, &E) < 0)
		show();
	assert_int_equal(E.n_fields, 0);
}

/* One setting; words NULL = it is good. */
static void setting(const char *json, const char *pointer, const char *words)
{
	const char *text =
		arena_printf(P, "%.*s, \"settings\": [%s]}", (int)strlen(GOOD) - 1, GOOD, json);

	err_init(&E, NULL);
	(void)manifest_read(P, text, strlen(text), &M, &E);
	if (words) {
		assert_fault(arena_printf(P, "/settings/0%s", pointer), words);
	} else if (E.n_fields) {
		print_message("%s\n", json);
		show();
		fail();
	}
}

#define OF(type) "{\"key\": \"a\", \"label\": \"A\", \"type\": \"" type "\""

static void settings_and_their_own_rules(void **state)
{
	(void)state;
	setting(OF("text") ", \"default\": \"x\", \"min\": 1, \"max\": 1}", "", NULL);
	setting(OF("text") ", \"default\": \"xy\", \"max\": 1}", "/default", "at most 1 char");
	setting(OF("text") ", \"default\": \"\", \"min\": 1}", "/default", "at least 1 char");
	setting(OF("text") ", \"default\": 5}", "/default", "Found the number 5; wanted: text");
	setting(OF("text") ", \"min\": 3, \"max\": 2}", "/max", "at least 3");
	setting(OF("text") ", \"min\": 0.5}", "/min", "a length");
	setting(OF("text") ", \"pattern\": \"[A-Z]{2}\", \"default\": \"AB\"}", "", NULL);
	setting(OF("text") ", \"pattern\": \"[A-Z]{2}\", \"default\": \"ABC\"}", "/default",
		"own pattern");
	setting(OF("text") ", \"pattern\": \"(\"}", "/pattern", "compiles");
	setting(OF("text") ", \"pattern\": \"\\\\d+\"}", "/pattern", "[0-9]");
	setting(OF("text") ", \"pattern\": \"(?:a)\"}", "/pattern", "(?...)");
	setting(OF("text") ", \"pattern\": \"[[:alpha:]]\"}", "/pattern", "[:class:]");
	setting(OF("text") ", \"pattern\": \"a+?\"}", "/pattern", "second");
	setting(OF("text") ", \"pattern\": \"((a{1,200}){1,200}){1,200}\"}", "/pattern",
		"multiply");
	setting(OF("text") ", \"pattern\": \"a{99999}\"}", "/pattern", "multiply");
	setting(OF("text") ", \"pattern\": \"[^@]+@[a-z.]+\\\\.[a-z]{2,}\"}", "", NULL);
	setting(OF("text") ", \"patternHelp\": \"x\"}", "/patternHelp", "both or none");
	setting(OF("number") ", \"default\": 2.5, \"min\": 1, \"max\": 3}", "", NULL);
	setting(OF("number") ", \"default\": 4, \"max\": 3}", "/default", "at most 3");
	setting(OF("number") ", \"default\": \"4\"}", "/default", "a number");
	setting(OF("number") ", \"pattern\": \"4\"}", "/pattern", "only with text");
	setting(OF("boolean") ", \"default\": true}", "", NULL);
	setting(OF("boolean") ", \"default\": 1}", "/default", "true or false");
	setting(OF("boolean") ", \"min\": 1}", "/min", "only with numbers");
	setting(OF("select") "}", "/options", "Is missing");
	setting(OF("select") ", \"options\": [{\"value\": \"x\", \"label\": \"X\"}], \"default\": \"x\"}",
		"", NULL);
	setting(OF("select") ", \"options\": [{\"value\": \"x\", \"label\": \"X\"}], \"default\": \"y\"}",
		"/default", "one of the options");
	setting(OF("select") ", \"options\": [{\"value\": \"x\", \"label\": \"X\"}, {\"value\": \"x\", \"label\": \"Y\"}]}",
		"/options/1/value", "second time");
	setting(OF("multi-select") ", \"options\": [{\"value\": \"x\", \"label\": \"X\"}], \"default\": [\"x\"]}",
		"", NULL);
	setting(OF("multi-select") ", \"options\": [{\"value\": \"x\", \"label\": \"X\"}], \"default\": \"x\"}",
		"/default", "an array");
	setting(OF("url") ", \"default\": \"https://example.com\"}", "", NULL);
	setting(OF("url") ", \"default\": \"javascript:x\"}", "/default", "https://");
	setting(OF("email") ", \"default\": \"nobody\"}", "/default", "name@example.com");
	setting(OF("secret") ", \"default\": \"x\"}", "/default", "none");
	setting(OF("generated-secret") ", \"length\": 64}", "", NULL);
	setting(OF("generated-secret") ", \"length\": 8}", "/length", "from 16 to 128");
	setting(OF("text") ", \"length\": 32}", "/length", "generated-secret");
	setting(OF("user") ", \"default\": \"x\"}", "/default", "none");
	setting(OF("role") ", \"default\": \"Admin\"}", "", NULL);
	setting(OF("role") ", \"default\": \"Boss\"}", "/default", "Technician");
	setting(OF("multiselect") "}", "/type", "\"multi-select\"?");
}

static void permissions_of_parts(void **state)
{
	(void)state;
	one_change("\"component\": \"Tab\"", "\"component\": \"Tab\", \"permission\": \"clock\"",
		"/ticketTabs/0/permission", "full name");
	one_change("\"component\": \"Tab\"",
		"\"component\": \"Tab\", \"permission\": \"hello-world:clock\"",
		"/ticketTabs/0/permission", "definesPermissions");
	one_change("\"endpoint\": \"/report\"}],",
		"\"endpoint\": \"/report\", \"permission\": \"hello-world:clok\"}],"
		"\"definesPermissions\": [{\"name\": \"clock\", \"label\": \"C\"}],",
		"/reportComponents/0/permission", "\"hello-world:clock\"?");
	one_change("\"abi\": 1", "\"abi\": 1, \"requiresConfiguration\": true",
		"/requiresConfiguration", "settings");
	one_change("\"abi\": 1",
		"\"abi\": 1, \"definesPermissions\": [{\"name\": \"a\", \"label\": \"A\"}, {\"name\": \"a\", \"label\": \"B\"}]",
		"/definesPermissions/1/name", "each name once");
}

static void fits_or_not(void **state)
{
	static const struct {
		const char *host;
		int abi;
		const char *words; /* NULL = it fits */
	} T[] = {{">=0.1.0 <1.0.0", 1, NULL}, {"*", MT_ABI, NULL},
		{">=9.0.0", 1, "for Mortise >=9.0.0"}, {"*", MT_ABI + 1, "plugin ABI"}};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		json_t *m = json_pack("{s:s, s:i}", "host", T[i].host, "abi", T[i].abi);
		const char *why = manifest_unfit(P, m);

		json_decref(m);
		if (T[i].words ? !why || !strstr(why, T[i].words) : why != NULL)
			fail_msg("case %zu: %s", i, why ? why : "fits");
	}
}

/* Every prefix and every byte changed: faults, never more. */
static void cut_and_changed(void **state)
{
	size_t n = strlen(GOOD);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char *text = malloc(n);

		memcpy(text, GOOD, n);
		err_init(&E, NULL);
		assert_int_equal(manifest_read(P, text, i, &M, &E), MT_EFIELDS);
		text[i] = (char)(text[i] ^ 0x15);
		err_init(&E, NULL);
		(void)manifest_read(P, text, n, &M, &E);
		free(text);
		if (i % 100 == 0)
			arena_clear(P);
	}
}

static void more_faults_than_fit(void **state)
{
	const char *text = "{";

	(void)state;
	for (int i = 0; i < 100; i++)
		text = arena_printf(P, "%s\"x%d\": 1,", text, i);
	text = arena_printf(P, "%s\"y\": 1}", text);
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
		cmocka_unit_test_setup_teardown(typo_in_every_field, setup, teardown),
		cmocka_unit_test_setup_teardown(typo_in_a_value, setup, teardown),
		cmocka_unit_test_setup_teardown(what_nothing_serves, setup, teardown),
		cmocka_unit_test_setup_teardown(pages_and_their_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(settings_and_their_own_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(permissions_of_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(fits_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_and_changed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
