/*
 * logs.h - what a plugin wrote, for its company's administrators, and what its author's `plugin dev` has
 * to say to the browsers of a demo.
 */
#ifndef LOGS_H
#define LOGS_H

#include "http/route.h"

/* /api/plugins/installations/:id/{logs,dev} */
extern const struct route_table logs_routes;

#endif
