/*
 * user.c - `mortise user`: the people of this server's companies, by the address with which they sign in.
 *
 * A password is generated and printed once, or read from standard input. There is no default.
 */
#include "cli/cli.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/device.h"
#include "auth/invites.h"
#include "auth/link.h"
#include "auth/password.h"
#include "base/csv.h"
#include "base/id.h"
#include "base/json.h"
#include "base/perm.h"
#include "base/utf8.h"
#include "base/valid.h"
#include "cli/user.sql.h"

#define NAME_MAX_LEN 120
#define GENERATED_LEN 20 /* of a token's 6 bits each */

static int check_email(struct op *op, const char *email)
{
	return valid_email(email)
		       ? 0
		       : op_fail(op, MT_EINVAL,
				 "\"%.100s\" is no e-mail address such as ann@example.com", email);
}

static int check_password(struct op *op, const char *password, const char *const *known)
{
	switch (password_check(password, known)) {
	case PASSWORD_SHORT:
		return op_fail(op, MT_EINVAL,
			"The password is too short: choose at least %d characters", PASSWORD_MIN);
	case PASSWORD_LONG:
		return op_fail(op, MT_EINVAL, "The password is too long: choose at most %d bytes",
			PASSWORD_MAX);
	case PASSWORD_EASY:
		return op_fail(op, MT_EINVAL,
			"The password is too easy to guess: add words that have nothing to do with the "
			"person");
	case PASSWORD_GOOD:
		break;
	}
	return 0;
}

