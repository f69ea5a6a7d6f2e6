/*
 * pool.h - memory that lives as long as a request, a process or a scratch calculation.
 *
 * Everything taken from a pool goes when the pool is cleared; nobody frees by hand. What is not
 * memory (a PGresult, a descriptor, a temporary file) is given to the pool with a cleanup, run in
 * reverse order. Out of memory ends the process: the master starts another, and a worker in an
 * unknown state is worse than none.
 */
#ifndef POOL_H
#define POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_clear(struct pool *p); /* runs cleanups, keeps one block for the next use */
void pool_free(struct pool *p);	 /* NULL is allowed */

void *pool_alloc(struct pool *p, size_t n);	  /* 16-byte aligned, not cleared; never NULL */
void *pool_zalloc(struct pool *p, size_t n);	  /* cleared */
char *pool_strdup(struct pool *p, const char *s); /* NULL stays NULL */
char *pool_strndup(struct pool *p, const char *s, size_t n); /* n bytes and a NUL */
char *pool_printf(struct pool *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *pool_vprintf(struct pool *p, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

void pool_cleanup(struct pool *p, void (*fn)(void *), void *arg);

#endif
