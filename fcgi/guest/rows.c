/* rows.c - rows of a statement, as the host's answer has them. */
#include "guest/guest.h"

#include <stdlib.h>
#include <string.h>

/* From PostgreSQL's catalogue; these never change. */
enum {
	OID_BOOL = 16,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_JSON = 114,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_JSONB = 3802
};

struct rows {
	const char **name;
	uint32_t *oid;
	const char **value; /* row by row; NULL = SQL NULL */
	const void *data;   /* of a service */
	size_t len;
};

int call_rows(struct guest_call *c, struct wire_in *in, bool with_bytes, struct mt_rows *ret)
{
	struct arena *p = c->guest->arena;
	size_t left = (size_t)(in->end - in->p);
	char *copy = arena_alloc(p, left + 1);
	struct wire_in all;
	struct rows *r;
	uint32_t n, columns;

	/* They live as long as the request, the message only until the next. */
	if (left)
		memcpy(copy, in->p, left);
	all = wire_in(copy, left);
	r = arena_zalloc(p, sizeof(*r));
	if (with_bytes) {
		const void *data = wire_bytes(&all, &r->len);

		r->data = arena_strndup(p, data ? data : "", r->len);
	}
	ret->changed = (long)wire_u64(&all);
	n = wire_u32(&all);
	columns = wire_u32(&all);
	if (all.bad || columns > 4096 || (uint64_t)n * columns > left)
		return MT_EINTERNAL;
	r->name = arena_alloc(p, sizeof(*r->name) * (columns + 1));
	r->oid = arena_alloc(p, sizeof(*r->oid) * (columns + 1));
	r->value = arena_alloc(p, sizeof(*r->value) * ((size_t)n * columns + 1));
	for (uint32_t i = 0; i < columns; i++) {
		r->name[i] = wire_text(&all);
		r->oid[i] = wire_u32(&all);
	}
	for (size_t i = 0; i < (size_t)n * columns; i++)
		r->value[i] = wire_text_null(&all);
	if (!wire_end(&all))
		return MT_EINTERNAL;
	ret->n = (int)n;
	ret->columns = (int)columns;
	ret->impl = r;
	return 0;
}

const char *rows_text(const struct mt_rows *rows, int row, int column)
{
	const struct rows *r = rows->impl;

	if (!r || row < 0 || row >= rows->n || column < 0 || column >= rows->columns)
		return NULL;
	return r->value[(size_t)row * (size_t)rows->columns + (size_t)column];
}

const void *rows_bytes(const struct mt_rows *rows, size_t *ret_len)
{
	const struct rows *r = rows->impl;

	*ret_len = r ? r->len : 0;
	return r && r->data ? r->data : "";
}

const char *rows_column(const struct mt_rows *rows, int column)
{
	const struct rows *r = rows->impl;

	return r && column >= 0 && column < rows->columns ? r->name[column] : NULL;
}

/* A whole number above jansson's 64 bits becomes the nearest that it has, and what it has no number for
 * at all stays the text that PostgreSQL sent: one odd value must not cost all rows. */
static json_t *document(const char *s)
{
	json_t *v = json_loads(s, JSON_DECODE_ANY, NULL);

	if (!v)
		v = json_loads(s, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	return v ? v : json_string(s);
}

static json_t *value_json(uint32_t oid, const char *s)
{
	char *end;
	double d;

	if (!s)
		return json_null();
	switch (oid) {
	case OID_BOOL:
		return json_boolean(s[0] == 't');
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		return json_integer(strtoll(s, NULL, 10));
	case OID_FLOAT4:
	case OID_FLOAT8:
		d = strtod(s, &end);
		return *end == '\0' && d - d == 0 ? json_real(d)
						  : json_string(s); /* NaN, Infinity */
	case OID_JSON:
	case OID_JSONB:
		return document(s);
	}
	return json_string(s);
}

static json_t *row_json(const struct mt_rows *rows, int row)
{
	const struct rows *r = rows->impl;
	json_t *o = json_object();

	for (int i = 0; o && i < rows->columns; i++) {
		json_t *v = value_json(r->oid[i], rows_text(rows, row, i));

		if (json_object_set_new(o, r->name[i], v) < 0) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

json_t *rows_json(const struct mt_rows *rows)
{
	json_t *ret = json_array();

	for (int i = 0; ret && rows->impl && i < rows->n; i++) {
		if (json_array_append_new(ret, row_json(rows, i)) < 0) {
			json_decref(ret);
			return NULL;
		}
	}
	return ret;
}
