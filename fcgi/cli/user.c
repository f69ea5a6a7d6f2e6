/*
 * user.c - `mortise user`: the people of this server's companies, by the address with which they sign in.
 *
 * A password is generated and printed once, or read from standard input. There is no default.
 */
#include "cli/cli.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/password.h"
#include "base/id.h"
#include "base/perm.h"
#include "base/valid.h"
#include "cli/user.sql.h"

#define NAME_MAX_LEN 120
#define PASSWORD_MIN 12
#define GENERATED_LEN 20 /* of a token's 6 bits each */

static int check_email(struct op *op, const char *email)
{
	return valid_email(email)
		       ? 0
		       : op_fail(op, MT_EINVAL,
				 "\"%.100s\" is no e-mail address such as ann@example.com", email);
}

/* "Admin,Dispatcher". */
static int check_roles(struct op *op, const char *roles)
{
	for (const char *at = roles;; at++) {
		size_t n = strcspn(at, ",");
		const char *role = arena_strndup(op->arena, at, n);

		if (!perm_is_role(role))
			return op_fail(op, MT_EINVAL,
				"\"%.40s\" is no role: give %s, several with commas between", role,
				message_part_plain(op->arena, P_(PERM_ROLES)));
		at += n;
		if (*at == '\0')
			return 0;
	}
}

/* Generated, or from standard input with --password-stdin; then *ret_shown is NULL, as it is known. */
static int make_password(struct cli *c, char password[CLI_PASSWORD_MAX],
	char ret_hash[PASSWORD_HASH_MAX], const char **ret_shown)
{
	char token[ID_TOKEN_LEN + 1];
	struct op *op = &c->op;
	int rc;

	*ret_shown = NULL;
	if (password_init() < 0)
		return op_fail(op, MT_EINTERNAL, "Can't start libsodium");
	if (cli_given(c, "--password-stdin")) {
		if ((rc = cli_password_choose(op, "Password: ", password)) < 0)
			return rc;
		if (strlen(password) < PASSWORD_MIN)
			return op_fail(op, MT_EINVAL,
				"The password is too short: choose at least %d characters",
				PASSWORD_MIN);
	} else {
		id_token(token);
		snprintf(password, CLI_PASSWORD_MAX, "%.*s", GENERATED_LEN, token);
		sodium_memzero(token, sizeof(token));
		*ret_shown = password;
	}
	return password_hash(password, ret_hash) < 0
		       ? op_fail(op, MT_EINTERNAL, "Not enough memory for argon2id")
		       : 0;
}

static void print_password(const char *password)
{
	if (password)
		printf("Password: %s\nIt is shown this once; hand it over on a safe way.\n",
			password);
}

static int add(struct cli *c, char password[CLI_PASSWORD_MAX])
{
	const char *email = c->word[0], *tenant = cli_given(c, "--tenant");
	const char *name = cli_given(c, "--name"), *roles = cli_given(c, "--role"), *shown;
	char id[ID_UUID_LEN + 1], hash[PASSWORD_HASH_MAX];
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	if (!tenant || !name || !roles)
		return cli_usage(c);
	if (!cli_is_line(name, NAME_MAX_LEN))
		return op_fail(
			op, MT_EINVAL, "Give --name one line of 1 to %d characters", NAME_MAX_LEN);
	if ((rc = check_email(op, email)) < 0 || (rc = check_roles(op, roles)) < 0 ||
		(rc = make_password(c, password, hash, &shown)) < 0 || (rc = cli_open(c)) < 0)
		return rc;
	id_uuid7(id);
	rc = op_write(op, NULL, &USER_ADD, DB_ARGS(tenant, id, email, name, roles, hash), &rows);
	if (rc == MT_ECONFLICT)
		return err_replace(&op->err, rc,
			"Somebody signs in with %s already: an address belongs to one person of one "
			"company",
			email);
	if (rc < 0)
		return rc;
	printf("Added %s to %s as %s\n", email, tenant, roles);
	print_password(shown);
	return 0;
}

static int reset(struct cli *c, char password[CLI_PASSWORD_MAX])
{
	char hash[PASSWORD_HASH_MAX];
	const char *shown;
	struct rows rows;
	int rc;

	if ((rc = make_password(c, password, hash, &shown)) < 0 || (rc = cli_open(c)) < 0 ||
		(rc = op_write(
			 &c->op, NULL, &USER_SET_PASSWORD, DB_ARGS(c->word[0], hash), &rows)) < 0)
		return rc;
	cli_rights_wait(&c->op);
	printf("Set a new password for %s; all sessions ended\n", c->word[0]);
	print_password(shown);
	return 0;
}

