/*
 * body.c - a JSON body against the fields its route declares. Every fault is reported, not the first.
 */
#include "http/route.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/utf8.h"
#include "base/valid.h"

#define BODY_MAX (1024 * 1024)

/* "application/json", in any case, with charset=utf-8 or no parameter. */
static bool is_json_type(const char *s)
{
	static const char type[] = "application/json";

	if (s == NULL || strncasecmp(s, type, sizeof(type) - 1) != 0)
		return false;
	s += sizeof(type) - 1;
	s += strspn(s, " \t");
	if (*s == '\0')
		return true;
	if (*s++ != ';')
		return false;
	s += strspn(s, " \t");
	if (strncasecmp(s, "charset=", 8) != 0)
		return *s == '\0';
	s += 8;
	return strcasecmp(s, "utf-8") == 0 || strcasecmp(s, "\"utf-8\"") == 0;
}

static bool has_required(const struct field *f)
{
	for (; f->type != FIELD_END; f++)
		if (f->flags & FIELD_REQUIRED)
			return true;
	return false;
}

/* The pointer `at`, "/" and a member's name with the escapes of RFC 6901. */
static void pointer_to(char *ret, size_t size, const char *at, const char *name)
{
	size_t n = (size_t)snprintf(ret, size - 4, "%s", at);

	n = n > size - 5 ? size - 5 : n;
	ret[n++] = '/';
	for (; *name != '\0' && n + 3 < size; name++) {
		if (*name == '~' || *name == '/') {
			ret[n++] = '~';
			ret[n++] = *name == '~' ? '0' : '1';
		} else {
			ret[n++] = *name;
		}
	}
	ret[n] = '\0';
}

static bool has_nul(const json_t *v)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(v))
		return strlen(json_string_value(v)) != json_string_length(v);
	json_array_foreach((json_t *)v, i, member)
		if (has_nul(member))
			return true;
	json_object_foreach((json_t *)v, key, member)
		if (has_nul(member))
			return true;
	return false;
}

static bool has_control(const char *s, bool lines_allowed)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != 0x7f)
			continue;
		if (!lines_allowed || (c != '\n' && c != '\r' && c != '\t'))
			return true;
	}
	return false;
}

static int not_one_of(struct err *e, const char *at, const char *list)
{
	char text[200];
	size_t n = 0;

	for (; *list != '\0' && n + 3 < sizeof(text); list++) {
		text[n++] = *list == '|' ? ',' : *list;
		if (*list == '|')
			text[n++] = ' ';
	}
	text[n] = '\0';
	return err_addfield(e, at, "Must be one of %s", text);
}

static int check_length(
	struct err *e, const char *at, const struct field *f, const char *s, size_t len)
{
	long n = utf8_length(s, len);

	if (f->min > 0 && s[strspn(s, " \t\r\n")] == '\0')
		return err_addfield(e, at, "Must not be empty");
	if (n < f->min || (f->max > 0 && n > f->max)) {
		if (f->max > 0)
			return err_addfield(e, at, "Must have %ld to %ld characters, not %ld",
				f->min, f->max, n);
		return err_addfield(e, at, "Must have at least %ld characters", f->min);
	}
	return 0;
}

static int check_string(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	const char *s = json_string_value(v);
	int64_t us;

	if (s == NULL)
		return err_addfield(e, at, "Must be a string");
	switch (f->type) {
	case FIELD_UUID:
		return id_is_uuid(s) ? 0 : err_addfield(e, at, "Must be a UUID");
	case FIELD_EMAIL:
		return valid_email(s) ? 0 : err_addfield(e, at, "Must be an e-mail address");
	case FIELD_ENUM:
		return valid_one_of(f->one_of, s) ? 0 : not_one_of(e, at, f->one_of);
	case FIELD_TIME:
		return moment_read(s, &us) ? 0
					   : err_addfield(e, at,
						     "Must be a time with its zone, such as"
						     " 2026-11-21T08:15:00Z");
	case FIELD_DATE:
		return moment_is_date(s)
			       ? 0
			       : err_addfield(e, at, "Must be a date, such as 2026-11-21");
	default:
		if (has_control(s, f->type == FIELD_TEXT))
			return err_addfield(e, at,
				f->type == FIELD_TEXT
					? "Must not contain control characters"
					: "Must not contain line breaks or control characters");
		return check_length(e, at, f, s, json_string_length(v));
	}
}

static int check_int(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	bool bounded = f->min != 0 || f->max != 0;
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v))
		return err_addfield(e, at, "Must be a whole number");
	if (bounded && (n < f->min || n > f->max))
		return err_addfield(e, at, "Must be from %ld to %ld", f->min, f->max);
	return 0;
}

static int check_decimal(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	bool bounded = f->min != 0 || f->max != 0;
	double n = json_number_value(v);

	if (!json_is_number(v))
		return err_addfield(e, at, "Must be a number");
	if (bounded && (n < (double)f->min || n > (double)f->max))
		return err_addfield(e, at, "Must be from %ld to %ld", f->min, f->max);
	return 0;
}

static int check_words(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	char place[160];
	json_t *one;
	size_t i;
	int rc = 0;

	json_array_foreach((json_t *)v, i, one) {
		const char *s = json_string_value(one);

		if (s != NULL && (*f->one_of == '\0' || valid_one_of(f->one_of, s)))
			continue;
		snprintf(place, sizeof(place), "%s/%zu", at, i);
		rc = *f->one_of == '\0' ? err_addfield(e, place, "Must be a text")
					: not_one_of(e, place, f->one_of);
	}
	return rc;
}

static int check_value(struct err *e, const char *at, const struct field *f, const json_t *v);

