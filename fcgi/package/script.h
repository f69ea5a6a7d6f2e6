/*
 * script.h - a migration's SQL, split into statements and checked before any of it runs.
 *
 * Which statements may be there depends on the phase: all versions of a plugin share its tables, so
 * what an older version needs is dropped only when the last tenant has left it.
 *
 *	001-name.sql		expand: adds tables, columns, indexes; when the version is approved
 *	001-name.tenant.sql	tenant: moves one tenant's rows, as that tenant, when it switches
 *	001-name.contract.sql	contract: takes away; when no tenant uses an older version
 *
 * The splitter knows what PostgreSQL's own scanner knows of quotes ('', E'', "", $tag$), comments
 * (--, nested) and parentheses, so a ";" inside them ends nothing. The allow-list of first words is
 * the friendly half of the guard: it gives authors an early error. The database enforces it: the
 * role that runs a migration owns nothing but its schema, event triggers refuse other commands, and
 * the hand-over checks the result.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "base/err.h"
#include "base/arena.h"

enum migration_phase { MIGRATION_EXPAND, MIGRATION_TENANT, MIGRATION_CONTRACT };

struct script_statement {
	const char *sql; /* without the ";" and without comments in front */
	int line;	 /* of its first word, from 1 */
};

struct script {
	int n;
	struct script_statement *statement;
};

/* Cuts and checks; faults at "/<path>" with the line. MT_EFIELDS. */
int script_read(struct arena *p, const char *path, enum migration_phase phase, const char *text,
	size_t len, struct script *ret, struct err *e);

/* The phase that a migration's file name tells: "001-name.contract.sql". */
enum migration_phase script_phase(const char *name);
/* "expand", "tenant", "contract": as the database has it. */
const char *script_phase_name(enum migration_phase phase);

#endif
