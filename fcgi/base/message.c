/*
 * message.c - walks a printf format once, with its arguments: see message.h.
 */
#include "base/message.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

enum size { SIZE_INT, SIZE_LONG, SIZE_LLONG, SIZE_Z, SIZE_T, SIZE_J };

struct walk {
	const struct arena *arena; /* that knows its parts */
	struct buf key;
	struct buf values;
	int n_values;
	bool has_words; /* a letter that is not a value's */
	va_list ap;
};

struct spec {
	const char *from; /* its % */
	size_t n;
	int precision; /* -1 = none */
	enum size size;
	char conv;
};

static int number(const char **s, va_list *ap)
{
	int n = 0;

	if (**s == '*') {
		++*s;
		return va_arg(*ap, int);
	}
	for (; **s >= '0' && **s <= '9'; ++*s)
		if (n < ERR_TEXT_MAX)
			n = 10 * n + (**s - '0');
	return n;
}

static enum size size_of(const char **s)
{
	static const struct {
		const char *text;
		enum size size;
	} all[] = {{"hh", SIZE_INT}, {"h", SIZE_INT}, {"ll", SIZE_LLONG}, {"l", SIZE_LONG},
		{"z", SIZE_Z}, {"t", SIZE_T}, {"j", SIZE_J}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		size_t n = strlen(all[i].text);

		if (strncmp(*s, all[i].text, n) == 0) {
			*s += n;
			return all[i].size;
		}
	}
	return SIZE_INT;
}

/* Width and flags shape the English text alone; a precision cuts the value as well. */
static struct spec spec_of(const char *from, va_list *ap)
{
	struct spec ret = {.from = from, .precision = -1};
	const char *s = from + 1;

	s += strspn(s, "-+ #0'");
	number(&s, ap);
	if (*s == '.') {
		s++;
		ret.precision = number(&s, ap);
	}
	ret.size = size_of(&s);
	ret.conv = *s;
	ret.n = (size_t)(s - from) + (*s != '\0');
	return ret;
}

static long long signed_arg(enum size size, va_list *ap)
{
	switch (size) {
	case SIZE_LONG:
		return va_arg(*ap, long);
	case SIZE_LLONG:
		return va_arg(*ap, long long);
	case SIZE_Z:
		return va_arg(*ap, ssize_t);
	case SIZE_T:
		return va_arg(*ap, ptrdiff_t);
	case SIZE_J:
		return va_arg(*ap, intmax_t);
	default:
		return va_arg(*ap, int);
	}
}

static unsigned long long unsigned_arg(enum size size, va_list *ap)
{
	return size == SIZE_INT ? va_arg(*ap, unsigned) : (unsigned long long)signed_arg(size, ap);
}

/* Without the half of a character that a precision leaves at the end. */
static size_t whole_characters(const char *s, size_t n)
{
	size_t last = n;
	unsigned c;

	while (last > 0 && n - last < 4 && ((unsigned char)s[--last] & 0xc0) == 0x80)
		;
	return last < n && utf8_next(s + last, n - last, &c) == 0 ? last : n;
}

static void add_string(struct walk *w, const struct spec *spec, const char *s)
{
	size_t most = spec->precision >= 0 && spec->precision < ERR_TEXT_MAX
			      ? (size_t)spec->precision
			      : ERR_TEXT_MAX - 1;
	const char *part = s == NULL ? NULL : arena_noted(w->arena, s);
	size_t n;

	if (part != NULL) {
		buf_adds(&w->values, part);
		return;
	}
	if (s == NULL)
		s = "";
	n = strnlen(s, most);
	buf_add_json(&w->values, s, n < most ? n : whole_characters(s, n));
}

static void add_double(struct walk *w, const struct spec *spec, double d)
{
	if (isfinite(d))
		buf_addf(&w->values, "%.*g", spec->precision > 0 ? spec->precision : 15, d);
	else
		buf_addf(&w->values, "\"%g\"", d);
}