/* With a password that is gone from memory afterwards. */
static int with_password(struct cli *c, int (*run)(struct cli *, char[CLI_PASSWORD_MAX]))
{
	char password[CLI_PASSWORD_MAX] = "";
	int rc = run(c, password);

	sodium_memzero(password, sizeof(password));
	return rc;
}

static int run_add(struct cli *c)
{
	return with_password(c, add);
}

static int run_reset(struct cli *c)
{
	return with_password(c, reset);
}

static int run_list(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 || (rc = op_read(&c->op, NULL, &USER_LIST,
					       DB_ARGS(cli_given(c, "--tenant")), &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%-20s  %-32s  %-12s  %-22s  %-16s  %s\n", row_text(&rows, i, 0),
			row_text(&rows, i, 1), row_bool(&rows, i, 4) ? "active" : "deactivated",
			row_text(&rows, i, 3),
			row_text(&rows, i, 5) ? row_text(&rows, i, 5) : "never signed in",
			row_text(&rows, i, 2));
	if (rows.n == 0)
		puts("There is nobody; add somebody with: mortise user add EMAIL --tenant CODE "
		     "--name NAME --role ROLE");
	return 0;
}

static int run_deactivate(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 || (rc = op_write(&c->op, NULL, &USER_SET_ACTIVE,
					       DB_ARGS(c->word[0], "false"), &rows)) < 0)
		return rc;
	cli_rights_wait(&c->op);
	printf("Deactivated %s: all sessions ended\n", c->word[0]);
	return 0;
}

static int run_activate(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 || (rc = op_write(&c->op, NULL, &USER_SET_ACTIVE,
					       DB_ARGS(c->word[0], "true"), &rows)) < 0)
		return rc;
	printf("Activated %s\n", c->word[0]);
	return 0;
}

static int run_set_role(struct cli *c)
{
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	if ((rc = check_roles(op, c->word[1])) < 0 || (rc = cli_open(c)) < 0 ||
		(rc = op_write(op, NULL, &USER_SET_ROLES, DB_ARGS(c->word[0], c->word[1]), &rows)) <
			0)
		return rc;
	cli_rights_wait(op);
	printf("%s is %s now\n", c->word[0], c->word[1]);
	return 0;
}

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

#define PASSWORD_OPTION                                                                            \
	{                                                                                          \
		"--password-stdin", NULL, "read the password instead of generating one"            \
	}

static const struct cli_option ADD_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--tenant", "CODE", "the company"},
	{"--name", "NAME", "the person's name"},
	{"--role", "ROLE", PERM_ROLES "; several with commas between"},
	PASSWORD_OPTION,
	{0},
};

static const struct cli_command ADD = {
	.name = "add",
	.usage = "EMAIL --tenant CODE --name NAME --role ROLE",
	.summary = "add a person to a company",
	.help = "The password is generated and printed once, or read from standard input.\n",
	.least = 1,
	.most = 1,
	.options = ADD_OPTIONS,
	.run = run_add,
};

static const struct cli_option LIST_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--tenant", "CODE", "of this company alone"},
	{0},
};

static const struct cli_command LIST = {
	.name = "list",
	.usage = "",
	.summary = "list people, their roles and when they signed in last",
	.options = LIST_OPTIONS,
	.run = run_list,
};

static const struct cli_command DEACTIVATE = {
	.name = "deactivate",
	.usage = "EMAIL",
	.summary = "take a person's access away; what they wrote stays",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = run_deactivate,
};

static const struct cli_command ACTIVATE = {
	.name = "activate",
	.usage = "EMAIL",
	.summary = "give a deactivated person access again",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = run_activate,
};

static const struct cli_command SET_ROLE = {
	.name = "set-role",
	.usage = "EMAIL ROLE[,ROLE...]",
	.summary = "replace a person's roles",
	.help = "Roles: " PERM_ROLES ".\n",
	.least = 2,
	.most = 2,
	.options = OPTIONS,
	.run = run_set_role,
};

static const struct cli_option RESET_OPTIONS[] = {CLI_CONF_OPTION, PASSWORD_OPTION, {0}};

static const struct cli_command RESET = {
	.name = "reset-password",
	.usage = "EMAIL",
	.summary = "give a person a new password; all their sessions end",
	.help = "The password is generated and printed once, or read from standard input.\n",
	.least = 1,
	.most = 1,
	.options = RESET_OPTIONS,
	.run = run_reset,
};

static const struct cli_command *const COMMANDS[] = {
	&ADD, &LIST, &DEACTIVATE, &ACTIVATE, &SET_ROLE, &RESET, NULL};

const struct cli_command cli_user = {
	.name = "user",
	.usage = "COMMAND ...",
	.summary = "people: add, list, deactivate, activate, roles, passwords",
	.help = "",
	.commands = COMMANDS,
};
