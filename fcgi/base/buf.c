#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"

static char empty[1]; /* data of a buffer that has no memory yet */

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.data = empty, .max = max};
}

void buf_release(struct buf *b)
{
	if (b->cap > 0)
		free(b->data);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->cap > 0)
		b->data[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
static int buf_room(struct buf *b, size_t n)
{
	size_t need, cap;
	char *data;

	if (b->full || b->len > b->max || n > b->max - b->len || n >= SIZE_MAX / 4 - b->len) {
		b->full = true;
		return -1;
	}
	need = b->len + n + 1;
	if (need <= b->cap)
		return 0;
	cap = b->cap > 0 ? b->cap : 128;
	while (cap < need)
		cap *= 2;
	data = realloc(b->cap > 0 ? b->data : NULL, cap);
	if (data == NULL)
		abort(); /* out of memory ends the process, see arena.h */
	if (b->cap == 0)
		data[0] = '\0';
	b->data = data;
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t n)
{
	if (buf_room(b, n) < 0)
		return -1;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->cap > b->len ? b->cap - b->len : 0; /* usually it is enough */
	va_list ap2;
	int n;

	va_copy(ap2, ap);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap2);
	va_end(ap2);
	if (n < 0 || buf_room(b, (size_t)n) < 0) {
		if (room > 0)
			b->data[b->len] = '\0';
		b->full = true;
		return -1;
	}
	if ((size_t)n >= room)
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return ret;
}

/* The escape of c in a JSON string, or NULL when c stands for itself. */
static const char *json_escape(unsigned c, char tmp[8])
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		if (c >= 0x20 && c != 0x7f)
			return NULL;
		snprintf(tmp, 8, "\\u%04x", c);
		return tmp;
	}
}

int buf_add_json(struct buf *b, const char *s, size_t n)
{
	size_t plain = 0; /* bytes before s that are not yet copied */
	char tmp[8];
	unsigned c;

	buf_add(b, "\"", 1);
	while (n > 0) {
		if (*s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\') { /* most bytes by far */
			plain++;
			s++;
			n--;
			continue;
		}
		int len = utf8_next(s, n, &c);
		const char *esc = len == 0 ? "\xef\xbf\xbd" : json_escape(c, tmp);
		size_t step = len == 0 ? 1 : (size_t)len;

		if (esc != NULL) {
			buf_add(b, s - plain, plain);
			buf_adds(b, esc);
			plain = 0;
		} else {
			plain += step;
		}
		s += step;
		n -= step;
	}
	buf_add(b, s - plain, plain);
	return buf_add(b, "\"", 1);
}