/* False: a conversion whose argument's type isn't known, so nothing behind it can be read either. */
static bool add_value(struct walk *w, const struct spec *spec)
{
	buf_adds(&w->values, w->n_values == 0 ? "" : ",");
	switch (spec->conv) {
	case 's':
		if (spec->size != SIZE_INT)
			return false;
		add_string(w, spec, va_arg(w->ap, const char *));
		break;
	case 'd':
	case 'i':
		buf_addf(&w->values, "%lld", signed_arg(spec->size, &w->ap));
		break;
	case 'u':
		buf_addf(&w->values, "%llu", unsigned_arg(spec->size, &w->ap));
		break;
	case 'x':
		buf_addf(&w->values, "\"%llx\"", unsigned_arg(spec->size, &w->ap));
		break;
	case 'c': {
		char c = (char)va_arg(w->ap, int);

		buf_add_json(&w->values, &c, 1);
		break;
	}
	case 'g':
	case 'f':
		if (spec->size != SIZE_INT)
			return false;
		add_double(w, spec, va_arg(w->ap, double));
		break;
	default:
		return false;
	}
	buf_addf(&w->key, "{%d}", w->n_values++);
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* False: there is a conversion that isn't known. */
static bool walk_format(struct walk *w, const char *fmt)
{
	while (*fmt != '\0') {
		struct spec spec;

		if (fmt[0] != '%' || fmt[1] == '%') {
			w->has_words |= is_letter(*fmt);
			buf_add(&w->key, fmt, 1);
			fmt += fmt[0] == '%' ? 2 : 1;
			continue;
		}
		spec = spec_of(fmt, &w->ap);
		if (!add_value(w, &spec))
			return false;
		fmt += spec.n;
	}
	return true;
}

static char *finish(struct arena *p, const char *key, size_t n, const char *values)
{
	struct buf b;
	char *ret;

	buf_init(&b, MESSAGE_MAX);
	buf_adds(&b, "{\"key\":");
	buf_add_json(&b, key, n);
	buf_adds(&b, ",\"values\":[");
	buf_adds(&b, values);
	buf_adds(&b, "]}");
	ret = b.full ? NULL : arena_strndup(p, b.data, b.len);
	buf_release(&b);
	return ret;
}

static char *json_of(struct arena *p, const char *fmt, bool needs_words, va_list ap)
{
	struct walk w = {.arena = p};
	char *ret = NULL;

	buf_init(&w.key, MESSAGE_MAX);
	buf_init(&w.values, MESSAGE_MAX);
	va_copy(w.ap, ap);
	if (walk_format(&w, fmt) && (w.has_words || !needs_words) && !w.key.full && !w.values.full)
		ret = finish(p, w.key.data, w.key.len, w.values.data);
	va_end(w.ap);
	buf_release(&w.key);
	buf_release(&w.values);
	return ret;
}

char *message_json(struct arena *p, const char *fmt, va_list ap)
{
	return json_of(p, fmt, true, ap);
}

char *message_json_plain(struct arena *p, const char *text)
{
	const char *part = arena_noted(p, text);

	return part ? arena_strdup(p, part) : finish(p, text, strlen(text), "");
}

char *message_json_keyed(struct arena *p, const char *key, const char *const *values, int n)
{
	struct buf b;
	char *ret;

	buf_init(&b, MESSAGE_MAX);
	for (int i = 0; i < n; i++) {
		const char *part = arena_noted(p, values[i]);

		buf_adds(&b, i == 0 ? "" : ",");
		if (part != NULL)
			buf_adds(&b, part);
		else
			buf_add_json(&b, values[i], strlen(values[i]));
	}
	ret = b.full ? NULL : finish(p, key, strlen(key), n > 0 ? b.data : "");
	buf_release(&b);
	return ret;
}

char *message_keyed(struct arena *p, const char *key, const char *const *values, int n)
{
	struct buf b;
	char *ret;

	buf_init(&b, MESSAGE_MAX);
	for (const char *s = key; *s != '\0'; s++) {
		int i = s[0] == '{' && s[1] != '\0' && s[2] == '}' ? s[1] - '0' : -1;

		if (i < 0 || i >= n) {
			buf_add(&b, s, 1);
			continue;
		}
		buf_adds(&b, values[i]);
		s += 2;
	}
	ret = arena_strndup(p, b.data, b.len);
	buf_release(&b);
	return ret;
}

char *message_part(struct arena *p, const char *fmt, ...)
{
	va_list ap;
	char *text, *json;

	va_start(ap, fmt);
	json = json_of(p, fmt, false, ap);
	text = arena_vprintf(p, fmt, ap);
	va_end(ap);
	if (json)
		arena_note(p, text, json);
	return text;
}

const char *message_part_plain(struct arena *p, const char *text)
{
	const char *copy;

	if (p == NULL || arena_noted(p, text)) /* NULL: an error without an arena of its own */
		return text;
	copy = arena_strdup(p, text);
	arena_note(p, copy, message_json_plain(p, text));
	return copy;
}

const char *message_part_keyed(struct arena *p, const char *key, const char *const *values, int n)
{
	const char *text = message_keyed(p, key, values, n);
	const char *json = message_json_keyed(p, key, values, n);

	if (json != NULL)
		arena_note(p, text, json);
	return text;
}
