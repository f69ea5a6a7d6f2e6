/*
 * setup.c - from a PostgreSQL server to a database that Mortise can run on. Every step checks what is
 * there and adds what is missing, so it runs at every start of the embedded default and after every
 * upgrade: keys, database, bootstrap files (superuser), passwords, migrations.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "auth/link.h"
#include "auth/source.h"
#include "crypt/role.h"
#include "cli/first_run.sql.h"
#include "cli/setup.sql.h"

#define FIRST_RUN_MS 10000

/* The order counts: the guard before what calls it; PUBLIC loses its rights last but one. */
static const char *const bootstrap[] = {"bootstrap.sql", "bootstrap-guard.sql",
	"bootstrap-harden.sql", "bootstrap-handover.sql", "bootstrap-plugin.sql",
	"bootstrap-shape.sql", "bootstrap-usage.sql"};

/* dbname NULL = the one that the connection string names. */
static int connect_superuser(struct op *op, const char *conninfo, const char *dbname, PGconn **ret)
{
	/* Later words win: the connection string over our passfile, dbname over the connection
	 * string. */
	const char *const names[] = {
		"passfile", "dbname", "dbname", "application_name", "client_encoding", NULL};
	const char *const values[] = {arena_printf(op->arena, "%s/pgpass", op->app->conf.key_dir),
		conninfo, dbname, "mortise setup", "UTF8", NULL};

	return cli_connect_with(op, names, values, true, "PostgreSQL as superuser", ret);
}

static void print_notice(void *arg, const char *message)
{
	(void)arg;
	fputs(message, stderr);
}

/* An identifier for text of SQL. */
static const char *quoted(struct op *op, PGconn *db, const char *name)
{
	char *text = PQescapeIdentifier(db, name, strlen(name));
	const char *ret = text ? arena_strdup(op->arena, text) : "\"\"";

	PQfreemem(text);
	return ret;
}

/* C collation: comparisons are the same on every host and the fastest; C.UTF-8 for letter case. */
static int create_database(struct op *op, PGconn *db, const char *name)
{
	struct rows rows;
	int rc;

	if ((rc = cli_query(op, db, &SETUP_DATABASE, DB_ARGS(name), &rows)) < 0 || rows.n > 0)
		return rc;
	rc = cli_exec(op, db,
		arena_printf(op->arena,
			"create database %s template template0 encoding 'UTF8' lc_collate 'C' lc_ctype "
			"'C.UTF-8'",
			quoted(op, db, name)),
		"create database");
	if (rc < 0)
		return rc;
	printf("Created database %s\n", name);
	return 0;
}

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

static int run_bootstrap(struct op *op, PGconn *db)
{
	for (size_t i = 0; i < sizeof(bootstrap) / sizeof(bootstrap[0]); i++) {
		const char *path =
			arena_printf(op->arena, "%s/%s", op->app->conf.sql_dir, bootstrap[i]);
		char *text;
		int rc;

		/* A simple query of many statements is one transaction. */
		if ((rc = cli_read_file(op, path, &text, NULL)) < 0 ||
			(rc = cli_exec(op, db, text, bootstrap[i])) < 0)
			return rc;
	}
	return 0;
}

static int set_password(struct op *op, PGconn *db, const char *role, const char *password)
{
	/* The server, and so its log, sees only the verifier. */
	char *verifier = PQencryptPasswordConn(db, password, role, "scram-sha-256");
	char sql[400];
	int rc;

	if (!verifier) {
		op_log(op, "%s", PQerrorMessage(db));
		return op_fail(
			op, MT_EINTERNAL, "Can't make a verifier for the password of %s", role);
	}
	/* Names are ours or match ^p_[a-z0-9_]+$: nothing to quote. */
	snprintf(sql, sizeof(sql), "alter role %s password '%s'", role, verifier);
	PQfreemem(verifier);
	rc = cli_exec(op, db, sql, "a password");
	explicit_bzero(sql, sizeof(sql));
	return rc;
}

/* The old verifier stays while the password works; a role without one isn't tried, which would only
 * put a failure into the server's log. */
static bool password_works(struct op *op, const char *role, const char *password)
{
	struct op trial = cli_part(op);
	PGconn *db;
	bool works = cli_connect(&trial, role, password, &db) == 0;

	arena_free(trial.arena);
	return works;
}

/* For our own roles, and plugins' workers: their passwords are derived from role.key, and a plugin
 * could have changed its own. */
static int set_passwords(struct op *op, PGconn *db, const struct setup_keys *k)
{
	struct rows rows;
	int rc = cli_query(op, db, &SETUP_ROLES, DB_NOARGS, &rows);

	for (int i = 0; rc == 0 && i < rows.n; i++) {
		const char *role = row_text(&rows, i, 0), *password = NULL;
		char derived[65];

		for (int j = 0; j < 4; j++)
			if (strcmp(role, setup_roles[j]) == 0)
				password = k->password[j];
		if (!password) {
			role_password(derived, k->role, role);
			password = derived;
		}
		if (!row_bool(&rows, i, 1) || !password_works(op, role, password))
			rc = set_password(op, db, role, password);
		explicit_bzero(derived, sizeof(derived));
	}
	return rc;
}

