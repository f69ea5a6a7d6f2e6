/*
 * trace.h - where a guest was when it ended, in names: its last words have offsets in the library.
 */
#ifndef HOST_TRACE_H
#define HOST_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#define TRACE_MAX 1000
#define TRACE_MEMORY "memory" /* among the words: there was hardly any left */

bool trace_has(const char *words, const char *word);
/* "add_note+0x1c [1a2b] < on_post+0x40 [3c4d]" of the words of guest/crash.c, by the symbols of the library
 * in this descriptor; "" when they name no place. Neither the words nor the library are trusted. */
void trace_names(int library, const char *words, char ret[TRACE_MAX]);

#endif
