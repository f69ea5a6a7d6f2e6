/* manifest_schema.c - the rules as JSON Schema, draft 2020-12: see manifest.h. Rules that a schema
 * can't express, such as "a permission that is named must be declared", only manifest_read() checks. */
#include "package/manifest.h"
#include <string.h>
#include "package/manifest_rules.h"
#include "package/manifest_value.h"
#include "package/slots.h"

#define DRAFT "https://json-schema.org/draft/2020-12/schema"
#define ONE_LINE "^[^\\u0000-\\u001f\\u007f]*$"
#define LINES "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f]*$"

/* The members that each type of setting may have. */
static const char SETTING_TYPES[] =
	"[{\"if\": {\"properties\": {\"type\": {\"enum\": [\"select\", \"multi-select\"]}},"
	"   \"required\": [\"type\"]},"
	"  \"then\": {\"required\": [\"options\"]}, \"else\": {\"properties\": {\"options\": false}}},"
	" {\"if\": {\"properties\": {\"type\": {\"const\": \"generated-secret\"}}, \"required\": [\"type\"]},"
	"  \"else\": {\"properties\": {\"length\": false}}},"
	" {\"if\": {\"properties\": {\"type\": {\"enum\": [\"secret\", \"generated-secret\"]}},"
	"   \"required\": [\"type\"]}, \"else\": {\"properties\": {\"use\": false}}},"
	" {\"if\": {\"properties\": {\"type\": {\"enum\": [\"secret\", \"generated-secret\", \"user\"]}},"
	"   \"required\": [\"type\"]},"
	"  \"then\": {\"properties\": {\"default\": false}}},"
	" {\"if\": {\"properties\": {\"type\": {\"enum\": [\"text\", \"url\", \"email\", \"textarea\","
	"   \"secret\"]}}, \"required\": [\"type\"]},"
	"  \"then\": {\"properties\": {\"default\": {\"type\": \"string\"}}},"
	"  \"else\": {\"properties\": {\"pattern\": false, \"patternHelp\": false}}},"
	" {\"if\": {\"properties\": {\"type\": {\"enum\": [\"text\", \"url\", \"email\", \"textarea\","
	"   \"secret\", \"number\"]}}, \"required\": [\"type\"]},"
	"  \"else\": {\"properties\": {\"min\": false, \"max\": false}}},"
	" {\"if\": {\"required\": [\"patternHelp\"]}, \"then\": {\"required\": [\"pattern\"]}}]";

/* Only a choice has options, and it has some. */
static const char FIELD_OPTIONS[] =
	"[{\"if\": {\"properties\": {\"type\": {\"const\": \"choice\"}}, \"required\": [\"type\"]},"
	"  \"then\": {\"required\": [\"options\"]}, \"else\": {\"properties\": {\"options\": false}}}]";

static json_t *object_schema(const struct rule *rules);

static json_t *words(const char *const *list)
{
	json_t *out = json_array();

	for (; *list; list++)
		json_array_append_new(out, json_string(*list));
	return out;
}

static json_t *string_schema(const struct value_kind *kind, long least, long most, unsigned flags)
{
	json_t *s = json_pack("{s:s}", "type", "string");

	if (kind && kind->one_of && kind->pattern) {
		json_object_set_new(s, "anyOf",
			json_pack("[{s:o}, {s:s}]", "enum", words(kind->one_of), "pattern",
				kind->pattern));
		return s;
	}
	if (kind && kind->one_of) {
		json_object_set_new(s, "enum", words(kind->one_of));
		return s;
	}
	if (least > 0)
		json_object_set_new(s, "minLength", json_integer(least));
	if (most > 0)
		json_object_set_new(s, "maxLength", json_integer(most));
	json_object_set_new(s, "pattern",
		json_string(kind		 ? kind->pattern
			    : flags & RULE_LINES ? LINES
						 : ONE_LINE));
	if (kind && kind->without)
		json_object_set_new(s, "not", json_pack("{s:o}", "enum", words(kind->without)));
	return s;
}

static json_t *array_schema(const struct rule *r)
{
	json_t *items = r->kind == RULE_STRINGS
				? string_schema(r->value, 1, RULE_ENTRY_MAX, r->flags)
				: object_schema(r->sub);
	json_t *s = json_pack("{s:s, s:o}", "type", "array", "items", items);

	if (r->max > 0)
		json_object_set_new(s, "maxItems", json_integer(r->max));
	if (r->min > 0)
		json_object_set_new(s, "minItems", json_integer(r->min));
	if (r->kind == RULE_STRINGS)
		json_object_set_new(s, "uniqueItems", json_true());
	return s;
}

static json_t *hashes_schema(const struct rule *r)
{
	return json_pack("{s:s, s:I, s:{s:s, s:i}, s:{s:s, s:s}}", "type", "object",
		"maxProperties", (json_int_t)r->max, "propertyNames", "pattern", VALUE_PATH_PATTERN,
		"maxLength", 200, "additionalProperties", "type", "string", "pattern",
		"^[0-9a-f]{64}$");
}

static json_t *number_schema(const struct rule *r)
{
	json_t *s = json_pack("{s:s}", "type", r->kind == RULE_INT ? "integer" : "number");

	if (r->min != 0 || r->max != 0) {
		json_object_set_new(s, "minimum", json_integer(r->min));
		json_object_set_new(s, "maximum", json_integer(r->max));
	}
	return s;
}

