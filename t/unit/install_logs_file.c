/*
 * install_logs_file.c - the log read from its end: order, pages, rotation, halves of lines, limits.
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

#include "base/clock.h"
#include "install/logs_file.h"
#include "base/temp.h"

struct got {
	int n, stop; /* stop: how many are enough */
	char line[64][80];
	size_t longest;
};

static char dir[64];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/mortise-logs-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return temp_remove_tree(dir);
}

static void append(const char *name, const char *text, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void append_text(const char *name, const char *text)
{
	append(name, text, strlen(text));
}

static bool take(void *arg, char *line, size_t n)
{
	struct got *g = arg;

	assert_int_equal(strlen(line), n);
	if (n > g->longest)
		g->longest = n;
	if (g->n < 64)
		snprintf(g->line[g->n], sizeof(g->line[0]), "%.70s", line);
	g->n++;
	return g->n < g->stop;
}

static void look(const struct logs_range *range, int stop, struct got *g, struct logs_place *end,
	struct logs_place *from)
{
	static const struct logs_range ALL;
	struct err e;

	memset(g, 0, sizeof(*g));
	g->stop = stop;
	err_init(&e, NULL);
	assert_int_equal(
		logs_read(dir, range ? range : &ALL, clock_ms() + 30000, take, g, end, from, &e),
		0);
}

static void the_last_line_comes_first(void **state)
{
	struct logs_place end, from;
	struct got g;

	(void)state;
	append_text("mortised.log", "one\ntwo\n\nthree\nhalf");
	look(NULL, 100, &g, &end, &from);
	assert_int_equal(g.n, 3);
	assert_string_equal(g.line[0], "three");
	assert_string_equal(g.line[2], "one");
	assert_int_equal(from.inode, 0);
	assert_int_equal(end.offset, strlen("one\ntwo\n\nthree\n"));
}

static void what_is_new_since_comes_alone(void **state)
{
	struct logs_range range = {0};
	struct logs_place end, from;
	struct got g;

	(void)state;
	append_text("mortised.log", "one\nha");
	look(NULL, 100, &g, &range.after, &from);
	append_text("mortised.log", "lf\ntwo\n");
	look(&range, 100, &g, &end, &from);
	assert_int_equal(g.n, 2);
	assert_string_equal(g.line[0], "two");
	assert_string_equal(g.line[1], "half");
	range.after = end;
	look(&range, 100, &g, &end, &from);
	assert_int_equal(g.n, 0);
}

static void pages_join_without_gap_or_overlap(void **state)
{
	struct logs_range range = {0};
	struct logs_place end, from = {1, 1};
	struct got g;
	char text[32];
	int n = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "line %d\n", i);
		append_text(i < 4 ? "mortised.log.1" : "mortised.log", text);
	}
	while (from.inode) {
		look(&range, 3, &g, &end, &from);
		for (int i = 0; i < g.n; i++) {
			snprintf(text, sizeof(text), "line %d", 9 - n++);
			assert_string_equal(g.line[i], text);
		}
		range.before = from;
	}
	assert_int_equal(n, 10);
}

static void a_place_survives_rotation(void **state)
{
	struct logs_range range = {0};
	struct logs_place end, from;
	struct got g;
	char old[128], new[128];

	(void)state;
	append_text("mortised.log", "old\n");
	look(NULL, 100, &g, &range.after, &from);
	append_text("mortised.log", "last of the old\n");
	snprintf(old, sizeof(old), "%s/mortised.log", dir);
	snprintf(new, sizeof(new), "%s/mortised.log.1", dir);
	assert_int_equal(rename(old, new), 0);
	append_text("mortised.log", "first of the new\n");
	look(&range, 100, &g, &end, &from);
	assert_int_equal(g.n, 2);
	assert_string_equal(g.line[0], "first of the new");
	assert_string_equal(g.line[1], "last of the old");
}

static void lines_across_chunks_are_whole(void **state)
{
	size_t n = 100000;
	struct logs_place end, from;
	char *line = malloc(n + 1);
	struct got g;

	(void)state;
	memset(line, 'x', n);
	line[n] = '\n';
	for (int i = 0; i < 20; i++)
		append("mortised.log", line, n + 1);
	look(NULL, 100, &g, &end, &from);
	assert_int_equal(g.n, 20);
	assert_int_equal(g.longest, n);
	free(line);
}

static void a_line_without_end_is_nobodys(void **state)
{
	size_t n = 700000;
	struct logs_place end, from;
	char *line = malloc(n);
	struct got g;

	(void)state;
	memset(line, 'x', n);
	append_text("mortised.log", "before\n");
	append("mortised.log", line, n);
	append_text("mortised.log", "\nbehind\n");
	look(NULL, 100, &g, &end, &from);
	assert_string_equal(g.line[0], "behind");
	assert_string_equal(g.line[g.n - 1], "before");
	assert_true(g.longest < n);
	free(line);
}

static void no_log_is_said(void **state)
{
	struct logs_range range = {0};
	struct logs_place end, from;
	struct got g = {.stop = 1};
	struct err e;

	(void)state;
	err_init(&e, NULL);
	assert_int_equal(
		logs_read(dir, &range, clock_ms() + 30000, take, &g, &end, &from, &e), MT_ENOENT);
	assert_non_null(strstr(e.message, "not a file here"));
}

static void places_are_read_strictly(void **state)
{
	static const char *const BAD[] = {"", "1", "1.", ".1", "0.1", "x.1", "1.1.1", "-1.1",
		"1.ffffffffffffffffff", "1.f000000000000000", NULL};
	struct logs_place p;
	char text[LOGS_PLACE_MAX];

	(void)state;
	for (int i = 0; BAD[i]; i++)
		assert_false(logs_place_parse(&p, BAD[i]));
	assert_false(logs_place_parse(&p, NULL));
	assert_true(logs_place_parse(&p, "a1.10"));
	assert_int_equal(p.inode, 0xa1);
	assert_int_equal(p.offset, 16);
	logs_place_text(text, &p);
	assert_string_equal(text, "a1.10");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_last_line_comes_first),
		CASE(what_is_new_since_comes_alone),
		CASE(pages_join_without_gap_or_overlap),
		CASE(a_place_survives_rotation),
		CASE(lines_across_chunks_are_whole),
		CASE(a_line_without_end_is_nobodys),
		CASE(no_log_is_said),
		CASE(places_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
