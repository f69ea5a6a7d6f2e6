/*
 * mortise.c - the command line tool: one command a file in cli/.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct cli_command *const COMMANDS[] = {&cli_setup, &cli_files, &cli_migrate,
	&cli_demo, &cli_tenant, &cli_organization, &cli_user, &cli_token, &cli_oidc, &cli_audit,
	&cli_status, &cli_check, &cli_trust, &cli_secrets, &cli_schema, &cli_plugin, NULL};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("mortise " MORTISE_VERSION);
		return 0;
	}
	return cli_dispatch("mortise", COMMANDS, "", argc, argv);
}
