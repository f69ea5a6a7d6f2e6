/*
 * err.h - why something failed, set once, where the reason is known.
 *
 *	return err_set(e, MT_ECONFLICT, "The ticket is closed: reopen it first");
 *
 * `message` is for the person who sent the request; `text` is the same as a key and values for
 * translation (message.h); `log` is for the operator only (SQL text, paths, errno). A message begins
 * with a capital or a value, says what to do, and has no full stop at its end. Field faults collect:
 * report every wrong field of a request in one answer. The texts are in an arena, so an error is
 * small, can be copied, and lives as long as the operation that failed.
 */
#ifndef ERR_H
#define ERR_H

#include <stdarg.h>
#include "base/message.h"
#include "mt_err.h"

#define ERR_FIELDS_MAX 64
#define ERR_TEXT_MAX 512 /* bytes of a message, of a detail, of the log's text; the rest is cut */

struct arena;
struct json_t; /* jansson.h */

struct err_field {
	const char *pointer; /* JSON pointer (RFC 6901), e.g. "/title" */
	const char *detail;  /* what was found and what would be right */
	const char *text;    /* JSON, message.h; NULL = somebody else's words */
};

struct err {
	int code;	      /* enum mt_err */
	unsigned retry_after; /* seconds; 0 = none */
	const char *message;  /* "" = none */
	const char *text;     /* JSON, message.h; NULL = none, or somebody else's words */
	const char *log;      /* "" = none */
	const char
		*type; /* short slug of the problem type, "" = from the code: "plugin-disabled" */
	int n_fields;
	struct err_field *field;
	struct json_t *members; /* further members of the problem document; NULL = none */
	struct arena *arena;	/* of the texts; NULL = the process's own */
};

/* Nothing failed. p NULL: the texts stay as long as the process, which is right for a main that fails
 * once and for tests. */
void err_init(struct err *e, struct arena *p);
/* An error of its own, for an attempt whose failure is not the caller's. */
struct err *err_new(struct arena *p);
/* Sets code and message (the first call wins over later ones: the cause is deepest); returns code. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same with the problem's type, which is referenced, not copied. */
int err_typed(struct err *e, int code, const char *type, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* As if nothing had failed, but the log's text stays. */
void err_again(struct err *e);
/* Replaces an error by one from a caller who knows more: err_again() and err_set(). Returns code. */
int err_replace(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds a field fault and makes the code MT_EFIELDS when none is set; returns MT_EFIELDS. */
int err_addfield(struct err *e, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * For a text that is no format. Plain: one of our own literals, without values, marked with N_(), or a part
 * (message.h).
 * Verbatim: text from elsewhere (a plugin's, PostgreSQL's, another server's), which has no key.
 */
int err_plain(struct err *e, int code, const char *text);
int err_addfield_plain(struct err *e, const char *pointer, const char *text);
int err_verbatim(struct err *e, int code, const char *text);
/* A message by its key, marked with N_(), and the value of its {0}, if it has one. */
int err_keyed(struct err *e, int code, const char *key, const char *value);
int err_addfield_verbatim(struct err *e, const char *pointer, const char *text);
/* The message and the log's text of another error with this code; its faults and type stay behind. */
int err_take(struct err *e, int code, const struct err *why);
/* Its message as a part of another one (message.h). */
const char *err_part(struct arena *p, const struct err *why);
/* Its message as a fault of a field. */
int err_takefield(struct err *e, const char *pointer, const struct err *why);
/* Adds what only the operator may read. */
void err_log(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same with the arguments of a caller; type NULL = none. */
int err_vset(struct err *e, int code, const char *type, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));
int err_vaddfield(struct err *e, const char *pointer, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
void err_vlog(struct err *e, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

#endif
