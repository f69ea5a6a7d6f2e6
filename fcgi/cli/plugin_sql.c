/*
 * plugin_sql.c - see plugin_sql.h.
 *
 * A test is one transaction that is rolled back, in a session as p_<key>: grants and row-level security are
 * those of an installation (sql/plugin-tests.sql). Seeds are one transaction as well, which stays.
 */
#include "cli/plugin_sql.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "install/scratch.h"
#include "cli/plugin_sql.sql.h"

#define FILES_MAX 200
#define SEED_MS 120000

/* --- scripts of a folder ----------------------------------------------------------------------------- */

static int read_script(struct plugin_build *b, const char *path, enum migration_phase phase,
	struct package_migration *ret)
{
	char *text;
	size_t n;
	int rc = cli_read_file(b->op, arena_printf(b->op->arena, "%s/%s", b->dir, path), &text, &n);

	if (rc < 0)
		return rc;
	*ret = (struct package_migration){
		.name = strchr(path, '/') + 1, .path = path, .sha256 = "", .phase = phase};
	return script_read(b->op->arena, path, phase, text, n, &ret->script, &b->op->err);
}

/* As a package has its migrations. is_seed: they change rows, whatever they are called. */
static int read_scripts(
	struct plugin_build *b, const char *folder, bool is_seed, struct package *ret)
{
	const char *file[FILES_MAX];
	int n = plugin_build_list(b, folder, ".sql", file, FILES_MAX), rc = 0;

	*ret = (struct package){.manifest = {.json = b->manifest, .key = b->key}};
	ret->migration = arena_zalloc(b->op->arena, FILES_MAX * sizeof(*ret->migration));
	for (int i = 0; i < n && rc == 0; i++)
		rc = read_script(b, file[i], is_seed ? MIGRATION_TENANT : script_phase(file[i]),
			&ret->migration[ret->n_migrations++]);
	return rc;
}

/* --- tests -------------------------------------------------------------------------------------------- */

struct tap {
	struct op *op;
	PGconn *pg;
	struct scratch s;
	const char *begin; /* sql/plugin-tests.sql */
	const char *file;  /* t/notes.sql */
	int planned, ran, failed;
};

/* A line of pgTAP: counted, and shown when it isn't "ok". */
static void take_line(struct tap *t, const char *line)
{
	bool bad = !strncmp(line, "not ok ", 7);
	int n;

	if (sscanf(line, "1..%d", &n) == 1)
		t->planned = n;
	if (bad || !strncmp(line, "ok ", 3))
		t->ran++;
	bad = bad && !strcasestr(line, "# todo");
	t->failed += bad;
	if (bad)
		fprintf(stderr, "%s: %s\n", t->file, scratch_back(&t->s, line));
	else if (line[0] == '#')
		fprintf(stderr, "  %s\n", scratch_back(&t->s, line));
}

static void take_rows(struct tap *t, const PGresult *res)
{
	for (int i = 0; i < PQntuples(res); i++) {
		char *save = NULL, *text = arena_strdup(t->op->arena, PQgetvalue(res, i, 0));

		for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
			take_line(t, l);
	}
}

static const char *part(const PGresult *res, int which)
{
	const char *s = PQresultErrorField(res, which);

	return s ? s : "";
}

/* "t/notes.sql:12: error: ..."; positions are characters of the whole text. */
static int statement_failed(struct tap *t, const PGresult *res, const char *text)
{
	long position = strtol(part(res, PG_DIAG_STATEMENT_POSITION), NULL, 10);
	const char *hint = part(res, PG_DIAG_MESSAGE_HINT);
	const char *detail = part(res, PG_DIAG_MESSAGE_DETAIL);
	int line = position > 0;

	for (; *text && position > 1; text++) {
		position -= ((unsigned char)*text & 0xc0) != 0x80;
		line += *text == '\n';
	}
	fprintf(stderr, "%s%s: error: %s %s%s%s%s%s\n", t->file,
		line > 0 ? arena_printf(t->op->arena, ":%d", line) : "",
		part(res, PG_DIAG_SQLSTATE),
		scratch_back(&t->s, part(res, PG_DIAG_MESSAGE_PRIMARY)), *detail ? ": " : "",
		scratch_back(&t->s, detail), *hint ? ", hint: " : "", hint);
	return op_fail(t->op, MT_EINVAL, "%s failed", t->file);
}

