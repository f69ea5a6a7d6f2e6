/*
 * cli.c - finds the command, reads its words and options, explains its use, and what commands share.
 */
#include "cli/cli.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/rights.h"
#include "auth/source.h"
#include "base/clock.h"
#include "base/utf8.h"

#define COMMAND_DB_MS 15000

/* --- words and options ------------------------------------------------------------------------------ */

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int overview(
	const char *group, const struct cli_command *const *table, const char *hint, FILE *f)
{
	fprintf(f, "usage: %s COMMAND ...\n\n", group);
	for (; *table; table++)
		fprintf(f, "  %-14s %s\n", (*table)->name, (*table)->summary);
	fprintf(f, "\n%s`%s COMMAND --help` describes a command.\n", hint, group);
	return f == stdout ? 0 : 2;
}

static void print_call(const struct cli *c, FILE *f)
{
	fprintf(f, "usage: %s %s%s%s%s\n", c->group, c->command->name,
		c->command->options ? " [OPTION...]" : "", *c->command->usage ? " " : "",
		c->command->usage);
}

static int print_help(const struct cli *c)
{
	const struct cli_command *k = c->command;

	print_call(c, stdout);
	printf("\n%s\n", k->summary);
	if (k->help)
		printf("\n%s", k->help);
	if (k->options)
		putchar('\n');
	for (const struct cli_option *o = k->options; o && o->name; o++) {
		char name[40];

		snprintf(name, sizeof(name), "%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		printf("  %-16s %s\n", name, o->help);
	}
	return 0;
}

int cli_usage(const struct cli *c)
{
	print_call(c, stderr);
	return 2;
}

const char *cli_given(const struct cli *c, const char *name)
{
	for (int i = c->n_given - 1; i >= 0; i--)
		if (strcmp(c->given[i].name, name) == 0)
			return c->given[i].value;
	return NULL;
}

static const struct cli_option *find_option(const struct cli_command *c, const char *word, size_t n)
{
	for (const struct cli_option *o = c->options; o && o->name; o++)
		if (strlen(o->name) == n && strncmp(o->name, word, n) == 0)
			return o;
	return NULL;
}

/* One option of argv[*i]: "--url X" or "--url=X". 0, or 2 with the reason printed. */
static int read_option(struct cli *c, int argc, char **argv, int *i)
{
	const char *word = strcmp(argv[*i], "-f") == 0	 ? "--follow"
			   : strcmp(argv[*i], "-y") == 0 ? "--yes"
							 : argv[*i];
	size_t n = strcspn(word, "=");
	const struct cli_option *o = find_option(c->command, word, n);
	const char *value = "";

	if (!o) {
		fprintf(stderr, "mortise: Unknown option %s\n", argv[*i]);
		return cli_usage(c);
	}
	if (o->value && word[n] == '=')
		value = word + n + 1;
	else if (o->value && *i + 1 < argc)
		value = argv[++*i];
	if ((o->value && *value == '\0') || (!o->value && word[n] == '=')) {
		fprintf(stderr, "mortise: %s %s\n", o->name,
			o->value ? "needs a value" : "takes no value");
		return cli_usage(c);
	}
	c->given[c->n_given].name = o->name;
	c->given[c->n_given++].value = value;
	return 0;
}

static int read_args(struct cli *c, int argc, char **argv)
{
	bool words_only = false;
	int rc;

	c->word = arena_zalloc(c->op.arena, ((size_t)argc + 1) * sizeof(*c->word));
	c->given = arena_zalloc(c->op.arena, ((size_t)argc + 1) * sizeof(*c->given));
	for (int i = 1; i < argc; i++) {
		if (!words_only && strcmp(argv[i], "--") == 0) {
			words_only = true;
		} else if (words_only || argv[i][0] != '-' || !argv[i][1]) {
			c->word[c->n++] = argv[i];
		} else if ((rc = read_option(c, argc, argv, &i)) != 0) {
			return rc;
		}
	}
	return c->n < c->command->least || c->n > c->command->most ? cli_usage(c) : 0;
}

static int run_command(const char *group, const struct cli_command *command, int argc, char **argv)
{
	static struct app app;
	struct cli c = {.command = command, .group = group};
	int rc;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i]))
			return print_help(&c);
	op_init(&c.op, arena_new(), INT64_MAX);
	c.op.app = &app;
	rc = read_args(&c, argc, argv);
	if (rc == 0)
		rc = command->run(&c);
	if (rc < 0)
		cli_print_error(&c.op.err, NULL);
	arena_free(c.op.arena);
	return rc < 0 ? 1 : rc;
}

int cli_dispatch(const char *group, const struct cli_command *const *table, const char *hint,
	int argc, char **argv)
{
	char name[40];

	setlocale(LC_CTYPE, "C.UTF-8");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return overview(group, table, hint, stderr);
	if (is_help(argv[1]) || strcmp(argv[1], "help") == 0)
		return overview(group, table, hint, stdout);
	for (const struct cli_command *const *k = table; *k; k++) {
		if (strcmp(argv[1], (*k)->name) != 0)
			continue;
		if (!(*k)->commands)
			return run_command(group, *k, argc - 1, argv + 1);
		snprintf(name, sizeof(name), "%s %s", group, (*k)->name);
		return cli_dispatch(name, (*k)->commands, (*k)->help, argc - 1, argv + 1);
	}
	fprintf(stderr, "mortise: Unknown command `%s %s`\n", group, argv[1]);
	return overview(group, table, hint, stderr);
}

/* --- output ----------------------------------------------------------------------------------------- */

