/*
 * cli.h - the `mortise` program: one command a file, each exporting one const entry with its words and
 * options, so that --help and the refusal of unknown words come for free.
 *
 * A command gets one operation (base/op.h), which everything below it takes: memory, the configuration in
 * op->app and the error. It prints results on standard output; an error goes to standard error, once, after
 * it returned. Exit status: 0 done, 1 failed, 2 called with wrong arguments.
 */
#ifndef CLI_H
#define CLI_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>
#include "auth/app.h"
#include "base/op.h"
#include "db/db.h"

struct cli;

struct cli_option {
	const char *name;  /* "--url" */
	const char *value; /* name of its value: "URL"; NULL = a flag */
	const char *help;
};

struct cli_command {
	const char *name;
	const char *usage;		  /* the words behind the name: "KEY [DIR]" */
	const char *summary;		  /* one line */
	const char *help;		  /* further lines for --help; NULL = none */
	int least, most;		  /* how many words */
	const struct cli_option *options; /* ends with {0}; NULL = none */
	int (*run)(struct cli *c); /* exit status, or a negative enum mt_err: see c->op.err */
	const struct cli_command *const
		*commands; /* instead of run, ends with NULL: "plugin new" */
};

extern const struct cli_command cli_setup, cli_migrate, cli_demo, cli_status, cli_check, cli_plugin,
	cli_trust, cli_schema, cli_secrets, cli_tenant, cli_organization, cli_user, cli_audit,
	cli_token, cli_oidc, cli_files;

struct cli {
	struct op op;
	const struct cli_command *command;
	const char *group; /* "mortise" or "mortise plugin" */
	int n;
	const char **word; /* ends with NULL */
	int n_given;
	struct {
		const char *name, *value;
	} * given;
};

/* --- what commands share (cli.c) -------------------------------------------------------------------- */

/* Runs the command of a table that argv[1] names; the exit status. */
int cli_dispatch(const char *group, const struct cli_command *const *table, const char *hint,
	int argc, char **argv);
/* Value of an option, "" for a flag that was given; NULL when it wasn't. */
const char *cli_given(const struct cli *c, const char *name);
/* Prints how the command is called; returns 2. */
int cli_usage(const struct cli *c);
/* Puts the name of a file before the message of the error; returns rc. */
int cli_about(struct op *op, const char *path, int rc);
/* Prints an error and its fields, for the operator too; about: the file it is about, NULL = none. */
void cli_print_error(const struct err *e, const char *about);
void cli_print_json(const json_t *v, size_t flags);

/* clang-format off */
#define CLI_CONF_OPTION \
	{"-c", "CONF", "mortise.conf; else $MORTISE_CONF, else " CONF_FILE}
/* clang-format on */
/* Reads mortise.conf into c->op.app. */
int cli_conf(struct cli *c);
/* A part of an operation, with memory and error of its own. Its end frees the memory, makes its error the
 * whole's when rc < 0, and returns rc. */
struct op cli_part(const struct op *op);
int cli_part_end(struct op *op, struct op *part, int rc);
/* op->db becomes the configured database as one of our roles, with ms from now on as deadline. */
void cli_db(struct op *op, const char *role, int ms);
/* cli_conf() and cli_db() as mortise_owner: what no server process may do. */
int cli_open(struct cli *c);
/* Is it a name: one line, 1 to `most` characters? */
bool cli_is_line(const char *s, long most);
/* After a right was taken away: waits until every host has ended what is open of it (auth/rights.h). The
 * change holds in any case; this only reports when. */
void cli_rights_wait(struct op *op);

/*
 * Plain libpq, for commands that a person waits for and can stop with Ctrl-C, and because db/db.h
 * may replace its session, which loses advisory locks. Connections and rows are freed with the
 * arena.
 */
/* Connects to the configured database as one of our roles, with this password or, when it is NULL, with
 * key_dir/pgpass. Notices are dropped. */
int cli_connect(struct op *op, const char *role, const char *password, PGconn **ret);
/* The same with libpq's own keywords. */
int cli_connect_with(struct op *op, const char *const *names, const char *const *values,
	bool expand, const char *what, PGconn **ret);
/* Runs SQL text of any number of statements; the message names `what`. */
int cli_exec(struct op *op, PGconn *db, const char *sql, const char *what);
/* Runs a named statement with text parameters; ret may be NULL. */
int cli_query(struct op *op, PGconn *db, const struct stmt *s, const char *const *args, int n,
	struct rows *ret);

/* --- passwords (password.c) ------------------------------------------------------------------------- */

#define CLI_PASSWORD_MAX 1024
/* One line of standard input without its end, not shown at a terminal; "" at the end of the input. */
int cli_password_read(struct op *op, const char *prompt, char ret[CLI_PASSWORD_MAX]);
/* The same twice at a terminal, where somebody chooses one. */
int cli_password_choose(struct op *op, const char *prompt, char ret[CLI_PASSWORD_MAX]);

/* --- files (files.c) -------------------------------------------------------------------------------- */

/* Reads a whole file into the arena, with a NUL behind it; ret_len may be NULL. */
int cli_read_file(struct op *op, const char *path, char **ret, size_t *ret_len);
/* A new file; MT_ECONFLICT when there is one already. */
int cli_write_new(struct op *op, const char *path, const void *data, size_t n, mode_t mode);
/* Replaces a file as a whole or not at all. owner NULL = ours. */
struct cli_owner {
	uid_t uid; /* -1 = ours */
	gid_t gid;
};
int cli_replace_file(struct op *op, const char *path, const void *data, size_t n, mode_t mode,
	const struct cli_owner *owner);
/* Why a system call on this file failed, by errno. */
int cli_errno(struct op *op, const char *path);
/* A temporary folder that goes with the arena. */
int cli_temp(struct op *op, const char **ret);
/* Packages are unpacked into a temporary folder from now on: the store of a running Mortise isn't ours. */
int cli_own_store(struct op *op);

/* --- migrations (migrate.c) ------------------------------------------------------------------------- */

/* Runs the numbered files of sql_dir that the database lacks, as mortise_owner; one at a time in the whole
 * cluster. *ret_n: how many ran. */
int cli_migrate_run(struct op *op, int *ret_n);
/* Do the files that ran agree with those of sql_dir? Changes nothing; a database without any is fine. */
int cli_migrate_check(struct op *op, PGconn *db);
/* How many didn't run, and which: "2, 028-a.sql to 029-b.sql"; "" = none. db NULL: there is no
 * database yet. */
int cli_migrate_missing(struct op *op, PGconn *db, const char **ret);

/* --- keys (setup_keys.c; the rest is in cli/setup.h) ------------------------------------------------- */

/* Writes key_dir/settings.key as a whole, with the same owner and rights. */
struct seal_ring;
int setup_ring_write(struct op *op, const struct seal_ring *ring);

#endif
