/* Hostile ZIPs: each is refused with its own message, and honest ones are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <zip.h>
#include "base/arena.h"
#include "package/archive.h"
#include "zipmaker.h"

static struct arena *P;
static struct err E;
static struct archive *A;

static int setup(void **state)
{
	(void)state;
	P = arena_new();
	err_init(&E, NULL);
	A = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(P);
	return 0;
}

static int open_made(struct zm *z)
{
	const char *path = zm_write(z);
	int rc = archive_open(P, path, &A, &E);

	unlink(path); /* libzip keeps it open */
	return rc;
}

/* One fault, at pointer, whose text contains words. */
static void assert_fault(const char *pointer, const char *words)
{
	for (int i = 0; i < E.n_fields; i++)
		if (!strcmp(E.field[i].pointer, pointer) && strstr(E.field[i].detail, words))
			return;
	print_message("no fault %s \"%s\"; there are %d:\n", pointer, words, E.n_fields);
	for (int i = 0; i < E.n_fields; i++)
		print_message("  %s: %s\n", E.field[i].pointer, E.field[i].detail);
	fail();
}

static void refuse_name(const char *name, const char *pointer, const char *words)
{
	struct zm z = {0};

	err_init(&E, NULL);
	zm_text(&z, "manifest.json", "{}");
	zm_text(&z, name, "x");
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_fault(pointer, words);
}

static void honest_zip_is_read(void **state)
{
	struct zm z = {0};
	char *text, hash[65];
	size_t len;

	(void)state;
	zm_text(&z, "manifest.json", "{}");
	zm_add(&z, (struct zm_entry){.name = "ui/", .data = "", .mode = 040755});
	zm_add(&z, (struct zm_entry){.name = "ui/bundle.js", .data = "abc", .len = 3, .method = 8});
	assert_int_equal(open_made(&z), 0);
	assert_int_equal(A->n, 2);
	assert_int_equal(archive_load(A, archive_find(A, "ui/bundle.js"), 100, &text, &len, &E), 0);
	assert_int_equal(len, 3);
	assert_string_equal(text, "abc");
	id_sha256_hex(hash, "abc", 3);
	assert_string_equal(archive_find(A, "ui/bundle.js")->sha256, hash);
}

static void names_that_leave_the_folder(void **state)
{
	(void)state;
	refuse_name("../evil", "/../evil", "\"..\"");
	refuse_name("ui/../../evil", "/ui/../../evil", "\"..\"");
	refuse_name("/etc/passwd", "//etc/passwd", "absolute");
	refuse_name("ui\\evil", "/ui\\evil", "backslash");
	refuse_name("C:evil", "/C:evil", "a character other than");
	refuse_name("ui//x", "/ui//x", "empty segment");
	refuse_name("ui/.", "/ui/.", "starts with a dot");
	refuse_name(".htaccess", "/.htaccess", "starts with a dot");
	refuse_name("ui/x.", "/ui/x.", "ends with a dot");
}

static void names_that_cannot_be_shown(void **state)
{
	(void)state;
	refuse_name("ui/a\nb", "/ui/a\\x0ab", "control character");
	refuse_name("ui/\xff\xfe", "/ui/\\xff\\xfe", "a character other than");
	refuse_name("ui/\xe2\x80\xae"
		    "gpj.js",
		"/ui/\\xe2\\x80\\xaegpj.js", "a character other than");
	refuse_name("", "/", "empty name");
}

static void huge_and_deep_names(void **state)
{
	char name[ARCHIVE_PATH_MAX + 10];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_string_equal(archive_name_fault(name), "Is longer than 200 characters");
	assert_string_equal(
		archive_name_fault("1/2/3/4/5/6/7/8/9"), "Is nested deeper than 8 folders");
	assert_null(archive_name_fault("1/2/3/4/5/6/7/8"));
	assert_null(archive_name_fault("ui/"));
}

static void links_and_special_modes(void **state)
{
	static const struct {
		const char *name;
		unsigned mode;
		const char *words;
	} T[] = {
		{"ui/link", S_IFLNK | 0777, "symbolic link"},
		{"ui/pipe", S_IFIFO | 0644, "device, pipe or socket"},
		{"ui/dev", S_IFBLK | 0644, "device, pipe or socket"},
		{"plugin.so", S_IFREG | S_ISUID | 0755, "set-user-id"},
		{"ui/dir", S_IFDIR | 0755, "folder by its mode"},
	};
	struct zm z = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		zm_add(&z, (struct zm_entry){
				   .name = T[i].name, .data = "x", .len = 1, .mode = T[i].mode});
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_int_equal(E.n_fields, 5); /* all of them in one answer */
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		assert_fault(arena_printf(P, "/%s", T[i].name), T[i].words);
}

static void duplicates(void **state)
{
	struct zm z = {0};

	(void)state;
	zm_text(&z, "plugin.so", "a");
	zm_text(&z, "plugin.so", "b");
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_fault("/", "same name");
}

static void duplicates_by_letter_case(void **state)
{
	struct zm z = {0};

	(void)state;
	zm_text(&z, "README.md", "a");
	zm_text(&z, "readme.md", "b");
	zm_text(&z, "UI/a.js", "a");
	zm_text(&z, "ui/a.js", "b");
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_int_equal(E.n_fields, 2);
	assert_fault("/readme.md", "twice");
	assert_fault("/ui/a.js", "twice");
}

