/*
 * configure.h - what a tenant's admin sets for a plugin: the manifest's `settings` are the schema.
 *
 *	GET  /api/plugins/installations/:id/configuration           schema, values, version, configured
 *	PUT  …/configuration {values, version?}                     all values; a secret that isn't in it stays
 *	POST …/configuration/reset {version?}                       defaults; secrets go, generated ones are new
 *	POST …/configuration/generate {key}                         a new generated secret, shown this once
 *	POST /api/plugins/:key/test-connection {values?}            the plugin tries them
 *
 * Values that are stored: configure_store.c; whether they may be: configure_check.c. A change is checked
 * against the schema, then by the plugin's hook "validate", then its hook "configure" acts on it, then one
 * transaction stores it: what fails before leaves the old settings. Hooks are given the values as they would
 * be, {"values": {...}, "secrets": ["name", ...]}. Of a plugin that isn't enabled there is no process: its
 * hooks aren't asked, and its hook "enable" sees the settings when it comes to that.
 *
 * Secrets never go to a browser, into an event or a log; `values` has {"set": true} in their place.
 */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "http/route.h"
#include "registry/catalog.h"
#include "install/target.h"

extern const struct route_table configure_routes;

/* In a transaction of the step: makes the generated secrets of the manifest that the tenant doesn't have
 * yet. Called before the hooks of an install and of an upgrade. */
int configure_begin(struct target *t, const json_t *manifest);
/* The same in a transaction of its own. */
int configure_prepare(struct target *t, const json_t *manifest);
/* The key text for hooks of this tenant, NULL when there are no secrets: for step.settings_key. */
int configure_key(struct target *t, const char **ret);

#endif
