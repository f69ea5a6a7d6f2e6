/* schema_html.c - manifest.json for people: see schema.h. All text comes from the table that
 * packages are checked with. */
#include <stdbool.h>
#include <string.h>
#include "cli/schema.h"
#include "package/manifest_rules.h"
#include "package/manifest_value.h"
#include "package/slots.h"

static const char HEAD[] =
	"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>manifest.json of a plugin - Mortise</title>\n<style>\n"
	":root{color-scheme:light dark;--ground:#fff;--text:#1c1d22;--soft:#5b5e69;--line:#e3e4e9;"
	"--raised:#f7f7f9;--accent:#4150c8}\n"
	"@media (prefers-color-scheme:dark){:root{--ground:#141518;--text:#e8e9ec;--soft:#a2a5b0;"
	"--line:#2c2e34;--raised:#1b1c20;--accent:#9aa5ff}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--ground);color:var(--text);"
	"font:16px/24px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}\n"
	"main,header{max-width:1040px;margin:0 auto;padding:24px 16px}\n"
	"h1{font-size:28px;line-height:36px;margin:0 0 8px}\n"
	"h2{font-size:20px;line-height:28px;margin:40px 0 8px;scroll-margin-top:16px}\n"
	"p{margin:0 0 16px;max-width:72ch}\na{color:var(--accent)}\n"
	"a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n"
	".skip{position:absolute;left:-9999px}.skip:focus{left:16px;top:8px}\n"
	"code{font:14px/20px ui-monospace,'SFMono-Regular','DejaVu Sans Mono',monospace;"
	"overflow-wrap:anywhere}\n"
	"nav ul{columns:16em;padding:0;margin:0;list-style:none}\n"
	"dl{border-top:1px solid var(--line);margin:0}\n"
	"dl>div{display:grid;grid-template-columns:minmax(0,14em) minmax(0,1fr);gap:0 24px;"
	"padding:12px 0;border-bottom:1px solid var(--line);scroll-margin-top:16px}\n"
	"dl>div:target{background:var(--raised)}\n"
	"dt{font-weight:600}dt small{display:block;font-weight:400;color:var(--soft)}\n"
	"dd{margin:0}dd p{margin:0}dd .soft{color:var(--soft)}\n"
	"@media (max-width:640px){dl>div{grid-template-columns:1fr;gap:4px}}\n"
	"@media print{:root{--ground:#fff;--text:#000;--soft:#444}}\n"
	"</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#fields\">To the fields</a>\n"
	"<header>\n<h1>manifest.json</h1>\n"
	"<p>Every plugin's package has this file: its description, contents and "
	"permissions. Unknown fields are refused, so that a typo is found when a package is "
	"checked.</p>\n"
	"<p>The same as <a href=\"/schemas/plugin-manifest.json\">JSON Schema</a>: put its address "
	"into <code>$schema</code>, and your editor completes and checks while you type. "
	"<code>mortise check</code> finds more: it also compares fields with each other and with the "
	"files of the package.</p>\n</header>\n<main id=\"fields\">\n";

static void text(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '>')
			fputs("&gt;", f);
		else if (*s == '&')
			fputs("&amp;", f);
		else if (*s == '"')
			fputs("&quot;", f);
		else
			fputc(*s, f);
	}
}

static void kind(FILE *f, const struct rule *r)
{
	switch (r->kind) {
	case RULE_STRING:
		if (r->value && r->value->one_of)
			fputs("one of a list", f);
		else if (r->max > 0)
			fprintf(f, "text, %ld to %ld characters", r->min, r->max);
		else
			fputs("text", f);
		break;
	case RULE_INT:
		fprintf(f, "whole number, %ld to %ld", r->min, r->max);
		break;
	case RULE_NUMBER:
		fputs("number", f);
		break;
	case RULE_BOOL:
		fputs("true or false", f);
		break;
	case RULE_STRINGS:
		fprintf(f, "array of up to %ld texts", r->max);
		break;
	case RULE_OBJECTS:
		if (r->max > 0)
			fprintf(f, "array of %ld to %ld objects", r->min, r->max);
		else
			fputs("array of objects", f);
		break;
	case RULE_OBJECT:
	case RULE_ANY_OBJECT:
		fputs("object", f);
		break;
	case RULE_HASHES:
		fputs("object: path and SHA-256", f);
		break;
	case RULE_ANY:
	case RULE_END:
		fputs("any value", f);
		break;
	}
}

static void allowed(FILE *f, const struct rule *r)
{
	if (!r->value)
		return;
	fputs("<p class=\"soft\">", f);
	text(f, r->kind == RULE_STRINGS ? "Each is " : "It is ");
	text(f, r->value->want);
	fputs(".</p>", f);
}