/* Generated, or from standard input with --password-stdin; then *ret_shown is NULL, as it is known. */
static int make_password(struct cli *c, const char *const *known, char password[CLI_PASSWORD_MAX],
	char ret_hash[PASSWORD_HASH_MAX], const char **ret_shown)
{
	char token[ID_TOKEN_LEN + 1];
	struct op *op = &c->op;
	int rc;

	*ret_shown = NULL;
	if (password_init() < 0)
		return op_fail(op, MT_EINTERNAL, "Can't start libsodium");
	if (cli_given(c, "--password-stdin")) {
		if ((rc = cli_password_choose(op, "Password: ", password)) < 0 ||
			(rc = check_password(op, password, known)) < 0)
			return rc;
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

struct person {
	const char *email, *tenant, *name, *roles;
};

/* Of the command's words. */
static int read_person(struct cli *c, struct person *ret)
{
	struct op *op = &c->op;

	*ret = (struct person){c->word[0], cli_given(c, "--tenant"), cli_given(c, "--name"),
		cli_given(c, "--role")};
	if (!ret->tenant || !ret->name || !ret->roles || !*ret->roles)
		return cli_usage(c);
	if (!cli_is_line(ret->name, NAME_MAX_LEN))
		return op_fail(
			op, MT_EINVAL, "Give --name one line of 1 to %d characters", NAME_MAX_LEN);
	return check_email(op, ret->email);
}

/* hash NULL: the person chooses a password. */
static int add_person(struct cli *c, const struct person *p, const char *hash)
{
	char id[ID_UUID_LEN + 1];
	struct rows rows;

	id_uuid7(id);
	return op_write(&c->op, NULL, &USER_ADD,
		DB_ARGS(p->tenant, id, p->email, p->name, p->roles, hash), &rows);
}

static int add(struct cli *c, char password[CLI_PASSWORD_MAX])
{
	char hash[PASSWORD_HASH_MAX];
	const char *shown;
	struct person p;
	int rc = read_person(c, &p);

	if (rc != 0 ||
		(rc = make_password(c, (const char *const[]){p.email, p.name, NULL}, password, hash,
			 &shown)) < 0 ||
		(rc = cli_open(c)) < 0 || (rc = add_person(c, &p, hash)) < 0)
		return rc;
	printf("Added %s to %s as %s\n", p.email, p.tenant, p.roles);
	print_password(shown);
	return 0;
}

static int print_link(struct cli *c, const char *email)
{
	struct op *op = &c->op;
	struct link link = link_new(op, LINK_WELCOME);
	struct rows rows;
	int rc = op_write(op, NULL, &USER_LINK,
		DB_ARGS(email, link.hash, link_invite_s(op), link_reset_s(op)), &rows);

	if (rc < 0)
		return rc;
	printf("Link: %s\nIt is shown this once and works once, until %s UTC; hand it over on a safe "
	       "way.\n",
		link.url, row_text(&rows, 0, 0));
	return 0;
}

static int run_invite(struct cli *c)
{
	struct person p;
	int rc = read_person(c, &p);

	if (rc != 0 || (rc = cli_open(c)) < 0 || (rc = add_person(c, &p, NULL)) < 0)
		return rc;
	printf("Invited %s to %s as %s\n", p.email, p.tenant, p.roles);
	return print_link(c, p.email);
}

static int reset(struct cli *c, char password[CLI_PASSWORD_MAX])
{
	char hash[PASSWORD_HASH_MAX];
	const char *shown;
	struct rows rows;
	int rc;

	if ((rc = make_password(
		     c, (const char *const[]){c->word[0], NULL}, password, hash, &shown)) < 0 ||
		(rc = cli_open(c)) < 0 ||
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
	int rc;

	if (!cli_given(c, "--link"))
		return with_password(c, reset);
	if (cli_given(c, "--password-stdin"))
		return cli_usage(c);
	return (rc = cli_open(c)) < 0 ? rc : print_link(c, c->word[0]);
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
			row_text(&rows, i, 1), row_text(&rows, i, 4), row_text(&rows, i, 3),
			row_text(&rows, i, 5) ? row_text(&rows, i, 5) : "never signed in",
			row_text(&rows, i, 2));
	if (rows.n == 0)
		puts("There is nobody; add somebody with: mortise user add EMAIL --tenant CODE "
		     "--name NAME --role ROLE");
	return 0;
}

#define HAND_OVER_MOST "2000" /* in one transaction, the first with the deactivation */

/* Of a transaction that is open. */
static int hand_over(struct cli *c, const char *to, bool first, long *ret_left)
{
	struct op *op = &c->op;
	struct rows rows;
	int rc = op_query(op, &USER_HAND_OVER_NAMED,
		DB_ARGS(c->word[0], to, HAND_OVER_MOST, first ? "true" : "false"), &rows);

	if (rc == 0)
		*ret_left = row_int(&rows, 0, 0);
	return rc < 0 ? rc : op_commit(op);
}

static int deactivate(struct cli *c, const char *to, long *ret_left)
{
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, NULL)) < 0 ||
		(rc = op_query(op, &USER_SET_ACTIVE, DB_ARGS(c->word[0], "false"), &rows)) < 0)
		return rc;
	return to ? hand_over(c, to, true, ret_left) : op_commit(op);
}

static int run_deactivate(struct cli *c)
{
	const char *to = cli_given(c, "--reassign");
	long left = 0;
	int rc;

	if ((rc = cli_open(c)) < 0 || (rc = deactivate(c, to, &left)) < 0)
		return rc;
	cli_rights_wait(&c->op);
	printf("Deactivated %s: all sessions ended\n", c->word[0]);
	while (left > 0) {
		printf("%ld tickets are left to hand over\n", left);
		if ((rc = op_begin(&c->op, NULL)) < 0 || (rc = hand_over(c, to, false, &left)) < 0)
			return rc;
	}
	if (to)
		printf("Open tickets: handed over to %s\n", to);
	return 0;
}

