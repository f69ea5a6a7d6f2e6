/*
 * install.h - a plugin's life as a tenant's administrator sees it: upload, install, enable, disable,
 * uninstall. Served by the admin pool alone, because only mortise_admin may make roles and schemas.
 */
#ifndef INSTALL_H
#define INSTALL_H

#include "auth/app.h"
#include "http/route.h"

/* /api/plugins/installations, {upload,catalog}, {steps,overview} and activity */
extern const struct route_table install_routes, catalog_routes, watch_routes, guests_routes;
/* POST /api/plugins/install, whose row is in marketplace/routes.c: packages that the catalogue
 * lacks are fetched from the marketplace first. */
extern const struct field lifecycle_install_fields[];
int lifecycle_install_route(struct req *r);
/* GET /api/plugins/trust (trust_routes.c) */
extern const struct route_table trust_routes;

/* Once, before the first request: removes temporary uploads of a killed worker, and finishes or
 * undoes lifecycle operations whose worker is gone. A failure doesn't stop the worker from serving. */
void install_start(struct app *a);

#endif
