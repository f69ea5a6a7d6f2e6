/*
 * setup_connect.c - the superuser's connection. Debian lets `postgres` in by the socket alone, and only from
 * the system's user of that name (peer authentication). So root connects as that user: the kernel reports
 * the effective user at the time of connect() to the server.
 */
#include "cli/setup.h"

#include <dirent.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS "/run/postgresql" /* Debian's */

/* --- which server ----------------------------------------------------------------------------------- */

static bool is_loopback(const char *host)
{
	return !strcmp(host, "localhost") || !strncmp(host, "127.", 4) || !strcmp(host, "::1");
}

/* The port in a socket's name, 0 = it is none. */
static int port_of(const char *name)
{
	int port = 0, end = 0;

	return sscanf(name, ".s.PGSQL.%5d%n", &port, &end) == 1 && !name[end] ? port : 0;
}

static int is_socket(const struct dirent *d)
{
	return port_of(d->d_name) > 0;
}

static bool answers(const char *folder, int port)
{
	char text[16];
	const char *const names[] = {"host", "port", "connect_timeout", NULL};
	const char *const values[] = {folder, text, "5", NULL};
	PGPing state;

	snprintf(text, sizeof(text), "%d", port);
	state = PQpingParams(names, values, 0);
	return state == PQPING_OK || state == PQPING_REJECT;
}

/* Debian's name of the cluster with this port, "15/main"; "" = it isn't known. */
static const char *cluster_name(struct op *op, int port)
{
	const char *ret = "";
	glob_t found;

	if (glob("/etc/postgresql/*/*/postgresql.conf", 0, NULL, &found) != 0)
		return ret;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *f = fopen(found.gl_pathv[i], "re");
		char line[400];
		int its = 0;

		while (f && fgets(line, sizeof(line), f))
			sscanf(line, " port = %d", &its);
		if (f)
			fclose(f);
		if (its == port)
			ret = arena_printf(op->arena, "%.*s",
				(int)(strrchr(found.gl_pathv[i], '/') - found.gl_pathv[i] - 16),
				found.gl_pathv[i] + 16);
	}
	globfree(&found);
	return ret;
}

/* When mortise.conf doesn't say which: there must be one only, where the workers will look for it. */
static int check_clusters(struct op *op, const char *folder)
{
	const struct conf *c = &op->app->conf;
	struct dirent **name = NULL;
	const char *list = "";
	int n = scandir(folder, &name, is_socket, alphasort), running = 0, port = 0;

	for (int i = 0; i < n; i++) {
		int p = port_of(name[i]->d_name);

		if (answers(folder, p)) {
			const char *cluster = cluster_name(op, p);

			port = p;
			list = arena_printf(op->arena, "%s%s%d%s%s%s", list, running++ ? ", " : "",
				p, *cluster ? " (" : "", cluster, *cluster ? ")" : "");
		}
		free(name[i]);
	}
	free(name);
	if (running == 0)
		return op_fail(op, MT_EBUSY,
			"No PostgreSQL listens in %s: start it, or set db_host and db_port in %s",
			folder, c->file);
	if (running > 1)
		return op_fail(op, MT_ECONFLICT,
			"Several PostgreSQL clusters run here: set db_port in %s to the port of the one "
			"for Mortise: %s",
			c->file, list);
	if (port != c->db_port)
		return op_fail(op, MT_ECONFLICT,
			"PostgreSQL listens on port %s: set db_port = %d in %s", list, port,
			c->file);
	return 0;
}

/* --- as whom ---------------------------------------------------------------------------------------- */

static PGconn *connect_now(const char *const *names, const char *const *values)
{
	return PQconnectdbParams(names, values, true);
}

/* As another user of the system, to the server of that user only; NULL = there is no such user. */
static PGconn *connect_as(const char *user, const char **names, const char **values, int n)
{
	struct passwd *pw = getpwnam(user);
	PGconn *ret;

	if (!pw || pw->pw_uid == 0)
		return NULL;
	names[n] = "requirepeer";
	values[n] = user;
	if (setegid(pw->pw_gid) < 0 || seteuid(pw->pw_uid) < 0)
		abort();
	ret = connect_now(names, values);
	if (seteuid(0) < 0 || setegid(0) < 0)
		abort();
	names[n] = NULL;
	return ret;
}

static void finish(void *db)
{
	PQfinish(db);
}

static bool is_by_socket(PGconn *db)
{
	const char *host = PQhost(db);

	return !host || !*host || *host == '/';
}

static int connect_superuser(
	struct op *op, const char **names, const char **values, int n, PGconn **ret)
{
	PGconn *db = connect_now(names, values), *again = NULL;

	if (PQstatus(db) != CONNECTION_OK && geteuid() == 0 && is_by_socket(db))
		again = connect_as(PQuser(db), names, values, n);
	if (again) {
		PQfinish(db);
		db = again;
	}
	arena_cleanup(op->arena, finish, db);
	*ret = db;
	if (PQstatus(db) == CONNECTION_OK)
		return 0;
	op_log(op, "%s", PQerrorMessage(db));
	return op_fail(op, MT_EBUSY,
		"Can't connect to PostgreSQL as superuser: run setup as root on its machine, or name a "
		"superuser with --superuser-conn, or PGPASSWORD");
}

/* Where a superuser gets in without a password. */
static const char *host_of(const struct conf *c)
{
	bool by_socket = geteuid() == 0 && is_loopback(c->db_host) && answers(SOCKETS, c->db_port);

	return by_socket ? SOCKETS : c->db_host;
}

int setup_connect(struct op *op, const char *given, const char *dbname, PGconn **ret)
{
	const struct conf *c = &op->app->conf;
	const char *user = getenv("PGUSER");
	const char *passfile = arena_printf(op->arena, "%s/pgpass", c->key_dir);
	const char *names[12] = {"connect_timeout", "application_name", "client_encoding"};
	const char *values[12] = {"10", "mortise setup", "UTF8"};
	int n = 3, rc;

	/* The administrator's own passfile counts, or else ours. */
	if (!getenv("PGPASSFILE"))
		names[n] = "passfile", values[n++] = passfile;
	if (given) {
		/* Later words win: the string over ours, dbname over the string. */
		names[n] = "dbname", values[n++] = given;
	} else {
		const char *host = host_of(c);

		if (*host == '/' && !c->db_port_given && access(passfile, F_OK) < 0 &&
			(rc = check_clusters(op, host)) < 0)
			return rc;
		names[n] = "host", values[n++] = host;
		names[n] = "port", values[n++] = arena_printf(op->arena, "%d", c->db_port);
		names[n] = "user", values[n++] = user && *user ? user : "postgres";
		names[n] = "dbname", values[n++] = "postgres";
	}
	if (dbname)
		names[n] = "dbname", values[n++] = dbname;
	return connect_superuser(op, names, values, n, ret);
}
