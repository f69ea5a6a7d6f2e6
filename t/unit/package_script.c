/* Cutting migrations into statements, and the list of statements that may be there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "package/script.h"

static struct arena *P;
static struct err E;
static struct script S;
static enum migration_phase PHASE;

static int setup(void **state)
{
	(void)state;
	P = arena_new();
	err_init(&E, NULL);
	PHASE = MIGRATION_CONTRACT; /* allows most */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(P);
	return 0;
}

static int cut(const char *text)
{
	err_init(&E, NULL);
	return script_read(P, "migrations/001-x.sql", PHASE, text, strlen(text), &S, &E);
}

static void semicolons_inside_end_nothing(void **state)
{
	static const char *const T[] = {
		"COMMENT ON TABLE t IS 'a;b'",
		"COMMENT ON TABLE t IS 'it''s; here'",
		"COMMENT ON TABLE t IS E'it\\'s; here'",
		"COMMENT ON TABLE t IS 'no escape\\'",
		"COMMENT ON TABLE t IS $$a;'b$$",
		"COMMENT ON TABLE t IS $tag$a;$$;b$tag$",
		"CREATE TABLE t (\"a;b\" int, c text DEFAULT ';')",
		"CREATE TABLE t (a int /* ; /* nested; */ ; */, b int -- ;\n)",
		"CREATE TABLE t (a int CHECK (a > 0;))",
		"CREATE TABLE t$1 (a$b$ int)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		if (cut(arena_printf(P, "%s;\n-- end\nDROP TABLE x", T[i])) < 0)
			fail_msg("%s: %s", T[i], E.field[0].detail);
		if (S.n != 2)
			fail_msg("%s: %d statements", T[i], S.n);
		assert_string_equal(S.statement[0].sql, T[i]);
		assert_string_equal(S.statement[1].sql, "DROP TABLE x");
	}
}

static void lines_are_counted(void **state)
{
	(void)state;
	assert_int_equal(
		cut("-- one\n\n/* two\n */ CREATE TABLE a ();\n\n DROP INDEX\n b;;;\n"), 0);
	assert_int_equal(S.n, 2);
	assert_int_equal(S.statement[0].line, 4);
	assert_int_equal(S.statement[1].line, 6);
}

static void allowed_ones(void **state)
{
	(void)state;
	assert_int_equal(
		cut("create table a (); CREATE INDEX i ON a (x); create unique index j on a (x);"
		    "CREATE SEQUENCE s; ALTER TABLE a ADD b int; ALTER INDEX i RENAME TO k;"
		    "ALTER SEQUENCE s CACHE 5; COMMENT ON TABLE a IS 'x'; DROP TABLE a; DROP INDEX i;"
		    "CREATE/**/TABLE b (c int GENERATED ALWAYS AS (1) STORED)"),
		0);
	assert_int_equal(S.n, 11);
}

static void refused_ones(void **state)
{
	static const char *const T[] = {
		"GRANT ALL ON mortise.tickets TO PUBLIC",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''",
		"CREATE OR REPLACE VIEW v AS SELECT 1",
		"CREATE TEMP TABLE t ()",
		"CREATE UNLOGGED TABLE t ()",
		"CREATE EXTENSION dblink",
		"CREATE TRIGGER t",
		"CREATE RULE r",
		"DO $$ BEGIN END $$",
		"SELECT 1",
		"INSERT INTO t VALUES (1)",
		"SET ROLE mortise_owner",
		"SET search_path = mortise",
		"COMMIT",
		"BEGIN",
		"RESET ALL",
		"COPY t FROM PROGRAM 'id'",
		"ALTER ROLE x SUPERUSER",
		"ALTER SYSTEM SET a = 1",
		"DROP SCHEMA mortise CASCADE",
		"DROP OWNED BY x",
		"CREATE TABLE t AS SELECT 1",
		"CREATE TABLE t (a) AS SELECT 1",
		"CREATE SCHEMA s CREATE TABLE t ()",
		"(SELECT 1)",
		"\\! id",
		"TRUNCATE t",
		"VACUUM",
		"LOCK TABLE t",
		"WITH x AS (SELECT 1) SELECT 1",
		"CREATE",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		if (cut(arena_printf(P, "CREATE TABLE a ();\n%s;", T[i])) != MT_EFIELDS)
			fail_msg("%s was let through", T[i]);
		assert_string_equal(E.field[0].pointer, "/migrations/001-x.sql");
		assert_non_null(strstr(E.field[0].detail, "Line 2"));
	}
}

