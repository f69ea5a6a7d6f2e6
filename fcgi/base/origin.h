/*
 * origin.h - origins as browsers compare them: scheme, host and port of an address, the default port
 * being as good as none.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>

/* Have both URLs (http or https, with or without a path) the same origin? Anything else is no. */
bool origin_same(const char *a, const char *b);
/* Is it the Origin header of this URL's origin: no path, no user? */
bool origin_is(const char *origin, const char *url);
/* Is `host` the Host header of this URL: host, and port unless it is the default one? */
bool origin_is_host(const char *host, const char *url);

#endif
