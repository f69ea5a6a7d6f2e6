/*
 * limit.h - how often one address may use a route within an hour, over all workers and hosts.
 *
 * Counted in the database (table rate_limits): a window begins with the first request and lasts an hour;
 * who passes the limit waits for its end. An IPv6 client counts as its /64, which is what a connection
 * gets; an IPv4-mapped IPv6 address counts as the IPv4 address. Addresses of conf install_limit_exempt
 * aren't counted. Old windows are cleared away by the steward (relay/upkeep.c).
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include "base/op.h"

#define LIMIT_WINDOW_S 3600
#define LIMIT_NAME_MAX 64

/* Counts this address's request to the route; 0, or MT_ERATE with Retry-After, which names the bound. */
int limit_count(struct op *op, const char *address, const char *route, const char *bound, int most);

/* The name under which an address is counted: "192.0.2.7", "2001:db8:1:2::/64"; what is no address (a
 * unix socket) is "local". */
void limit_name(const char *address, char ret[LIMIT_NAME_MAX]);
/* Is it in a list of addresses separated by blanks? */
bool limit_exempt(const char *list, const char *address);

#endif