/* More open tickets than one transaction changes are handed over by the next ones. */
static int run_remove(struct cli *c)
{
	const char *email = c->word[0], *to = cli_given(c, "--reassign"), *id = NULL;
	const char *confirm = cli_given(c, "--confirm");
	struct op *op = &c->op;
	struct rows rows;
	long left = 1;
	int rc;

	if (!confirm || strcmp(confirm, email) != 0)
		return op_fail(op, MT_EINVAL,
			"%.100s will be removed for good: tickets and comments stay, without name and address; "
			"confirm with --confirm %.100s",
			email, email);
	if ((rc = cli_open(c)) < 0)
		return rc;
	while (left > 0) {
		if ((rc = op_write(op, NULL, &USER_REMOVE_NAMED,
			     DB_ARGS(email, id, to ? to : "nobody", HAND_OVER_MOST), &rows)) < 0)
			return rc;
		if (!id) {
			cli_rights_wait(op);
			printf("Removed %s: all sessions ended, the address is free\n", email);
		}
		id = arena_strdup(op->arena, row_text(&rows, 0, 0));
		left = row_int(&rows, 0, 1);
		if (left > 0)
			printf("%ld tickets are left to hand over\n", left);
	}
	return 0;
}

/* As the page's download: what a spreadsheet would run is written as text. */
static void print_item(const json_t *item)
{
	const json_t *fault, *faults = json_object_get(item, "faults");
	const char *url = json_string_value(json_object_get(json_object_get(item, "link"), "url"));
	const char *cells[] = {json_string_value(json_object_get(item, "name")),
		json_string_value(json_object_get(item, "email")), url ? url : ""};
	struct buf b;
	size_t i;

	buf_init(&b, 65536);
	for (int k = 0; k < 3; k++) {
		csv_text(&b, cells[k]);
		buf_add(&b, k < 2 ? "," : "\n", 1);
	}
	if (url)
		fputs(b.data, stdout);
	buf_release(&b);
	json_array_foreach((json_t *)faults, i, fault)
		fprintf(stderr, "line %lld, %s: %s\n",
			(long long)json_integer_value(json_object_get(item, "line")),
			json_string_value(json_object_get(fault, "field")),
			json_string_value(json_object_get(fault, "detail")));
}

static int import(struct cli *c, struct invites *in)
{
	struct op *op = &c->op;
	bool dry = cli_given(c, "--dry-run");
	int rc = op_begin(op, NULL);

	if (rc < 0 || (rc = invites_run(op, in, cli_given(c, "--tenant"), false)) < 0)
		return rc;
	if (dry || (in->n_faulty && !cli_given(c, "--skip"))) {
		op_rollback(op);
		for (size_t i = 0; i < json_array_size(in->items); i++)
			json_object_del(json_array_get(in->items, i), "link");
		return 0;
	}
	return op_commit(op);
}

static int run_import(struct cli *c)
{
	struct op *op = &c->op;
	bool dry = cli_given(c, "--dry-run");
	struct invites in;
	char *text;
	size_t n;
	int rc;

	if (!cli_given(c, "--tenant"))
		return cli_usage(c);
	if ((rc = cli_read_file(op, c->word[0], &text, &n)) < 0 || (rc = cli_conf(c)) < 0)
		return rc;
	if (strlen(text) != n || utf8_length(text, n) < 0)
		return op_fail(op, MT_EINVAL,
			"The file is not UTF-8 text: save the table as \"CSV UTF-8\"");
	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	if ((rc = invites_read(op, text, op->app->conf.csv_import_rows, &in)) < 0 ||
		(rc = cli_open(c)) < 0 || (rc = import(c, &in)) < 0)
		return rc;
	if (!dry && (!in.n_faulty || cli_given(c, "--skip")))
		puts("name,email,link");
	for (size_t i = 0; i < json_array_size(in.items); i++)
		print_item(json_array_get(in.items, i));
	if (in.n_faulty && !dry && !cli_given(c, "--skip"))
		return op_fail(op, MT_ECONFLICT,
			"Nobody was invited: mend the lines above, or leave them out with --skip");
	if (dry)
		printf("%d can be invited, %d lines have faults\n", in.n - in.n_faulty,
			in.n_faulty);
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

	if (!*c->word[1])
		return cli_usage(c);
	if ((rc = cli_open(c)) < 0 || (rc = op_write(op, NULL, &USER_SET_ROLES,
					       DB_ARGS(c->word[0], c->word[1]), &rows)) < 0)
		return rc;
	cli_rights_wait(op);
	printf("%s is %s now\n", c->word[0], c->word[1]);
	return 0;
}

