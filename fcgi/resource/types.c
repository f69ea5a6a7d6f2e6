/*
 * types.c - exports the tables: TypeScript types, and what routes accept, for the front end; and lines
 * of JSON for the test that compares them with PostgreSQL.
 */
#include "resource/impl.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const TYPE_NAMES[] = {[FIELD_STRING] = "string",
	[FIELD_TEXT] = "text",
	[FIELD_INT] = "integer",
	[FIELD_BOOL] = "boolean",
	[FIELD_UUID] = "uuid",
	[FIELD_EMAIL] = "email",
	[FIELD_ENUM] = "enum",
	[FIELD_OBJECT] = "object",
	[FIELD_ARRAY] = "array",
	[FIELD_DECIMAL] = "decimal",
	[FIELD_TIME] = "time",
	[FIELD_DATE] = "date"};

#define LIST_WIDTH (100 - 14) /* of a line, beside "    oneOf: []," */

/* Of "a|b" as 'a', 'b'. */
static size_t width_of(const char *words)
{
	size_t ret = strlen(words) + 2;

	for (; *words; words++)
		ret += *words == '|' ? 3 : 0;
	return ret;
}

/* 'low' | 'normal' */
static void print_words(const char *list, const char *between)
{
	for (const char *at = list; *at;) {
		size_t n = strcspn(at, "|");

		printf("%s'%.*s'", at == list ? "" : between, (int)n, at);
		at += n + (at[n] == '|');
	}
}

static void print_type(enum field_type type, const char *one_of);

static void print_members(const struct field *fields)
{
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		printf("    %s: ", f->name);
		print_type(f->type, f->one_of);
		printf("%s;\n", f->flags & FIELD_NULLABLE ? " | null" : "");
	}
}

static void print_type(enum field_type type, const char *one_of)
{
	switch (type) {
	case FIELD_INT:
	case FIELD_DECIMAL:
		fputs("number", stdout);
		return;
	case FIELD_BOOL:
		fputs("boolean", stdout);
		return;
	case FIELD_ARRAY:
		fputs("string[]", stdout);
		return;
	case FIELD_OBJECT:
		fputs("Record<string, unknown>", stdout);
		return;
	case FIELD_ENUM:
		print_words(one_of, " | ");
		return;
	default:
		fputs("string", stdout);
	}
}

static void print_row(const struct model *m)
{
	printf("\nexport interface %s {\n", m->res->type);
	for (int i = 0; i < m->n_members; i++) {
		const struct member *e = &m->member[i];

		if (e->column->about && e->name == e->column->name)
			printf("  /** %s */\n", e->column->about);
		printf("  %s%s:", e->name, e->column->read ? "?" : "");
		/* as Prettier has it */
		fputs(e->type == FIELD_ENUM && width_of(e->column->kind.one_of) > LIST_WIDTH
				? "\n    "
				: " ",
			stdout);
		if (e->column->kind.rows) {
			puts("{");
			print_members(e->column->kind.rows);
			puts("  }[];");
			continue;
		}
		print_type(
			e->type, e->type == e->column->kind.type ? e->column->kind.one_of : NULL);
		printf("%s;\n", e->column->flags & NULLABLE ? " | null" : "");
	}
	puts("}");
}

static void print_fields(const struct model *m, const char *what, const struct field *fields)
{
	printf("\nexport interface %s%s {\n", m->res->type, what);
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		printf("  %s%s: ", f->name, f->flags & FIELD_REQUIRED ? "" : "?");
		print_type(f->type, f->one_of);
		printf("%s;\n", f->flags & FIELD_NULLABLE ? " | null" : "");
	}
	puts("}");
}

/* Each type once: several resources may have the same rows. */
static const struct model *next_model(const struct route_table *table, char *done, size_t size)
{
	const struct model *m = table->routes->path ? model_of_route(table->routes) : NULL;
	char word[64];

	if (!m)
		return NULL;
	snprintf(word, sizeof(word), " %s ", m->res->type);
	if (strstr(done, word))
		return NULL;
	snprintf(done + strlen(done), size - strlen(done), "%s", word);
	return m;
}

