/*
 * setup.h - the parts of `mortise setup`: the superuser's connection, the plan, keys and folders.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/cli.h"

/* --- the superuser's connection (setup_connect.c) --------------------------------------------------- */

/* given: libpq's connection string; NULL = the server that mortise.conf names. Root becomes the system's
 * user of the superuser's name while it connects to a socket that demands it. dbname NULL = the one for
 * maintenance. */
int setup_connect(struct op *op, const char *given, const char *dbname, PGconn **ret);

/* --- what will be done (setup_plan.c) --------------------------------------------------------------- */

/* Checks what can be checked before anything is changed, and prints what is missing. db: of the superuser. */
int setup_plan(struct op *op, PGconn *db, const char *given);

/* --- files for nginx and systemd (site_files.c) ----------------------------------------------------- */

/* Writes those that aren't there or are out of date, or only counts them; *ret: what that was, "" =
 * nothing. */
int site_files(struct op *op, bool is_trial, const char **ret);

/* --- keys and folders (setup_keys.c) ---------------------------------------------------------------- */

struct setup_keys {
	unsigned char ticket[32], role[32];
	char password[4][48]; /* of the roles below, in order */
};
extern const char *const setup_roles[4];

/* The owner of what is made: `user` of mortise.conf when we are root, else we. */
int setup_owner(struct op *op, struct cli_owner *ret);
/* Folders of mortise.conf that aren't there, and files of key_dir; both separated by ", ", "" = none. */
const char *setup_folders_missing(struct op *op);
const char *setup_keys_missing(struct op *op);
/* Makes these folders, each with the rights that INSTALL names. */
int setup_folders(struct op *op);
/* Makes what is missing in key_dir: folder 0700, ticket.key, role.key, settings.key and pgpass 0600,
 * all belonging to conf.user when we are root. Existing files stay, and so do lines of other roles in
 * pgpass. */
int setup_keys(struct op *op, struct setup_keys *ret);

#endif
