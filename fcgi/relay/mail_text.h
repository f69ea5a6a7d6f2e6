/*
 * mail_text.h - the words of a mail, from files that an operator can change:
 * mail_dir/<language>/<kind>.txt, whose first line is "Subject: ...", an empty one behind it, and
 * <kind>.html. "{name}" in them stands for a value.
 */
#ifndef RELAY_MAIL_TEXT_H
#define RELAY_MAIL_TEXT_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"

#define MAIL_FALLBACK "en" /* where there is none in a person's language */

struct mail_value {
	const char *name; /* NULL ends the list */
	const char *value;
};

struct mail_text {
	const char *subject, *text, *html; /* UTF-8; values in html are escaped */
};

/* Of the language (NULL = none is known). MT_EINTERNAL names the file that can't be used. In the arena. */
int mail_text(struct arena *p, const char *dir, const char *language, const char *kind,
	const struct mail_value *values, struct mail_text *ret, struct err *e);

/* A template with its values in place; names that aren't in the list stay as they are. In the arena. */
const char *mail_fill(
	struct arena *p, const char *text, const struct mail_value *values, bool is_html);

#endif
