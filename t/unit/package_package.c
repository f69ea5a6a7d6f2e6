/* Packages as a whole, the trial's word against the manifest's, and the store on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <elf.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/arena.h"
#include "elfmaker.h"
#include "package/package.h"
#include "registry/store.h"
#include "base/temp.h"
#include "registry/trial.h"
#include "zipmaker.h"

#define SQL "CREATE TABLE x_hello.t (tenant_id int NOT NULL);"
#define BUNDLE "var Hello = {PartsTab: x};"

static struct arena *P;
static struct package PKG;
static struct app APP;
static struct op OP;
#define C APP.conf
#define E OP.err
static char HOME[64];

static int setup(void **state)
{
	(void)state;
	P = arena_new();
	app_op(&APP, &OP, P, 0);
	err_init(&E, NULL);
	snprintf(HOME, sizeof(HOME), "/tmp/mortise-store-XXXXXX");
	assert_non_null(mkdtemp(HOME));
	snprintf(C.store_dir, sizeof(C.store_dir), "%s/store", HOME);
	snprintf(C.asset_dir, sizeof(C.asset_dir), "%s/assets", HOME);
	assert_int_equal(mkdir(C.store_dir, 0755), 0);
	assert_int_equal(mkdir(C.asset_dir, 0755), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(P);
	assert_int_equal(temp_remove_tree(HOME), 0);
	return 0;
}

static void show(void)
{
	for (int i = 0; i < E.n_fields; i++)
		print_message("  %s: %s\n", E.field[i].pointer, E.field[i].detail);
}

static void assert_fault(const char *pointer, const char *words)
{
	for (int i = 0; i < E.n_fields; i++)
		if (!strcmp(E.field[i].pointer, pointer) && strstr(E.field[i].detail, words))
			return;
	print_message("no fault %s \"%s\"; there are %d:\n", pointer, words, E.n_fields);
	show();
	fail();
}

static const char *hash(const char *data, size_t n)
{
	char *ret = arena_alloc(P, 65);

	id_sha256_hex(ret, data, n);
	return ret;
}

/* A package of a library that has one import. more: members of the manifest. */
static int make(const char *more, int machine, const char *extra, const char *extra_text)
{
	static struct em_file so;
	struct zm z = {0};
	const char *manifest, *path;
	int rc;

	em_make(&so, (unsigned)machine, "json_pack");
	manifest = arena_printf(P,
		"{\"key\": \"hello\", \"version\": \"1.0.0\", \"displayName\": \"H\", \"description\": \"d\","
		"\"author\": \"a\", \"category\": \"c\", \"installationType\": \"standard\","
		"\"host\": \">=0.1.0 <1.0.0\", \"abi\": 1, %s"
		"\"ui\": {\"bundle\": \"ui/b.js\", \"globalName\": \"Hello\"},"
		"\"files\": {\"plugin.so\": \"%s\", \"ui/b.js\": \"%s\", \"migrations/001-t.sql\": \"%s\"}}",
		more, hash((char *)&so, sizeof(so)), hash(BUNDLE, strlen(BUNDLE)),
		hash(SQL, strlen(SQL)));
	zm_text(&z, "manifest.json", manifest);
	zm_add(&z, (struct zm_entry){.name = "plugin.so", .data = &so, .len = sizeof(so)});
	zm_text(&z, "ui/b.js", BUNDLE);
	zm_text(&z, "migrations/001-t.sql", SQL);
	if (extra)
		zm_text(&z, extra, extra_text);
	path = zm_write(&z);
	rc = package_read(P, path, &PKG, &E);
	unlink(path);
	return rc;
}

static void good_package(void **state)
{
	(void)state;
	if (make("", EM_OURS, NULL, NULL) < 0)
		show();
	assert_int_equal(E.code, 0);
	assert_string_equal(PKG.manifest.key, "hello");
	assert_int_equal(PKG.n_migrations, 1);
	assert_string_equal(PKG.migration[0].name, "001-t.sql");
	assert_int_equal(PKG.migration[0].script.n, 1);
	assert_int_equal(json_array_size(PKG.checks), 8);
	assert_int_equal(json_integer_value(json_object_get(PKG.imports, "allowed")), 1);
}

static void components_that_the_bundle_lacks(void **state)
{
	static const char TAB[] =
		"\"ticketTabs\": [{\"id\": \"t\", \"label\": \"T\", \"component\": \"%s\"}],";
	(void)state;
	assert_int_equal(make(arena_printf(P, TAB, "PartTab"), EM_OURS, NULL, NULL), MT_EFIELDS);
	assert_fault("/manifest.json#/ticketTabs/0/component", "exports no component of that name");
	assert_int_equal(E.n_fields, 1);
	err_init(&E, NULL);
	/* a part of a name is none */
	assert_int_equal(make(arena_printf(P, TAB, "PartsTa"), EM_OURS, NULL, NULL), MT_EFIELDS);
	err_init(&E, NULL);
	assert_int_equal(make(arena_printf(P, TAB, "PartsTab"), EM_OURS, NULL, NULL), 0);
}

static void faults_of_all_kinds_in_one_answer(void **state)
{
	(void)state;
	assert_int_equal(make("\"icon\": \"icon.svg\", \"licence\": \"MIT\",", EM_SPARCV9,
				 "migrations/001-again.sql", "DO 1"),
		MT_EFIELDS);
	assert_fault("/plugin.so", "Is built for machine number 43");
	assert_fault("/manifest.json#/icon", "not in the package");
	assert_fault("/manifest.json#/licence", "no such field");
	assert_fault("/migrations/001-again.sql", "Line 1");
	assert_fault("/migrations/001-t.sql", "same number as 001-again.sql");
	assert_fault("/manifest.json#/files/migrations~1001-again.sql", "Is missing");
	assert_int_equal(E.n_fields, 6);
}

