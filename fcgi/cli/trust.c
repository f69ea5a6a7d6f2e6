/*
 * trust.c - `mortise trust add|list|revoke`: whose signatures count here.
 *
 * Keys are rows that only mortise_owner may write, and its password is in key_dir: a user who can
 * run this could as well replace Mortise itself. Browsers only read them. A revoked key stays as a
 * row, so that its signatures are known as bad instead of unknown.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "crypt/minisign.h"
#include "cli/trust.sql.h"

#define NAME_MAX_LEN 80
#define HOSTS_MS 4000 /* a steward checks ten times a second */

/* The words that are neither options nor their values: at most two. */
static int words(int argc, char **argv, const char *ret[2])
{
	int n = 0;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-c") || !strcmp(argv[i], "--name"))
			i++;
		else if (!strncmp(argv[i], "--name=", 7))
			continue;
		else if (argv[i][0] == '-' || n == 2)
			return -1;
		else
			ret[n++] = argv[i];
	}
	return n;
}

static bool is_name(const char *s)
{
	long n = utf8_length(s, strlen(s));

	if (n < 1 || n > NAME_MAX_LEN)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* A key file, or the key itself. */
static int read_key(const char *word, struct minisign_key *ret, struct err *e)
{
	char *text;
	size_t n;
	int rc;

	if (access(word, F_OK) < 0 && strlen(word) == MINISIGN_KEY_LEN)
		return minisign_key_read(ret, word, strlen(word), e);
	if ((rc = cli_read_file(word, &text, &n, e)) < 0)
		return rc;
	rc = minisign_key_read(ret, text, n, e);
	free(text);
	if (rc < 0) {
		char why[300];

		snprintf(why, sizeof(why), "%.250s", e->message);
		err_init(e, e->arena);
		return err_set(e, rc, "%s %s", word, why);
	}
	return 0;
}

/* A key that is in the store under this id is a fault, unless it is the same key. */
static int is_there(PGconn *db, const char *id, const char *line, bool *ret, struct err *e)
{
	PGresult *res;
	int rc = cli_query(db, &TRUST_FIND, (const char *const[]){id, line}, 2, &res, e);

	if (rc < 0)
		return rc;
	*ret = PQntuples(res) > 0;
	if (*ret && PQgetvalue(res, 0, 0)[0] != 't')
		rc = err_set(e, MT_ECONFLICT,
			"there is another key with the id %s; its owner must make a new one", id);
	else if (*ret && PQgetvalue(res, 0, 1)[0] == 't')
		rc = err_set(e, MT_ECONFLICT,
			"the key %s was revoked, and stays so; its owner must make a new one", id);
	PQclear(res);
	return rc;
}

static int add(PGconn *db, const char *word, const char *name, struct err *e)
{
	char id[MINISIGN_ID_LEN + 1], line[MINISIGN_KEY_LEN + 1];
	struct minisign_key key;
	bool there = false;
	int rc = read_key(word, &key, e);

	if (rc < 0)
		return rc;
	minisign_id(id, key.id);
	minisign_key_line(line, &key);
	if (!name)
		name = id;
	if (!is_name(name))
		return err_set(
			e, MT_EINVAL, "--name is one line of 1 to %d characters", NAME_MAX_LEN);
	rc = is_there(db, id, line, &there, e);
	if (rc == 0)
		rc = cli_query(db, &TRUST_ADD, (const char *const[]){id, line, name}, 3, NULL, e);
	if (rc == 0)
		printf("%s %s %s\n", there ? "renamed" : "trusted", id, name);
	return rc;
}

static int list(PGconn *db, struct err *e)
{
	PGresult *res;
	int rc = cli_query(db, &TRUST_LIST, NULL, 0, &res, e);

	if (rc < 0)
		return rc;
	for (int i = 0; i < PQntuples(res); i++) {
		bool revoked = !PQgetisnull(res, i, 3);

		printf("%s  %-10s %s%s  %s  %s\n", PQgetvalue(res, i, 0), PQgetvalue(res, i, 2),
			revoked ? "revoked " : "trusted", PQgetvalue(res, i, 3),
			PQgetvalue(res, i, 4), PQgetvalue(res, i, 1));
	}
	if (PQntuples(res) == 0)
		puts("no key is trusted; add one with: mortise trust add FILE.pub --name WHOSE");
	PQclear(res);
	return 0;
}

static char *one_text(PGconn *db, const struct stmt *s, const char *arg, struct err *e)
{
	char *ret = NULL;
	PGresult *res;

	if (cli_query(db, s, &arg, arg ? 1 : 0, &res, e) < 0)
		return NULL;
	if (PQntuples(res) == 1 && !PQgetisnull(res, 0, 0))
		ret = strdup(PQgetvalue(res, 0, 0));
	PQclear(res);
	return ret;
}

/* Waits until every live steward has passed the mark. The revocation holds in any case; this only
 * tells when. */
static void wait_for_hosts(PGconn *db)
{
	int64_t until = clock_ms() + HOSTS_MS;
	char *mark, *hosts = NULL;
	struct err e;

	err_init(&e, NULL);
	mark = one_text(db, &TRUST_MARK, NULL, &e);
	while (mark) {
		hosts = one_text(db, &TRUST_WAITS, mark, &e);
		if (!hosts || clock_left(until) == 0)
			break;
		free(hosts);
		nanosleep(&(struct timespec){.tv_nsec = 50 * 1000000L}, NULL);
	}
	if (hosts)
		fprintf(stderr, "these hosts have not confirmed it yet, look at their logs: %s\n",
			hosts);
	else if (e.code)
		fprintf(stderr, "whether all hosts know it can't be read: %s\n", e.message);
	free(mark);
	free(hosts);
}

static int revoke_key(PGconn *db, const char *word, struct err *e)
{
	char id[MINISIGN_ID_LEN + 1];
	size_t n = strlen(word);
	PGresult *res;
	int rc;

	for (size_t i = 0; i < n; i++)
		if (n != MINISIGN_ID_LEN || !isxdigit((unsigned char)word[i]))
			return err_set(e, MT_EINVAL,
				"\"%.40s\" is no key's id; wanted: its 16 digits, as `mortise trust "
				"list` shows them",
				word);
	for (size_t i = 0; i <= n; i++)
		id[i] = (char)toupper((unsigned char)word[i]);
	rc = cli_query(db, &TRUST_REVOKE, (const char *const[]){id}, 1, &res, e);
	if (rc < 0)
		return rc;
	if (PQntuples(res) == 0)
		rc = err_set(e, MT_ENOENT, "there is no trusted key %s", id);
	else {
		wait_for_hosts(db);
		printf("revoked %s %s: what it signed may not run any more, unless trust_policy is "
		       "off\n",
			id, PQgetvalue(res, 0, 0));
	}
	PQclear(res);
	return rc;
}

static int trust_run(int argc, char **argv)
{
	const char *word[2] = {NULL, NULL}, *name = cli_option(argc, argv, "--name");
	int n = words(argc, argv, word), rc;
	const char *verb = n > 0 ? word[0] : "";
	bool adds = !strcmp(verb, "add"), revokes = !strcmp(verb, "revoke");
	PGconn *db = NULL;
	struct conf c;
	struct err e;

	if (n != (!strcmp(verb, "list") ? 1 : 2) || (n == 2 && !adds && !revokes) ||
		(name && !adds))
		return cli_usage(&cli_trust);
	err_init(&e, NULL);
	if (conf_read(&c, conf_find(argc, argv), &e) < 0 ||
		cli_connect(&c, "mortise_owner", NULL, &db, &e) < 0)
		return cli_fail(&e);
	rc = adds      ? add(db, word[1], name, &e)
	     : revokes ? revoke_key(db, word[1], &e)
		       : list(db, &e);
	PQfinish(db);
	return rc < 0 ? cli_fail(&e) : 0;
}

const struct cli_command cli_trust = {"trust",
	"add FILE.pub|KEY [--name WHOSE] | list | revoke ID  [-c CONF]",
	"say whose signatures of packages count", trust_run};