static json_t *value_schema(const struct rule *r)
{
	switch (r->kind) {
	case RULE_STRING:
		return string_schema(r->value, r->min, r->max, r->flags);
	case RULE_INT:
	case RULE_NUMBER:
		return number_schema(r);
	case RULE_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case RULE_STRINGS:
	case RULE_OBJECTS:
		return array_schema(r);
	case RULE_OBJECT:
		return object_schema(r->sub);
	case RULE_HASHES:
		return hashes_schema(r);
	case RULE_ANY_OBJECT:
		return json_pack("{s:s}", "type", "object");
	case RULE_ANY:
	case RULE_END:
		break;
	}
	return json_object();
}

static json_t *member_schema(const struct rule *r)
{
	json_t *s = value_schema(r), *example;

	json_object_set_new(s, "description", json_string(r->doc));
	example = r->example ? json_loads(r->example, JSON_DECODE_ANY, NULL) : NULL;
	if (example)
		json_object_set_new(s, "examples", json_pack("[o]", example));
	return s;
}

/* The ways of showing a component that a slot has, in all their spellings. */
static json_t *shown_as(const struct slot *s)
{
	json_t *all = json_array();

	for (const char *const *name = render_names; *name; name++)
		for (const char *const *t = s->render_types; *t; t++)
			if (!strcmp(render_type_of(*name), *t))
				json_array_append_new(all, json_string(*name));
	return all;
}

static json_t *names_of(const struct slot *s)
{
	json_t *all = words(s->aliases);

	json_array_insert_new(all, 0, json_string(s->id));
	return all;
}

/* Which ways of showing a component each slot has, and that only a modal has a trigger. */
static json_t *shown_how(void)
{
	json_t *all = json_array();

	for (const struct slot *s = slots; s->id; s++)
		if (!s->field)
			json_array_append_new(
				all, json_pack("{s:{s:{s:{s:o}}, s:[s]}, s:{s:{s:{s:o}}}}", "if",
					     "properties", "slotId", "enum", names_of(s),
					     "required", "slotId", "then", "properties",
					     "renderType", "enum", shown_as(s)));
	json_array_append_new(
		all, json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:{}, s:{s:{s:b}}}", "if", "properties",
			     "renderType", "const", "modal", "required", "renderType", "then",
			     "else", "properties", "trigger", 0));
	return all;
}

static json_t *props_json(const struct slot_prop *props)
{
	json_t *all = json_array();

	for (; props->name; props++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", props->name, "type",
						   props->type, "description", props->doc));
	return all;
}

/* The slots themselves, for tools:
 * [{id, aliases, place, renderTypes, props: [{name, type, description}], field?}]. */
static json_t *slots_json(void)
{
	json_t *all = json_array();

	for (const struct slot *s = slots; s->id; s++)
		json_array_append_new(all, json_pack("{s:s, s:o, s:s, s:o, s:o, s:s*}", "id", s->id,
						   "aliases", words(s->aliases), "place", s->place,
						   "renderTypes", words(s->render_types), "props",
						   props_json(s->props), "field", s->field));
	return all;
}

/* The answer of a report; anything else in it is accepted and not shown. */
static json_t *report_schema(void)
{
	json_t *s = object_schema(manifest_report_rules);
	json_t *chart = json_object_get(
		json_object_get(json_object_get(s, "properties"), "charts"), "items");
	json_t *bar = json_object_get(
		json_object_get(json_object_get(chart, "properties"), "data"), "items");

	json_object_del(s, "additionalProperties");
	json_object_del(chart, "additionalProperties");
	json_object_del(bar, "additionalProperties");
	return s;
}

static json_t *object_schema(const struct rule *rules)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *s = json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
		"properties", properties, "required", required);

	for (const struct rule *r = rules; r->kind != RULE_END; r++) {
		json_object_set_new(properties, r->name, member_schema(r));
		if ((r->flags & RULE_REQUIRED) && !(r->flags & RULE_PACKED))
			json_array_append_new(required, json_string(r->name));
		if (r->value == &value_setting_type)
			json_object_set_new(s, "allOf", json_loads(SETTING_TYPES, 0, NULL));
		if (r->value == &value_field_type)
			json_object_set_new(s, "allOf", json_loads(FIELD_OPTIONS, 0, NULL));
		if (r->value == &value_slot)
			json_object_set_new(s, "allOf", shown_how());
	}
	return s;
}

json_t *manifest_schema(void)
{
	json_t *s = json_pack("{s:s, s:s, s:s, s:s}", "$schema", DRAFT, "$id",
		"/schemas/plugin-manifest.json", "title", "manifest.json of a plugin for Mortise",
		"description",
		"A plugin's description, contents and permissions. Made by `mortise schema` out of "
		"the table that packages are checked with.");
	json_t *rest = object_schema(manifest_rules);

	json_object_update(s, rest);
	json_decref(rest);
	json_object_set_new(s, "$defs", json_pack("{s:o}", "report", report_schema()));
	json_object_set_new(s, "x-slots", slots_json());
	json_object_set_new(s, "x-slot-props",
		json_pack("{s:o, s:o}", "shared", props_json(shared_props), "modal",
			props_json(modal_props)));
	return s;
}
