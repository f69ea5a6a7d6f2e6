/*
 * scratch.h - a plugin's tables under a name of their own, for an author's tools: `mortise plugin check` and
 * `test`.
 *
 * The key is scratch-1a2b3c4d, so schema and roles are nobody else's; each statement gets that schema in
 * place of the plugin's. Everything else is as at an installation: the functions of
 * sql/bootstrap-plugin.sql, the owner's role and the guard, the hand-over with the manifest's permissions,
 * a company's rows as p_<key>.
 *
 * Who makes one holds its lock (target.h), so what a killed tool left is recognised and dropped by the next.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "install/migrate.h"

struct scratch {
	struct target t;	  /* its key and company; t.refused = the statement that failed */
	const char *schema, *own; /* x_scratch_1a2b3c4d, x_parts */
	const char *company;	  /* its code */
	int n_ran; /* migrations that this database has of the plugin; the rest ran as their upgrade */
};

/* In the connection of op, as mortise_admin. company: a code; NULL = the first. MT_ENOENT when there is
 * none. To be closed also when it failed. */
int scratch_open(struct scratch *s, struct op *op, const char *key, const char *company);
/* All of the package's migrations: faults as migrate.h has them, about its own names. */
int scratch_migrate(struct scratch *s, const struct package *pkg);
/* A text with the scratch schema in place of the plugin's own, and the reverse. */
const char *scratch_text(const struct scratch *s, const char *text);
const char *scratch_back(const struct scratch *s, const char *text);
/* "migrations/002-more.sql:3: in ALTER TABLE ...", of the one that was refused; "" = it was none. */
const char *scratch_statement(const struct scratch *s);
void scratch_close(struct scratch *s);

#endif
