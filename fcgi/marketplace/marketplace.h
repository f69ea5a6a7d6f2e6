/*
 * marketplace.h - the marketplace's routes, the plugin system's health, what plugins cost a tenant. Served by
 * the admin pool, which alone may bring packages in.
 */
#ifndef MARKETPLACE_H
#define MARKETPLACE_H

#include "http/route.h"

/* /api/plugins/{marketplace,categories,health,install}, /api/plugins/installations/:id/usage */
extern const struct route_table marketplace_routes;

/* health.c and usage.c */
int marketplace_health(struct req *r);
int marketplace_usage(struct req *r);
extern const struct field marketplace_usage_query[], marketplace_usage_answer[],
	marketplace_health_answer[];
/* image.c */
int marketplace_icon(struct req *r);
int marketplace_screenshot(struct req *r);

#endif
