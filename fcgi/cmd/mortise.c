/*
 * mortise.c - the command line tool: one subcommand a file in cli/.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct cli_command *const commands[] = {
	&cli_setup,
	&cli_migrate,
	&cli_demo,
	&cli_status,
	&cli_check,
	&cli_trust,
	&cli_secrets,
	&cli_schema,
	&cli_plugin,
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *f)
{
	fputs("usage: mortise COMMAND ...\n\n", f);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-8s %s\n           mortise %s %s\n", commands[i]->name,
			commands[i]->summary, commands[i]->name, commands[i]->usage);
	fputs("\nCONF is mortise.conf; without -c: $MORTISE_CONF, else " MORTISE_PREFIX
	      "/etc/mortise.conf\n",
		f);
	return f == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("mortise " MORTISE_VERSION);
		return 0;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return commands[i]->run(argc - 1, argv + 1);
	fprintf(stderr, "mortise: there is no command '%s'\n", argv[1]);
	return help(stderr);
}
