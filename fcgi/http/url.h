/*
 * url.h - what a client wrote in the request line, decoded once and strictly.
 */
#ifndef URL_H
#define URL_H

#include "http/req.h"

/*
 * The path of a request target, decoded. MT_EINVAL for everything that nginx and we could read in two
 * ways: bad escapes, control characters, what isn't UTF-8, "//", "." and ".." segments, an encoded '/'.
 */
int url_path(struct arena *p, const char *target, const char **ret, struct err *e);
/* name=value pairs; '+' is a blank. */
int url_query(
	struct arena *p, const char *query, struct req_param **ret, int *ret_n, struct err *e);

/* The reverse: everything but A-Z a-z 0-9 -._~ as %XX (RFC 3986). For headers too, whose values are
 * bytes without control characters while people's names can be anything. */
const char *url_encode(struct arena *p, const char *s);

#endif