static int check_entries(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	char place[160];
	json_t *one;
	size_t i;
	int rc = 0;

	json_array_foreach((json_t *)v, i, one) {
		snprintf(place, sizeof(place), "%s/%zu", at, i);
		rc |= check_value(e, place, f->entry, one);
	}
	return rc;
}

static int check_array(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v))
		return err_addfield(e, at, "Must be a list");
	if (n < (size_t)f->min || (f->max > 0 && n > (size_t)f->max))
		return err_addfield(e, at, "Must have %ld to %ld entries, not %zu", f->min,
			f->max > 0 ? f->max : LONG_MAX, n);
	if (f->entry != NULL)
		return check_entries(e, at, f, v);
	return f->one_of == NULL ? 0 : check_words(e, at, f, v);
}

static int check_value(struct err *e, const char *at, const struct field *f, const json_t *v)
{
	if (json_is_null(v))
		return f->flags & FIELD_NULLABLE ? 0 : err_addfield(e, at, "Must not be null");
	if (has_nul(v)) /* PostgreSQL has no place for it */
		return err_addfield(e, at, "Must not contain the character U+0000");
	switch (f->type) {
	case FIELD_INT:
		return check_int(e, at, f, v);
	case FIELD_DECIMAL:
		return check_decimal(e, at, f, v);
	case FIELD_BOOL:
		return json_is_boolean(v) ? 0 : err_addfield(e, at, "Must be true or false");
	case FIELD_OBJECT:
		if (!json_is_object(v))
			return err_addfield(e, at, "Must be an object");
		return f->of == NULL ? 0 : fields_check(e, at, f->of, v);
	case FIELD_ARRAY:
		return check_array(e, at, f, v);
	default:
		return check_string(e, at, f, v);
	}
}

static void unknown_field(struct err *e, const char *at, const struct field *fields)
{
	struct buf b;

	buf_init(&b, 180);
	for (const struct field *f = fields; f->type != FIELD_END; f++)
		buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", f->name);
	err_addfield(
		e, at, "Is not known here; the fields are %s%s", b.data, b.full ? ", ..." : "");
	buf_release(&b);
}

int fields_check(struct err *e, const char *prefix, const struct field *fields, const json_t *o)
{
	const struct field *f;
	char at[128];
	const char *key;
	json_t *v;
	int rc = 0;

	for (f = fields; f->type != FIELD_END; f++) {
		v = json_object_get(o, f->name);
		pointer_to(at, sizeof(at), prefix, f->name);
		if (v != NULL)
			rc |= check_value(e, at, f, v);
		else if (f->flags & FIELD_REQUIRED)
			rc |= err_addfield(e, at, "Is missing");
	}
	json_object_foreach((json_t *)o, key, v) {
		for (f = fields; f->type != FIELD_END; f++)
			if (strcmp(f->name, key) == 0)
				break;
		if (f->type != FIELD_END)
			continue;
		pointer_to(at, sizeof(at), prefix, key);
		unknown_field(e, at, fields);
		rc = MT_EFIELDS;
	}
	return rc == 0 ? 0 : MT_EFIELDS;
}

/* A parameter as the JSON that a body would have. */
static json_t *parameter(struct arena *p, const struct field *f, const char *s)
{
	json_t *ret = NULL;
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (f->type == FIELD_INT && errno == 0 && *end == '\0' && !isspace((unsigned char)*s))
		ret = json_integer(n);
	else if (f->type == FIELD_DECIMAL && valid_decimal(s))
		ret = json_real(strtod(s, NULL));
	else if (f->type == FIELD_BOOL && (!strcmp(s, "true") || !strcmp(s, "false")))
		ret = json_boolean(*s == 't');
	else
		ret = json_string(s);
	json_own(p, ret);
	return ret;
}

int route_check_query(struct req *r)
{
	int rc = 0;

	for (const struct field *f = r->route->query; f != NULL && f->type != FIELD_END; f++) {
		const char *s = req_query(r, f->name);
		const char *at = arena_printf(r->op.arena, "?%s", f->name);

		if (s == NULL && f->flags & FIELD_REQUIRED)
			rc = err_addfield(&r->op.err, at, "Is missing");
		else if (s != NULL && *s != '\0')
			rc |= check_value(&r->op.err, at, f, parameter(r->op.arena, f, s));
	}
	return rc == 0 ? 0 : MT_EFIELDS;
}

int route_check_body(struct req *r)
{
	const struct route *rt = r->route;
	const char *type = req_header(r, "Content-Type");
	size_t max = rt->body_max > 0 ? rt->body_max : BODY_MAX;
	size_t len;
	char *text;
	int rc;

	if (rt->fields == NULL)
		return 0;
	/* No body and no type is an empty request; a type, if there is one, must be ours. */
	if ((type != NULL && type[0] != '\0') || r->content_length > 0)
		if (!is_json_type(type))
			return op_fail(
				&r->op, MT_EMEDIA, "The body must be application/json in UTF-8");
	rc = req_body(r, max, &text, &len);
	if (rc < 0)
		return rc;
	if (len == 0) {
		if (has_required(rt->fields))
			return op_fail(&r->op, MT_EINVAL, "This request needs a JSON body");
		r->body = json_object();
		json_own(r->op.arena, r->body);
		return 0;
	}
	if (!is_json_type(type)) /* sent in chunks without a type */
		return op_fail(&r->op, MT_EMEDIA, "The body must be application/json in UTF-8");
	rc = json_parse_nul(r->op.arena, text, len, &r->body, &r->op.err);
	if (rc < 0)
		return rc;
	if (!json_is_object(r->body))
		return op_fail(&r->op, MT_EINVAL, "The body must be a JSON object");
	return fields_check(&r->op.err, "", rt->fields, r->body);
}
