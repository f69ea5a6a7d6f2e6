/*
 * value.c - values between JSON and SQL. Everything goes as text: PostgreSQL's for a result, ours for a
 * parameter. Equal values have equal texts, but for what value_differs() compares.
 */
#include "resource/impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/moment.h"

const char *value_cast(enum field_type type)
{
	switch (type) {
	case FIELD_INT:
		return "::bigint";
	case FIELD_DECIMAL:
		return "::numeric";
	case FIELD_BOOL:
		return "::boolean";
	case FIELD_TIME:
		return "::timestamptz";
	case FIELD_DATE:
		return "::date";
	case FIELD_UUID:
		return "::uuid";
	case FIELD_OBJECT:
		return "::jsonb";
	default:
		return "::text";
	}
}

const char *value_param(struct arena *p, enum field_type type, int n)
{
	if (type == FIELD_ARRAY) /* as JSON, like everywhere else */
		return arena_printf(p, "ARRAY(SELECT jsonb_array_elements_text($%d::jsonb))", n);
	return arena_printf(p, "$%d%s", n, value_cast(type));
}

static const char *time_of(struct arena *p, const char *s)
{
	char *ret = arena_alloc(p, MOMENT_LEN);
	int64_t us;

	if (!moment_read(s, &us))
		return s;
	moment_sql(ret, us);
	return ret;
}

const char *value_lower(struct arena *p, const char *s)
{
	char *ret = arena_strdup(p, s);

	for (char *c = ret; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return ret;
}

const char *value_of_json(struct arena *p, enum field_type type, const json_t *v)
{
	if (!v || json_is_null(v))
		return NULL;
	if (json_is_boolean(v))
		return json_is_true(v) ? "t" : "f";
	if (json_is_integer(v))
		return arena_printf(p, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (json_is_real(v))
		return arena_printf(p, "%.15g", json_real_value(v));
	if (!json_is_string(v))
		return json_text(p, v, NULL);
	if (type == FIELD_TIME)
		return time_of(p, json_string_value(v));
	if (type == FIELD_UUID)
		return value_lower(p, json_string_value(v));
	return json_string_value(v);
}

int64_t value_micros(const char *text)
{
	int64_t us = 0;

	if (text)
		(void)moment_read_sql(text, &us);
	return us;
}

/* "2026-11-21 07:15:30.123456+00" -> "2026-11-21T07:15:30.123Z": a list has hundreds, so no number is made of
 * it. Infinity and years before 1 stay as PostgreSQL has them. */
static void add_time(struct buf *b, const char *text)
{
	char iso[] = "\"0000-00-00T00:00:00.000Z\"";
	size_t n = strlen(text), digits;

	if (n < 22 || text[4] != '-' || text[10] != ' ' || strcmp(text + n - 3, "+00") != 0) {
		buf_add_json(b, text, n);
		return;
	}
	digits = n - 3 > 20 ? n - 3 - 20 : 0; /* of the fraction */
	memcpy(iso + 1, text, 10);
	memcpy(iso + 12, text + 11, 8);
	memcpy(iso + 21, text + 20, digits > 3 ? 3 : digits);
	buf_add(b, iso, sizeof(iso) - 1);
}

void value_add_json(struct buf *b, enum field_type type, const char *text)
{
	if (!text) {
		buf_add(b, "null", 4);
		return;
	}
	switch (type) {
	case FIELD_INT:
	case FIELD_DECIMAL:
	case FIELD_ARRAY:
	case FIELD_OBJECT:
		buf_adds(b, text);
		return;
	case FIELD_BOOL:
		buf_adds(b, *text == 't' ? "true" : "false");
		return;
	case FIELD_TIME:
		add_time(b, text);
		return;
	case FIELD_UUID:
		buf_add(b, "\"", 1);
		buf_adds(b, text);
		buf_add(b, "\"", 1);
		return;
	default:
		buf_add_json(b, text, strlen(text));
	}
}

static bool json_differs(const char *a, const char *b)
{
	json_t *x = json_loads(a, JSON_DECODE_ANY, NULL), *y = json_loads(b, JSON_DECODE_ANY, NULL);
	bool ret = !x || !y || !json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return ret;
}

bool value_differs(enum field_type type, const char *a, const char *b)
{
	if (!a || !b)
		return a != b;
	if (type == FIELD_DECIMAL)
		return strtod(a, NULL) != strtod(b, NULL);
	if (type == FIELD_ARRAY || type == FIELD_OBJECT)
		return json_differs(a, b);
	return strcmp(a, b) != 0;
}

const char *value_array(struct arena *p, const char *const *list, int n)
{
	size_t len = 3, at = 0;
	char *ret;

	for (int i = 0; i < n; i++)
		len += 2 * strlen(list[i]) + 3;
	ret = arena_alloc(p, len);
	ret[at++] = '{';
	for (int i = 0; i < n; i++) {
		if (i)
			ret[at++] = ',';
		ret[at++] = '"';
		for (const char *s = list[i]; *s; s++) {
			if (*s == '"' || *s == '\\')
				ret[at++] = '\\';
			ret[at++] = *s;
		}
		ret[at++] = '"';
	}
	ret[at++] = '}';
	ret[at] = '\0';
	return ret;
}

bool word_in(const char *words, const char *s)
{
	size_t n = strlen(s);

	for (const char *at = words; at && *at;) {
		size_t len = strcspn(at, "|");

		if (len == n && !memcmp(at, s, n))
			return true;
		at += len + (at[len] == '|');
	}
	return false;
}
