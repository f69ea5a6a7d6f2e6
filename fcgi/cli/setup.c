/*
 * setup.c - makes a database for Mortise on a PostgreSQL server. Every step checks what exists and
 * adds what is missing (keys, database, bootstrap files as superuser, passwords, migrations), so it
 * runs at every start of the embedded default and after every upgrade.
 */
#include "cli/cli.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/role.h"
#include "cli/setup.sql.h"

/* In this order: the guard before what calls it; PUBLIC loses its rights last but one. */
static const char *const bootstrap[] = {"bootstrap.sql", "bootstrap-guard.sql",
	"bootstrap-harden.sql", "bootstrap-handover.sql", "bootstrap-plugin.sql",
	"bootstrap-shape.sql", "bootstrap-usage.sql"};

static PGconn *connect_superuser(
	const struct conf *c, const char *conninfo, const char *dbname, struct err *e)
{
	char passfile[300];
	const char *const names[] = {
		"passfile", "dbname", "dbname", "application_name", "client_encoding", NULL};
	const char *const values[] = {passfile, conninfo, dbname, "mortise setup", "UTF8", NULL};
	PGconn *db;

	/* Later words win: the connection string over our passfile, dbname over the connection
	 * string. */
	snprintf(passfile, sizeof(passfile), "%s/pgpass", c->key_dir);
	db = PQconnectdbParams(names, values, 1);
	if (PQstatus(db) == CONNECTION_OK)
		return db;
	err_set(e, MT_EBUSY, "can't connect as superuser");
	err_log(e, "%s", PQerrorMessage(db));
	PQfinish(db);
	return NULL;
}

static void print_notice(void *arg, const char *message)
{
	(void)arg;
	fputs(message, stderr);
}

/* C collation: comparisons are the same on every host and the fastest; C.UTF-8 for letter case. */
static int create_database(PGconn *db, const char *name, struct err *e)
{
	const char *args[] = {name};
	PGresult *res;
	char sql[400], *quoted;
	int rc;

	if ((rc = cli_query(db, &SETUP_DATABASE, args, 1, &res, e)) < 0)
		return rc;
	rc = PQntuples(res);
	PQclear(res);
	if (rc > 0)
		return 0;
	quoted = PQescapeIdentifier(db, name, strlen(name));
	if (quoted == NULL)
		return err_set(e, MT_EINVAL, "db_name can't be quoted");
	snprintf(sql, sizeof(sql),
		"create database %s template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'",
		quoted);
	rc = cli_exec(db, sql, "create database", e);
	PQfreemem(quoted);
	if (rc == 0)
		printf("database %s made\n", name);
	return rc;
}

static int check_superuser(PGconn *db, struct err *e)
{
	const char *super = PQparameterStatus(db, "is_superuser");

	if (PQserverVersion(db) < 150000)
		return err_set(e, MT_EINVAL, "PostgreSQL 15 or later is needed, this is %d.%d",
			PQserverVersion(db) / 10000, PQserverVersion(db) % 10000);
	if (super == NULL || strcmp(super, "on") != 0)
		return err_set(e, MT_EPERM,
			"%s is not a superuser; setup needs one (once, and at upgrades)",
			PQuser(db));
	return 0;
}

/* Roles belong to the whole cluster: taking them for a second database would lock out the first. */
static int check_alone(PGconn *db, const char *name, struct err *e)
{
	const char *args[] = {name};
	PGresult *res;
	int rc;

	if ((rc = cli_query(db, &SETUP_RIVAL, args, 1, &res, e)) < 0)
		return rc;
	if (PQntuples(res) > 0)
		rc = err_set(e, MT_ECONFLICT,
			"this PostgreSQL cluster has a Mortise already, in database %s: one cluster, one Mortise",
			PQgetvalue(res, 0, 0));
	PQclear(res);
	return rc;
}

static int run_bootstrap(PGconn *db, const struct conf *c, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(bootstrap) / sizeof(bootstrap[0]) && rc == 0; i++) {
		char path[600], *text;

		snprintf(path, sizeof(path), "%s/%s", c->sql_dir, bootstrap[i]);
		if ((rc = cli_read_file(path, &text, NULL, e)) < 0)
			break;
		/* A simple query of many statements is one transaction. */
		rc = cli_exec(db, text, bootstrap[i], e);
		free(text);
	}
	return rc;
}

static int set_password(PGconn *db, const char *role, const char *password, struct err *e)
{
	/* The server, and so its log, sees only the verifier. */
	char *verifier = PQencryptPasswordConn(db, password, role, "scram-sha-256");
	char sql[400];
	int rc;

	if (verifier == NULL)
		return err_set(
			e, MT_EINTERNAL, "no verifier for a password: %s", PQerrorMessage(db));
	/* Names are ours or match ^p_[a-z0-9_]+$: nothing to quote. */
	snprintf(sql, sizeof(sql), "alter role %s password '%s'", role, verifier);
	PQfreemem(verifier);
	rc = cli_exec(db, sql, "setting a password", e);
	explicit_bzero(sql, sizeof(sql));
	return rc;
}

