/*
 * logs.h - a plugin's log lines for its company's administrators, and messages of `plugin dev` to
 * the browsers of a demo.
 */
#ifndef LOGS_H
#define LOGS_H

#include "http/route.h"

/* /api/plugins/installations/:id/{logs,dev} */
extern const struct route_table logs_routes;

#endif
