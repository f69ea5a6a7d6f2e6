/*
 * install.h - a plugin's life as a tenant's administrator sees it: upload, install, enable, disable,
 * uninstall. Served by the admin pool alone, because only mortise_admin may make roles and schemas.
 */
#ifndef INSTALL_H
#define INSTALL_H

#include "auth/app.h"
#include "http/route.h"

/* /api/plugins/{upload,install,installations,catalog}... */
extern const struct route_table install_routes;
/* GET /api/plugins/trust (trust_routes.c) */
extern const struct route_table trust_routes;

/* Once, before the first request: takes away temporary uploads that a killed worker left, and finishes
 * or undoes life-cycle steps whose worker is gone. Failing is no reason not to serve. */
void install_start(struct app *a);

#endif
