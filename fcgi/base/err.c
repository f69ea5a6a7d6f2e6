#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"

#define FIELDS_FIRST 4
#define POINTER_MAX 128

static struct arena *arena_of(struct err *e)
{
	static struct arena *of_process;

	if (e->arena != NULL)
		return e->arena;
	if (of_process == NULL)
		of_process = arena_new();
	return e->arena = of_process;
}

void err_init(struct err *e, struct arena *p)
{
	*e = (struct err){.message = "", .log = "", .type = "", .arena = p};
}

struct err *err_new(struct arena *p)
{
	struct err *e = arena_alloc(p, sizeof(*e));

	err_init(e, p);
	return e;
}

/* An error that was only cleared with zeros counts as initialised. */
static void complete(struct err *e)
{
	if (e->message == NULL)
		e->message = e->log = e->type = "";
}

static const char *copy_text(struct err *e, const struct err *why)
{
	return why->text == NULL ? NULL : arena_strdup(arena_of(e), why->text);
}

/* The first message stays: the cause is deepest. */
static int put(struct err *e, int code, const char *message, const char *text)
{
	complete(e);
	e->code = code;
	e->message = arena_strndup(arena_of(e), message, strnlen(message, ERR_TEXT_MAX - 1));
	e->text = text;
	return code;
}

int err_vset(struct err *e, int code, const char *type, const char *fmt, va_list ap)
{
	char message[ERR_TEXT_MAX];
	const char *text;

	if (e == NULL)
		return code;
	if (e->code != 0)
		return e->code;
	text = message_json(arena_of(e), fmt, ap);
	vsnprintf(message, sizeof(message), fmt, ap);
	put(e, code, message, text);
	if (type != NULL)
		e->type = type;
	return code;
}

int err_plain(struct err *e, int code, const char *text)
{
	if (e == NULL)
		return code;
	if (e->code != 0)
		return e->code;
	return put(e, code, text, message_json_plain(arena_of(e), text));
}

int err_keyed(struct err *e, int code, const char *key, const char *value)
{
	struct arena *p;

	if (strstr(key, "{0}") == NULL)
		return err_plain(e, code, key);
	if (e == NULL)
		return code;
	if (e->code != 0)
		return e->code;
	p = arena_of(e);
	return put(
		e, code, message_keyed(p, key, &value, 1), message_json_keyed(p, key, &value, 1));
}

int err_verbatim(struct err *e, int code, const char *text)
{
	if (e == NULL)
		return code;
	return e->code != 0 ? e->code : put(e, code, text, NULL);
}

int err_take(struct err *e, int code, const struct err *why)
{
	if (e == NULL)
		return code;
	if (why->log != NULL && why->log[0] != '\0')
		err_log(e, "%s", why->log);
	if (e->code != 0)
		return e->code;
	return put(e, code, why->message, copy_text(e, why));
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = err_vset(e, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int err_typed(struct err *e, int code, const char *type, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = err_vset(e, code, type, fmt, ap);
	va_end(ap);
	return code;
}

void err_again(struct err *e)
{
	const struct err was = *e;

	err_init(e, was.arena);
	e->log = was.log != NULL ? was.log : "";
	e->retry_after = was.retry_after;
}

int err_replace(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	err_again(e);
	va_start(ap, fmt);
	err_vset(e, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

/* Doubled when it is full: 4, 8, ... ERR_FIELDS_MAX. */
static struct err_field *next_field(struct err *e)
{
	int n = e->n_fields;

	if (n == 0 || (n >= FIELDS_FIRST && (n & (n - 1)) == 0)) {
		size_t room = (size_t)(n == 0 ? FIELDS_FIRST : 2 * n);
		struct err_field *more = arena_alloc(arena_of(e), room * sizeof(*more));

		if (n > 0)
			memcpy(more, e->field, (size_t)n * sizeof(*more));
		e->field = more;
	}
	return &e->field[e->n_fields++];
}

/* False: there are ERR_FIELDS_MAX already. */
static bool may_add(struct err *e)
{
	if (e == NULL)
		return false;
	if (e->code == 0)
		err_set(e, MT_EFIELDS, "Some fields are not valid");
	complete(e);
	return e->n_fields < ERR_FIELDS_MAX;
}

static int add(struct err *e, const char *pointer, const char *detail, const char *text)
{
	struct arena *p = arena_of(e);

	*next_field(e) =
		(struct err_field){arena_strndup(p, pointer, strnlen(pointer, POINTER_MAX - 1)),
			arena_strndup(p, detail, strnlen(detail, ERR_TEXT_MAX - 1)), text};
	return MT_EFIELDS;
}

int err_vaddfield(struct err *e, const char *pointer, const char *fmt, va_list ap)
{
	char detail[ERR_TEXT_MAX];
	const char *text;

	if (!may_add(e))
		return MT_EFIELDS;
	text = message_json(arena_of(e), fmt, ap);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	return add(e, pointer, detail, text);
}

int err_addfield_plain(struct err *e, const char *pointer, const char *text)
{
	if (!may_add(e))
		return MT_EFIELDS;
	return add(e, pointer, text, message_json_plain(arena_of(e), text));
}

int err_addfield_verbatim(struct err *e, const char *pointer, const char *text)
{
	return may_add(e) ? add(e, pointer, text, NULL) : MT_EFIELDS;
}

const char *err_part(struct arena *p, const struct err *why)
{
	char *text = arena_strdup(p, why->message);

	if (why->text != NULL)
		arena_note(p, text, arena_strdup(p, why->text));
	return text;
}

int err_takefield(struct err *e, const char *pointer, const struct err *why)
{
	return may_add(e) ? add(e, pointer, why->message, copy_text(e, why)) : MT_EFIELDS;
}

int err_addfield(struct err *e, const char *pointer, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_vaddfield(e, pointer, fmt, ap);
	va_end(ap);
	return rc;
}

void err_vlog(struct err *e, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];
	size_t n;

	if (e == NULL)
		return;
	complete(e);
	n = (size_t)snprintf(text, sizeof(text), "%s%s", e->log, e->log[0] != '\0' ? "; " : "");
	if (n + 1 >= sizeof(text))
		return;
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	e->log = arena_strdup(arena_of(e), text);
}

void err_log(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vlog(e, fmt, ap);
	va_end(ap);
}
