/*
 * migrate.c - the runner of the numbered files in sql_dir (001-rules.sql, ...).
 *
 * One runner at a time (an advisory lock), each file in a transaction of its own together with the row
 * that records it and its SHA-256; a failure leaves the transaction to the end of the connection. Before
 * anything runs, what ran is compared with the files: one that changed or is missing means that this
 * Mortise and this database don't belong together. A change is a new file.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "cli/migrate.sql.h"

/* One of those that the files of the first release replaced, while nothing was released. */
#define EARLY "005-event-order.sql"

static int is_migration(const struct dirent *d)
{
	const char *s = d->d_name;
	size_t n = strlen(s);

	return n > 8 && isdigit((unsigned char)s[0]) && isdigit((unsigned char)s[1]) &&
	       isdigit((unsigned char)s[2]) && s[3] == '-' && strcmp(s + n - 4, ".sql") == 0;
}

/* Row of a file among those applied, -1 when it didn't run yet. */
static int find_applied(const struct rows *applied, const char *name)
{
	for (int i = 0; i < applied->n; i++)
		if (strcmp(row_text(applied, i, 0), name) == 0)
			return i;
	return -1;
}

static const char *path_of(struct op *op, const char *name)
{
	return arena_printf(op->arena, "%s/%s", op->app->conf.sql_dir, name);
}

static int apply(struct op *op, PGconn *db, const char *name, const char *text, const char *hash)
{
	int rc;

	if ((rc = cli_exec(op, db, "begin", name)) < 0 || (rc = cli_exec(op, db, text, name)) < 0)
		return rc;
	if (PQtransactionStatus(db) != PQTRANS_INTRANS)
		return op_fail(op, MT_EINTERNAL,
			"%s ends its transaction: remove that, the runner commits", name);
	if ((rc = cli_query(op, db, &MIGRATIONS_NOTE, DB_ARGS(name, hash), NULL)) < 0)
		return rc;
	return cli_exec(op, db, "commit", name);
}

static int read_file(struct op *op, const char *name, char **ret, char hash[65])
{
	size_t n;
	int rc = cli_read_file(op, path_of(op, name), ret, &n);

	if (rc < 0)
		return rc;
	id_sha256_hex(hash, *ret, n);
	return 0;
}

static int check_one(struct op *op, const char *name, const char *applied_hash)
{
	char hash[65], *text;
	int rc = read_file(op, name, &text, hash);

	if (rc == MT_ENOENT) {
		op_clear(op);
		return op_fail(op, MT_ECONFLICT,
			"The database has migration %s, which %s lacks: use the newer Mortise that "
			"made it",
			name, op->app->conf.sql_dir);
	}
	if (rc < 0 || strcmp(applied_hash, hash) == 0)
		return rc;
	return op_fail(op, MT_ECONFLICT,
		"%s changed since it was applied: restore it and write a new migration",
		path_of(op, name));
}

/* Does what ran agree with the files? */
static int check_applied(struct op *op, const struct rows *applied)
{
	int rc = 0;

	if (find_applied(applied, EARLY) >= 0)
		return op_fail(op, MT_ECONFLICT,
			"Database %s was made before the first release and can't be upgraded: drop it "
			"(its data are lost) and run `mortise setup` again",
			op->app->conf.db_name);
	for (int i = 0; i < applied->n && rc == 0; i++)
		rc = check_one(op, row_text(applied, i, 0), row_text(applied, i, 1));
	return rc;
}

/* What ran; nothing in a database without the table. */
static int read_applied(struct op *op, PGconn *db, struct rows *ret)
{
	struct rows there;
	int rc = cli_query(op, db, &MIGRATIONS_THERE, DB_NOARGS, &there);

	*ret = (struct rows){0};
	if (rc < 0 || !row_bool(&there, 0, 0))
		return rc;
	return cli_query(op, db, &MIGRATIONS_APPLIED, DB_NOARGS, ret);
}

int cli_migrate_check(struct op *op, PGconn *db)
{
	struct rows applied;
	int rc = read_applied(op, db, &applied);

	return rc < 0 ? rc : check_applied(op, &applied);
}

int cli_migrate_missing(struct op *op, PGconn *db, const char **ret)
{
	const char *dir = op->app->conf.sql_dir, *first = NULL, *last = NULL;
	struct dirent **file = NULL;
	struct rows applied = {0};
	int n = scandir(dir, &file, is_migration, alphasort), missing = 0, rc = 0;

	if (n < 0)
		return cli_errno(op, dir);
	if (db)
		rc = read_applied(op, db, &applied);
	for (int i = 0; i < n; i++) {
		if (rc == 0 && find_applied(&applied, file[i]->d_name) < 0) {
			last = arena_strdup(op->arena, file[i]->d_name);
			first = missing++ ? first : last;
		}
		free(file[i]);
	}
	free(file);
	*ret = missing ? arena_printf(op->arena, "%d, %s to %s", missing, first, last) : "";
	return rc;
}

static int run_file(struct op *op, PGconn *db, const char *name)
{
	char hash[65], *text;
	int rc;

	if ((rc = read_file(op, name, &text, hash)) < 0 ||
		(rc = apply(op, db, name, text, hash)) < 0)
		return rc;
	printf("Applied %s\n", name);
	return 0;
}

static int run_files(struct op *op, PGconn *db, const struct rows *applied, int *ret_n)
{
	const char *dir = op->app->conf.sql_dir;
	struct dirent **file = NULL;
	int n = scandir(dir, &file, is_migration, alphasort), rc = 0;

	if (n < 0)
		return cli_errno(op, dir);
	for (int i = 0; i < n && rc == 0; i++) {
		if (find_applied(applied, file[i]->d_name) >= 0)
			continue;
		rc = run_file(op, db, file[i]->d_name);
		*ret_n += rc == 0;
	}
	for (int i = 0; i < n; i++)
		free(file[i]);
	free(file);
	return rc;
}

int cli_migrate_run(struct op *op, int *ret_n)
{
	struct rows applied;
	PGconn *db;
	int rc;

	*ret_n = 0;
	if ((rc = cli_connect(op, "mortise_owner", NULL, &db)) < 0 ||
		(rc = cli_query(op, db, &MIGRATIONS_ALONE, DB_NOARGS, NULL)) < 0 ||
		(rc = cli_query(op, db, &MIGRATIONS_APPLIED, DB_NOARGS, &applied)) < 0 ||
		(rc = check_applied(op, &applied)) < 0)
		return rc;
	return run_files(op, db, &applied, ret_n);
}

static int migrate_run(struct cli *c)
{
	int n, rc;

	if ((rc = cli_conf(c)) < 0 || (rc = cli_migrate_run(&c->op, &n)) < 0)
		return rc;
	if (n == 0)
		puts("The database is up to date");
	return 0;
}

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

const struct cli_command cli_migrate = {
	.name = "migrate",
	.usage = "",
	.summary = "apply the migrations that the database lacks",
	.options = OPTIONS,
	.run = migrate_run,
};
