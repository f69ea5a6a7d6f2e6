/*
 * migrate.h - a plugin's tables, from nothing to its newest version, while older ones run on them.
 *
 * All versions of a plugin share one set of tables, so a rollback changes code and never loses a
 * row:
 *
 *	expand		NNN-name.sql		adds; as o_<key>, when a version is approved or first installed
 *	tenant		NNN-name.tenant.sql	moves one tenant's rows; as p_<key> in that tenant, when it switches
 *	contract	NNN-name.contract.sql	takes away; as o_<key>, when no tenant is on a version without it
 *
 * Statements run one by one in one transaction on a connection of their own. What an expand may do
 * to tables that are in use is decided by the database (sql/bootstrap-shape.sql), at each statement
 * and again when that transaction commits, so a migration is applied as a whole or not at all. Then
 * plugin_handover() grants what is new; a worker that dies between the two leaves tables on which
 * every version runs, and the next call finishes.
 *
 * All of them need the target's lock and journal row, and none a transaction of the caller. Wrong
 * migrations are MT_EFIELDS with a fault for the file and line; a lock that isn't available in time
 * is MT_ETIMEOUT or MT_EBUSY, with nothing changed.
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include "package/package.h"
#include "install/target.h"

/* Type of the problem "a migration that ran has other content now": tools go by it. */
#define MIGRATE_CHANGED "migration-changed"

/* Makes the tables fit this version: schema and roles when there are none (then its contracts run
 * as well: nothing older is there), else what it adds. Grants the permissions of the versions in
 * use and of this one. To be called at approval, at install and before an upgrade; cheap when
 * there is nothing to do. MT_ECONFLICT when the tables have moved on, MT_EFIELDS when an applied
 * migration has other bytes. */
int migrate_expand(struct target *t, const struct package *pkg);

/* Moves the rows of target->tenant from the version it has now (installations.package_sha256, so
 * before that is changed) to this one: the tenant migrations that its version doesn't have, every
 * time it switches; they are written so that they may run again. Nothing to do for a tenant
 * without the plugin. */
int migrate_tenant(struct target *t, const struct package *pkg);

/* Runs scripts of the same kind for target->tenant, as the plugin's own role there; no lock, no journal
 * row, no record: rows of an author's (cli/plugin_sql.c). A failure leaves t->refused. */
int migrate_rows(struct target *t, const struct package *scripts);

/* Once more for one tenant that switched some seconds ago, when the version before has answered
 * its last request. To be called now and then, by who holds no lock; *ret_more = there may be
 * another. */
int migrate_late(struct op *op, bool *ret_more);

/* Drops what this version declares unneeded, and permissions that no version in use has.
 * MT_ECONFLICT with the number of tenants that are on a version without these contracts. */
int migrate_contract(struct target *t, const struct package *pkg);

/* Can this version run on the tables as they are? MT_ECONFLICT with the reason. In a statement of
 * your own: mortise.plugin_fit(sha256), NULL or the reason. Neither reads the package itself. */
int migrate_usable(struct target *t, const char *sha256);

#endif
