/* conf: defaults, relative paths, and a clear error for every wrong line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/conf.h"

static char folder[] = "/tmp/mortise-conf-XXXXXX";
static char file[64];
static struct conf c;
static struct err e;

static int setup(void **state)
{
	(void)state;
	snprintf(file, sizeof(file), "%s/mortise.conf", mkdtemp(folder));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(folder);
}

static int read_text(const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fwrite(text, 1, n, f);
	fclose(f);
	err_init(&e, NULL);
	return conf_read(&c, file, &e);
}

static int read_conf(const char *text)
{
	return read_text(text, strlen(text));
}

static void gives_defaults(void **state)
{
	(void)state;
	assert_int_equal(read_conf(""), 0);
	assert_string_equal(c.public_url, "http://127.0.0.1:8080");
	assert_string_equal(c.db_name, "mortise");
	assert_int_equal(c.db_port, 5432);
	assert_int_equal(c.crash_limit, 5);
	assert_string_equal(c.memcached, "");
	assert_string_equal(c.file, file);
	assert_string_equal(c.trust_policy, "warn");
	assert_string_equal(c.marketplace_ca, "");
}

static void takes_one_of_the_words(void **state)
{
	(void)state;
	assert_int_equal(read_conf("trust_policy = required\n"), 0);
	assert_string_equal(c.trust_policy, "required");
	assert_int_equal(read_conf("trust_policy = require\n"), MT_EINVAL);
	assert_non_null(strstr(
		e.message, "trust_policy must be one of required|warn|off, not \"require\""));
}

static void reads_values_comments_and_blanks(void **state)
{
	(void)state;
	assert_int_equal(
		read_conf("# comment\n\n  api_workers = 7 # seven\r\n"
			  "public_url=https://a.example/\n\tdb_name\t=\tx#y\nuser =\nlog_dir=/v/\n"
			  "memcached = 127.0.0.1:11211"),
		0);
	assert_int_equal(c.api_workers, 7);
	assert_string_equal(c.public_url, "https://a.example");
	assert_string_equal(c.db_name, "x#y");
	assert_string_equal(c.user, "");
	assert_string_equal(c.log_dir, "/v");
	assert_string_equal(c.memcached, "127.0.0.1:11211");
}

static void takes_paths_from_the_files_folder(void **state)
{
	char want[128];
	(void)state;

	assert_int_equal(read_conf("run_dir = run\nstore_dir = ./a/b/\nasset_dir = ../x\n"
				   "memcached = run/m.sock\ndb_host = db.example\nkey_dir = ."),
		0);
	snprintf(want, sizeof(want), "%s/run", folder);
	assert_string_equal(c.run_dir, want);
	snprintf(want, sizeof(want), "%s/a/b", folder);
	assert_string_equal(c.store_dir, want);
	snprintf(want, sizeof(want), "%s/../x", folder);
	assert_string_equal(c.asset_dir, want);
	snprintf(want, sizeof(want), "%s/run/m.sock", folder);
	assert_string_equal(c.memcached, want);
	assert_string_equal(c.db_host, "db.example");
	assert_string_equal(c.key_dir, folder);
}

static void refuses(const char *text, const char *part)
{
	if (read_conf(text) != MT_EINVAL || strstr(e.message, part) == NULL ||
		strstr(e.message, "line ") == NULL || strstr(e.message, "mortise.conf") == NULL)
		fail_msg("'%s' gave '%s', not '%s'", text, e.message, part);
}

static void names_what_is_wrong_and_what_would_be_right(void **state)
{
	(void)state;
	refuses("api_worker = 3", "did you mean api_workers?");
	refuses("\n\nzzzzzzzzzz = 3", "line 3");
	refuses("Api_workers = 3", "did you mean api_workers?");
	refuses("api_workers", "name = value");
	refuses("= 3", "no setting \"\"");
	refuses("api_workers = ", "whole number from 1 to 64");
	refuses("api_workers = 0", "from 1 to 64");
	refuses("api_workers = 65", "from 1 to 64");
	refuses("api_workers = 3x", "not \"3x\"");
	refuses("api_workers = 99999999999999999999", "from 1 to 64");
	refuses("db_port = -1", "from 1 to 65535");
	refuses("api_workers = 3\napi_workers = 3", "set twice");
	refuses("public_url = example.org", "https://example.org");
	refuses("public_url = http://", "https://example.org");
	refuses("public_url = http://a b", "https://example.org");
	refuses("confirm_minutes = 0", "from 1 to 1440");
	refuses("run_dir =", "must not be empty");
	refuses("db_name =", "must not be empty");
}

static void refuses_apart(const char *text, const char *part)
{
	if (read_conf(text) != MT_EINVAL || strstr(e.message, part) == NULL ||
		strstr(e.message, "mortise.conf") == NULL)
		fail_msg("'%s' gave '%s', not '%s'", text, e.message, part);
}

static void system_url_is_an_origin_of_its_own(void **state)
{
	(void)state;
	refuses("system_url = system.example", "https://example.org");
	refuses_apart("system_url = https://system.example/x", "without a path");
	refuses_apart("public_url = https://a.example\nsystem_url = https://A.example:443",
		"another host");
	refuses_apart("public_url = http://a.example:8080/app\nsystem_url = http://a.example:8080",
		"another host");
	refuses_apart(
		"public_url = https://a.example\nsystem_url = http://b.example", "must be https");
	assert_int_equal(read_conf("system_url = http://127.0.0.1:8081/\n"), 0);
	assert_string_equal(c.system_url, "http://127.0.0.1:8081");
	assert_int_equal(read_conf("public_url = https://a.example\nsystem_url =\n"), 0);
	assert_string_equal(c.system_url, "");
}

static void refuses_what_is_too_long(void **state)
{
	char line[600];
	(void)state;

	for (const char *const *name =
			(const char *const[]){"run_dir", "user", "public_url", "store_dir", NULL};
		*name != NULL; name++) {
		snprintf(line, sizeof(line), "%s = %s%0300d", *name,
			**name == 'p' ? "http://" : "/", 0);
		refuses(line, "too long");
	}
}

static void refuses_what_is_no_text(void **state)
{
	(void)state;
	assert_int_equal(read_text("api_workers = 3\0\n", 17), MT_EINVAL);
	assert_non_null(strstr(e.message, "not a text file"));
}

static void says_which_file_is_missing(void **state)
{
	(void)state;
	err_init(&e, NULL);
	assert_int_equal(conf_read(&c, "/nowhere/mortise.conf", &e), MT_EINVAL);
	assert_non_null(strstr(e.message, "/nowhere/mortise.conf"));
	err_init(&e, NULL);
	assert_int_equal(conf_read(&c, "/tmp", &e), MT_EINVAL);
}

static void finds_the_file(void **state)
{
	char prog[] = "mortise", opt[] = "-c", path[] = "/x.conf";
	char *with[] = {prog, prog, opt, path, NULL};
	char *without[] = {prog, opt, NULL};
	(void)state;

	unsetenv("MORTISE_CONF");
	assert_string_equal(conf_find(4, with), "/x.conf");
	assert_string_equal(conf_find(2, without), "/etc/mortise/mortise.conf");
	setenv("MORTISE_CONF", "/y.conf", 1);
	assert_string_equal(conf_find(2, without), "/y.conf");
	assert_string_equal(conf_find(4, with), "/x.conf");
	unsetenv("MORTISE_CONF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_defaults),
		cmocka_unit_test(takes_one_of_the_words),
		cmocka_unit_test(reads_values_comments_and_blanks),
		cmocka_unit_test(takes_paths_from_the_files_folder),
		cmocka_unit_test(names_what_is_wrong_and_what_would_be_right),
		cmocka_unit_test(system_url_is_an_origin_of_its_own),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(refuses_what_is_no_text),
		cmocka_unit_test(says_which_file_is_missing),
		cmocka_unit_test(finds_the_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("conf", tests, setup, teardown);
}
