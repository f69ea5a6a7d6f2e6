/* Catalogues as others write them: what is read, what is left out, what is skipped, and nothing breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/json.h"
#include "marketplace/listing.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ENTRY                                                                                      \
	"{\"key\":\"clock\",\"version\":\"1.0.0\",\"displayName\":\"Clock\",\"host\":\">=0.1.0\"," \
	"\"package\":\"clock.zip\",\"sha256\":\"" HASH "\",\"size\":5"

static struct arena *P;
static struct err E;
static json_t *L;
static const struct source HTTPS = {.kind = SOURCE_HTTPS,
	.name = "https://a.example/x/plugins.json",
	.url = "https://a.example/x/plugins.json"};
static const struct source FOLDER = {
	.kind = SOURCE_FOLDER, .name = "/x", .folder = "/x", .file = "plugins.json"};

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

static int read_text(const struct source *s, const char *text)
{
	return listing_read(P, s, text, strlen(text), &L, &E);
}

static json_t *entry(size_t i)
{
	return json_array_get(json_object_get(L, "entries"), i);
}

static size_t entries(void)
{
	return json_array_size(json_object_get(L, "entries"));
}

static bool warned(const char *pointer, const char *words)
{
	size_t i;
	json_t *w;

	json_array_foreach(json_object_get(L, "warnings"), i, w)
		if (!strcmp(json_str(w, "pointer", ""), pointer) &&
			strstr(json_str(w, "detail", ""), words))
			return true;
	return false;
}

static void test_known_and_unknown(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(&HTTPS,
			"{\"new\":1,\"plugins\":[" ENTRY
			",\"future\":{\"a\":[1]},\"tags\":[\"t\",7],"
			"\"features\":[{\"name\":\"f\",\"description\":\"d\",\"x\":1},{\"no\":1}]}],"
			"\"categories\":[{\"id\":\"c\",\"name\":\"C\",\"y\":2},{\"name\":\"no id\"},5]}"),
		0);
	assert_int_equal(entries(), 1);
	assert_null(json_object_get(entry(0), "future"));
	assert_int_equal(json_array_size(json_object_get(entry(0), "tags")), 1);
	assert_int_equal(json_array_size(json_object_get(entry(0), "features")), 1);
	assert_null(json_object_get(json_array_get(json_object_get(entry(0), "features"), 0), "x"));
	assert_int_equal(json_array_size(json_object_get(L, "categories")), 1);
	assert_int_equal(json_array_size(json_object_get(L, "warnings")), 0);
}

static void test_other_words(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(&HTTPS,
			"[{\"key\":\"a1\",\"version\":\"1.0.0\",\"name\":\"A\",\"packageUrl\":\"https://b.example/a.zip\"}]"),
		0);
	assert_string_equal(json_str(entry(0), "displayName", ""), "A");
	assert_string_equal(json_str(entry(0), "package", ""), "https://b.example/a.zip");
}

static void test_skipped(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(&HTTPS,
			"{\"plugins\":[null,[],\"x\",{},{\"key\":\"UP\",\"version\":\"1.0.0\",\"name\":\"n\"},"
			"{\"key\":\"no-version\",\"version\":\"one\",\"name\":\"n\"},"
			"{\"key\":\"odd-hash\",\"version\":\"1.0.0\",\"name\":\"n\",\"sha256\":7},"
			"{\"key\":\"hidden\",\"version\":\"1.0.0\",\"name\":\"n\",\"isPublished\":false},"
			"{\"key\":\"n-ul\",\"version\":\"1.0.0\",\"name\":\"a\\u0007b\"}," ENTRY
			"}]}"),
		0);
	assert_int_equal(entries(), 1);
	assert_true(warned("/plugins/0", "skipped"));
	assert_true(warned("/plugins/2", "skipped"));
	assert_true(warned("/plugins/3/key", "skipped"));
	assert_true(warned("/plugins/4/key", "skipped"));
	assert_true(warned("/plugins/5/version", "one"));
	assert_true(warned("/plugins/6/sha256", "skipped"));
	assert_true(warned("/plugins/8/displayName", "skipped"));
}

static void test_left_out(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(&HTTPS,
			"{\"plugins\":[" ENTRY ",\"homepage\":\"javascript:x\",\"abi\":-1,"
			"\"iconUrl\":\"../up.svg\",\"tags\":\"no list\",\"isOfficial\":\"yes\"}]}"),
		0);
	assert_int_equal(entries(), 1);
	for (const char *const *f = (const char *const[]){"homepage", "abi", "iconUrl", "tags",
		     "isOfficial", NULL};
		*f; f++) {
		assert_null(json_object_get(entry(0), *f));
		assert_true(warned(arena_printf(P, "/plugins/0/%s", *f), "left out"));
	}
}

static void test_references(void **state)
{
	static const char *const good[] = {
		"a.zip", "a/b-1.0.0.zip", "https://b.example/p/a.zip", "/a.zip"};
	static const char *const bad[] = {"http://b.example/a.zip", "//b.example/a.zip", "ftp://x",
		"file:///etc/passwd", "https://user:pw@b.example/a", "https://", "../a.zip",
		"a/../../b", "/a/../b", "", "a b", "https://b.example/\x01"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(source_has_reference(&HTTPS, good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (source_has_reference(&HTTPS, bad[i]))
			fail_msg("\"%s\" is no reference", bad[i]);
	assert_true(source_has_reference(&FOLDER, "a/b.zip"));
	assert_false(source_has_reference(&FOLDER, "/etc/passwd"));
	assert_false(source_has_reference(&FOLDER, "https://b.example/a.zip"));
	assert_false(source_has_reference(&FOLDER, "../b.zip"));
}

static void test_sorted_newest_first(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(&HTTPS,
			"[{\"key\":\"bb\",\"version\":\"1.2.0\",\"name\":\"n\"},{\"key\":\"aa\",\"version\":\"1.0.0\",\"name\":\"n\"},"
			"{\"key\":\"bb\",\"version\":\"1.10.0\",\"name\":\"n\"},{\"key\":\"bb\",\"version\":\"1.2.0\",\"name\":\"again\"}]"),
		0);
	assert_int_equal(entries(), 3);
	assert_string_equal(json_str(entry(0), "key", ""), "aa");
	assert_string_equal(json_str(entry(1), "version", ""), "1.10.0");
	assert_string_equal(json_str(entry(2), "version", ""), "1.2.0");
	assert_int_equal(json_array_size(json_object_get(L, "warnings")), 1);
}

static void test_no_catalogue(void **state)
{
	static const char *const all[] = {"", "{", "7", "\"x\"", "{}", "{\"plugins\":{}}",
		"{\"plugins\":null}", "{\"plugins\":[],\"plugins\":[]}", "\xff\xfe", "[1,"};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		err_init(&E, NULL);
		assert_int_equal(read_text(&HTTPS, all[i]), MT_EUPSTREAM);
		assert_true(E.message[0] != '\0');
	}
}

/* The numbers of entries and faults are limited. */
static void test_limits(void **state)
{
	size_t n = LISTING_ENTRIES_MAX + 50, len = 0, room = n * 80 + 10;
	char *text = arena_alloc(P, room);

	(void)state;
	text[len++] = '[';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, room - len,
			"%s{\"key\":\"k%zu\",\"version\":\"1.0.0\",\"name\":\"n\",\"abi\":%s}",
			i ? "," : "", i, i % 2 ? "\"x\"" : "1");
	text[len++] = ']';
	assert_int_equal(listing_read(P, &HTTPS, text, len, &L, &E), 0);
	assert_int_equal(entries(), LISTING_ENTRIES_MAX);
	assert_int_equal(json_array_size(json_object_get(L, "warnings")), LISTING_WARNINGS_MAX);
}

/* One byte of a good catalogue changed, everywhere: read or refused, never anything else. */
static void test_changed_bytes(void **state)
{
	static const char good[] =
		"{\"plugins\":[" ENTRY
		",\"tags\":[\"t\"],\"features\":[{\"name\":\"f\"}],\"iconUrl\":\"i.svg\"}],\"categories\":[{\"id\":\"c\"}]}";
	static const char bytes[] = {'"', '{', ']', '\\', '0', (char)0xff, '\0', '-'};
	char text[sizeof(good)];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(good); i++) {
		for (size_t b = 0; b < sizeof(bytes); b++) {
			struct arena *keep = P;

			memcpy(text, good, sizeof(good));
			text[i] = bytes[b];
			P = arena_new();
			err_init(&E, NULL);
			int rc = listing_read(P, &HTTPS, text, sizeof(good) - 1, &L, &E);
			assert_true(rc == 0 || rc == MT_EUPSTREAM);
			arena_free(P);
			P = keep;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_known_and_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_skipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_references, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sorted_newest_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_catalogue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
