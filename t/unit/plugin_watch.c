/*
 * plugin_watch.c - what `mortise plugin dev` notices in a folder, and what not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/plugin_watch.h"
#include "base/temp.h"

#define SOON_MS 2000
#define NEVER_MS 200

static char dir[64];
static struct plugin_watch w;

static const char *at(const char *name)
{
	static char path[2][300];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
	return path[turn];
}

static void save(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static int setup(void **state)
{
	static const char *const FOLDERS[] = {
		"src", "ui", "ui/src", "ui/src/parts", "ui/dist", NULL};
	struct err e;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/mortise-watch-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	for (int i = 0; FOLDERS[i]; i++)
		assert_int_equal(mkdir(at(FOLDERS[i]), 0700), 0);
	err_init(&e, NULL);
	return plugin_watch_open(&w, dir, &e);
}

static int teardown(void **state)
{
	(void)state;
	plugin_watch_close(&w);
	return temp_remove_tree(dir);
}

static void assert_seen(const char *name, bool ui)
{
	struct plugin_change c;

	plugin_watch_wait(&w, SOON_MS, &c);
	assert_true(c.any);
	assert_string_equal(c.name, name);
	assert_int_equal(c.ui, ui);
}

static void assert_nothing(void)
{
	struct plugin_change c;

	plugin_watch_wait(&w, NEVER_MS, &c);
	assert_false(c.any);
}

static void a_save_is_seen(void **state)
{
	(void)state;
	save("manifest.json");
	assert_seen("manifest.json", false);
	save("src/plugin.c");
	assert_seen("src/plugin.c", false);
	save("ui/src/tab.tsx");
	assert_seen("ui/src/tab.tsx", true);
	save("ui/src/parts/row.tsx");
	assert_seen("ui/src/parts/row.tsx", true);
}

static void renames_and_removals_are_seen(void **state)
{
	(void)state;
	save("src/.plugin.c.swp");
	assert_nothing();
	assert_int_equal(rename(at("src/.plugin.c.swp"), at("src/plugin.c")), 0);
	assert_seen("src/plugin.c", false);
	assert_int_equal(unlink(at("src/plugin.c")), 0);
	assert_seen("src/plugin.c", false);
}

static void noise_is_not(void **state)
{
	(void)state;
	save("src/plugin.c~");
	save("src/4913");
	save("src/#plugin.c#");
	save("ui/dist/bundle.iife.js");
	save("demo-1.0.0.zip");
	assert_nothing();
}

static void many_saves_are_one(void **state)
{
	struct plugin_change c;

	(void)state;
	for (int i = 0; i < 20; i++)
		save(i % 2 ? "src/a.c" : "ui/src/b.tsx");
	plugin_watch_wait(&w, SOON_MS, &c);
	assert_true(c.any && c.ui);
	assert_nothing();
}

static void a_new_folder_is_watched(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("migrations"), 0700), 0);
	assert_nothing();
	save("migrations/001-a.sql");
	assert_seen("migrations/001-a.sql", false);
	assert_int_equal(temp_remove_tree(at("migrations")), 0);
	assert_seen("migrations/001-a.sql", false);
	assert_int_equal(mkdir(at("migrations"), 0700), 0);
	assert_nothing();
	save("migrations/002-b.sql");
	assert_seen("migrations/002-b.sql", false);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_save_is_seen),
		CASE(renames_and_removals_are_seen),
		CASE(noise_is_not),
		CASE(many_saves_are_one),
		CASE(a_new_folder_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
