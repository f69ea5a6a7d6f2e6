/*
 * plugin_routes.h - what packages declare as their routes, parsed once a worker and package.
 *
 * A parsed table belongs to one version of the package's row (its xmin), so a worker parses again what
 * was uploaded again. The last PLUGIN_ROUTES_KEPT that were used stay; a worker that serves more packages
 * than that parses some again.
 */
#ifndef PLUGIN_ROUTES_H
#define PLUGIN_ROUTES_H

#include "http/req.h"

#define PLUGIN_ROUTES_KEPT 64

/* Finds what the package declares for the request's method and this path, with the very function that the
 * plugin's worker will use: if the two chose differently, the permission of another route would count.
 * *ret_permission may be NULL: everybody who is signed in. MT_ENOENT, MT_EMETHOD. */
int plugin_route_find(struct req *r, const char *sha256, const char *row_version, const char *path,
	const char **ret_permission);

#endif
