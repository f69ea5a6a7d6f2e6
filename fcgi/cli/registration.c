/* registration.c - see registration.h. */
#include "cli/registration.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/link.h"
#include "base/id.h"
#include "base/valid.h"
#include "cli/registration.sql.h"

#define NAME_MAX_LEN 120
#define REASON_MAX_LEN 500

static const char *user_name(void)
{
	const struct passwd *me = getpwuid(getuid());

	return me ? me->pw_name : "?";
}

/* An id for a mail; NULL where none are sent. */
static const char *new_mail(struct op *op)
{
	char id[ID_UUID_LEN + 1];

	if (!op->app->conf.smtp_url[0])
		return NULL;
	id_uuid7(id);
	return arena_strdup(op->arena, id);
}

static void print_link(const char *url, const char *until)
{
	printf("Link: %s\nIt is shown this once and works once, until %s UTC; hand it over on a safe "
	       "way.\n",
		url, until);
}

int registration_list(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_read(&c->op, NULL, &REGISTRATION_ROWS, DB_NOARGS, &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%-20s  %s UTC  %s, %s <%s>\n", row_text(&rows, i, 0), row_text(&rows, i, 4),
			row_text(&rows, i, 1), row_text(&rows, i, 2), row_text(&rows, i, 3));
	return 0;
}

static int run_approve(struct cli *c)
{
	const char *code = cli_given(c, "--code"), *mail;
	const char *organization = cli_given(c, "--organization");
	char person[ID_UUID_LEN + 1];
	struct op *op = &c->op;
	struct link link;
	struct rows rows;
	int rc;

	if (code && !valid_tenant_code(code))
		return op_fail(op, MT_EINVAL,
			"\"%.60s\" is no code of a company: choose 2 to 40 of a-z, 0-9 and -, a letter "
			"first",
			code);
	if (organization && !cli_is_line(organization, NAME_MAX_LEN))
		return op_fail(op, MT_EINVAL,
			"Give the organization a name of one line and 1 to %d characters",
			NAME_MAX_LEN);
	if ((rc = cli_open(c)) < 0)
		return rc;
	link = link_new(op, LINK_WELCOME);
	mail = new_mail(op);
	id_uuid7(person);
	rc = op_write(op, NULL, &REGISTRATION_APPROVE_ONE,
		DB_ARGS(c->word[0], code, person, mail, link.hash, link_invite_s(op), organization),
		&rows);
	if (rc < 0)
		return rc;
	if (row_text(&rows, 0, 0) && row_text(&rows, 0, 0)[0] == 'c')
		return op_fail(op, MT_ECONFLICT,
			"A company has the code %s already: give another one with --code",
			row_text(&rows, 0, 1));
	if (row_text(&rows, 0, 0))
		return op_fail(op, MT_ECONFLICT,
			"Somebody signs in with %s already: an address belongs to one person of one company",
			row_text(&rows, 0, 2));
	printf("Approved %s\n", row_text(&rows, 0, 1));
	if (mail)
		printf("An invitation goes to %s\n", row_text(&rows, 0, 2));
	else
		print_link(link.url, row_text(&rows, 0, 3));
	return 0;
}

static int run_refuse(struct cli *c)
{
	const char *reason = cli_given(c, "--reason"), *mail;
	struct rows rows;
	int rc;

	if (!reason || !cli_is_line(reason, REASON_MAX_LEN))
		return op_fail(&c->op, MT_EINVAL, "Give --reason one line of 1 to %d characters",
			REASON_MAX_LEN);
	if ((rc = cli_open(c)) < 0)
		return rc;
	mail = new_mail(&c->op);
	rc = op_write(&c->op, NULL, &REGISTRATION_REFUSE_ONE,
		DB_ARGS(c->word[0], reason, mail, user_name()), &rows);
	if (rc < 0)
		return rc;
	printf("Refused %s; %s %s\n", c->word[0],
		mail ? "the reason goes to" : "no mails are sent, so tell", row_text(&rows, 0, 0));
	return 0;
}

static int run_invite(struct cli *c)
{
	const char *address = cli_given(c, "--mail");
	char id[ID_UUID_LEN + 1];
	struct op *op = &c->op;
	struct link link;
	struct rows rows;
	int rc;

	if (address && !valid_email(address))
		return op_fail(op, MT_EINVAL,
			"\"%.100s\" is no e-mail address such as ann@example.com", address);
	if ((rc = cli_open(c)) < 0)
		return rc;
	if (!strcmp(op->app->conf.registration, "closed"))
		return op_fail(op, MT_ECONFLICT,
			"Nobody can register: set registration in mortise.conf to invitation or open first");
	if (address && !op->app->conf.smtp_url[0])
		return op_fail(op, MT_ECONFLICT,
			"This server sends no mails: leave --mail out, and hand the link over");
	link = link_new(op, LINK_REGISTER);
	id_uuid7(id);
	rc = op_write(op, NULL, &REGISTRATION_INVITE_ONE,
		DB_ARGS(id, link.hash, link_invite_s(op), address, user_name()), &rows);
	if (rc < 0)
		return rc;
	if (address)
		printf("An invitation goes to %s\n", address);
	else
		print_link(link.url, row_text(&rows, 0, 0));
	return 0;
}

static const struct cli_option OF_APPROVE[] = {
	{"--code", "CODE", "instead of the code that was asked for"},
	{"--organization", "NAME",
		"to which it belongs, an existing one or a new one; else a new one"},
	CLI_CONF_OPTION, {0}};
static const struct cli_option OF_REFUSE[] = {
	{"--reason", "TEXT", "why, for the one who asked"}, CLI_CONF_OPTION, {0}};
static const struct cli_option OF_INVITE[] = {
	{"--mail", "ADDRESS", "send the link there; else it is printed"}, CLI_CONF_OPTION, {0}};

const struct cli_command registration_approve = {
	.name = "approve",
	.usage = "CODE",
	.summary = "make a company that registered, with its administrator",
	.least = 1,
	.most = 1,
	.options = OF_APPROVE,
	.run = run_approve,
};

const struct cli_command registration_refuse = {
	.name = "refuse",
	.usage = "CODE --reason TEXT",
	.summary = "refuse a company that registered",
	.least = 1,
	.most = 1,
	.options = OF_REFUSE,
	.run = run_refuse,
};

const struct cli_command registration_invite = {
	.name = "invite",
	.usage = "",
	.summary = "make a one-time link with which somebody registers a company",
	.options = OF_INVITE,
	.run = run_invite,
};
