/*
 * schema.c - `mortise schema [--html | --types]`: what manifest.json may contain, for editors and for people.
 * Both are made at build time and served by nginx under /schemas/; `make types` writes the third.
 */
#include <stdio.h>
#include "cli/cli.h"
#include "cli/schema.h"
#include "package/manifest.h"

static int schema_run(struct cli *c)
{
	if (cli_given(c, "--html")) {
		schema_html(stdout);
	} else if (cli_given(c, "--types")) {
		schema_types(stdout);
	} else {
		json_t *schema = manifest_schema();

		cli_print_json(schema, JSON_INDENT(2));
		json_decref(schema);
	}
	return fflush(stdout) != 0 || ferror(stdout) ? cli_errno(&c->op, "standard output") : 0;
}

static const struct cli_option OPTIONS[] = {
	{"--html", NULL, "a page about it instead"},
	{"--types", NULL, "slots as TypeScript instead"},
	{0},
};

const struct cli_command cli_schema = {
	.name = "schema",
	.usage = "",
	.summary = "print the schema of manifest.json, a page about it, or slots as TypeScript",
	.options = OPTIONS,
	.run = schema_run,
};
