/*
 * token.c - `mortise token`: API tokens, with which programs ask without a password.
 */
#include "cli/cli.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "base/id.h"
#include "cli/token.sql.h"

#define NAME_MAX_LEN 60
#define DAYS "90"
#define DAYS_MAX 365

/* --days; NULL = it is no number that will do. */
static const char *read_days(const struct cli *c)
{
	const char *days = cli_given(c, "--days");

	if (!days)
		return DAYS;
	if (strspn(days, "0123456789") != strlen(days) || strlen(days) > 3 ||
		strtol(days, NULL, 10) < 1 || strtol(days, NULL, 10) > DAYS_MAX)
		return NULL;
	return days;
}

static int add(struct cli *c, char token[TOKEN_LEN + 1])
{
	const char *user = cli_given(c, "--user"), *tenant = cli_given(c, "--tenant");
	const char *scopes = cli_given(c, "--scope"), *days = read_days(c);
	char preview[TOKEN_PREVIEW_LEN + 1], hash[65], id[ID_UUID_LEN + 1];
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	if (!user == !tenant || !scopes || !*scopes)
		return cli_usage(c);
	if (!cli_is_line(c->word[0], NAME_MAX_LEN))
		return op_fail(op, MT_EINVAL,
			"Give the token a name of one line and 1 to %d characters", NAME_MAX_LEN);
	if (!days)
		return op_fail(op, MT_EINVAL, "Give --days a number from 1 to %d", DAYS_MAX);
	if ((rc = cli_open(c)) < 0)
		return rc;
	token_make(token, !user);
	token_preview(preview, token);
	id_sha256_hex(hash, token, TOKEN_LEN);
	id_uuid7(id);
	const char *const args[] = {user, tenant, id, c->word[0], scopes, hash, preview, days,
		arena_printf(op->arena, "%d", op->app->conf.tokens_per_person),
		arena_printf(op->arena, "%d", op->app->conf.tokens_per_company)};

	rc = op_write(op, NULL, &TOKEN_ISSUE, args, sizeof(args) / sizeof(*args), &rows);
	if (rc < 0)
		return rc;
	if (*row_text(&rows, 0, 0))
		return op_fail(op, MT_EINVAL,
			"These scopes can't be chosen: %s. Choose permissions that the person (for a "
			"service an Admin) has, plugins:call, notifications:read",
			row_text(&rows, 0, 0));
	printf("%s\n", token);
	fprintf(stderr,
		"Made the token %s for %s, which works for %s days. It is shown this once; "
		"programs send it as \"Authorization: Bearer %.4s...\"\n",
		id, user ? user : tenant, days, token);
	return 0;
}

static int run_add(struct cli *c)
{
	char token[TOKEN_LEN + 1] = "";
	int rc = add(c, token);

	sodium_memzero(token, sizeof(token));
	return rc;
}

static int run_list(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_read(&c->op, NULL, &TOKEN_LIST,
			 DB_ARGS(cli_given(c, "--tenant"), cli_given(c, "--user")), &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%s  %-20s  %-32s  %s  %-18s  last use %s %s  %s  %s\n",
			row_text(&rows, i, 0), row_text(&rows, i, 1), row_text(&rows, i, 2),
			row_text(&rows, i, 4), row_text(&rows, i, 6),
			row_text(&rows, i, 7) ? row_text(&rows, i, 7) : "never",
			row_text(&rows, i, 8) ? row_text(&rows, i, 8) : "", row_text(&rows, i, 3),
			row_text(&rows, i, 5));
	if (rows.n == 0)
		puts("There is no API token");
	return 0;
}

static int run_revoke(struct cli *c)
{
	const char *id = c->word[0], *name = NULL;
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0)
		return rc;
	if (id_is_uuid(id)) {
		if ((rc = op_write(&c->op, NULL, &TOKEN_REVOKE, DB_ARGS(id), &rows)) < 0)
			return rc;
		name = row_text(&rows, 0, 0);
	}
	if (!name)
		return op_fail(&c->op, MT_ENOENT,
			"There is no token \"%.40s\"; `mortise token list` shows them", id);
	cli_rights_wait(&c->op);
	printf("Revoked %s: what it had open is closed\n", name);
	return 0;
}

static const struct cli_option ADD_OPTIONS[] = {
	{"--user", "EMAIL", "a personal token, which acts as this person"},
	{"--tenant", "CODE", "a service token of this company, which acts under its own name"},
	{"--scope", "SCOPE,...",
		"what it may: permissions such as tickets:read; plugins:call, notifications:read"},
	{"--days", "N", "how long it works: 1 to 365, else 90"}, CLI_CONF_OPTION, {0}};

static const struct cli_command ADD = {
	.name = "add",
	.usage = "NAME (--user EMAIL | --tenant CODE) --scope SCOPE,... [--days N]",
	.summary = "make a token",
	.help = "Standard output is the token and nothing else: it is shown this once. A personal token never\n"
		"may more than its person at the moment. A system admin's with the scope plugins:upload can\n"
		"upload packages for all companies.\n",
	.least = 1,
	.most = 1,
	.options = ADD_OPTIONS,
	.run = run_add,
};

static const struct cli_option LIST_OPTIONS[] = {{"--tenant", "CODE", "of this company alone"},
	{"--user", "EMAIL", "of this person alone"}, CLI_CONF_OPTION, {0}};

static const struct cli_command LIST = {
	.name = "list",
	.usage = "",
	.summary = "list tokens, what they may and when they were used last",
	.help = "Times are UTC. Tokens whose time is over are listed for 30 days more.\n",
	.options = LIST_OPTIONS,
	.run = run_list,
};

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

static const struct cli_command REVOKE = {
	.name = "revoke",
	.usage = "ID",
	.summary = "end a token at once, on all hosts",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = run_revoke,
};

static const struct cli_command *const COMMANDS[] = {&ADD, &LIST, &REVOKE, NULL};

const struct cli_command cli_token = {
	.name = "token",
	.usage = "COMMAND ...",
	.summary = "API tokens of people and services: add, list, revoke",
	.help = "",
	.commands = COMMANDS,
};
