#include "base/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_DEPTH_MAX 64 /* what we write may be a level or two deeper than what we read */

static void decref(void *v)
{
	json_decref(v);
}

json_t *json_own(struct arena *p, json_t *v)
{
	if (v != NULL)
		arena_cleanup(p, decref, v);
	return v;
}

/*
 * Counts brackets before the parser recurses on them: a megabyte of '[' never becomes a stack. Line
 * and column of the first bracket too many, or 0 lines when all is well.
 */
static void depth_check(const char *text, size_t len, int *ret_line, int *ret_column)
{
	int depth = 0, line = 1;
	size_t line_start = 0;
	bool quoted = false;

	*ret_line = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '\n') {
			line++;
			line_start = i + 1;
		}
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_DEPTH_MAX) {
				*ret_line = line;
				*ret_column = (int)(i - line_start) + 1;
				return;
			}
		} else if (c == ']' || c == '}') {
			depth--;
		}
	}
}

/* jansson's messages may repeat input: only printable characters are passed on. */
static void clean_text(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
			*s = '?';
}

static int parse(
	struct arena *p, const char *text, size_t len, size_t flags, json_t **ret, struct err *e)
{
	json_error_t je;
	int line, column;
	json_t *v;

	*ret = NULL;
	depth_check(text, len, &line, &column);
	if (line > 0)
		return err_set(e, MT_EINVAL,
			"JSON is nested deeper than %d levels (line %d, column %d)", JSON_DEPTH_MAX,
			line, column);
	v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | flags, &je);
	if (v == NULL) {
		if (json_error_code(&je) == json_error_out_of_memory)
			abort();
		clean_text(je.text);
		return err_set(e, MT_EINVAL, "JSON is broken in line %d, column %d: %s", je.line,
			je.column, je.text);
	}
	json_own(p, v);
	*ret = v;
	return 0;
}

int json_parse(struct arena *p, const char *text, size_t len, json_t **ret, struct err *e)
{
	return parse(p, text, len, 0, ret, e);
}

int json_parse_nul(struct arena *p, const char *text, size_t len, json_t **ret, struct err *e)
{
	return parse(p, text, len, JSON_ALLOW_NUL, ret, e);
}

/* jansson's writer recurses without a limit. */
static bool too_deep(const json_t *v, int left)
{
	const char *key;
	json_t *member;
	size_t i;

	if (!json_is_object(v) && !json_is_array(v))
		return false;
	if (left == 0)
		return true;
	if (json_is_array(v)) {
		json_array_foreach((json_t *)v, i, member)
			if (too_deep(member, left - 1))
				return true;
		return false;
	}
	json_object_foreach((json_t *)v, key, member)
		if (too_deep(member, left - 1))
			return true;
	return false;
}

char *json_text(struct arena *p, const json_t *v, size_t *ret_len)
{
	char *ret;
	size_t n;

	if (v == NULL || too_deep(v, TEXT_DEPTH_MAX))
		return NULL;
	ret = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	if (ret == NULL)
		return NULL;
	arena_cleanup(p, free, ret);
	n = strlen(ret);
	if (ret_len != NULL)
		*ret_len = n;
	return ret;
}

const char *json_str(const json_t *o, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? fallback : s;
}

json_t *json_message(const struct arena *p, const char *part)
{
	const char *text = part != NULL ? arena_noted(p, part) : NULL;
	json_t *message = text != NULL ? json_loads(text, 0, NULL) : NULL;

	return message != NULL ? message : json_null();
}

/* A value of a message: numbers as they are written, what is a message as its words. */
static const char *value_words(struct arena *p, const json_t *value)
{
	const char *words = json_message_words(p, value);

	if (words != NULL)
		return words;
	if (json_is_integer(value))
		return arena_printf(p, "%lld", (long long)json_integer_value(value));
	return json_is_string(value) ? json_string_value(value) : "";
}

const char *json_message_words(struct arena *p, const json_t *message)
{
	const json_t *list = json_object_get(message, "values");
	const char *values[MESSAGE_VALUES_MAX], *key = json_str(message, "key", NULL);
	int n = 0;

	if (key == NULL)
		return NULL;
	for (; n < MESSAGE_VALUES_MAX && n < (int)json_array_size(list); n++)
		values[n] = value_words(p, json_array_get(list, (size_t)n));
	return message_part_keyed(p, key, values, n);
}