/* "ticketTabs" -> id "ticketTabs", its member "id" -> "ticketTabs.id" */
static void field(FILE *f, const struct rule *r, const char *prefix)
{
	fprintf(f, "<div id=\"%s%s\"><dt><code>%s</code><small>", prefix, r->name, r->name);
	kind(f, r);
	if (r->flags & RULE_REQUIRED)
		fputs(r->flags & RULE_PACKED ? ", required, written when packing" : ", required",
			f);
	fputs("</small></dt><dd><p>", f);
	text(f, r->doc);
	if (r->unique)
		fprintf(f, " Each has its own <code>%s</code>.", r->unique);
	if (r->sub)
		fprintf(f, " <a href=\"#of-%s%s\">Its fields</a>", prefix, r->name);
	fputs("</p>", f);
	allowed(f, r);
	if (r->example && strcmp(r->example, "[]") != 0) {
		fputs("<p class=\"soft\">For example <code>", f);
		text(f, r->example);
		fputs("</code></p>", f);
	}
	fputs("</dd></div>\n", f);
}

static void fields(FILE *f, const struct rule *rules, const char *prefix)
{
	fputs("<dl>\n", f);
	for (const struct rule *r = rules; r->kind != RULE_END; r++)
		field(f, r, prefix);
	fputs("</dl>\n", f);
}

static void parts(FILE *f, const struct rule *rules, const char *prefix)
{
	for (const struct rule *r = rules; r->kind != RULE_END; r++) {
		char below[200];

		if (!r->sub)
			continue;
		snprintf(below, sizeof(below), "%s%s.", prefix, r->name);
		fprintf(f, "<h2 id=\"of-%s%s\">%s <code>%s%s</code></h2>\n<p>", prefix, r->name,
			r->kind == RULE_OBJECTS ? "Each of" : "The object", prefix, r->name);
		text(f, r->doc);
		fputs("</p>\n", f);
		fields(f, r->sub, below);
		parts(f, r->sub, below);
	}
}

static void props(FILE *f, const struct slot_prop *p)
{
	fputs("<dl>\n", f);
	for (; p->name; p++) {
		fprintf(f, "<div><dt><code>%s</code><small><code>", p->name);
		text(f, p->type);
		fputs("</code></small></dt><dd><p>", f);
		text(f, p->doc);
		fputs("</p></dd></div>\n", f);
	}
	fputs("</dl>\n", f);
}

static void aliases(FILE *f, const struct slot *s)
{
	if (!*s->aliases)
		return;
	fputs(" Also called", f);
	for (const char *const *a = s->aliases; *a; a++)
		fprintf(f, " <code>%s</code>%s", *a, a[1] ? "," : ".");
}

/* The places of components, how each shows them, and the props that they get. */
static void slot_sections(FILE *f)
{
	fputs("<h2 id=\"slots\">Slots</h2>\n<p>Places of the app for <code>ui.slots</code>. A component gets "
	      "the props of its entry, those of the place, and in every place:</p>\n",
		f);
	props(f, shared_props);
	fputs("<p>A <code>modal</code> gets two more. It is there from the beginning, and opens when a "
	      "component of the plugin in the same slot calls <code>onTriggerModal</code> with its "
	      "<code>componentName</code> or its <code>trigger</code>. <code>menu-item</code> is another "
	      "spelling of <code>menuitem</code>.</p>\n",
		f);
	props(f, modal_props);
	fputs("<p>A <code>tab</code> has its <code>label</code> and <code>icon</code> (a character or two, or "
	      "a name of a few icons) from <code>props</code>. Tabs with the same <code>value</code> in "
	      "<code>props</code> are one tab, also of several plugins: the first of them is drawn.</p>\n",
		f);
	for (const struct slot *s = slots; s->id; s++) {
		fprintf(f, "<h2 id=\"slot-%s\"><code>%s</code></h2>\n<p>", s->id, s->id);
		text(f, s->place);
		fputs(" Shown as", f);
		for (const char *const *t = s->render_types; *t; t++)
			fprintf(f, " <code>%s</code>%s", *t, t[1] ? "," : ".");
		aliases(f, s);
		if (s->field)
			fprintf(f, " Filled by <a href=\"#%s\"><code>%s</code></a>.", s->field,
				s->field);
		fputs(s->props->name ? "</p>\n" : " No props of its own.</p>\n", f);
		if (s->props->name)
			props(f, s->props);
	}
}

void schema_html(FILE *f)
{
	fputs(HEAD, f);
	fputs("<nav aria-label=\"Fields\"><ul>\n", f);
	for (const struct rule *r = manifest_rules; r->kind != RULE_END; r++)
		fprintf(f, "<li><a href=\"#%s\"><code>%s</code></a></li>\n", r->name, r->name);
	fputs("</ul></nav>\n<h2 id=\"all\">Fields</h2>\n", f);
	fields(f, manifest_rules, "");
	parts(f, manifest_rules, "");
	slot_sections(f);
	fputs("<h2 id=\"report\">What a report answers</h2>\n<p>The JSON of an <code>endpoint</code> of "
	      "<code>reportComponents</code>.</p>\n",
		f);
	fields(f, manifest_report_rules, "report.");
	parts(f, manifest_report_rules, "report.");
	fputs("</main>\n</body>\n</html>\n", f);
}