static void every_refused_one_is_named(void **state)
{
	(void)state;
	assert_int_equal(cut("GRANT x TO y;\nSELECT 1;\nCREATE TABLE a ();\nDO 'x';"), MT_EFIELDS);
	assert_int_equal(E.n_fields, 3);
}

static void things_left_open(void **state)
{
	static const char *const T[] = {"CREATE TABLE t (a text DEFAULT 'x", "CREATE TABLE \"t",
		"COMMENT ON TABLE t IS $a$ x $b$", "CREATE TABLE t () /* /* */", "CREATE TABLE t (",
		"COMMENT ON TABLE t IS E'x\\'"};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		if (cut(T[i]) != MT_EFIELDS)
			fail_msg("%s was let through", T[i]);
}

static void no_text(void **state)
{
	(void)state;
	assert_int_equal(cut(""), MT_EFIELDS);
	assert_int_equal(cut("-- nothing\n"), MT_EFIELDS);
	assert_int_equal(cut("CREATE TABLE \xff ()"), MT_EFIELDS);
	err_init(&E, NULL);
	assert_int_equal(
		script_read(P, "m", PHASE, "CREATE TABLE a ();\0DROP", 23, &S, &E), MT_EFIELDS);
}

static void phases_by_name(void **state)
{
	(void)state;
	assert_int_equal(script_phase("001-things.sql"), MIGRATION_EXPAND);
	assert_int_equal(script_phase("001-things.tenant.sql"), MIGRATION_TENANT);
	assert_int_equal(script_phase("001-things.contract.sql"), MIGRATION_CONTRACT);
	assert_int_equal(script_phase("001-contract.sql"), MIGRATION_EXPAND);
	assert_int_equal(script_phase(".sql"), MIGRATION_EXPAND);
	assert_string_equal(script_phase_name(MIGRATION_TENANT), "tenant");
}

static void each_phase_has_its_statements(void **state)
{
	static const struct {
		const char *sql;
		bool in[3]; /* expand, tenant, contract */
	} T[] = {
		{"CREATE TABLE a ()", {true, false, true}},
		{"ALTER TABLE a ADD b int", {true, false, true}},
		{"DROP TABLE a", {false, false, true}},
		{"DROP INDEX i", {false, false, true}},
		{"INSERT INTO a (b) VALUES (';')", {false, true, false}},
		{"update a set b = (select 1)", {false, true, false}},
		{"UPDATE \"a\" SET b = 1", {false, true, false}},
		{"DELETE FROM a WHERE b = 1", {false, true, false}},
		{"SELECT count(*) FROM a", {false, true, false}},
		{"SELECT (1)", {false, true, false}},
		{"DELETE", {false, false, false}},
		{"TRUNCATE a", {false, false, false}},
		{"SET ROLE x", {false, false, false}},
		{"(SELECT 1)", {false, false, false}},
		/* PostgreSQL can't revoke these from a role: this list is what stops them. */
		{"NOTIFY a, 'b'", {false, false, false}},
		{"LISTEN a", {false, false, false}},
		{"UNLISTEN *", {false, false, false}},
		{"/* SELECT */ notify a", {false, false, false}},
		{"-- UPDATE\nLISTEN a", {false, false, false}},
		{"CREATE RULE r AS ON UPDATE TO a DO ALSO NOTIFY a", {false, false, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		for (PHASE = MIGRATION_EXPAND; PHASE <= MIGRATION_CONTRACT; PHASE++)
			if ((cut(T[i].sql) == 0) != T[i].in[PHASE])
				fail_msg("%s in %s: %s", T[i].sql, script_phase_name(PHASE),
					E.n_fields ? E.field[0].detail : "let through");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(semicolons_inside_end_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(allowed_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(refused_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(every_refused_one_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(things_left_open, setup, teardown),
		cmocka_unit_test_setup_teardown(no_text, setup, teardown),
		cmocka_unit_test_setup_teardown(phases_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(each_phase_has_its_statements, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