void resource_print_types(const struct route_table *const *tables)
{
	char done[2000] = "";

	puts("/** Made by `mortise-api --types` from the tables of the resources; a test compares. */\n"
	     "import type { Rules } from './rules';");
	for (; *tables; tables++) {
		const struct model *m = next_model(*tables, done, sizeof(done));

		if (!m)
			continue;
		print_row(m);
		if (m->res->offers & OFFERS_CREATE)
			print_fields(m, "Create", m->create_fields);
		if (m->res->offers & OFFERS_CHANGE)
			print_fields(m, "Change", m->change_fields);
	}
}

/* PATCH /api/users/:id -> patchUsers */
static void print_route_name(const struct route *r)
{
	bool upper = false;

	for (const char *c = r->method; *c; c++)
		putchar(tolower((unsigned char)*c));
	for (const char *at = r->path + strlen("/api"); *at; at++)
		if (*at == '/' && at[1] == ':')
			at += strcspn(at + 1, "/");
		else if (*at == '/' || *at == '-' || *at == '.')
			upper = true;
		else {
			putchar(upper ? toupper((unsigned char)*at) : *at);
			upper = false;
		}
}

/* As prettier writes it: words make a line too long. */
static void print_rule(const struct field *f)
{
	bool has_words = f->one_of && *f->one_of;
	const char *between = has_words ? ",\n    " : ", ";

	printf("  %s: {%stype: '%s'", f->name, has_words ? "\n    " : " ", TYPE_NAMES[f->type]);
	if (f->flags & FIELD_REQUIRED)
		printf("%srequired: true", between);
	if (f->flags & FIELD_NULLABLE)
		printf("%snullable: true", between);
	if (f->min)
		printf("%smin: %ld", between, f->min);
	if (f->max)
		printf("%smax: %ld", between, f->max);
	if (has_words) {
		bool long_list = width_of(f->one_of) > LIST_WIDTH;

		printf("%soneOf: [%s", between, long_list ? "\n      " : "");
		print_words(f->one_of, long_list ? ",\n      " : ", ");
		fputs(long_list ? ",\n    ],\n " : "],\n ", stdout);
	}
	puts(" },");
}

void resource_print_rules(const struct route_table *const *tables)
{
	for (; *tables; tables++)
		for (const struct route *r = (*tables)->routes; r->path; r++) {
			if (!r->fields || r->fields->type == FIELD_END)
				continue;
			fputs("\nexport const ", stdout);
			print_route_name(r);
			puts(" = {");
			for (const struct field *f = r->fields; f->type != FIELD_END; f++)
				print_rule(f);
			puts("} as const satisfies Rules;");
		}
}

static json_t *column_json(const struct model *m, int i)
{
	const struct column *c = &m->res->columns[i];

	return json_pack("{ss ss ss sb sb sI sI ss* ss* sb sb}", "name", c->name, "sql", m->sql[i],
		"type", c->kind.rows ? "rows" : TYPE_NAMES[c->kind.type], "nullable",
		!!(c->flags & NULLABLE), "writable", is_writable(c), "min", (json_int_t)c->kind.min,
		"max", (json_int_t)c->kind.max, "oneOf", c->kind.one_of, "refers",
		c->kind.of ? c->kind.of->table : NULL, "pluginReads", !!(c->flags & PLUGIN_READ),
		"pluginWrites", !!(c->flags & PLUGIN_WRITE));
}

void resource_print_tables(const struct route_table *const *tables)
{
	for (; *tables; tables++) {
		const struct model *m =
			(*tables)->routes->path ? model_of_route((*tables)->routes) : NULL;
		json_t *columns = json_array(), *o;

		for (int i = 0; m && i < m->n; i++)
			json_array_append_new(columns, column_json(m, i));
		if (m) {
			o = json_pack("{ss ss ss ss* ss* sO}", "name", m->res->name, "path",
				m->res->path, "table", m->res->table, "read", m->res->read, "write",
				m->res->write, "columns", columns);
			json_dumpf(o, stdout, JSON_COMPACT);
			putchar('\n');
			json_decref(o);
		}
		json_decref(columns);
	}
}
