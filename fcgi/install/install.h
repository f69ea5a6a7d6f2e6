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
/* POST /api/plugins/install, whose row is in marketplace/routes.c: what the catalogue hasn't got is fetched
 * from the marketplace first. */
extern const struct field lifecycle_install_fields[];
int lifecycle_install_route(struct req *r);
/* GET /api/plugins/trust (trust_routes.c) */
extern const struct route_table trust_routes;

/* Once, before the first request: takes away temporary uploads that a killed worker left, and finishes
 * or undoes life-cycle steps whose worker is gone. Failing is no reason not to serve. */
void install_start(struct app *a);

#endif
