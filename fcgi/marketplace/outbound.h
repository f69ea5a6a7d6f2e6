/*
 * outbound.h - one call of a plugin to another server: the work of a process of mortise-fetch, which
 * serves no other call, so that no secret is in a process that talks to another one's server.
 *
 * Hosts and ports are judged by the plugin's list at the beginning and at every redirect, addresses when they
 * are connected to (address.h), unless the operator named that host and port. A redirect to another place
 * takes no secret along, and at most five are followed. http and https alone; no proxy but the operator's, no
 * cookies, .netrc or compression. Bytes are counted as they arrive, and passed on as fast as they are read.
 */
#ifndef MARKETPLACE_OUTBOUND_H
#define MARKETPLACE_OUTBOUND_H

#include <jansson.h>
#include <stdint.h>
#include "base/outbound.h"

#define OUTBOUND_REDIRECTS_MAX 5
#define OUTBOUND_HEADERS_MAX (32 << 10) /* of one answer */

struct outbound_call {
	int fd; /* of the pair: frames are written to it */
	const json_t *order;
	const char *body;
	const char *operator_allow; /* plugin_fetch_allow, of a webhook webhook_allow */
	const char *proxy;	    /* plugin_fetch_proxy, "" = none */
	int ca_fd;		    /* plugin_fetch_ca, -1 = the system's */
	int64_t deadline;
};

/* Ports that the call may connect to, for Landlock; ends with 0. */
void outbound_ports(const struct outbound_call *c, unsigned short *ret, size_t most);
/* All of it, to the last frame. */
void outbound_run(const struct outbound_call *c);
/* The last frame, where there is no call: 0 or -1. */
int outbound_refuse(int fd, const char *reason, const char *message);

#endif
