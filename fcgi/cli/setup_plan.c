/*
 * setup_plan.c - what `mortise setup` is going to do, and all that would stop it on the way, found before
 * anything is changed.
 */
#include "cli/setup.h"

#include <ctype.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/setup_plan.sql.h"

/* The roles of the core are members of one, plugins' roles, also later ones, of the other; superusers are
 * members of none here, so the line never locks `postgres` out. */
#define HBA_LINE "local   %s   +mortise_core,+mortise_plugin   scram-sha-256"

static int check_superuser(struct op *op, PGconn *db)
{
	const char *super = PQparameterStatus(db, "is_superuser");

	if (PQserverVersion(db) < 150000)
		return op_fail(op, MT_EINVAL,
			"PostgreSQL %d.%d is too old: upgrade it to 15 or later",
			PQserverVersion(db) / 10000, PQserverVersion(db) % 10000);
	if (!super || strcmp(super, "on") != 0)
		return op_fail(op, MT_EPERM,
			"%s is not a superuser: name one with --superuser-conn (needed once, and at "
			"upgrades)",
			PQuser(db));
	return 0;
}

/* Roles belong to the whole cluster: taking them for a second database would lock out the first. */
static int check_alone(struct op *op, PGconn *db, const char *name)
{
	struct rows rows;
	int rc = cli_query(op, db, &SETUP_RIVAL, DB_ARGS(name), &rows);

	if (rc < 0 || rows.n == 0)
		return rc;
	return op_fail(op, MT_ECONFLICT,
		"This PostgreSQL cluster has a Mortise already, in database %s: use that one, or a "
		"cluster of its own",
		row_text(&rows, 0, 0));
}

/* The folder, or what it would be made in. */
static int check_writable(struct op *op, const char *folder)
{
	char *at = arena_strdup(op->arena, folder);
	struct passwd *pw = getpwuid(geteuid());

	while (access(at, F_OK) < 0 && strcmp(at, "/") != 0)
		at = dirname(at);
	if (access(at, W_OK) == 0)
		return 0;
	return op_fail(op, MT_EPERM, "%s can't write %s: run setup as root",
		pw ? pw->pw_name : arena_printf(op->arena, "%d", (int)geteuid()), folder);
}

static void print(const char *kind, const char *what)
{
	if (*what)
		printf("  %-11s %s\n", kind, what);
}

static const char *hba_line(struct op *op)
{
	const char *name = op->app->conf.db_name;
	bool plain = true;

	for (const char *s = name; *s; s++)
		plain = plain &&
			(islower((unsigned char)*s) || isdigit((unsigned char)*s) || *s == '_');
	return arena_printf(
		op->arena, HBA_LINE, plain ? name : arena_printf(op->arena, "\"%s\"", name));
}

/* Does the line of pg_hba.conf that counts for each of our roles take its password? */
static int check_hba(struct op *op, PGconn *db)
{
	const struct conf *c = &op->app->conf;
	struct rows rows, file;
	const char *where;
	int rc;

	if (c->db_host[0] != '/')
		return 0;
	if ((rc = cli_query(op, db, &SETUP_HBA, DB_ARGS(c->db_name), &rows)) < 0 ||
		(rc = cli_query(op, db, &SETUP_HBA_FILE, DB_NOARGS, &file)) < 0)
		return rc;
	if (rows.n == 0 && row_bool(&file, 0, 1))
		print("warning:",
			"pg_hba.conf was changed after PostgreSQL read it: reload PostgreSQL");
	if (rows.n == 0)
		return 0;
	where = row_text(&rows, 0, 0) ? arena_printf(op->arena, "before line %s, `%s`",
						row_text(&rows, 0, 0), row_text(&rows, 0, 1))
				      : "as its last line";
	fprintf(stderr,
		"\nMortise's roles can't sign in to PostgreSQL with their passwords yet. Put this line into\n"
		"%s, %s:\n\n%s\n\nIt leaves other roles and databases as they are. Then reload PostgreSQL, and run "
		"setup again.\n\n",
		row_text(&file, 0, 0), where, hba_line(op));
	return op_fail(op, MT_ECONFLICT,
		"A line is missing in pg_hba.conf (see above); nothing was changed");
}

/* An existing database: is it ours, and whole? */
static int plan_database(struct op *op, const char *given)
{
	const struct conf *c = &op->app->conf;
	const char *missing;
	struct rows rows;
	PGconn *db;
	int rc;

	if ((rc = setup_connect(op, given, c->db_name, &db)) < 0 ||
		(rc = cli_query(op, db, &SETUP_FOREIGN, DB_NOARGS, &rows)) < 0)
		return rc;
	if (row_bool(&rows, 0, 0))
		return op_fail(op, MT_ECONFLICT,
			"Database %s has tables that aren't Mortise's: set another db_name in %s",
			c->db_name, c->file);
	if ((rc = cli_migrate_check(op, db)) < 0 ||
		(rc = cli_migrate_missing(op, db, &missing)) < 0)
		return rc;
	print("migrations", missing);
	return 0;
}

static int plan_cluster(struct op *op, PGconn *db, const char *given)
{
	const struct conf *c = &op->app->conf;
	const char *missing;
	struct rows rows;
	int rc;

	if ((rc = cli_query(op, db, &SETUP_MISSING, DB_ARGS(c->db_name), &rows)) < 0)
		return rc;
	print("roles", row_text(&rows, 0, 0));
	if (row_bool(&rows, 0, 1))
		return plan_database(op, given);
	print("database", c->db_name);
	if ((rc = cli_migrate_missing(op, NULL, &missing)) < 0)
		return rc;
	print("migrations", missing);
	return 0;
}

int setup_plan(struct op *op, PGconn *db, const char *given)
{
	const struct conf *c = &op->app->conf;
	struct cli_owner owner;
	const char *keys, *files;
	int rc;

	if ((rc = check_superuser(op, db)) < 0 || (rc = check_alone(op, db, c->db_name)) < 0 ||
		(rc = setup_owner(op, &owner)) < 0 || (rc = check_writable(op, c->key_dir)) < 0)
		return rc;
	printf("Setup by %s, with PostgreSQL %s at %s, port %s, as %s. What is missing is made:\n",
		c->file, PQparameterStatus(db, "server_version"), PQhost(db), PQport(db),
		PQuser(db));
	keys = setup_keys_missing(op);
	print("folders", setup_folders_missing(op));
	print("keys", *keys ? arena_printf(op->arena, "%s in %s", keys, c->key_dir) : "");
	if ((rc = plan_cluster(op, db, given)) < 0)
		return rc;
	if ((rc = site_files(op, true, &files)) < 0)
		return rc;
	print("files", files);
	print("each time",
		"functions and rights of the database, roles' passwords that don't fit the keys");
	return check_hba(op, db);
}
