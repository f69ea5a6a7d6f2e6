/*
 * sql.c - the text of a statement that is put together, and its parameters: identifiers come from const
 * tables, values are never part of the text.
 */
#include "resource/impl.h"

#include <stdlib.h>

#define SQL_MAX 65536

static void release(void *b)
{
	buf_release(b);
}

void sql_init(struct sql *s, struct arena *p)
{
	s->arena = p;
	s->n = 0;
	s->text = arena_alloc(p, sizeof(*s->text));
	buf_init(s->text, SQL_MAX);
	arena_cleanup(p, release, s->text);
}

void sql_add(struct sql *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(s->text, fmt, ap);
	va_end(ap);
}

const char *sql_arg(struct sql *s, const char *value)
{
	if (s->n == ARGS_MAX) /* a table cannot have that many: FILTERS_MAX */
		abort();
	s->arg[s->n++] = value;
	return arena_printf(s->arena, "$%d", s->n);
}

struct stmt sql_done(struct sql *s, const char *name)
{
	return (struct stmt){name, s->text->data};
}
