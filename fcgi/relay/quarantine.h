/*
 * quarantine.h - switches a package whose processes crash again and again off for everybody;
 * tenants that were on another version before, and may still be, return to it.
 */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include "relay/relay.h"

/* Marks the package (hash = the first digits of its sha256; how: base/ended.h), rolls back the tenants that
 * can be, and raises PluginQuarantined, PluginRolledBack and a Notification for their Admins, in one
 * transaction. 0 also when it was in quarantine already. */
int quarantine_package(struct relay *r, const char *key, const char *hash, const char *how);

#endif