/* "Firefox on Windows". */
static const char *device_text(struct op *op, const char *agent)
{
	struct device on = device_of(op->arena, agent);

	if (on.browser && on.platform)
		return arena_printf(op->arena, "%s on %s", on.browser, on.platform);
	return on.browser ? on.browser : on.platform ? on.platform : "unknown device";
}

static int list_sessions(struct cli *c)
{
	struct rows rows;
	int rc = op_write(&c->op, NULL, &USER_SESSIONS, DB_ARGS(c->word[0]), &rows);

	if (rc < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%s  %-6s  %-24s  %-20s  since %s  last use %s\n", row_text(&rows, i, 0),
			row_text(&rows, i, 1), device_text(&c->op, row_text(&rows, i, 2)),
			row_text(&rows, i, 3) ? row_text(&rows, i, 3) : "-", row_text(&rows, i, 4),
			row_text(&rows, i, 5) ? row_text(&rows, i, 5) : "never");
	if (rows.n == 0)
		printf("%s is signed in nowhere\n", c->word[0]);
	return 0;
}

static int run_sessions(struct cli *c)
{
	const char *id = cli_given(c, "--end");
	bool all = cli_given(c, "--end-all");
	struct rows rows;
	int rc;

	if (id && all)
		return cli_usage(c);
	if ((rc = cli_open(c)) < 0)
		return rc;
	if (!id && !all)
		return list_sessions(c);
	if ((rc = op_write(&c->op, NULL, &USER_SESSIONS_DROP, DB_ARGS(c->word[0], id), &rows)) < 0)
		return rc;
	if (id && row_int(&rows, 0, 0) == 0)
		return op_fail(&c->op, MT_ENOENT,
			"%s has no session \"%.40s\"; `mortise user sessions` shows them",
			c->word[0], id);
	cli_rights_wait(&c->op);
	printf("Ended %ld session%s of %s\n", row_int(&rows, 0, 0),
		row_int(&rows, 0, 0) == 1 ? "" : "s", c->word[0]);
	return 0;
}

static int run_reset_factor(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_write(&c->op, NULL, &USER_FACTOR_RESET, DB_ARGS(c->word[0]), &rows)) < 0)
		return rc;
	cli_rights_wait(&c->op);
	printf(row_bool(&rows, 0, 0) ? "Took two-step sign-in of %s away; all sessions ended\n"
				     : "%s has no two-step sign-in\n",
		c->word[0]);
	return 0;
}

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

#define PASSWORD_OPTION                                                                            \
	{                                                                                          \
		"--password-stdin", NULL, "read the password instead of generating one"            \
	}

#define PERSON_OPTIONS                                                                             \
	CLI_CONF_OPTION, {"--tenant", "CODE", "the company"},                                      \
		{"--name", "NAME", "the person's name"},                                           \
	{                                                                                          \
		"--role", "ROLE",                                                                  \
			PERM_ROLES ", or a role of the company; several with commas between"       \
	}

static const struct cli_option ADD_OPTIONS[] = {PERSON_OPTIONS, PASSWORD_OPTION, {0}};

static const struct cli_command ADD = {
	.name = "add",
	.usage = "EMAIL --tenant CODE --name NAME --role ROLE",
	.summary = "add a person with a password to a company",
	.help = "The password is generated and printed once, or read from standard input.\n",
	.least = 1,
	.most = 1,
	.options = ADD_OPTIONS,
	.run = run_add,
};

static const struct cli_option INVITE_OPTIONS[] = {PERSON_OPTIONS, {0}};

