/*
 * setup.c - from a PostgreSQL server to a database that Mortise can run on. Every step checks what is
 * there and adds what is missing, so it runs at every start of the embedded default and after every
 * upgrade: folders, keys, database, bootstrap files (superuser), passwords, migrations, files for nginx.
 * Each is whole or undone, so what was interrupted goes on by running it again.
 */
#include "cli/setup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static int fill_database(struct op *op, const char *given, const struct setup_keys *keys)
{
	PGconn *db;
	int n, rc;

	if ((rc = setup_connect(op, given, op->app->conf.db_name, &db)) < 0)
		return rc;
	PQsetNoticeProcessor(db, print_notice, NULL);
	if ((rc = cli_exec(op, db, "set client_min_messages = warning", "a setting")) < 0 ||
		(rc = run_bootstrap(op, db)) < 0 || (rc = set_passwords(op, db, keys)) < 0 ||
		(rc = cli_migrate_run(op, &n)) < 0 || (rc = close_databases(op, db)) < 0)
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

/* A person is asked; without one, running the command was the answer. */
static bool goes_on(struct cli *c)
{
	char answer[8];

	if (cli_given(c, "--yes") || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return true;
	printf("Go on? [y/N] ");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int make(struct op *op, PGconn *db, const char *given)
{
	struct setup_keys keys;
	const char *files;
	int rc;

	if ((rc = setup_folders(op)) < 0 || (rc = setup_keys(op, &keys)) < 0)
		return rc;
	if ((rc = create_database(op, db, op->app->conf.db_name)) == 0)
		rc = fill_database(op, given, &keys);
	explicit_bzero(&keys, sizeof(keys));
	return rc < 0 ? rc : site_files(op, false, &files);
}

static int setup_run(struct cli *c)
{
	const char *given = cli_given(c, "--superuser-conn");
	struct op *op = &c->op;
	PGconn *db;
	int rc;

	/* One at a time: the lock is held until the end. */
	if ((rc = cli_conf(c)) < 0 || (rc = setup_connect(op, given, NULL, &db)) < 0 ||
		(rc = cli_query(op, db, &SETUP_ALONE, DB_NOARGS, NULL)) < 0 ||
		(rc = setup_plan(op, db, given)) < 0)
		return rc;
	if (cli_given(c, "--dry-run") || !goes_on(c)) {
		puts("Nothing was changed");
		return cli_given(c, "--dry-run") ? 0 : 1;
	}
	if ((rc = make(op, db, given)) < 0)
		return rc;
	printf("Database %s is ready\n", op->app->conf.db_name);
	return begin_first_run(op);
}

static const struct cli_option OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--superuser-conn", "STRING", "how to connect as superuser: \"host=... user=postgres\""},
	{"--dry-run", NULL, "only check and say what would be made"},
	{"--yes", NULL, "don't ask before that, at a terminal"},
	{0},
};

const struct cli_command cli_setup = {
	.name = "setup",
	.usage = "",
	.summary = "make keys, roles, database and tables, or bring them up to date",
	.help = "Run it as root, once, and after every upgrade. It says what is missing before it makes it.\n"
		"Existing keys, roles and data are kept; what was interrupted goes on when it is run again. The superuser\n"
		"of db_host and db_port is reached as the system's user postgres, or with PGPASSWORD, or as\n"
		"--superuser-conn says. While nobody administers the system it prints a one-time link to a page of\n"
		"public_url where the first system admin and company are made, for reset_minutes of mortise.conf;\n"
		"for scripts there are mortise tenant add and mortise user add.\n",
	.options = OPTIONS,
	.run = setup_run,
};