static int run_text(struct tap *t, const char *text)
{
	PGresult *res;
	int rc = 0;

	if (!PQsendQuery(t->pg, text))
		return op_fail(
			t->op, MT_EBUSY, "%s can't be sent: %s", t->file, PQerrorMessage(t->pg));
	while ((res = PQgetResult(t->pg))) {
		ExecStatusType st = PQresultStatus(res);

		if (st == PGRES_TUPLES_OK)
			take_rows(t, res);
		else if (st != PGRES_COMMAND_OK && st != PGRES_EMPTY_QUERY && rc == 0)
			rc = statement_failed(t, res, text);
		PQclear(res);
		if (st == PGRES_COPY_IN || st == PGRES_COPY_OUT)
			return op_fail(t->op, MT_EINVAL, "%s: COPY can't be tested", t->file);
	}
	return rc;
}

static int judge(struct tap *t)
{
	if (PQtransactionStatus(t->pg) != PQTRANS_INTRANS)
		return op_fail(t->op, MT_EINVAL,
			"%s ends its transaction: leave COMMIT and ROLLBACK out", t->file);
	if (t->failed > 0)
		return op_fail(
			t->op, MT_EINVAL, "%s: %d of %d tests failed", t->file, t->failed, t->ran);
	if (t->ran == 0 || (t->planned > 0 && t->planned != t->ran))
		return op_fail(t->op, MT_EINVAL,
			"%s planned %d tests and ran %d: begin it with SELECT plan(n), and end it with "
			"SELECT * FROM finish()",
			t->file, t->planned, t->ran);
	return 0;
}

static int begin_test(struct tap *t)
{
	const char *settings = arena_printf(t->op->arena,
		"begin; set local client_min_messages = warning;"
		" set local mortise_test.schema = '%s'; set local mortise_test.company = '%s'",
		t->s.schema, t->s.company);
	int rc = cli_exec(t->op, t->pg, settings, "the beginning of a test");

	return rc < 0 ? rc : cli_exec(t->op, t->pg, t->begin, "pgTAP");
}

static int test_one(struct tap *t, const char *dir, const char *file)
{
	char *text;
	int rc;

	t->file = file;
	t->planned = t->ran = t->failed = 0;
	if ((rc = cli_read_file(
		     t->op, arena_printf(t->op->arena, "%s/%s", dir, file), &text, NULL)) < 0 ||
		(rc = begin_test(t)) < 0 || (rc = run_text(t, scratch_text(&t->s, text))) < 0 ||
		(rc = judge(t)) < 0)
		return rc;
	PQclear(PQexec(t->pg, "rollback"));
	printf("%s: %d tests passed\n", file, t->ran);
	return 0;
}

static int run_tests(struct tap *t, const char *dir, const char *const *file, int n)
{
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++)
		rc = test_one(t, dir, file[i]);
	/* what a failure left open must not hold up the dropping of its tables */
	PQclear(PQexec(t->pg, "rollback"));
	return rc;
}

/* Rights of a superuser are those of a demo's author: scripts/server keeps its password with the others. */
static bool open_superuser(struct tap *t, const char **ret_skipped)
{
	struct err kept = op_try(t->op);
	int rc = cli_connect(t->op, "postgres", NULL, &t->pg);

	op_tried(t->op, kept);
	if (rc < 0)
		*ret_skipped =
			"the database is not a demo's of scripts/server, whose superuser is known";
	return !*ret_skipped;
}