void cli_print_error(const struct err *e, const char *about)
{
	fprintf(stderr, "mortise: %s%s%s%s\n", about ? about : "", about ? ": " : "", e->message,
		e->n_fields ? ":" : "");
	for (int i = 0; i < e->n_fields; i++)
		fprintf(stderr, "  %s: %s\n", e->field[i].pointer, e->field[i].detail);
	if (e->log[0])
		fprintf(stderr, "  %s\n", e->log);
}

int cli_about(struct op *op, const char *path, int rc)
{
	if (rc < 0)
		op->err.message = arena_printf(op->arena, "%s: %s", path, op->err.message);
	return rc;
}

void cli_print_json(const json_t *v, size_t flags)
{
	json_dumpf(v, stdout, flags);
	putchar('\n');
}

/* --- configuration and database --------------------------------------------------------------------- */

int cli_conf(struct cli *c)
{
	const char *file = cli_given(c, "-c");

	return conf_read(&c->op.app->conf, file ? file : conf_find(0, NULL), &c->op.err);
}

struct op cli_part(const struct op *op)
{
	struct op ret = *op;

	ret.arena = arena_new();
	op_clear(&ret);
	return ret;
}

int cli_part_end(struct op *op, struct op *part, int rc)
{
	const struct err *e = &part->err;

	if (rc < 0) {
		err_take(&op->err, rc, e);
		op->err.type = arena_strdup(op->arena, e->type);
		for (int i = 0; i < e->n_fields; i++)
			err_addfield_verbatim(&op->err, e->field[i].pointer, e->field[i].detail);
	}
	arena_free(part->arena);
	return rc;
}

static void free_db(void *db)
{
	db_free(db);
}

void cli_db(struct op *op, const char *role, int ms)
{
	const struct conf *c = &op->app->conf;

	op->deadline = clock_ms() + ms;
	op->db = db_new(&(struct db_opts){
		.host = c->db_host,
		.port = c->db_port,
		.dbname = c->db_name,
		.user = role,
		.passfile = arena_printf(op->arena, "%s/pgpass", c->key_dir),
		.process = "mortise",
	});
	arena_cleanup(op->arena, free_db, op->db);
}

int cli_open(struct cli *c)
{
	int rc = cli_conf(c);

	if (rc == 0)
		cli_db(&c->op, "mortise_owner", COMMAND_DB_MS);
	source_of_command(&c->op, arena_printf(c->op.arena, "%s %s", c->group, c->command->name));
	return rc;
}

bool cli_is_line(const char *s, long most)
{
	long n = utf8_length(s, strlen(s));

	if (n < 1 || n > most)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

void cli_rights_wait(struct op *op)
{
	struct err kept = op_try(op);
	const char *hosts;

	if (rights_wait(op, &hosts) < 0)
		fprintf(stderr, "mortise: Can't check whether all hosts know it: %s\n",
			op->err.message);
	else if (hosts)
		fprintf(stderr,
			"mortise: These hosts have not confirmed it yet, check their logs: %s\n",
			hosts);
	op_tried(op, kept);
}

static void finish(void *db)
{
	PQfinish(db);
}

static void no_notices(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

int cli_connect_with(struct op *op, const char *const *names, const char *const *values,
	bool expand, const char *what, PGconn **ret)
{
	*ret = PQconnectdbParams(names, values, expand);
	arena_cleanup(op->arena, finish, *ret);
	PQsetNoticeProcessor(*ret, no_notices, NULL);
	if (PQstatus(*ret) == CONNECTION_OK)
		return 0;
	op_log(op, "%s", PQerrorMessage(*ret));
	return op_fail(op, MT_EBUSY, "Can't connect to %s", what);
}

int cli_connect(struct op *op, const char *role, const char *password, PGconn **ret)
{
	const struct conf *c = &op->app->conf;
	char port[16];
	const char *const names[] = {"host", "port", "dbname", "user", "password", "passfile",
		"connect_timeout", "application_name", "client_encoding", NULL};
	const char *const values[] = {c->db_host, port, c->db_name, role, password,
		arena_printf(op->arena, "%s/pgpass", c->key_dir), "10", "mortise", "UTF8", NULL};

	/* libpq prefers it to a passfile, and it was meant for somebody else, such as the superuser. */
	unsetenv("PGPASSWORD");
	snprintf(port, sizeof(port), "%d", c->db_port);
	return cli_connect_with(op, names, values, false,
		arena_printf(op->arena, "database %s as %s", c->db_name, role), ret);
}

int cli_exec(struct op *op, PGconn *db, const char *sql, const char *what)
{
	PGresult *res = PQexec(db, sql);
	ExecStatusType st = PQresultStatus(res);

	PQclear(res);
	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_EMPTY_QUERY)
		return 0;
	op_log(op, "%s", PQerrorMessage(db));
	return op_fail(op, MT_EINTERNAL, "The database refused %s", what);
}

int cli_query(struct op *op, PGconn *db, const struct stmt *s, const char *const *args, int n,
	struct rows *ret)
{
	PGresult *res = PQexecParams(db, s->sql, n, NULL, args, NULL, NULL, 0);
	ExecStatusType st = PQresultStatus(res);
	struct rows unused;

	rows_take(ret ? ret : &unused, res, strtol(PQcmdTuples(res), NULL, 10), op->arena);
	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK)
		return 0;
	op_log(op, "%s: %s", s->name, PQerrorMessage(db));
	return op_fail(op, MT_EINTERNAL, "The database refused a statement");
}
