/*
 * ended.h - why a process of a plugin ended: a code and its values, separated by spaces.
 *
 * The master and the hosts write "signal 11 SEGV" on the scoreboard and the control socket; what reads it
 * shows it in words, or stores it as a message (message.h). The last value may contain spaces.
 */
#ifndef ENDED_H
#define ENDED_H

#include <stddef.h>

#define ENDED_MAX 120 /* bytes of such a text; the rest is cut */

struct arena;

/* By its words for a log; a text that isn't one is itself. Returns ret. */
const char *ended_words(char *ret, size_t n, const char *how);
/* As a part of a message, in the arena. */
const char *ended_part(struct arena *p, const char *how);

#endif
