/*
 * cli.c - what subcommands share. libpq is used plainly here: a person waits and can press Ctrl-C.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4u << 20)

int cli_fail(const struct err *e)
{
	fprintf(stderr, "mortise: %s\n", e->message);
	if (e->log[0] != '\0')
		fprintf(stderr, "  %s\n", e->log);
	return 1;
}

int cli_usage(const struct cli_command *c)
{
	fprintf(stderr, "usage: mortise %s %s\n", c->name, c->usage);
	return 2;
}

const char *cli_option(int argc, char **argv, const char *name)
{
	size_t n = strlen(name);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], name, n) != 0)
			continue;
		if (argv[i][n] == '=')
			return argv[i] + n + 1;
		if (argv[i][n] == '\0')
			return i + 1 < argc ? argv[i + 1] : "";
	}
	return NULL;
}

int cli_flag(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return 0;
}

static void no_notices(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

int cli_connect(
	const struct conf *c, const char *role, const char *password, PGconn **ret, struct err *e)
{
	char port[16], passfile[300];
	const char *const names[] = {"host", "port", "dbname", "user", "password", "passfile",
		"connect_timeout", "application_name", "client_encoding", NULL};
	const char *const values[] = {c->db_host, port, c->db_name, role, password, passfile, "10",
		"mortise", "UTF8", NULL};

	/* libpq prefers it to a passfile, and it was meant for somebody else, such as the superuser. */
	unsetenv("PGPASSWORD");
	snprintf(port, sizeof(port), "%d", c->db_port);
	snprintf(passfile, sizeof(passfile), "%s/pgpass", c->key_dir);
	*ret = PQconnectdbParams(names, values, 0);
	if (PQstatus(*ret) != CONNECTION_OK) {
		err_set(e, MT_EBUSY, "can't connect to database %s as %s", c->db_name, role);
		err_log(e, "%s", PQerrorMessage(*ret));
		PQfinish(*ret);
		*ret = NULL;
		return MT_EBUSY;
	}
	PQsetNoticeProcessor(*ret, no_notices, NULL);
	return 0;
}

int cli_exec(PGconn *db, const char *sql, const char *what, struct err *e)
{
	PGresult *res = PQexec(db, sql);
	ExecStatusType st = PQresultStatus(res);
	int rc = 0;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK && st != PGRES_EMPTY_QUERY) {
		rc = err_set(e, MT_EINTERNAL, "%s failed", what);
		err_log(e, "%s", PQerrorMessage(db));
	}
	PQclear(res);
	return rc;
}

int cli_query(PGconn *db, const struct stmt *s, const char *const *args, int n, PGresult **ret,
	struct err *e)
{
	PGresult *res = PQexecParams(db, s->sql, n, NULL, args, NULL, NULL, 0);
	ExecStatusType st = PQresultStatus(res);
	int rc = 0;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		rc = err_set(e, MT_EINTERNAL, "the database refused a statement");
		err_log(e, "%s: %s", s->name, PQerrorMessage(db));
	}
	if (rc == 0 && ret != NULL)
		*ret = res;
	else
		PQclear(res);
	return rc;
}

int cli_read_file(const char *path, char **ret, size_t *ret_len, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;

	if (f == NULL)
		return err_set(e, MT_ENOENT, "%s: %s", path, strerror(errno));
	text = malloc(FILE_MAX + 1);
	if (text == NULL)
		abort();
	n = fread(text, 1, FILE_MAX + 1, f);
	if (ferror(f) || n > FILE_MAX) {
		fclose(f);
		free(text);
		return err_set(e, MT_ETOOBIG, "%s can't be read, or is larger than %u MB", path,
			FILE_MAX >> 20);
	}
	fclose(f);
	text[n] = '\0';
	*ret = text;
	if (ret_len != NULL)
		*ret_len = n;
	return 0;
}