static void two_numbers_and_strange_files(void **state)
{
	static const char *const T[] = {"migrations/1-x.sql", "migrations/001-X.sql",
		"migrations/001.sql", "migrations/001-/x.sql", "lib/x.so", "plugin.so.bak",
		"ui/x.html", "x.js"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		err_init(&E, NULL);
		assert_int_equal(make("", EM_OURS, T[i], "x"), MT_EFIELDS);
		assert_fault(arena_printf(P, "/%s", T[i]), "Does not belong");
	}
}

static void trial_says_something_else(void **state)
{
	(void)state;
	assert_int_equal(make("\"reportComponents\": [{\"id\": \"r\", \"title\": \"R\","
			      "\"endpoint\": \"/report\"}],",
				 EM_OURS, NULL, NULL),
		0);
	assert_int_equal(
		trial_compare(&OP,
			"{\"key\": \"other\", \"version\": \"1.0.1\", \"abi\": 2,"
			"\"routes\": [{\"method\": \"GET\", \"path\": \"/x\", \"permission\": \"root\"}], \"hooks\": []}",
			&PKG),
		MT_EFIELDS);
	assert_fault("/plugin.so", "key is \"other\"");
	assert_fault("/plugin.so", "version is \"1.0.1\"");
	assert_fault("/plugin.so", "ABI 2");
	assert_fault("/plugin.so", "permission \"root\"");
	assert_fault("/manifest.json#/reportComponents/0/endpoint", "no route GET");
	err_init(&E, NULL);
	assert_int_equal(trial_compare(&OP, "nonsense", &PKG), MT_EFIELDS);
	err_init(&E, NULL);
	assert_int_equal(trial_compare(&OP, "{}", &PKG), MT_EFIELDS);
	err_init(&E, NULL);
	assert_int_equal(
		trial_compare(&OP,
			"{\"key\": \"hello\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [],"
			"\"routes\": [{\"method\": \"GET\", \"path\": \"/report\", \"permission\": null}]}",
			&PKG),
		0);
}

static bool is_there(const char *format, ...)
{
	char path[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(path, sizeof(path), format, ap);
	va_end(ap);
	return access(path, F_OK) == 0;
}

static int count_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = -2; /* "." and ".." */

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void stored_whole_and_removed_whole(void **state)
{
	(void)state;
	assert_int_equal(make("", EM_OURS, NULL, NULL), 0);
	assert_false(store_has(&C, PKG.sha256));
	for (int i = 0; i < 2; i++) { /* the second time it is there already */
		assert_int_equal(store_put(&OP, &PKG), 0);
		assert_true(store_has(&C, PKG.sha256));
	}
	assert_true(is_there("%s/%s/ui/b.js", C.asset_dir, PKG.sha256));
	assert_false(is_there("%s/%s/plugin.so", C.asset_dir, PKG.sha256));
	assert_false(is_there("%s/%s/ui", C.store_dir, PKG.sha256));
	assert_true(is_there("%s", store_so(P, &C, PKG.sha256)));
	assert_int_equal(count_in(arena_printf(P, "%s/tmp", C.store_dir)), 0);
	assert_int_equal(store_remove(&OP, PKG.sha256), 0);
	assert_int_equal(store_remove(&OP, PKG.sha256), 0);
	assert_false(store_has(&C, PKG.sha256));
	assert_int_equal(count_in(C.asset_dir), 1); /* tmp */
	assert_int_equal(count_in(C.store_dir), 1);
}

/* A disk that fills while the library is written: the assets that were there first go, too. */
static void full_disk_leaves_nothing(void **state)
{
	struct rlimit old, few = {0};

	(void)state;
	assert_int_equal(make("", EM_OURS, NULL, NULL), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	few = old;
	few.rlim_cur = strlen(BUNDLE) + 10; /* the bundle fits, the library doesn't */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_true(store_put(&OP, &PKG) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	arena_clear(P);
	assert_int_equal(count_in(C.asset_dir), 1);
	assert_int_equal(count_in(C.store_dir), 1);
	assert_int_equal(count_in(arena_printf(P, "%s/tmp", C.store_dir)), 0);
	assert_int_equal(count_in(arena_printf(P, "%s/tmp", C.asset_dir)), 0);
}

/* Files of a killed process are removed, those of a living one stay. */
static void sweep_takes_only_what_nobody_holds(void **state)
{
	struct temp *mine;
	pid_t pid;

	(void)state;
	assert_int_equal(temp_file(&OP, C.store_dir, 0600, &mine), 0);
	pid = fork();
	if (pid == 0) {
		struct temp *file, *folder;

		if (temp_file(&OP, C.store_dir, 0600, &file) < 0 ||
			temp_folder(&OP, C.store_dir, &folder) < 0)
			_exit(1);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(count_in(arena_printf(P, "%s/tmp", C.store_dir)), 3);
	temp_sweep(C.store_dir);
	assert_int_equal(count_in(arena_printf(P, "%s/tmp", C.store_dir)), 1);
	assert_true(is_there("%s", mine->path));
	arena_clear(P);
	assert_int_equal(count_in(arena_printf(P, "%s/tmp", C.store_dir)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_package, setup, teardown),
		cmocka_unit_test_setup_teardown(components_that_the_bundle_lacks, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_of_all_kinds_in_one_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(two_numbers_and_strange_files, setup, teardown),
		cmocka_unit_test_setup_teardown(trial_says_something_else, setup, teardown),
		cmocka_unit_test_setup_teardown(stored_whole_and_removed_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(full_disk_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			sweep_takes_only_what_nobody_holds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
