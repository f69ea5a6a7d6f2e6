/*
 * schema.c - JSON Schema of rows, and of what columns and fields accept.
 */
#include "resource/impl.h"

#include <string.h>

static json_t *words(const char *list)
{
	json_t *ret = json_array();

	for (const char *at = list; *at;) {
		size_t n = strcspn(at, "|");

		json_array_append_new(ret, json_stringn(at, n));
		at += n + (at[n] == '|');
	}
	return ret;
}

static void set_int(json_t *o, const char *name, long v)
{
	json_object_set_new(o, name, json_integer(v));
}

/* As fields_check() sees texts: no control characters, and what must be there isn't blank. */
static const char *pattern_of(const struct field *f)
{
	if (f->type == FIELD_STRING)
		return f->min > 0
			       ? "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$"
			       : "^[^\\x00-\\x1f\\x7f]*$";
	return f->min > 0 ? "\\S" : NULL;
}

static json_t *text_schema(const struct field *f)
{
	json_t *o = json_pack("{ss ss*}", "type", "string", "pattern", pattern_of(f));

	if (f->min > 0)
		set_int(o, "minLength", f->min);
	if (f->max > 0)
		set_int(o, "maxLength", f->max);
	return o;
}

static json_t *number_schema(const struct field *f)
{
	json_t *o = json_pack("{ss}", "type", f->type == FIELD_INT ? "integer" : "number");

	if (f->min || f->max) {
		set_int(o, "minimum", f->min);
		set_int(o, "maximum", f->max);
	}
	return o;
}

static json_t *array_schema(const struct field *f)
{
	json_t *o = json_pack("{ss so}", "type", "array", "items", json_object());

	if (f->of)
		json_object_set_new(o, "items", schema_of_answer(f->of));
	if (f->one_of)
		json_object_set_new(o, "items",
			*f->one_of
				? json_pack("{ss so}", "type", "string", "enum", words(f->one_of))
				: json_pack("{ss}", "type", "string"));
	if (f->min > 0)
		set_int(o, "minItems", f->min);
	if (f->max > 0)
		set_int(o, "maxItems", f->max);
	return o;
}

static json_t *formatted(const char *format)
{
	return json_pack("{ss ss}", "type", "string", "format", format);
}

static json_t *plain_schema(const struct field *f)
{
	switch (f->type) {
	case FIELD_INT:
	case FIELD_DECIMAL:
		return number_schema(f);
	case FIELD_BOOL:
		return json_pack("{ss}", "type", "boolean");
	case FIELD_UUID:
		return formatted("uuid");
	case FIELD_EMAIL:
		return formatted("email");
	case FIELD_TIME:
		return formatted("date-time");
	case FIELD_DATE:
		return formatted("date");
	case FIELD_ENUM:
		return json_pack("{ss so}", "type", "string", "enum", words(f->one_of));
	case FIELD_OBJECT:
		return f->of ? schema_of_answer(f->of) : json_pack("{ss}", "type", "object");
	case FIELD_ARRAY:
		return array_schema(f);
	default:
		return text_schema(f);
	}
}

static void allow_null(json_t *o)
{
	json_t *type = json_object_get(o, "type"), *list = json_object_get(o, "enum");

	json_object_set_new(o, "type", json_pack("[Os]", type, "null"));
	if (list)
		json_array_append_new(list, json_null());
}

json_t *schema_of_field(const struct field *f)
{
	json_t *o = plain_schema(f);

	if (f->flags & FIELD_NULLABLE)
		allow_null(o);
	return o;
}

json_t *schema_of_fields(const struct field *fields)
{
	json_t *properties = json_object(), *required = json_array();

	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		json_object_set_new(properties, f->name, schema_of_field(f));
		if (f->flags & FIELD_REQUIRED)
			json_array_append_new(required, json_string(f->name));
	}
	return json_pack("{ss so so sb}", "type", "object", "properties", properties, "required",
		required, "additionalProperties", 0);
}

/* Open: a later version may answer more. */
json_t *schema_of_answer(const struct field *fields)
{
	json_t *o = schema_of_fields(fields);

	json_object_del(o, "additionalProperties");
	return o;
}

/* For reading, without the patterns and lengths that apply to writing. */
static json_t *member_schema(const struct member *e)
{
	const struct column *c = e->column;
	struct field f = {.type = e->type,
		.one_of = e->type == c->kind.type ? c->kind.one_of : NULL,
		.of = c->kind.rows};
	json_t *o = f.type == FIELD_STRING || f.type == FIELD_TEXT
			    ? json_pack("{ss}", "type", "string")
			    : plain_schema(&f);

	if (c->flags & NULLABLE)
		allow_null(o);
	if (c->about && e->name == c->name)
		json_object_set_new(o, "description", json_string(c->about));
	return o;
}

json_t *schema_of_row(const struct model *m)
{
	json_t *properties = json_object(), *required = json_array();

	for (int i = 0; i < m->n_members; i++) {
		const struct member *e = &m->member[i];

		json_object_set_new(properties, e->name, member_schema(e));
		if (!e->column->read)
			json_array_append_new(required, json_string(e->name));
	}
	return json_pack(
		"{ss so so}", "type", "object", "properties", properties, "required", required);
}

static json_t *range_schema(const struct column *c)
{
	const char *one = c->kind.type == FIELD_INT	  ? "-?[0-9]{1,18}"
			  : c->kind.type == FIELD_DECIMAL ? "-?[0-9]{1,15}(\\.[0-9]{1,12})?"
							  : NULL;

	if (!one)
		return json_pack("{ss ss ss}", "type", "string", "format",
			c->kind.type == FIELD_DATE ? "date" : "date-time", "description",
			"a value, or a range such as 2026-01-01..2026-02-01");
	return json_pack("{ss so ss}", "type", "string", "pattern",
		json_sprintf("^(%s|%s\\.\\.(%s)?|\\.\\.%s)$", one, one, one, one), "description",
		"a value, or a range such as 1..5");
}

json_t *schema_of_filter(const struct column *c)
{
	struct field f = {.type = c->kind.type, .one_of = c->kind.one_of};
	json_t *item;

	switch (c->kind.type) {
	case FIELD_INT:
	case FIELD_DECIMAL:
	case FIELD_TIME:
	case FIELD_DATE:
		return range_schema(c);
	case FIELD_BOOL:
		return json_pack("{ss}", "type", "boolean");
	case FIELD_OBJECT:
		return json_pack(
			"{ss s{ss}}", "type", "object", "additionalProperties", "type", "string");
	case FIELD_ARRAY:
		f.type = f.one_of && *f.one_of ? FIELD_ENUM : FIELD_STRING;
		item = plain_schema(&f);
		break;
	case FIELD_STRING:
	case FIELD_TEXT:
	case FIELD_EMAIL:
		item = json_pack("{ss}", "type", "string");
		if (c->kind.of)
			json_object_set_new(item, "pattern", json_string("^[A-Za-z0-9_-]+$"));
		break;
	default:
		item = plain_schema(&f);
	}
	return json_pack("{ss so si}", "type", "array", "items", item, "maxItems", 20);
}
