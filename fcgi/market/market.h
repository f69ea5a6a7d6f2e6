/*
 * market.h - the marketplace's doors, the plugin system's health, what plugins cost a tenant. Served by
 * the admin pool, which alone may bring packages in.
 */
#ifndef MARKET_H
#define MARKET_H

#include "http/route.h"

/* /api/plugins/{marketplace,categories,health,install}, /api/plugins/installations/:id/usage */
extern const struct route_table market_routes;

/* health.c and usage.c */
int market_health(struct req *r);
int market_usage(struct req *r);
/* icon.c */
int market_icon(struct req *r);

#endif
