/*
 * migrate.h - a plugin's tables: from nothing to its migrations, as a role that may do nothing else.
 *
 * The first tenant that installs a plugin gets schema and roles made and all migrations run, statement
 * by statement in one transaction, as o_<key> on a connection of its own. Then plugin_handover() locks
 * that role out, looks at what is there and lets the workers' role in. For later tenants everything is
 * there; a version with other migrations or wider permissions than the installed one is refused until
 * the others have left (all versions share the tables).
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include "registry/package.h"
#include "registry/step.h"

int migrate_plugin(struct step *s, const struct package *pkg, struct err *e);

#endif
