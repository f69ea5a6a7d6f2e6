/*
 * err.h - why something failed, said once, where it is known.
 *
 *	return err_set(&req->err, MT_ECONFLICT, "ticket is already closed");
 *
 * `message` is for the person who sent the request; `log` is for the operator only (SQL text, paths,
 * errno). Field faults collect: report every wrong field of a request in one answer.
 */
#ifndef ERR_H
#define ERR_H

#include <stdarg.h>
#include "mt_err.h"

#define ERR_FIELDS_MAX 64

struct err_field {
	char pointer[128]; /* JSON pointer (RFC 6901), e.g. "/title" */
	char detail[256];  /* what was found and what would be right */
};

struct err {
	int code; /* enum mt_err */
	char message[512];
	char log[512];
	char type[48]; /* short slug of the problem type, "" = from the code: "plugin-disabled" */
	unsigned retry_after; /* seconds; 0 = none */
	int n_fields;
	struct err_field field[ERR_FIELDS_MAX];
};

void err_clear(struct err *e);
/* Sets code and message (the first call wins over later ones: the cause is deepest); returns code. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Adds a field fault and makes the code MT_EFIELDS when none is set; returns MT_EFIELDS. */
int err_addfield(struct err *e, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds what only the operator may read. */
void err_log(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
