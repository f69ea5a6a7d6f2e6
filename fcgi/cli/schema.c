/*
 * schema.c - `mortise schema [--html | --types]`: what manifest.json may say, for editors and for people.
 * Both are made at build time and served by nginx under /schemas/; `make types` writes the third.
 */
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "cli/cli.h"
#include "cli/schema.h"
#include "package/manifest.h"

static int print_json(void)
{
	json_t *schema = manifest_schema();
	int rc = json_dumpf(schema, stdout, JSON_INDENT(2));

	json_decref(schema);
	putchar('\n');
	return rc;
}

static int schema_run(int argc, char **argv)
{
	bool html = argc == 2 && !strcmp(argv[1], "--html");
	bool types = argc == 2 && !strcmp(argv[1], "--types");
	int rc = 0;

	if (argc > 1 && !html && !types)
		return cli_usage(&cli_schema);
	if (html)
		schema_html(stdout);
	else if (types)
		schema_types(stdout);
	else
		rc = print_json();
	if (rc < 0 || fflush(stdout) != 0) {
		fputs("mortise: the schema can't be written\n", stderr);
		return 1;
	}
	return 0;
}

const struct cli_command cli_schema = {"schema", "[--html | --types]",
	"print the schema of manifest.json, a page about it, or slots as TypeScript", schema_run};