/* PUBLIC may enter other databases by default. In a cluster that is ours alone that ends; in a shared
 * one it is the administrator's decision, so a warning names them. */
static int close_databases(struct op *op, PGconn *db)
{
	struct rows rows;
	int rc = cli_query(op, db, &SETUP_OPEN, DB_NOARGS, &rows);

	for (int i = 0; rc == 0 && i < rows.n; i++) {
		const char *name = quoted(op, db, row_text(&rows, i, 0));

		if (row_bool(&rows, i, 1))
			rc = cli_exec(op, db,
				arena_printf(
					op->arena, "revoke all on database %s from public", name),
				"revoke");
		else
			fprintf(stderr,
				"warning: plugins' roles can connect to database %s. If that is not needed:\n"
				"  revoke connect, temporary on database %s from public;\n",
				row_text(&rows, i, 0), name);
	}
	return rc;
}

static int warn_of_trust(struct op *op, PGconn *db)
{
	struct rows rows;
	int rc = cli_query(op, db, &SETUP_TRUST, DB_NOARGS, &rows);

	if (rc == 0 && row_text(&rows, 0, 0))
		fprintf(stderr,
			"warning: line %s of pg_hba.conf trusts without a password, so a plugin could log in\n"
			"as anybody there: use scram-sha-256 for local and host.\n",
			row_text(&rows, 0, 0));
	return rc;
}

static int make_database(struct op *op, const char *conninfo)
{
	const char *name = op->app->conf.db_name;
	PGconn *db;
	int rc;

	if ((rc = connect_superuser(op, conninfo, NULL, &db)) < 0 ||
		(rc = check_superuser(op, db)) < 0 || (rc = check_alone(op, db, name)) < 0)
		return rc;
	return create_database(op, db, name);
}

static int fill_database(struct op *op, const char *conninfo, const struct setup_keys *keys)
{
	PGconn *db;
	int n, rc;

	if ((rc = connect_superuser(op, conninfo, op->app->conf.db_name, &db)) < 0)
		return rc;
	PQsetNoticeProcessor(db, print_notice, NULL);
	if ((rc = cli_exec(op, db, "set client_min_messages = warning", "a setting")) < 0 ||
		(rc = cli_query(op, db, &SETUP_ALONE, DB_NOARGS, NULL)) < 0 ||
		(rc = cli_migrate_check(op, db)) < 0 || (rc = run_bootstrap(op, db)) < 0 ||
		(rc = set_passwords(op, db, keys)) < 0 || (rc = cli_migrate_run(op, &n)) < 0 ||
		(rc = close_databases(op, db)) < 0)
		return rc;
	return warn_of_trust(op, db);
}

/* While nobody administers the system: how somebody can. */
static int begin_first_run(struct op *op)
{
	struct link link = link_new(op, LINK_SETUP);
	struct rows rows;
	int rc;

	cli_db(op, "mortise_owner", FIRST_RUN_MS);
	source_of_command(op, "mortise setup");
	rc = op_write(op, NULL, &FIRST_RUN_BEGIN, DB_ARGS(link.hash, link_reset_s(op)), &rows);
	if (rc < 0 || !row_bool(&rows, 0, 0))
		return rc;
	printf("Nobody administers this system yet. This page makes the first system admin and company:\n"
	       "Link: %s\nIt works once, until %s UTC; setup prints another as long as nobody does.\n",
		link.url, row_text(&rows, 0, 1));
	return 0;
}

static int setup_run(struct cli *c)
{
	const char *conninfo = cli_given(c, "--superuser-conn");
	struct op *op = &c->op;
	struct setup_keys keys;
	int rc;

	if (!conninfo)
		return cli_usage(c);
	if ((rc = cli_conf(c)) < 0 || (rc = setup_keys(op, &keys)) < 0)
		return rc;
	if ((rc = make_database(op, conninfo)) == 0)
		rc = fill_database(op, conninfo, &keys);
	explicit_bzero(&keys, sizeof(keys));
	if (rc < 0)
		return rc;
	printf("Database %s is ready\n", op->app->conf.db_name);
	return begin_first_run(op);
}

static const struct cli_option OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--superuser-conn", "STRING", "how to connect as superuser: \"host=... user=postgres\""},
	{0},
};

const struct cli_command cli_setup = {
	.name = "setup",
	.usage = "--superuser-conn STRING",
	.summary = "make keys, roles, database and tables, or bring them up to date",
	.help = "Run it once, and after every upgrade. Existing keys, roles and data are kept. While nobody\n"
		"administers the system it prints a one-time link to a page of public_url where the first\n"
		"system admin and company are made, for reset_minutes of mortise.conf; for scripts there are\n"
		"mortise tenant add and mortise user add.\n",
	.options = OPTIONS,
	.run = setup_run,
};
