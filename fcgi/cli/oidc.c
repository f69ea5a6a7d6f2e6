/*
 * oidc.c - `mortise oidc`: providers of OpenID Connect for everybody on this server. Companies set
 * theirs up in their settings.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "auth/ring.h"
#include "base/id.h"
#include "base/json.h"
#include "oidc/provider.h"
#include "cli/oidc.sql.h"

/* "a,b" as a JSON array; NULL = an empty one. */
static json_t *words(const char *list)
{
	json_t *ret = json_array();

	for (const char *at = list ? list : ""; *at; at += strspn(at, ", ")) {
		size_t n = strcspn(at, ", ");

		if (n > 0)
			json_array_append_new(ret, json_stringn(at, n));
		at += n;
	}
	return ret;
}

/* The secret from standard input, sealed; a public client has none. */
static int read_secret(struct cli *c, const char *id, const char **ret, const char **ret_key)
{
	struct op *op = &c->op;
	char secret[CLI_PASSWORD_MAX];
	const struct seal_ring *ring;
	int rc;

	*ret = *ret_key = NULL;
	if (cli_given(c, "--public"))
		return 0;
	if ((rc = cli_password_read(op, "Client secret: ", secret)) < 0)
		return rc;
	if (!*secret)
		return op_fail(op, MT_EINVAL,
			"Give the client secret on standard input, or --public without one");
	if ((rc = ring_get(&op->app->conf, &ring, &op->err)) < 0)
		return rc;
	*ret = provider_seal(op->arena, ring, 0, id, 0, secret, ret_key);
	seal_wipe(secret, sizeof(secret));
	return 0;
}

static int run_add(struct cli *c)
{
	const char *domains = cli_given(c, "--domain"), *home = cli_given(c, "--make-in");
	const char *role = cli_given(c, "--role"), *secret, *key;
	const char *issuer = c->word[1];
	char id[ID_UUID_LEN + 1];
	struct op *op = &c->op;
	struct rows rows;
	json_t *what;
	int rc;

	if (!cli_is_line(c->word[0], 60))
		return op_fail(op, MT_EINVAL,
			"Give the provider a name of one line and 1 to 60 characters");
	if ((strncmp(issuer, "https://", 8) != 0 && strncmp(issuer, "http://", 7) != 0) ||
		strpbrk(issuer, " \"<>\\?#@") || strlen(issuer) > 200)
		return op_fail(op, MT_EINVAL,
			"\"%.100s\" is no issuer such as https://login.example.org", issuer);
	if (!domains || !*domains || (home && !role))
		return cli_usage(c);
	if ((rc = cli_open(c)) < 0)
		return rc;
	id_uuid7(id);
	if ((rc = read_secret(c, id, &secret, &key)) < 0)
		return rc;
	what = json_pack("{ss ss ss ss sn s[] so sb sb so sb}", "name", c->word[0], "issuer",
		issuer, "clientId", c->word[2], "scopes", "openid email profile", "roleClaim",
		"roleMap", "defaultRoles", words(role), "creates", home != NULL, "links", true,
		"domains", words(domains), "enabled", true);
	json_own(op->arena, what);
	rc = op_write(op, NULL, &OIDC_ADD,
		DB_ARGS(id, json_text(op->arena, what, NULL), secret, key, home), &rows);
	if (rc < 0)
		return rc;
	printf("Added %s; its redirect URI is %s/api/auth/oidc/callback\n", c->word[0],
		op->app->conf.public_url);
	return 0;
}

static int run_list(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_read(&c->op, NULL, &OIDC_LIST, DB_NOARGS, &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		const char *tenant = row_text(&rows, i, 0), *home = row_text(&rows, i, 5);

		printf("%-20s %s, %s%s, %s people%s%s%s\n", row_text(&rows, i, 1),
			row_text(&rows, i, 2), tenant ? "of " : "of the server",
			tenant ? tenant : "", row_text(&rows, i, 4),
			home ? ", makes accounts in " : "", home ? home : "",
			row_bool(&rows, i, 6) ? ", required" : "");
	}
	return 0;
}

