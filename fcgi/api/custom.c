/*
 * custom.c - fields that a company added to its tickets: their definitions, and the check of values.
 */
#include "api/custom.h"

#include <ctype.h>
#include <string.h>

#include "api/api.h"
#include "api/custom.sql.h"
#include "auth/lease.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#define OPTION_MAX 60
#define TEXT_MAX 200
#define LONGTEXT_MAX 4000
#define NUMBER_MAX 999999999999999 /* as doubles have them */

#define OPTIONS                                                                                    \
	{                                                                                          \
		FIELD_ARRAY, 0, 50, FIELD_TEXTS, NULL                                              \
	}

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"resource", ENUM("tickets"), ONCE | FILTER, .fallback = "tickets"},
	{"key", STRING(1, 40), REQUIRED | ONCE, .about = "its name in `custom`"},
	{"label", STRING(1, 60), REQUIRED},
	{"help", STRING(1, 300), NULLABLE},
	{"type", ENUM("text|longtext|number|decimal|date|choice|person|boolean"), REQUIRED | ONCE},
	{"options", OPTIONS, .fallback = "[]", .about = "what can be chosen, of a choice"},
	{"required", BOOLEAN, .fallback = "false"},
	{"inList", BOOLEAN, .fallback = "false", .about = "is it a column of the list?"},
	{"position", INTEGER(0, 1000), SORT, .fallback = "0"},
	{"pluginKey", STRING(1, 40), READONLY | NULLABLE,
		.about = "the plugin that brought it, null = the company"},
	{"pluginName", STRING(1, 80), READONLY | NULLABLE},
	{"version", INTEGER(0, 0), READONLY},
	{"archivedAt", TIME, NULLABLE | BY_CODE},
	{0},
};

static bool is_key(const char *s)
{
	if (!islower((unsigned char)*s))
		return false;
	while (isalnum((unsigned char)*s))
		s++;
	return !*s;
}

static int check_options(struct change *c)
{
	struct op *op = change_op(c);
	const char *text = change_new(c, "options");
	bool choice = !strcmp(change_new(c, "type"), "choice");
	json_t *list, *one;
	size_t i;
	int rc = json_parse(op->arena, text, strlen(text), &list, &op->err);

	if (rc < 0)
		return rc;
	if (choice != (json_array_size(list) > 0))
		return change_fault(c, "options",
			choice ? "A choice needs at least one option"
			       : "Only a choice has options");
	json_array_foreach(list, i, one) {
		const char *s = json_string_value(one), *at = change_pointer(c, "options");

		at = arena_printf(op->arena, "%s/%zu", at, i);
		if (!s[strspn(s, " ")] || strlen(s) > OPTION_MAX || strchr(s, '|'))
			rc = op_fault(op, at, "Must have 1 to %d characters without |", OPTION_MAX);
		for (size_t k = 0; k < i; k++)
			if (json_equal(one, json_array_get(list, k)))
				rc = op_fault(op, at, "Is there twice");
	}
	return rc;
}

static int check(struct change *c)
{
	if (change_creates(c) && !is_key(change_new(c, "key")))
		change_fault(c, "key", "Must have letters and digits, a small letter first");
	check_options(c);
	return change_op(c)->err.code;
}

const struct resource custom_field_resource = {
	.name = "custom-fields",
	.one = P_("custom field"),
	.type = "CustomField",
	.path = "/api/custom-fields",
	.table = "mortise.custom_fields",
	.title = "label",
	.read = "tickets:read:own",
	.write = "company:manage",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_ARCHIVE | OFFERS_HISTORY,
	.order = "position",
	.page = 200,
	.page_max = 200,
	.events = "CustomField",
	.check = check,
};

/* --- values ------------------------------------------------------------------------------------------- */

static const char *one_of(struct op *op, const char *options)
{
	struct buf b;
	json_t *list, *one;
	const char *ret;
	size_t i;

	if (json_parse(op->arena, options, strlen(options), &list, &op->err) < 0)
		return "";
	buf_init(&b, 8192);
	json_array_foreach(list, i, one)
		buf_addf(&b, "%s%s", i ? "|" : "", json_string_value(one));
	ret = arena_strdup(op->arena, b.data);
	buf_release(&b);
	return ret;
}

static struct field kind_of(const char *type)
{
	static const struct {
		const char *type;
		struct field field;
	} KINDS[] = {
		{"text", {.type = FIELD_STRING, .max = TEXT_MAX}},
		{"longtext", {.type = FIELD_TEXT, .max = LONGTEXT_MAX}},
		{"number", {.type = FIELD_INT, .min = -NUMBER_MAX, .max = NUMBER_MAX}},
		{"decimal", {.type = FIELD_DECIMAL, .min = -NUMBER_MAX, .max = NUMBER_MAX}},
		{"date", {.type = FIELD_DATE}},
		{"choice", {.type = FIELD_ENUM}},
		{"person", {.type = FIELD_UUID}},
		{"boolean", {.type = FIELD_BOOL}},
	};

	for (size_t k = 0; k < sizeof(KINDS) / sizeof(*KINDS); k++)
		if (!strcmp(KINDS[k].type, type))
			return KINDS[k].field;
	return KINDS[0].field;
}

