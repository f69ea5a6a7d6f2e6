/* schema_types.c - slots and permissions as the types of @mortise/sdk: see schema.h. */
#include "base/perm.h"
#include "cli/schema.h"
#include "package/slots.h"

static const char HEAD[] =
	"/**\n"
	" * The app's slots, the props of components there, and the permissions that plugins may request.\n"
	" * Written by `make types` from the tables that packages are checked with: don't edit it.\n"
	" */\n"
	"import type { ApiServices } from './types';\n\n";

/* A union over several lines. */
static void words(FILE *f, const char *const *list)
{
	for (; *list; list++)
		fprintf(f, "  | '%s'%s\n", *list, list[1] ? "" : ";");
}

static void members(FILE *f, const struct slot_prop *p, const char *indent)
{
	for (; p->name; p++)
		fprintf(f, "%s/** %s */\n%s%s: %s;\n", indent, p->doc, indent, p->name, p->type);
}

static void props(FILE *f, const struct slot *s)
{
	fprintf(f, "  /** %s */\n", s->place);
	if (!s->props->name) {
		fprintf(f, "  '%s': Record<never, never>;\n", s->id);
		return;
	}
	fprintf(f, "  '%s': {\n", s->id);
	members(f, s->props, "    ");
	fputs("  };\n", f);
}

static void aliases(FILE *f, const struct slot *s)
{
	for (const char *const *a = s->aliases; *a; a++)
		fprintf(f, "  '%s': '%s',\n", *a, s->id);
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
	fputs("\n/** What a component gets in its slot. */\nexport interface SlotProps {\n", f);
	for (const struct slot *s = slots; s->id; s++)
		props(f, s);
	fputs("}\nexport type SlotId = keyof SlotProps;\n\n"
	      "/** What a component gets in every slot. */\nexport interface SharedProps {\n",
		f);
	members(f, shared_props, "  ");
	fputs("}\n\n/** What a modal gets beside them. */\nexport interface ModalProps {\n", f);
	members(f, modal_props, "  ");
	fputs("}\n\n"
	      "/** All that a component gets, beside the props that the manifest gives it. */\n"
	      "export type PropsOf<S extends SlotId, R extends RenderType = 'inline'> = SlotProps[S] &\n"
	      "  SharedProps &\n"
	      "  (R extends 'modal' ? ModalProps : unknown);\n\n"
	      "/** Other names of slots, which manifests may use. */\n"
	      "export const SLOT_ALIASES: Readonly<Record<string, SlotId>> = {\n",
		f);
	for (const struct slot *s = slots; s->id; s++)
		aliases(f, s);
	fputs("};\n\n"
	      "/** How each place can show a component. */\n"
	      "export const SLOT_RENDER_TYPES: { readonly [S in SlotId]: readonly RenderType[] } = {\n",
		f);
	for (const struct slot *s = slots; s->id; s++)
		drawn(f, s);
	fputs("};\n\n/** What `permissions` of a manifest may list. */\nexport type CorePermission =\n",
		f);
	words(f, perm_plugins);
}