int plugin_sql_tests(struct cli *c, struct plugin_build *b, const char *const *file, int n,
	const char **ret_skipped)
{
	struct op *op = b->op;
	struct tap t = {.op = op};
	struct package pkg;
	char *begin;
	int rc;

	*ret_skipped = NULL;
	if (!plugin_local(c, op, b->dir, ret_skipped))
		return 0;
	*ret_skipped = NULL;
	if (!open_superuser(&t, ret_skipped))
		return 0;
	if ((rc = cli_read_file(op,
		     arena_printf(op->arena, "%s/plugin-tests.sql", op->app->conf.sql_dir), &begin,
		     NULL)) < 0 ||
		(rc = read_scripts(b, "migrations", false, &pkg)) < 0)
		return rc;
	t.begin = begin;
	if ((rc = scratch_open(&t.s, op, b->key, NULL)) == 0 &&
		(rc = scratch_migrate(&t.s, &pkg)) < 0 && op->err.n_fields > 0)
		op->err.log = scratch_statement(&t.s);
	if (rc == 0)
		rc = run_tests(&t, b->dir, file, n);
	scratch_close(&t.s);
	if (rc < 0 && strstr(op->err.log, "extension \"pgtap\"")) {
		op_clear(op);
		*ret_skipped = "pgTAP is not installed: apt install postgresql-15-pgtap";
		rc = 0;
	}
	return rc;
}

/* --- seeds -------------------------------------------------------------------------------------------- */

/* The company's installation of the plugin, whose rows these become. */
static int find_company(struct target *t, const char *code)
{
	struct rows rows;
	int rc = op_read(t->op, NULL, &PLUGIN_SQL_INSTALLED, DB_ARGS(code, t->key), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(t->op, MT_ENOENT, "There is no company with the code %.60s", code);
	t->tenant = (int)row_int(&rows, 0, 0);
	if (!row_text(&rows, 0, 1))
		return op_fail(t->op, MT_ENOENT,
			"%s is not installed in %s: `mortise plugin dev` or `install` first",
			t->key, code);
	t->user = row_text(&rows, 0, 2) ? row_text(&rows, 0, 2) : "-";
	return 0;
}

static int write_rows(struct target *t, const struct package *seeds)
{
	struct err *e = &t->op->err;
	int rc = migrate_rows(t, seeds);

	if (rc < 0 && t->refused.path) {
		e->message = "The database refused these rows; nothing was written";
		e->log = arena_printf(t->op->arena, "%s:%d: in %s", t->refused.path,
			t->refused.line, t->refused.statement->sql);
	}
	return rc;
}

static int run_seed(struct cli *c)
{
	const char *company = cli_given(c, "--company"), *why;
	struct plugin_build b;
	struct package seeds;
	struct target t;
	int rc;

	if (!company)
		return cli_usage(c);
	if ((rc = plugin_build_open(&c->op, c->n > 0 ? c->word[0] : ".", &b)) < 0 ||
		(rc = read_scripts(&b, "seed", true, &seeds)) < 0)
		return rc;
	if (seeds.n_migrations == 0)
		return op_fail(&c->op, MT_ENOENT, "%s has no seed/*.sql: add one", b.dir);
	if (!plugin_local(c, &c->op, b.dir, &why))
		return op_fail(&c->op, MT_EBUSY, "Can't write rows: %s", why);
	if (!plugin_is_local(c->op.app->conf.public_url) && !cli_given(c, "--yes"))
		return op_fail(&c->op, MT_EPERM,
			"%s is no development: add --yes to write rows into %s there all the same",
			c->op.app->conf.public_url, company);
	c->op.deadline = clock_ms() + SEED_MS;
	target_init(&t, &c->op, b.key);
	if ((rc = find_company(&t, company)) < 0 || (rc = write_rows(&t, &seeds)) < 0)
		return rc;
	printf("%s: %d file%s of seed/ written in %s\n", b.key, seeds.n_migrations,
		seeds.n_migrations == 1 ? "" : "s", company);
	return 0;
}

static const struct cli_option SEED_OPTIONS[] = {
	{"--company", "CODE", "whose rows they become"},
	{"-c", "CONF", "mortise.conf of the Mortise on this machine; else the demo's"},
	{"--yes", NULL, "also where people work: public_url is not this machine's"},
	{0},
};

const struct cli_command plugin_seed = {
	.name = "seed",
	.usage = "[DIR] --company CODE",
	.summary = "write the rows of seed/*.sql into a company, as the plugin",
	.help = "The plugin has to be installed in that company. The statements run in their order, in one\n"
		"transaction, with the plugin's own role and row-level security: they can't do what the plugin\n"
		"can't. Write them so that they may run again (ON CONFLICT DO NOTHING).\n",
	.most = 1,
	.options = SEED_OPTIONS,
	.run = run_seed,
};