static void file_that_is_also_a_folder(void **state)
{
	struct zm z = {0};

	(void)state;
	zm_text(&z, "ui", "a");
	zm_text(&z, "ui/bundle.js", "b");
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_fault("/ui/bundle.js", "is a file");
}

static void encrypted_and_odd_methods(void **state)
{
	struct zm z = {0};

	(void)state;
	zm_add(&z, (struct zm_entry){
			   .name = "secret", .data = "123456789012xyz", .len = 15, .flags = 1});
	zm_add(&z, (struct zm_entry){.name = "bzip2", .data = "x", .len = 1, .method = 12});
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_fault("/secret", "encrypted");
	assert_fault("/bzip2", "another method");
}

static void sizes_that_lie(void **state)
{
	char big[1000];
	struct zm z = {0};

	(void)state;
	memset(big, 'x', sizeof(big));
	zm_add(&z,
		(struct zm_entry){
			.name = "more", .data = big, .len = 1000, .method = 8, .claim_size = 10});
	zm_add(&z,
		(struct zm_entry){
			.name = "less", .data = big, .len = 10, .method = 8, .claim_size = 1000});
	zm_add(&z, (struct zm_entry){.name = "crc", .data = big, .len = 10, .claim_crc = 7});
	assert_int_equal(open_made(&z), 0);
	assert_int_equal(archive_read(A, archive_find(A, "more"), NULL, NULL, &E), MT_EFIELDS);
	assert_int_equal(archive_read(A, archive_find(A, "less"), NULL, NULL, &E), MT_EFIELDS);
	assert_int_equal(archive_read(A, archive_find(A, "crc"), NULL, NULL, &E), MT_EFIELDS);
	assert_int_equal(E.n_fields, 3);
	assert_fault("/crc", "checksum");
}

static void claimed_giant(void **state)
{
	struct zm z = {0};

	(void)state;
	zm_add(&z, (struct zm_entry){.name = "giant",
			   .data = "x",
			   .len = 1,
			   .method = 8,
			   .claim_size = 0xf0000000});
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_fault("/giant", "larger than 32 MB");
	assert_fault("/", "Unpacks to");
}

/* Correct headers, and 30 MB of zeros in 30 kB. */
static void bomb(void **state)
{
	const size_t n = 30u << 20;
	char path[] = "/tmp/mortise-bomb-XXXXXX";
	char *zeros = calloc(1, n);
	int fd = mkstemp(path), code;
	zip_t *zip;

	(void)state;
	close(fd);
	zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
	assert_non_null(zip);
	assert_true(zip_file_add(zip, "ui/bomb.js", zip_source_buffer(zip, zeros, n, 0), 0) >= 0);
	assert_int_equal(zip_close(zip), 0);
	free(zeros);
	assert_int_equal(archive_open(P, path, &A, &E), MT_EFIELDS);
	unlink(path);
	assert_fault("/ui/bomb.js", "200 times");
}

static void overlapping_entries(void **state)
{
	struct zm z = {0};

	(void)state;
	zm_add(&z, (struct zm_entry){.name = "a",
			   .data = "x",
			   .len = 1,
			   .claim_packed = 5000,
			   .claim_size = 5000});
	zm_text(&z, "b", "y");
	assert_true(open_made(&z) < 0); /* libzip's consistency check or ours */
}

static void too_many_entries(void **state)
{
	struct zm z = {0};

	(void)state;
	for (int i = 0; i < 3000; i++)
		zm_text(&z, arena_printf(P, "ui/%d.js", i), "x");
	assert_int_equal(open_made(&z), MT_EFIELDS);
	assert_fault("/", "3000 entries");
}

static void no_zip_at_all(void **state)
{
	static const char *const T[] = {"", "PK", "hello, this is no zip", "PK\5\6"};
	char path[] = "/tmp/mortise-nozip-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		err_init(&E, NULL);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, T[i], strlen(T[i]), 0), strlen(T[i]));
		assert_true(archive_open(P, path, &A, &E) < 0);
	}
	close(fd);
	unlink(path);
}

/* Every prefix of a good archive is refused, none crashes. */
static void every_cut(void **state)
{
	struct zm z = {0};
	char path[80];
	off_t n;

	(void)state;
	zm_text(&z, "manifest.json", "{\"a\": 1}");
	zm_text(&z, "ui/x.js", "yz");
	snprintf(path, sizeof(path), "%s", zm_write(&z));
	n = 0;
	{
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		n = st.st_size;
	}
	while (n-- > 0) {
		err_init(&E, NULL);
		assert_int_equal(truncate(path, n), 0);
		assert_true(archive_open(P, path, &A, &E) < 0);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(honest_zip_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(names_that_leave_the_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(names_that_cannot_be_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(huge_and_deep_names, setup, teardown),
		cmocka_unit_test_setup_teardown(links_and_special_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(duplicates, setup, teardown),
		cmocka_unit_test_setup_teardown(duplicates_by_letter_case, setup, teardown),
		cmocka_unit_test_setup_teardown(file_that_is_also_a_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(encrypted_and_odd_methods, setup, teardown),
		cmocka_unit_test_setup_teardown(sizes_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(claimed_giant, setup, teardown),
		cmocka_unit_test_setup_teardown(bomb, setup, teardown),
		cmocka_unit_test_setup_teardown(overlapping_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(no_zip_at_all, setup, teardown),
		cmocka_unit_test_setup_teardown(every_cut, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
