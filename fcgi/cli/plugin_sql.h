/*
 * plugin_sql.h - a plugin's own SQL in the database of the Mortise on this machine: tests in a scratch
 * schema, and rows for a company.
 */
#ifndef PLUGIN_SQL_H
#define PLUGIN_SQL_H

#include "cli/plugin.h"

/* Runs files such as t/notes.sql with pgTAP; what fails was printed. *ret_skipped: why none could run. */
int plugin_sql_tests(struct cli *c, struct plugin_build *b, const char *const *file, int n,
	const char **ret_skipped);
extern const struct cli_command plugin_seed;

#endif
