/*
 * configure.h - a tenant's settings of a plugin: the manifest's `settings` are the schema.
 *
 *	GET  /api/plugins/installations/:id/configuration           schema, values, version, configured
 *	PUT  …/configuration {values, version?}                     all values; a secret that isn't in it stays
 *	POST …/configuration/reset {version?}                       defaults; secrets go, generated ones are new
 *	POST …/configuration/generate {key}                         a new generated secret, shown this once
 *	POST /api/plugins/:key/test-connection {values?}            the plugin tries them
 *
 * configure_check.c validates, configure_store.c stores. A change is checked against the schema,
 * then by the plugin's hook "validate", then its hook "configure" applies it, then one transaction
 * stores it: a failure before that leaves the old settings. Hooks get the new values, {"values":
 * {...}, "secrets": ["name", ...]}. A plugin that isn't enabled has no process: its hooks aren't
 * called, and its hook "enable" sees the settings later.
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
