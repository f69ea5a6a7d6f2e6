/*
 * multipart.h - the files of a form (RFC 7578), passed on while they arrive.
 *
 * Knows the fields that it is given, each at most once. Other fields, a second file, a body that stops
 * before the closing boundary and anything that isn't multipart/form-data are refused with the reason in
 * r->op.err.
 */
#ifndef MULTIPART_H
#define MULTIPART_H

#include <stdbool.h>
#include "http/req.h"

struct multipart_field {
	const char *name;
	size_t max; /* bytes; more is MT_ETOOBIG */
	int (*sink)(void *arg, const void *data, size_t n, struct err *e);
	void *arg;
	bool optional;
	bool found; /* filled */
	size_t got; /* bytes, filled */
	const char *
		file; /* the name that its sender gives the file, filled; NULL = none. Any bytes but NUL */
};

/* Gives each field's bytes to its sink. The list ends with a NULL name; its first field is the one that
 * messages name. Reads the body to its end. */
int multipart_read(struct req *r, struct multipart_field *fields);

#endif
