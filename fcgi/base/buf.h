/*
 * buf.h - a growable byte buffer with a maximum.
 *
 * Always NUL-terminated behind `len`. A buffer that would pass its maximum keeps what it has, sets
 * `full` and returns -1: check once at the end. Memory is malloc'ed (a buffer may outlive a request).
 */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* never NULL after buf_init */
	size_t len;
	size_t cap;
	size_t max;
	bool full;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* length 0, not full; keeps its memory */
int buf_add(struct buf *b, const void *data, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* A quoted JSON string that is valid whatever the bytes are: what is not UTF-8 becomes U+FFFD. */
int buf_add_json(struct buf *b, const char *s, size_t n);

#endif