static int run_delete(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_write(&c->op, NULL, &OIDC_DELETE,
			 DB_ARGS(c->word[0], cli_given(c, "--tenant")), &rows)) < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return op_fail(&c->op, MT_ENOENT,
			"There is no provider \"%.60s\"; `mortise oidc list` shows them",
			c->word[0]);
	printf("Deleted %s; whom it signed in needs a password from now on\n", c->word[0]);
	return 0;
}

static int require(struct cli *c, const char *required)
{
	const char *tenant = cli_given(c, "--tenant");
	struct rows rows;
	int rc;

	if (!tenant)
		return cli_usage(c);
	if ((rc = cli_open(c)) < 0 || (rc = op_write(&c->op, NULL, &OIDC_REQUIRE,
					       DB_ARGS(c->word[0], tenant, required), &rows)) < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return op_fail(&c->op, MT_ENOENT,
			"There is no provider \"%.60s\"; `mortise oidc list` shows them",
			c->word[0]);
	return 0;
}

static int run_require(struct cli *c)
{
	int rc = require(c, "true");

	if (rc == 0)
		printf("People of %s sign in by %s only; who administers the company may use a password, too\n",
			cli_given(c, "--tenant"), c->word[0]);
	return rc;
}

static int run_release(struct cli *c)
{
	int rc = require(c, "false");

	if (rc == 0)
		printf("People of %s may sign in without %s\n", cli_given(c, "--tenant"),
			c->word[0]);
	return rc;
}

static const struct cli_option OF_ADD[] = {
	{"--domain", "DOMAIN[,...]", "whose verified addresses find an account"},
	{"--make-in", "CODE", "make accounts at the first sign-in, in this company"},
	{"--role", "ROLE[,...]", "of accounts that it makes"},
	{"--public", NULL, "a client without a secret"}, CLI_CONF_OPTION, {0}};

static const struct cli_option OF_DELETE[] = {
	{"--tenant", "CODE", "one of this company"}, CLI_CONF_OPTION, {0}};

static const struct cli_option OF_REQUIRE[] = {
	{"--tenant", "CODE", "the company whose provider it is"}, CLI_CONF_OPTION, {0}};

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

static const struct cli_command ADD = {
	.name = "add",
	.usage = "NAME ISSUER CLIENT-ID --domain DOMAIN",
	.summary =
		"let everybody sign in by a provider, whose client secret is read from standard input",
	.least = 3,
	.most = 3,
	.options = OF_ADD,
	.run = run_add,
};

static const struct cli_command LIST = {
	.name = "list",
	.usage = "",
	.summary = "list the providers of the server and of companies",
	.options = OPTIONS,
	.run = run_list,
};

static const struct cli_command DELETE = {
	.name = "delete",
	.usage = "NAME",
	.summary = "delete a provider of the server, or of a company",
	.least = 1,
	.most = 1,
	.options = OF_DELETE,
	.run = run_delete,
};

static const struct cli_command REQUIRE = {
	.name = "require",
	.usage = "NAME --tenant CODE",
	.summary =
		"let people of a company sign in by its provider only, but those who administer it",
	.least = 1,
	.most = 1,
	.options = OF_REQUIRE,
	.run = run_require,
};

static const struct cli_command RELEASE = {
	.name = "release",
	.usage = "NAME --tenant CODE",
	.summary = "let them sign in with passwords and passkeys again",
	.least = 1,
	.most = 1,
	.options = OF_REQUIRE,
	.run = run_release,
};

static const struct cli_command *const COMMANDS[] = {
	&ADD, &LIST, &REQUIRE, &RELEASE, &DELETE, NULL};

const struct cli_command cli_oidc = {
	.name = "oidc",
	.usage = "COMMAND ...",
	.summary = "sign-in by OpenID Connect: add, list, require, delete providers",
	.help = "",
	.commands = COMMANDS,
};
