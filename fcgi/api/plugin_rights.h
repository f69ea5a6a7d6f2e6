/*
 * plugin_rights.h - what somebody may in a plugin that their company has enabled: decided once a lease.
 */
#ifndef PLUGIN_RIGHTS_H
#define PLUGIN_RIGHTS_H

#include "http/req.h"

struct plugin_rights {
	const char *key; /* the caller's */
	const char *sha256;
	const char *version; /* of the package's row */
	const char *own;     /* the person's permissions of the plugin: "clock,manage" */
	int secrets_key;     /* which key sealed the tenant's secrets; 0 = there are none */
};

/* Finds the rest of it. MT_ENOENT, or MT_EPERM and MT_EBUSY of a plugin that can't be used now. */
int plugin_rights_find(struct req *r, struct plugin_rights *d);
/* permission: the core's name or the plugin's own full one, "time-clock:clock". */
bool plugin_rights_may(struct req *r, const struct plugin_rights *d, const char *permission);

#endif
