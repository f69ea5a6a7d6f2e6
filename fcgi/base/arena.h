/*
 * arena.h - memory that lives as long as a request, a process or a scratch calculation.
 *
 * Memory of an arena is freed when the arena is cleared, never one by one. Anything else (a
 * PGresult, a descriptor, a temporary file) is given to the arena with a cleanup, run in reverse
 * order. Out of memory ends the process: the master starts another, and a worker in an unknown
 * state is worse than none.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_clear(struct arena *p); /* runs cleanups, keeps one block for the next use */
void arena_free(struct arena *p);  /* NULL is allowed */

void *arena_alloc(struct arena *p, size_t n);	    /* 16-byte aligned, not cleared; never NULL */
void *arena_zalloc(struct arena *p, size_t n);	    /* cleared */
char *arena_strdup(struct arena *p, const char *s); /* NULL stays NULL */
char *arena_strndup(struct arena *p, const char *s, size_t n); /* n bytes and a NUL */
char *arena_printf(struct arena *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *p, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

void arena_cleanup(struct arena *p, void (*fn)(void *), void *arg);

/* Something to know about a text of this arena: found by the text's address, NULL = nothing is noted. */
void arena_note(struct arena *p, const char *text, const char *note);
const char *arena_noted(const struct arena *p, const char *text);

#endif
