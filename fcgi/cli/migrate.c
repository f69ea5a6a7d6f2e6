/*
 * migrate.c - the runner of the numbered files in sql_dir (001-rules.sql, ...).
 *
 * One runner at a time (an advisory lock), each file in a transaction of its own together with the row
 * that remembers it and its SHA-256. Before anything runs, what ran is compared with the files: one that
 * changed or is missing means that this Mortise and this database don't belong together. A change is a
 * new file.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static int find_applied(const PGresult *applied, const char *name)
{
	for (int i = 0; i < PQntuples(applied); i++)
		if (strcmp(PQgetvalue(applied, i, 0), name) == 0)
			return i;
	return -1;
}

static int apply(PGconn *db, const char *name, const char *text, const char *hash, struct err *e)
{
	const char *args[] = {name, hash};
	int rc;

	if ((rc = cli_exec(db, "begin", name, e)) < 0)
		return rc;
	if ((rc = cli_exec(db, text, name, e)) < 0)
		goto undo;
	if (PQtransactionStatus(db) != PQTRANS_INTRANS) {
		rc = err_set(
			e, MT_EINTERNAL, "%s ends its transaction; the runner does that", name);
		goto undo;
	}
	if ((rc = cli_query(db, &MIGRATIONS_NOTE, args, 2, NULL, e)) < 0)
		goto undo;
	return cli_exec(db, "commit", name, e);
undo:
	PQclear(PQexec(db, "rollback"));
	return rc;
}

static int read_file(
	const struct conf *c, const char *name, char **ret, char hash[65], struct err *e)
{
	char path[600];
	size_t n;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", c->sql_dir, name);
	if ((rc = cli_read_file(path, ret, &n, e)) < 0)
		return rc;
	id_sha256_hex(hash, *ret, n);
	return 0;
}

/* Does what ran agree with the files? */
static int check_applied(const struct conf *c, const PGresult *applied, struct err *e)
{
	char path[600], hash[65], *text;
	int rc;

	if (find_applied(applied, EARLY) >= 0)
		return err_set(e, MT_ECONFLICT,
			"database %s was made before the first release, by files that are no more, and "
			"can't be brought up to date: drop it (what it holds is lost) and run `mortise "
			"setup` again",
			c->db_name);
	for (int i = 0; i < PQntuples(applied); i++) {
		snprintf(path, sizeof(path), "%s/%s", c->sql_dir, PQgetvalue(applied, i, 0));
		if (access(path, F_OK) < 0)
			return err_set(e, MT_ECONFLICT,
				"the database has migrations that %s has not (%s): it was made by a newer "
				"Mortise; use that one",
				c->sql_dir, PQgetvalue(applied, i, 0));
		if ((rc = read_file(c, PQgetvalue(applied, i, 0), &text, hash, e)) < 0)
			return rc;
		free(text);
		if (strcmp(PQgetvalue(applied, i, 1), hash) != 0)
			return err_set(e, MT_ECONFLICT,
				"%s changed since it was applied: put it back and write a new migration",
				path);
	}
	return 0;
}

int cli_migrate_check(PGconn *db, const struct conf *c, struct err *e)
{
	PGresult *res;
	bool there;
	int rc;

	if ((rc = cli_query(db, &MIGRATIONS_THERE, NULL, 0, &res, e)) < 0)
		return rc;
	there = PQgetvalue(res, 0, 0)[0] == 't';
	PQclear(res);
	if (!there)
		return 0;
	if ((rc = cli_query(db, &MIGRATIONS_APPLIED, NULL, 0, &res, e)) < 0)
		return rc;
	rc = check_applied(c, res, e);
	PQclear(res);
	return rc;
}

static int run_file(PGconn *db, const struct conf *c, const char *name, struct err *e)
{
	char hash[65], *text;
	int rc;

	if ((rc = read_file(c, name, &text, hash, e)) < 0)
		return rc;
	rc = apply(db, name, text, hash, e);
	free(text);
	if (rc == 0)
		printf("applied %s\n", name);
	return rc;
}

static int run_files(
	PGconn *db, const struct conf *c, const PGresult *applied, int *ret_n, struct err *e)
{
	struct dirent **file = NULL;
	int n = scandir(c->sql_dir, &file, is_migration, alphasort), rc = 0;

	if (n < 0)
		return err_set(e, MT_ENOENT, "sql_dir %s: %s", c->sql_dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (rc == 0 && find_applied(applied, file[i]->d_name) < 0) {
			rc = run_file(db, c, file[i]->d_name, e);
			*ret_n += rc == 0;
		}
		free(file[i]);
	}
	free(file);
	return rc;
}

static int run_all(PGconn *db, const struct conf *c, int *ret_n, struct err *e)
{
	PGresult *applied;
	int rc;

	if ((rc = cli_query(db, &MIGRATIONS_ALONE, NULL, 0, NULL, e)) < 0 ||
		(rc = cli_query(db, &MIGRATIONS_APPLIED, NULL, 0, &applied, e)) < 0)
		return rc;
	if ((rc = check_applied(c, applied, e)) == 0)
		rc = run_files(db, c, applied, ret_n, e);
	PQclear(applied);
	return rc;
}

int cli_migrate_run(const struct conf *c, int *ret_n, struct err *e)
{
	PGconn *db;
	int rc;

	*ret_n = 0;
	if ((rc = cli_connect(c, "mortise_owner", NULL, &db, e)) < 0)
		return rc;
	rc = run_all(db, c, ret_n, e);
	PQfinish(db);
	return rc;
}

static int migrate_run(int argc, char **argv)
{
	struct conf c;
	struct err e;
	int n;

	err_init(&e, NULL);
	if (conf_read(&c, conf_find(argc, argv), &e) < 0 || cli_migrate_run(&c, &n, &e) < 0)
		return cli_fail(&e);
	if (n == 0)
		puts("the database is up to date");
	return 0;
}

const struct cli_command cli_migrate = {
	"migrate", "-c CONF", "run the migrations that the database hasn't seen", migrate_run};
