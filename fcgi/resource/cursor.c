/*
 * cursor.c - cursors name the last row of a page: a sort's letter, the row's value there, its key.
 * They are opaque to clients, but nothing depends on that: row-level security holds for any value.
 */
#include "resource/impl.h"

#include <string.h>
#include <sodium.h>

#include "base/id.h"
#include "base/moment.h"
#include "base/utf8.h"

#define CURSOR_MAX 1200 /* a value of 200 characters and a key */
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

const char *cursor_text(struct req *r, char letter, const char *value, const char *id)
{
	const char *text = arena_printf(r->op.arena, "%c:%s:%s", letter, value, id);
	size_t n = strlen(text), max = sodium_base64_ENCODED_LEN(n, BASE64);

	return sodium_bin2base64(
		arena_alloc(r->op.arena, max), max, (const unsigned char *)text, n, BASE64);
}

/* Digits, perhaps negative, that fit a bigint. */
static bool is_number(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789");

	return n > 0 && n <= 18 && !s[n + (*s == '-')];
}

static bool is_value(enum field_type type, const char *s)
{
	switch (type) {
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_ENUM:
	case FIELD_BOOL:
		return is_number(s);
	case FIELD_DECIMAL:
		return *s && strlen(s) < 40 && !s[strspn(s, "-.0123456789")];
	case FIELD_DATE:
		return moment_is_date(s);
	default:
		return utf8_length(s, strlen(s)) >= 0;
	}
}

int cursor_read(struct req *r, char letter, enum field_type type, bool is_uuid,
	const char **ret_value, const char **ret_id)
{
	const char *cursor = req_query(r, "cursor");
	char text[CURSOR_MAX + 1], *id;
	size_t n = 0;

	*ret_value = *ret_id = NULL;
	if (!cursor || !*cursor)
		return 0;
	if (sodium_base642bin((unsigned char *)text, CURSOR_MAX, cursor, strlen(cursor), NULL, &n,
		    NULL, BASE64) < 0)
		goto bad;
	text[n] = '\0';
	id = strrchr(text, ':');
	if (text[0] != letter || text[1] != ':' || id == text + 1 || strlen(text) != n)
		goto bad;
	*id++ = '\0';
	if (!is_value(type, text + 2) ||
		(is_uuid ? !id_is_uuid(id) : utf8_length(id, strlen(id)) < 0))
		goto bad;
	*ret_value = arena_strdup(r->op.arena, text + 2);
	*ret_id = arena_strdup(r->op.arena, id);
	return 0;
bad:
	return op_fault(&r->op, "?cursor", "Must be the nextCursor of a page with the same sort");
}