static struct field field_of(struct op *op, const struct rows *rows, int i, bool creates)
{
	bool required = row_bool(rows, i, 3);
	struct field ret = kind_of(row_text(rows, i, 1));

	ret.name = row_text(rows, i, 0);
	if (ret.type == FIELD_ENUM)
		ret.one_of = one_of(op, row_text(rows, i, 2));
	if (required && (ret.type == FIELD_STRING || ret.type == FIELD_TEXT))
		ret.min = 1;
	ret.flags = !required ? FIELD_NULLABLE : creates ? FIELD_REQUIRED : 0;
	return ret;
}

static int load_fields(struct op *op, const char *resource, bool creates, struct field **ret)
{
	struct rows rows;
	int rc = op_query(op, &CUSTOM_FIELDS, DB_ARGS(resource), &rows);

	if (rc < 0)
		return rc;
	*ret = arena_zalloc(op->arena, sizeof(**ret) * ((size_t)rows.n + 1));
	for (int i = 0; i < rows.n; i++)
		(*ret)[i] = field_of(op, &rows, i, creates);
	return 0;
}

static int check_people(struct change *c, const struct field *fields, const json_t *given)
{
	struct op *op = change_op(c);
	json_t *ids = json_array();
	const char *text;
	struct rows rows;
	int rc = 0;

	for (const struct field *f = fields; f->type != FIELD_END; f++)
		if (f->type == FIELD_UUID && json_is_string(json_object_get(given, f->name)))
			json_array_append(ids, json_object_get(given, f->name));
	text = json_text(op->arena, ids, NULL);
	json_decref(ids);
	if (!strcmp(text, "[]"))
		return 0;
	if ((rc = op_query(op, &CUSTOM_STRANGERS, DB_ARGS(text), &rows)) < 0)
		return rc;
	for (const struct field *f = fields; f->type != FIELD_END; f++)
		for (int i = 0; f->type == FIELD_UUID && i < rows.n; i++) {
			const char *s = json_string_value(json_object_get(given, f->name));

			if (s && !strcmp(s, row_text(&rows, i, 0)))
				rc = op_fault(op,
					arena_printf(op->arena, "%s/%s",
						change_pointer(c, "custom"), f->name),
					"Must be an active user of your company");
		}
	return rc;
}

/* What the row had and what is given; decimals as they were written. */
static const char *joined(struct change *c, const json_t *given)
{
	struct op *op = change_op(c);
	const char *old = change_old(c, "custom"), *key;
	json_t *all = NULL, *v;
	char *text;

	if (!old || json_parse(op->arena, old, strlen(old), &all, &op->err) < 0)
		json_own(op->arena, all = json_object());
	json_object_foreach((json_t *)given, key, v) {
		const char *s = json_string_value(v);

		if (json_is_null(v) || (s && !*s))
			json_object_del(all, key);
		else
			json_object_set(all, key, v);
	}
	text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
	old = arena_strdup(op->arena, text ? text : "{}");
	free(text);
	return old;
}

/* Most companies require nothing, so that is known for the time of a lease. */
static int any_required(struct change *c, const char *resource, bool *ret)
{
	struct op *op = change_op(c);
	const char *name = arena_printf(op->arena, "custom:%s:%d", resource, op->who->tenant);
	int64_t read_at = clock_ms();
	struct rows rows;
	size_t n;
	int rc;

	*ret = false;
	if (lease_get(op->app->lease, op->arena, name, &n))
		return 0;
	if ((rc = op_query(op, &CUSTOM_REQUIRED, DB_ARGS(resource), &rows)) < 0)
		return rc;
	*ret = row_bool(&rows, 0, 0);
	if (!*ret)
		lease_put(op->app->lease, name, "", 0, read_at);
	return 0;
}

int custom_check(struct change *c, const char *resource)
{
	struct op *op = change_op(c);
	const json_t *given = change_also(c, "custom");
	bool required = false;
	struct field *fields;
	int rc = 0;

	if (!given && change_creates(c) && (rc = any_required(c, resource, &required)) < 0)
		return rc;
	if (!given && !required)
		return 0;
	if (!given)
		json_own(op->arena, (json_t *)(given = json_object()));
	if ((rc = load_fields(op, resource, change_creates(c), &fields)) < 0 ||
		(rc = fields_check(&op->err, change_pointer(c, "custom"), fields, given)) < 0 ||
		(rc = check_people(c, fields, given)) < 0)
		return rc;
	change_set(c, "custom", joined(c, given));
	return 0;
}

int custom_member(struct op *op, const char *resource, const char *key, struct column *ret)
{
	struct rows rows;
	struct field f;
	int rc = op_read(op, op_as(op), &CUSTOM_FIELD, DB_ARGS(resource, key), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return MT_ENOENT;
	f = kind_of(row_text(&rows, 0, 0));
	ret->kind.type = f.type;
	if (f.type == FIELD_ENUM)
		ret->kind.one_of = one_of(op, row_text(&rows, 0, 1));
	if (f.type == FIELD_UUID)
		ret->kind.of = &user_resource;
	return 0;
}
