#include "base/err.h"

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

/* One that was only cleared with zeros is as good as new. */
static void complete(struct err *e)
{
	if (e->message == NULL)
		e->message = e->log = e->type = "";
}

int err_vset(struct err *e, int code, const char *type, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	if (e == NULL)
		return code;
	if (e->code != 0)
		return e->code;
	complete(e);
	vsnprintf(text, sizeof(text), fmt, ap);
	e->code = code;
	e->message = arena_strdup(arena_of(e), text);
	if (type != NULL)
		e->type = type;
	return code;
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

int err_replace(struct err *e, int code, const char *fmt, ...)
{
	const struct err was = *e;
	va_list ap;

	err_init(e, was.arena);
	e->log = was.log != NULL ? was.log : "";
	e->retry_after = was.retry_after;
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

int err_vaddfield(struct err *e, const char *pointer, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	if (e == NULL)
		return MT_EFIELDS;
	complete(e);
	if (e->code == 0) {
		e->code = MT_EFIELDS;
		e->message = "some fields are not valid";
	}
	if (e->n_fields >= ERR_FIELDS_MAX)
		return MT_EFIELDS;
	vsnprintf(text, sizeof(text), fmt, ap);
	*next_field(e) = (struct err_field){
		arena_strndup(arena_of(e), pointer, strnlen(pointer, POINTER_MAX - 1)),
		arena_strdup(arena_of(e), text)};
	return MT_EFIELDS;
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
