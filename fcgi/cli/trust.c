/*
 * trust.c - `mortise trust add|list|revoke`: whose signatures count here.
 *
 * Keys are rows that only mortise_owner may write, and its password lies in key_dir: anyone who can
 * run this could as well replace Mortise itself. A browser only reads them. A revoked key stays as a row, so
 * that its signatures are known as bad instead of unknown.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "crypt/minisign.h"
#include "cli/trust.sql.h"

#define NAME_MAX_LEN 80

/* A key file, or the key itself. */
static int read_key(struct op *op, const char *word, struct minisign_key *ret)
{
	char *text;
	size_t n;
	int rc;

	if (access(word, F_OK) < 0 && strlen(word) == MINISIGN_KEY_LEN)
		return minisign_key_read(ret, word, strlen(word), &op->err);
	if ((rc = cli_read_file(op, word, &text, &n)) < 0)
		return rc;
	return cli_about(op, word, minisign_key_read(ret, text, n, &op->err));
}

/* A key that is in the store under this id is a fault, unless it is the same key. */
static int check_known(struct op *op, const char *id, const char *line, bool *ret)
{
	struct rows rows;
	int rc = op_read(op, NULL, &TRUST_FIND, DB_ARGS(id, line), &rows);

	*ret = rc == 0 && rows.n > 0;
	if (!*ret)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return op_fail(op, MT_ECONFLICT,
			"Another key has the id %s: its owner must make a new one", id);
	if (row_bool(&rows, 0, 1))
		return op_fail(op, MT_ECONFLICT,
			"Key %s was revoked, which is final: its owner must make a new one", id);
	return 0;
}

static int add(struct op *op, const char *word, const char *name)
{
	char id[MINISIGN_ID_LEN + 1], line[MINISIGN_KEY_LEN + 1];
	struct minisign_key key;
	struct rows rows;
	bool known;
	int rc = read_key(op, word, &key);

	if (rc < 0)
		return rc;
	minisign_id(id, key.id);
	minisign_key_line(line, &key);
	name = name ? name : id;
	if (!cli_is_line(name, NAME_MAX_LEN))
		return op_fail(
			op, MT_EINVAL, "Give --name one line of 1 to %d characters", NAME_MAX_LEN);
	if ((rc = check_known(op, id, line, &known)) < 0 ||
		(rc = op_write(op, NULL, &TRUST_ADD, DB_ARGS(id, line, name), &rows)) < 0)
		return rc;
	printf("%s %s %s\n", known ? "Renamed" : "Trusted", id, name);
	return 0;
}

static int list(struct op *op)
{
	struct rows rows;
	int rc = op_read(op, NULL, &TRUST_LIST, DB_NOARGS, &rows);

	if (rc < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		const char *revoked = row_text(&rows, i, 3);

		printf("%s  %-10s %s%s  %s  %s\n", row_text(&rows, i, 0), row_text(&rows, i, 2),
			revoked ? "revoked " : "trusted", revoked ? revoked : "",
			row_text(&rows, i, 4), row_text(&rows, i, 1));
	}
	if (rows.n == 0)
		puts("No key is trusted; add one with: mortise trust add FILE.pub --name OWNER");
	return 0;
}

static int revoke_key(struct op *op, const char *word)
{
	char id[MINISIGN_ID_LEN + 1];
	size_t n = strlen(word);
	struct rows rows;
	int rc;

	for (size_t i = 0; i < n; i++)
		if (n != MINISIGN_ID_LEN || !isxdigit((unsigned char)word[i]))
			return op_fail(op, MT_EINVAL,
				"\"%.40s\" is not a key's id: give its 16 digits, as `mortise trust "
				"list` shows them",
				word);
	for (size_t i = 0; i <= n; i++)
		id[i] = (char)toupper((unsigned char)word[i]);
	if ((rc = op_write(op, NULL, &TRUST_REVOKE, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(op, MT_ENOENT,
			"There is no trusted key %s: `mortise trust list` shows those there are",
			id);
	cli_rights_wait(op);
	printf("Revoked %s %s: what it signed no longer runs, unless trust_policy is off\n", id,
		row_text(&rows, 0, 0));
	return 0;
}

static int trust_run(struct cli *c)
{
	const char *verb = c->word[0], *name = cli_given(c, "--name");
	bool adds = !strcmp(verb, "add"), revokes = !strcmp(verb, "revoke");
	struct op *op = &c->op;
	int rc;

	if (c->n != (adds || revokes ? 2 : 1) || (!adds && !revokes && strcmp(verb, "list") != 0) ||
		(name && !adds))
		return cli_usage(c);
	if ((rc = cli_open(c)) < 0)
		return rc;
	return adds ? add(op, c->word[1], name) : revokes ? revoke_key(op, c->word[1]) : list(op);
}

static const struct cli_option OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--name", "OWNER", "add: whose key it is; its id without this"},
	{0},
};

const struct cli_command cli_trust = {
	.name = "trust",
	.usage = "add FILE.pub|KEY | list | revoke ID",
	.summary = "choose whose signatures of packages count",
	.least = 1,
	.most = 2,
	.options = OPTIONS,
	.run = trust_run,
};
