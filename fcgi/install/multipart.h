/*
 * multipart.h - the file of a form (RFC 7578), passed on while it arrives.
 *
 * Knows one form: a single field with a file. Other fields, a second file, a body that stops before the
 * closing boundary and anything that isn't multipart/form-data are refused with the reason in r->err.
 */
#ifndef MULTIPART_H
#define MULTIPART_H

#include "http/req.h"

/* Gives the bytes of `field` to sink; more than max is MT_ETOOBIG. Reads the body to its end. */
int multipart_read(struct req *r, const char *field, size_t max,
	int (*sink)(void *arg, const void *data, size_t n, struct err *e), void *arg);

#endif
