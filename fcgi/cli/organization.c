/*
 * organization.c - `mortise organization`: the organizations that companies belong to. One is made
 * by the first company that joins it (`mortise tenant add`, `move`), and goes with the last.
 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/organization.sql.h"

#define NAME_MAX_LEN 120

static int run_list(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_read(&c->op, NULL, &ORGANIZATION_LIST, DB_NOARGS, &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%5s companies  %s\n", row_text(&rows, i, 1), row_text(&rows, i, 0));
	return 0;
}

static int run_rename(struct cli *c)
{
	struct rows rows;
	int rc;

	if (!cli_is_line(c->word[1], NAME_MAX_LEN))
		return op_fail(&c->op, MT_EINVAL,
			"Give the organization a name of one line and 1 to %d characters",
			NAME_MAX_LEN);
	if ((rc = cli_open(c)) < 0 || (rc = op_write(&c->op, NULL, &ORGANIZATION_RENAME_ONE,
					       DB_ARGS(c->word[0], c->word[1]), &rows)) < 0)
		return rc;
	printf("Renamed %s to %s\n", c->word[0], c->word[1]);
	return 0;
}

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

static const struct cli_command LIST = {
	.name = "list",
	.usage = "",
	.summary = "list the organizations, and how many companies belong to each",
	.options = OPTIONS,
	.run = run_list,
};

static const struct cli_command RENAME = {
	.name = "rename",
	.usage = "NAME NEW",
	.summary = "give an organization another name",
	.least = 2,
	.most = 2,
	.options = OPTIONS,
	.run = run_rename,
};

static const struct cli_command *const COMMANDS[] = {&LIST, &RENAME, NULL};

const struct cli_command cli_organization = {
	.name = "organization",
	.usage = "COMMAND ...",
	.summary = "organizations: list, rename; companies join one by mortise tenant add or move",
	.help = "",
	.commands = COMMANDS,
};
