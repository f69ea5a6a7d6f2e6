/*
 * json.h - jansson with our limits: no duplicate keys, at most 32 levels, and a clear error.
 */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>
#include <stddef.h>
#include "base/err.h"
#include "base/arena.h"

#define JSON_DEPTH_MAX 32

/* Parses; the value belongs to the arena. On failure MT_EINVAL with line, column and what was wrong. */
int json_parse(struct arena *p, const char *text, size_t len, json_t **ret, struct err *e);
/* The same, but \u0000 in a string passes: only for who then names the field that has it. */
int json_parse_nul(struct arena *p, const char *text, size_t len, json_t **ret, struct err *e);
/* The value and everything in it is freed with the arena. */
json_t *json_own(struct arena *p, json_t *v);
/* Compact text in the arena; NULL when it is nested too deep or holds what isn't UTF-8. */
char *json_text(struct arena *p, const json_t *v, size_t *ret_len);
/* String member or fallback when absent or not a string. */
const char *json_str(const json_t *o, const char *key, const char *fallback);
/* {key, values} of a part of a message (base/message.h) in this arena, or null; a new reference. */
json_t *json_message(const struct arena *p, const char *part);
/* The words of {key, values}, a part again; NULL when it isn't such a message. */
const char *json_message_words(struct arena *p, const json_t *message);

#endif
