/*
 * cli.h - the `mortise` program: one subcommand a file, each exporting one const entry.
 *
 * A subcommand prints results on standard output and one clear error on standard error, and returns the
 * process's exit status: 0 done, 1 it failed, 2 it was called wrongly.
 */
#ifndef CLI_H
#define CLI_H

#include <libpq-fe.h>
#include "base/conf.h"
#include "base/err.h"
#include "db/db.h"

struct cli_command {
	const char *name;
	const char *usage;		   /* what follows the name: "-c CONF [--json]" */
	const char *summary;		   /* one line */
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
};

extern const struct cli_command cli_setup, cli_migrate, cli_demo, cli_status, cli_check, cli_plugin,
	cli_trust, cli_schema, cli_secrets;

/* --- what subcommands share (cli.c) ---------------------------------------------------------------- */

/* Prints "mortise: " and the error with its part for the log; returns 1. */
int cli_fail(const struct err *e);
/* Prints how the command is called; returns 2. */
int cli_usage(const struct cli_command *c);
/* Value of an option such as "--accounts" as the next or the same ("--accounts=x") word; NULL when it
 * isn't there, "" when its value is missing. */
const char *cli_option(int argc, char **argv, const char *name);
/* 1 when the word is there. */
int cli_flag(int argc, char **argv, const char *name);

/* Connects to the configured database as one of our roles, with this password or, when it is NULL, with
 * key_dir/pgpass. Notices are dropped. The caller ends it with PQfinish(). */
int cli_connect(
	const struct conf *c, const char *role, const char *password, PGconn **ret, struct err *e);
/* Runs SQL text of any number of statements; the message names `what`. */
int cli_exec(PGconn *db, const char *sql, const char *what, struct err *e);
/* Runs a named statement with text parameters; *ret may be NULL, else PQclear() it. */
int cli_query(PGconn *db, const struct stmt *s, const char *const *args, int n, PGresult **ret,
	struct err *e);
/* Reads a whole file (malloc'ed, NUL behind it). */
int cli_read_file(const char *path, char **ret, size_t *ret_len, struct err *e);

/* --- migrations (migrate.c) ------------------------------------------------------------------------ */

/* Runs the numbered files of sql_dir that the database hasn't seen, as mortise_owner; one at a time in
 * the whole cluster. *ret_n: how many ran. */
int cli_migrate_run(const struct conf *c, int *ret_n, struct err *e);
/* Do the files that ran agree with those of sql_dir? Changes nothing; a database without any is fine. */
int cli_migrate_check(PGconn *db, const struct conf *c, struct err *e);

/* --- keys (setup_keys.c) --------------------------------------------------------------------------- */

struct setup_keys {
	unsigned char ticket[32], role[32];
	char password[4][48]; /* of the roles below, in order */
};
extern const char *const setup_roles[4];

/* Makes what is missing in key_dir: folder 0700, ticket.key, role.key, settings.key and pgpass 0600,
 * all belonging to conf.user when we are root. Existing files stay, and so do lines of other roles in
 * pgpass. */
int setup_keys(const struct conf *c, struct setup_keys *ret, struct err *e);
/* Writes key_dir/settings.key as a whole, with the same owner and rights. */
struct seal_ring;
int setup_ring_write(const struct conf *c, const struct seal_ring *ring, struct err *e);

#endif
