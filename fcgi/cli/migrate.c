/*
 * migrate.c - the runner of the numbered files in sql_dir (001-tenants.sql, ...).
 *
 * One runner at a time (an advisory lock), each file in a transaction of its own together with the row
 * that remembers it and its SHA-256. A file that changed after it ran is an error: what is in the
 * database is no longer what the file says; a change is a new file. A line "-- was: <SHA-256>" in a file
 * names bytes that it stands for as well, when something later makes the two the same.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

#define LOCK "select pg_advisory_lock(hashtextextended('mortise.migrations', 0))"

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
	if ((rc = cli_query(db, "insert into mortise.migrations (name, sha256) values ($1, $2)",
		     args, 2, NULL, e)) < 0)
		goto undo;
	return cli_exec(db, "commit", name, e);
undo:
	PQclear(PQexec(db, "rollback"));
	return rc;
}

/* Does the file say that it stands for the one with these bytes? */
static bool stands_for(const char *text, const char *hash)
{
	static const char WAS[] = "\n-- was: ";
	const char *at = text;

	while ((at = strstr(at, WAS)) != NULL) {
		at += sizeof(WAS) - 1;
		if (strncmp(at, hash, strlen(hash)) == 0)
			return true;
	}
	return false;
}

static int run_file(PGconn *db, const struct conf *c, const char *name, const PGresult *applied,
	int *ret_n, struct err *e)
{
	char path[600], hash[65], *text;
	size_t n;
	int row, rc;

	snprintf(path, sizeof(path), "%s/%s", c->sql_dir, name);
	if ((rc = cli_read_file(path, &text, &n, e)) < 0)
		return rc;
	id_sha256_hex(hash, text, n);
	row = find_applied(applied, name);
	if (row < 0) {
		rc = apply(db, name, text, hash, e);
		if (rc == 0) {
			printf("applied %s\n", name);
			++*ret_n;
		}
	} else if (strcmp(PQgetvalue(applied, row, 1), hash) != 0 &&
		   !stands_for(text, PQgetvalue(applied, row, 1))) {
		rc = err_set(e, MT_ECONFLICT,
			"%s changed since it was applied: put it back and write a new migration",
			path);
	}
	free(text);
	return rc;
}

static int run_all(PGconn *db, const struct conf *c, int *ret_n, struct err *e)
{
	struct dirent **file = NULL;
	PGresult *applied = NULL;
	int n, found = 0, rc;

	if ((rc = cli_exec(db, LOCK, "the lock of migrations", e)) < 0)
		return rc;
	if ((rc = cli_query(
		     db, "select name, sha256 from mortise.migrations", NULL, 0, &applied, e)) < 0)
		return rc;
	n = scandir(c->sql_dir, &file, is_migration, alphasort);
	if (n < 0)
		rc = err_set(e, MT_ENOENT, "sql_dir %s: %s", c->sql_dir, strerror(errno));
	for (int i = 0; i < n; i++)
		found += find_applied(applied, file[i]->d_name) >= 0;
	if (n >= 0 && found < PQntuples(applied))
		rc = err_set(e, MT_ECONFLICT,
			"the database has migrations that %s has not: it was made by a newer Mortise",
			c->sql_dir);
	for (int i = 0; i < n && rc == 0; i++)
		rc = run_file(db, c, file[i]->d_name, applied, ret_n, e);
	for (int i = 0; i < n; i++)
		free(file[i]);
	free(file);
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

	err_clear(&e);
	if (conf_read(&c, conf_find(argc, argv), &e) < 0 || cli_migrate_run(&c, &n, &e) < 0)
		return cli_fail(&e);
	if (n == 0)
		puts("the database is up to date");
	return 0;
}

const struct cli_command cli_migrate = {
	"migrate", "-c CONF", "run the migrations that the database hasn't seen", migrate_run};
