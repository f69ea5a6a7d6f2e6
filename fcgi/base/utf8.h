/*
 * utf8.h - UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes one code point of s[0..n): returns its bytes (1..4) and sets *ret; 0 = not UTF-8. */
int utf8_next(const char *s, size_t n, unsigned *ret);
/* Is it a space, a line's end or a control character in any script? As [[:space:][:cntrl:]] of PostgreSQL. */
bool utf8_is_blank(unsigned c);
/* Code points in s[0..n); -1 = not UTF-8. */
long utf8_length(const char *s, size_t n);

#endif
