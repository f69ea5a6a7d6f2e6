/*
 * plugin.c - `mortise plugin COMMAND`: finds the command, parses its arguments and options, prints
 * its usage.
 */
#include "cli/plugin.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

static const struct plugin_command *const COMMANDS[] = {&plugin_new, &plugin_dev, &plugin_test,
	&plugin_pack, &plugin_keygen, &plugin_sign, &plugin_upload, &plugin_check, &plugin_keygen,
	&plugin_sign, &plugin_install, &plugin_upgrade, &plugin_rollback, &plugin_uninstall,
	&plugin_list, &plugin_search, &plugin_logs, &plugin_compat};
#define N_COMMANDS (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

static int plugin_command_run(int argc, char **argv);

const struct cli_command cli_plugin = {"plugin", "COMMAND ...",
	"make, test, pack, sign, install and watch plugins (mortise plugin --help)",
	plugin_command_run};

static int overview(FILE *f)
{
	fputs("usage: mortise plugin COMMAND ...\n\n", f);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-10s %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
	fputs("\nBegin with `mortise plugin new my-plugin`, then `mortise plugin dev my-plugin`.\n"
	      "`mortise plugin COMMAND --help` says more about each.\n",
		f);
	return f == stdout ? 0 : 2;
}

static void print_call(const struct plugin_command *c, FILE *f)
{
	fprintf(f, "usage: mortise plugin %s %s%s\n", c->name, c->options ? "[OPTION...] " : "",
		c->usage);
}

static int print_help(const struct plugin_command *c)
{
	print_call(c, stdout);
	printf("\n%s\n", c->summary);
	if (c->help)
		printf("\n%s", c->help);
	if (c->options)
		putchar('\n');
	for (const struct plugin_option *o = c->options; o && o->name; o++) {
		char name[40];

		snprintf(name, sizeof(name), "%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		printf("  %-16s %s\n", name, o->help);
	}
	return 0;
}

int plugin_usage(const struct plugin_args *a)
{
	print_call(a->command, stderr);
	return 2;
}

int plugin_fail(const struct plugin_args *a)
{
	const struct err *e = a->err;

	fprintf(stderr, "mortise: %s%s\n", e->message, e->n_fields ? ":" : "");
	for (int i = 0; i < e->n_fields; i++)
		fprintf(stderr, "  %s: %s\n", e->field[i].pointer, e->field[i].detail);
	if (e->log[0])
		fprintf(stderr, "  %s\n", e->log);
	return 1;
}

const char *plugin_given(const struct plugin_args *a, const char *name)
{
	for (int i = a->n_given - 1; i >= 0; i--)
		if (strcmp(a->given[i].name, name) == 0)
			return a->given[i].value;
	return NULL;
}

static const struct plugin_option *find_option(
	const struct plugin_command *c, const char *word, size_t n)
{
	for (const struct plugin_option *o = c->options; o && o->name; o++)
		if (strlen(o->name) == n && strncmp(o->name, word, n) == 0)
			return o;
	return NULL;
}

/* One option of argv[*i]: "--url X" or "--url=X". 0, or 2 with the reason printed. */
static int read_option(struct plugin_args *a, int argc, char **argv, int *i)
{
	const char *word = strcmp(argv[*i], "-f") == 0	 ? "--follow"
			   : strcmp(argv[*i], "-y") == 0 ? "--yes"
							 : argv[*i];
	size_t n = strcspn(word, "=");
	const struct plugin_option *o = find_option(a->command, word, n);
	const char *value = "";

	if (!o) {
		fprintf(stderr, "mortise: plugin %s has no option %s\n", a->command->name,
			argv[*i]);
		return plugin_usage(a);
	}
	if (o->value && word[n] == '=')
		value = word + n + 1;
	else if (o->value && *i + 1 < argc)
		value = argv[++*i];
	if ((o->value && *value == '\0') || (!o->value && word[n] == '=') ||
		a->n_given == PLUGIN_OPTIONS_MAX) {
		fprintf(stderr, "mortise: %s %s\n", o->name,
			o->value ? "needs a value" : "takes no value");
		return plugin_usage(a);
	}
	a->given[a->n_given].name = o->name;
	a->given[a->n_given++].value = value;
	return 0;
}

static int read_args(struct plugin_args *a, int argc, char **argv)
{
	bool words_only = false;
	int rc;

	for (int i = 1; i < argc; i++) {
		if (!words_only && strcmp(argv[i], "--") == 0) {
			words_only = true;
		} else if (!words_only && argv[i][0] == '-' && argv[i][1]) {
			if ((rc = read_option(a, argc, argv, &i)) != 0)
				return rc;
		} else if (a->n < PLUGIN_WORDS_MAX - 1) {
			a->word[a->n++] = argv[i];
		} else {
			return plugin_usage(a);
		}
	}
	return a->n < a->command->least || a->n > a->command->most ? plugin_usage(a) : 0;
}

static int run_command(const struct plugin_command *c, int argc, char **argv)
{
	struct err e;
	struct plugin_args a = {.command = c, .err = &e};
	int rc;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return print_help(c);
	a.arena = arena_new();
	err_init(&e, a.arena);
	rc = read_args(&a, argc, argv);
	if (rc == 0)
		rc = c->run(&a);
	arena_free(a.arena);
	return rc;
}

static int plugin_command_run(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return overview(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0)
		return overview(stdout);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], COMMANDS[i]->name) == 0)
			return run_command(COMMANDS[i], argc - 1, argv + 1);
	fprintf(stderr, "mortise: there is no command `plugin %s`\n", argv[1]);
	return overview(stderr);
}