/* The old verifier stays while the password works; a role without one isn't tried, which would only
 * put a failure into the server's log. */
static int keep_password(PGconn *db, const struct conf *c, const char *role, const char *password,
	bool has_one, struct err *e)
{
	struct err unused;
	PGconn *trial;

	err_init(&unused, NULL);
	if (has_one && cli_connect(c, role, password, &trial, &unused) == 0) {
		PQfinish(trial);
		return 0;
	}
	return set_password(db, role, password, e);
}

/* Of our own roles, and of plugins' workers: theirs follow from role.key, and a plugin could have
 * changed its own. */
static int set_passwords(
	PGconn *db, const struct conf *c, const struct setup_keys *k, struct err *e)
{
	PGresult *res;
	int rc;

	if ((rc = cli_query(db, &SETUP_ROLES, NULL, 0, &res, e)) < 0)
		return rc;
	for (int i = 0; i < PQntuples(res) && rc == 0; i++) {
		const char *role = PQgetvalue(res, i, 0), *password = NULL;
		bool has_one = PQgetvalue(res, i, 1)[0] == 't';
		char derived[65];

		for (int j = 0; j < 4; j++)
			if (strcmp(role, setup_roles[j]) == 0)
				password = k->password[j];
		if (password == NULL) {
			role_password(derived, k->role, role);
			password = derived;
		}
		rc = keep_password(db, c, role, password, has_one, e);
		explicit_bzero(derived, sizeof(derived));
	}
	PQclear(res);
	return rc;
}

/* PUBLIC may connect to other databases by default. In a cluster of our own that is revoked; in a
 * shared one it is the administrator's decision, so it is reported, as are risky lines of
 * pg_hba.conf. */
static int close_doors(PGconn *db, struct err *e)
{
	PGresult *res;
	int rc;

	if ((rc = cli_query(db, &SETUP_OPEN, NULL, 0, &res, e)) < 0)
		return rc;
	for (int i = 0; i < PQntuples(res) && rc == 0; i++) {
		const char *name = PQgetvalue(res, i, 0);
		char *quoted = PQescapeIdentifier(db, name, strlen(name)), sql[200];

		if (PQgetvalue(res, i, 1)[0] == 't') {
			snprintf(sql, sizeof(sql), "revoke all on database %s from public", quoted);
			rc = cli_exec(db, sql, "revoke", e);
		} else {
			fprintf(stderr,
				"warning: plugins' roles can connect to database %s. If nobody needs it:\n"
				"  revoke connect, temporary on database %s from public;\n",
				name, quoted);
		}
		PQfreemem(quoted);
	}
	PQclear(res);
	if (rc < 0 || (rc = cli_query(db, &SETUP_TRUST, NULL, 0, &res, e)) < 0)
		return rc;
	if (!PQgetisnull(res, 0, 0))
		fprintf(stderr,
			"warning: pg_hba.conf trusts without a password in line %s. A plugin could log in as\n"
			"anybody there: use scram-sha-256 for local and host.\n",
			PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int setup(const struct conf *c, const char *conninfo, struct err *e)
{
	struct setup_keys keys;
	PGconn *db;
	int n, rc;

	if ((rc = setup_keys(c, &keys, e)) < 0)
		return rc;
	db = connect_superuser(c, conninfo, NULL, e);
	if (db == NULL)
		return e->code;
	if ((rc = check_superuser(db, e)) == 0 && (rc = check_alone(db, c->db_name, e)) == 0)
		rc = create_database(db, c->db_name, e);
	PQfinish(db);
	if (rc < 0 || (db = connect_superuser(c, conninfo, c->db_name, e)) == NULL)
		return e->code;
	PQsetNoticeProcessor(db, print_notice, NULL);
	if ((rc = cli_exec(db, "set client_min_messages = warning", "the level of notices", e)) ==
			0 &&
		(rc = cli_query(db, &SETUP_ALONE, NULL, 0, NULL, e)) == 0 &&
		(rc = cli_migrate_check(db, c, e)) == 0 && (rc = run_bootstrap(db, c, e)) == 0 &&
		(rc = set_passwords(db, c, &keys, e)) == 0 && (rc = cli_migrate_run(c, &n, e)) == 0)
		rc = close_doors(db, e);
	PQfinish(db);
	explicit_bzero(&keys, sizeof(keys));
	return rc;
}

static int setup_run(int argc, char **argv)
{
	const char *conninfo = cli_option(argc, argv, "--superuser-conn");
	struct conf c;
	struct err e;

	err_init(&e, NULL);
	if (conninfo == NULL || conninfo[0] == '\0')
		return cli_usage(&cli_setup);
	if (conf_read(&c, conf_find(argc, argv), &e) < 0 || setup(&c, conninfo, &e) < 0)
		return cli_fail(&e);
	printf("database %s is ready\n", c.db_name);
	return 0;
}

const struct cli_command cli_setup = {"setup",
	"-c CONF --superuser-conn \"host=... user=postgres\"",
	"make keys, roles, database and tables, or bring them up to date", setup_run};
