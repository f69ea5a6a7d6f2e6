/* schema_types.c - slots and permissions as the types of @mortise/sdk: see schema.h. */
#include "base/perm.h"
#include "cli/schema.h"
#include "package/slots.h"

static const char HEAD[] =
	"/**\n"
	" * The app's slots, the props of components there, and the permissions that plugins may request.\n"
	" * Written by `make types` from the tables that packages are checked with: don't edit it.\n"
	" */\n\n";

/* A union over several lines. */
static void words(FILE *f, const char *const *list)
{
	for (; *list; list++)
		fprintf(f, "  | '%s'%s\n", *list, list[1] ? "" : ";");
}

static void props(FILE *f, const struct slot *s)
{
	fprintf(f, "  /** %s */\n", s->place);
	if (!s->props->name) {
		fprintf(f, "  '%s': Record<never, never>;\n", s->id);
		return;
	}
	fprintf(f, "  '%s': {\n", s->id);
	for (const struct slot_prop *p = s->props; p->name; p++)
		fprintf(f, "    /** %s */\n    %s: %s;\n", p->doc, p->name, p->type);
	fputs("  };\n", f);
}

static void drawn(FILE *f, const struct slot *s)
{
	fprintf(f, "  '%s': [", s->id);
	for (const char *const *t = s->render_types; *t; t++)
		fprintf(f, "'%s'%s", *t, t[1] ? ", " : "],\n");
}

void schema_types(FILE *f)
{
	fputs(HEAD, f);
	fputs("/** How a place shows a component. */\nexport type RenderType =\n", f);
	words(f, render_types);
	fputs("\n/** What a component gets, beside the props that the manifest gives it. */\n"
	      "export interface SlotProps {\n",
		f);
	for (const struct slot *s = slots; s->id; s++)
		props(f, s);
	fputs("}\nexport type SlotId = keyof SlotProps;\n\n"
	      "/** How each place can show a component. */\n"
	      "export const SLOT_RENDER_TYPES: { readonly [S in SlotId]: readonly RenderType[] } = {\n",
		f);
	for (const struct slot *s = slots; s->id; s++)
		drawn(f, s);
	fputs("};\n\n/** What `permissions` of a manifest may list. */\nexport type CorePermission =\n",
		f);
	words(f, perm_plugins);
}
