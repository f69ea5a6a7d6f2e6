/*
 * message.h - a message as data, so that a browser can show it in another language.
 *
 * The format of a message is its key, as with gettext; translations are found by the key. It uses
 * ICU's syntax, and the conversions' arguments follow as values: strings as strings, numbers as
 * numbers.
 *
 *	"The file is larger than %d MB", 32   ->   {"key":"The file is larger than {0} MB","values":[32]}
 *
 * scripts/messages lists every key in the source and checks the form of messages.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdarg.h>

#define MESSAGE_MAX                                                                                \
	4096 /* bytes of such a JSON text; longer ones are left out, their English stays */
#define MESSAGE_VALUES_MAX 8

/* Mark a literal that is a message, or a part of one, but isn't a format where it stands: for
 * scripts/messages. */
#define N_(s) s
#define P_(s) s

struct arena;

/* The JSON text of a message, in the arena; NULL when it has no words of its own ("%s"), is too long or
 * has a conversion that isn't known here. */
char *message_json(struct arena *p, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* For a text without values; a per cent sign in it is one. */
char *message_json_plain(struct arena *p, const char *text);
/* A key with the values of its {0}, {1}, ..., and the text they make. */
char *message_json_keyed(struct arena *p, const char *key, const char *const *values, int n);
char *message_keyed(struct arena *p, const char *key, const char *const *values, int n);

/*
 * A part has words of its own, such as what a field wants: where a message of the same arena takes its text
 * as %s, the value is again {"key", "values"}. Plain: a literal, marked with P_(), or a part already.
 *
 *	op_fault(op, at, "Found %s; wanted: %s", shown, message_part(p, "a number up to %d", 9))
 */
char *message_part(struct arena *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *message_part_plain(struct arena *p, const char *text);
const char *message_part_keyed(struct arena *p, const char *key, const char *const *values, int n);

#endif
