/*
 * audit.c - `mortise audit`: what was written into the audit log, and whether it is as it was written.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/audit.sql.h"

#define VERIFY_MS (30 * 60 * 1000)
#define LIST_LINES "50"
#define LIST_MAX 10000

static int run_verify(struct cli *c)
{
	struct op *op = &c->op;
	struct rows rows;
	int rc, n_bad = 0;

	if ((rc = cli_open(c)) < 0)
		return rc;
	op->deadline = clock_ms() + VERIFY_MS;
	rc = op_read(op, NULL, &AUDIT_VERIFY, DB_ARGS(cli_given(c, "--company")), &rows);
	if (rc < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		const char *bad = row_text(&rows, i, 4), *head = row_text(&rows, i, 3);

		n_bad += bad != NULL;
		if (bad)
			printf("%s: BROKEN at entry %s, which was %s\n", row_text(&rows, i, 0), bad,
				row_text(&rows, i, 5));
		else
			printf("%s: whole, entries: %s%s%s\n", row_text(&rows, i, 0),
				row_text(&rows, i, 1), head ? ", ends with " : "",
				head ? head : "");
		if (row_int(&rows, i, 2) > 0)
			printf("%s: waiting for mortise-steward: %s\n", row_text(&rows, i, 0),
				row_text(&rows, i, 2));
	}
	if (n_bad == 0)
		return 0;
	return op_fail(op, MT_ECONFLICT,
		"The audit log was changed behind Mortise's back: broken chains: %d", n_bad);
}

static int run_list(struct cli *c)
{
	const char *lines = cli_given(c, "--lines");
	struct rows rows;
	int rc;

	if (lines && (strspn(lines, "0123456789") != strlen(lines) || strlen(lines) > 5 ||
			     strtol(lines, NULL, 10) < 1 || strtol(lines, NULL, 10) > LIST_MAX))
		return op_fail(&c->op, MT_EINVAL, "Give --lines a number from 1 to %d", LIST_MAX);
	if ((rc = cli_open(c)) < 0 ||
		(rc = op_read(&c->op, NULL, &AUDIT_LIST,
			 DB_ARGS(cli_given(c, "--company"), lines ? lines : LIST_LINES), &rows)) <
			0)
		return rc;
	for (int i = rows.n - 1; i >= 0; i--) {
		const char *before = row_text(&rows, i, 5), *after = row_text(&rows, i, 6),
			   *request = row_text(&rows, i, 7);

		printf("%s  %-20s  %s%s%s  %s%s%s%s%s%s%s\n", row_text(&rows, i, 0),
			row_text(&rows, i, 1), row_text(&rows, i, 2),
			*row_text(&rows, i, 3) ? " from " : "", row_text(&rows, i, 3),
			row_text(&rows, i, 4), before ? "  " : "", before ? before : "",
			after ? "  -> " : "", after ? after : "", request ? "  " : "",
			request ? request : "");
	}
	if (rows.n == 0)
		puts("Nothing was written yet");
	return 0;
}

static const struct cli_option VERIFY_OPTIONS[] = {
	{"--company", "CODE", "only the chain of this company; else all, and the server's"},
	CLI_CONF_OPTION, {0}};

static const struct cli_option LIST_OPTIONS[] = {
	{"--company", "CODE", "of this company; else the server's"},
	{"--lines", "N", "the newest so many; " LIST_LINES " without this"}, CLI_CONF_OPTION, {0}};

static const struct cli_command VERIFY = {
	.name = "verify",
	.usage = "",
	.summary = "check that no entry was changed, removed or moved",
	.help = "Each entry has a hash over the one before it. The first entry that doesn't fit is named, and the\n"
		"exit status is 1. Keep the ends that are printed elsewhere: who may replace all of the\n"
		"database can make a new chain, which then ends otherwise.\n",
	.options = VERIFY_OPTIONS,
	.run = run_verify,
};

static const struct cli_command LIST = {
	.name = "list",
	.usage = "",
	.summary = "show who did what, the newest last",
	.options = LIST_OPTIONS,
	.run = run_list,
};

static const struct cli_command *const COMMANDS[] = {&VERIFY, &LIST, NULL};

const struct cli_command cli_audit = {
	.name = "audit",
	.usage = "COMMAND ...",
	.summary = "audit log: verify, list",
	.help = "",
	.commands = COMMANDS,
};