static const struct cli_command INVITE = {
	.name = "invite",
	.usage = "EMAIL --tenant CODE --name NAME --role ROLE",
	.summary = "add a person to a company, who chooses a password",
	.help = "Prints a link to a page of public_url where the person does that; it works once, for\n"
		"invitation_days of mortise.conf. For another one: mortise user reset-password --link\n",
	.least = 1,
	.most = 1,
	.options = INVITE_OPTIONS,
	.run = run_invite,
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

static const struct cli_option DEACTIVATE_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--reassign", "TO",
		"give open tickets to EMAIL, spread them over team:NAME, or to nobody"},
	{0},
};

static const struct cli_command DEACTIVATE = {
	.name = "deactivate",
	.usage = "EMAIL",
	.summary = "take a person's access away; what they wrote stays",
	.help = "Open tickets stay with the person unless --reassign says who gets them.\n",
	.least = 1,
	.most = 1,
	.options = DEACTIVATE_OPTIONS,
	.run = run_deactivate,
};

static const struct cli_option REMOVE_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--confirm", "EMAIL", "the address once more"},
	{"--reassign", "TO",
		"give open tickets to EMAIL, or spread them over team:NAME; else they are nobody's"},
	{0},
};

static const struct cli_command REMOVE = {
	.name = "remove",
	.usage = "EMAIL --confirm EMAIL",
	.summary = "remove a person for good; what they wrote stays, by \"Former member\"",
	.help = "Name, address, photo, sessions, tokens and settings are deleted, and the address is free for\n"
		"another account. The audit log keeps the name. To take access away alone: mortise user deactivate\n",
	.least = 1,
	.most = 1,
	.options = REMOVE_OPTIONS,
	.run = run_remove,
};

static const struct cli_option IMPORT_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--tenant", "CODE", "the company"},
	{"--dry-run", NULL, "only say what would happen"},
	{"--skip", NULL,
		"leave out lines with faults; else one of them keeps all from being invited"},
	{0},
};

static const struct cli_command IMPORT = {
	.name = "import",
	.usage = "FILE --tenant CODE",
	.summary = "invite the people of a CSV file",
	.help = "The first line names the columns: name, email, role, and if you like team and phone. Prints a\n"
		"CSV table with a link for each, which works once, for invitation_days of mortise.conf.\n",
	.least = 1,
	.most = 1,
	.options = IMPORT_OPTIONS,
	.run = run_import,
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
	.help = "Roles: " PERM_ROLES ", and those that the company made for itself, by name.\n",
	.least = 2,
	.most = 2,
	.options = OPTIONS,
	.run = run_set_role,
};

static const struct cli_option RESET_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--link", NULL, "print a link to choose one instead; until then the old one works"},
	PASSWORD_OPTION,
	{0},
};

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

static const struct cli_command RESET_FACTOR = {
	.name = "reset-second-factor",
	.usage = "EMAIL",
	.summary = "take two-step sign-in away from who has lost app and recovery codes",
	.help = "All their sessions end. Make sure that it is this person who asks.\n",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = run_reset_factor,
};

static const struct cli_option SESSIONS_OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--end", "ID", "end this session"},
	{"--end-all", NULL, "end all of them"},
	{0},
};

static const struct cli_command SESSIONS = {
	.name = "sessions",
	.usage = "EMAIL",
	.summary = "list where a person is signed in, or end that",
	.help = "Of more than 200 sessions those used last are listed. Times are UTC, the last use to five\n"
		"minutes. What a session that ended has open is closed when the command returns.\n",
	.least = 1,
	.most = 1,
	.options = SESSIONS_OPTIONS,
	.run = run_sessions,
};

static const struct cli_command *const COMMANDS[] = {&ADD, &INVITE, &IMPORT, &LIST, &DEACTIVATE,
	&ACTIVATE, &REMOVE, &SET_ROLE, &RESET, &RESET_FACTOR, &SESSIONS, NULL};

const struct cli_command cli_user = {
	.name = "user",
	.usage = "COMMAND ...",
	.summary =
		"people: add, invite, list, deactivate, activate, remove, roles, passwords, sessions",
	.help = "",
	.commands = COMMANDS,
};
