/*
 * script.h - a migration's SQL, cut into statements and looked at before any of it runs.
 *
 * The splitter knows what PostgreSQL's own scanner knows of quotes ('', E'', "", $tag$), comments
 * (--, nested) and parentheses, so a ";" inside them ends nothing. The allow-list of first words is
 * the friendly half of the guard: it tells an author early. What holds is the database: the role that
 * runs a migration owns nothing but its schema, event triggers refuse other commands, and the
 * hand-over looks at what is there afterwards.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "base/err.h"
#include "base/pool.h"

struct script_statement {
	const char *sql; /* without the ";" and without comments in front */
	int line;	 /* of its first word, from 1 */
};

struct script {
	int n;
	struct script_statement *statement;
};

/* Cuts and checks; faults at "/<path>" with the line. MT_EFIELDS. */
int script_read(struct pool *p, const char *path, const char *text, size_t len, struct script *ret,
	struct err *e);

#endif
