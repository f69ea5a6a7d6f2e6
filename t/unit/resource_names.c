/* Titles under a lease: whose they are, how long they hold, what happens when there are many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "auth/lease.h"
#include "resource/impl.h"

static const struct column STATES[] = {
	{"key", STRING(1, 40), KEY}, {"label", STRING(1, 200), REQUIRED}, {0}};
static const struct resource state = {
	.name = "states", .table = "states", .title = "label", .columns = STATES};
static const struct resource other_state = {
	.name = "others", .table = "others", .title = "label", .columns = STATES};
static const struct column ROWS_COLUMNS[] = {{"id", UUID, KEY},
	{"state", REF_KEY(&state), .shown = "stateLabel"},
	{"other", REF_KEY(&other_state), NULLABLE, .shown = "otherLabel"}, {0}};
static const struct resource row = {.name = "rows", .table = "rows", .columns = ROWS_COLUMNS};
static const struct column *const LABEL = &ROWS_COLUMNS[1], *const OTHER = &ROWS_COLUMNS[2];
static struct model model = {.res = &row, .n = 3, .shows = true};

static struct op op_of(int tenant)
{
	static struct ident who[3000];

	who[tenant].tenant = tenant;
	return (struct op){.who = &who[tenant]};
}

static struct names rows_at(int tenant, int64_t now)
{
	return (struct names){.tenant = tenant, .now = now, .in_rows = true};
}

static void put(int tenant, int64_t now, const struct column *c, const char *key, const char *title)
{
	struct names n = rows_at(tenant, now);
	struct buf b;

	buf_init(&b, 4096);
	names_add(&n, &b, c, key, title);
	buf_release(&b);
}

/* As JSON; "-" when it isn't in memory. */
static const char *title_at(int tenant, int64_t now, const struct column *c, const char *key)
{
	static char ret[512];
	struct names n = rows_at(tenant, now);
	struct buf b;

	n.in_rows = false;
	buf_init(&b, 4096);
	names_add(&n, &b, c, key, NULL);
	snprintf(ret, sizeof(ret), "%s", n.missing ? "-" : b.data);
	buf_release(&b);
	return ret;
}

static void of_one_tenant_and_resource(void **state_)
{
	(void)state_;
	put(1, 1000, LABEL, "new", "New \"1\"");
	put(2, 1000, LABEL, "new", "Just in");
	assert_string_equal(title_at(1, 1000, LABEL, "new"), "\"New \\\"1\\\"\"");
	assert_string_equal(title_at(2, 1000, LABEL, "new"), "\"Just in\"");
	assert_string_equal(title_at(3, 1000, LABEL, "new"), "-");
	assert_string_equal(title_at(1, 1000, OTHER, "new"), "-");
	assert_string_equal(title_at(1, 1000, LABEL, "ne"), "-");
	assert_string_equal(title_at(1, 1000, LABEL, NULL), "null");
}

static void for_its_lease_from_before_the_query(void **state_)
{
	(void)state_;
	put(1, 5000, LABEL, "open", "Open");
	assert_string_equal(title_at(1, 5000 + LEASE_MS - 1, LABEL, "open"), "\"Open\"");
	assert_string_equal(title_at(1, 5000 + LEASE_MS, LABEL, "open"), "-");
	put(1, 5300, LABEL, "open", "Opened");
	assert_string_equal(title_at(1, 5300 + LEASE_MS - 1, LABEL, "open"), "\"Opened\"");
}

static void not_before_its_commit_nor_when_long(void **state_)
{
	struct names n = rows_at(1, 9000);
	char key[64], title[400];
	struct buf b;

	(void)state_;
	buf_init(&b, 4096);
	n.uncommitted = true;
	names_add(&n, &b, LABEL, "draft", "Draft");
	assert_string_equal(b.data, "\"Draft\"");
	buf_release(&b);
	assert_string_equal(title_at(1, 9000, LABEL, "draft"), "-");
	memset(title, 'x', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	put(1, 9000, LABEL, "long", title);
	assert_string_equal(title_at(1, 9000, LABEL, "long"), "-");
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	put(1, 9000, LABEL, key, "Key");
	assert_string_equal(title_at(1, 9000, LABEL, key), "-");
}

/* What was read last is there, whatever else was; of older ones some are. */
static void many_replace_the_oldest(void **state_)
{
	char key[40], title[40], json[44];
	int here = 0;

	(void)state_;
	for (int tenant = 10; tenant < 2010; tenant++)
		for (int i = 0; i < 10; i++) {
			snprintf(key, sizeof(key), "key%d", i);
			snprintf(title, sizeof(title), "%d of %d", i, tenant);
			snprintf(json, sizeof(json), "\"%s\"", title);
			put(tenant, 20000 + tenant, LABEL, key, title);
			assert_string_equal(title_at(tenant, 20000 + tenant, LABEL, key), json);
		}
	for (int tenant = 10; tenant < 2010; tenant++)
		for (int i = 0; i < 10; i++) {
			snprintf(key, sizeof(key), "key%d", i);
			snprintf(json, sizeof(json), "\"%d of %d\"", i, tenant);
			if (strcmp(title_at(tenant, 20000 + tenant, LABEL, key), "-") == 0)
				continue;
			assert_string_equal(title_at(tenant, 20000 + tenant, LABEL, key), json);
			here++;
		}
	assert_in_range(here, 1000, 2048);
}

static void the_plain_statement_when_all_are_expected(void **state_)
{
	const char *const values[] = {"id", "a", NULL}, *const others[] = {"id", "a", "none"};
	struct op op = op_of(5), foreign = op_of(6);
	struct names n;
	struct buf b;

	(void)state_;
	buf_init(&b, 4096);
	for (int i = 0; i < 2; i++) { /* the first fills it, the second finds all */
		n = names_begin(&op, &model);
		assert_true(n.in_rows);
		assert_int_equal(names_are_here(&n, &model, values), i == 1);
		names_add(&n, &b, LABEL, "a", "A");
		names_add(&n, &b, OTHER, NULL, NULL);
		names_end(&n, &model);
	}
	assert_true(names_begin(&foreign, &model).in_rows);
	n = names_begin(&op, &model);
	assert_false(n.in_rows);
	assert_false(names_are_here(&n, &model, others));
	names_add(&n, &b, OTHER, "none", NULL);
	names_end(&n, &model);
	assert_true(names_begin_again(&n)); /* with the statement that has titles */
	assert_true(n.in_rows);
	assert_false(names_begin_again(&n));
	assert_true(names_begin(&op, &model).in_rows);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_one_tenant_and_resource),
		cmocka_unit_test(for_its_lease_from_before_the_query),
		cmocka_unit_test(not_before_its_commit_nor_when_long),
		cmocka_unit_test(many_replace_the_oldest),
		cmocka_unit_test(the_plain_statement_when_all_are_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
