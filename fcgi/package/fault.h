/*
 * fault.h - collecting what is wrong with a package: every fault in one answer.
 */
#ifndef FAULT_H
#define FAULT_H

#include "base/err.h"

/* Adds a fault at "/path" or "/manifest.json#/pointer" and names the whole when it is the first.
 * Returns MT_EFIELDS. */
int fault_add(struct err *e, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a text that is no format: err_plain() or err_verbatim() tell which (base/err.h). */
int fault_plain(struct err *e, const char *pointer, const char *text);
int fault_verbatim(struct err *e, const char *pointer, const char *text);
int fault_take(struct err *e, const char *pointer, const struct err *why);

/* 0 when there is no fault, else MT_EFIELDS. */
int fault_any(const struct err *e);

#endif
