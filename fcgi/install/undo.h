/*
 * undo.h - how lifecycle operations end that don't end well, and the last part of an uninstall. All go by
 * the journal row's detail alone, {installationId, sha256, from, tenant, user, userName, version,
 * fromVersion, state, quarantinedAt, quarantineReason}, because recovery has nothing else; each may run
 * again, and ends the row.
 */
#ifndef UNDO_H
#define UNDO_H

#include "install/target.h"

/* Removes everything of the installation: its rows in the plugin's tables; with the last tenant the
 * schema, roles and files too. A lifted quarantine is restored. */
int undo_install(struct target *t);
/* The same as an uninstall: clients get an event. */
int undo_remove(struct target *t);
/* Restores an installation and its package's quarantine from the detail. */
int undo_restore(struct target *t);
/* For operations whose last transaction changes everything: removes files that nobody uses. */
int undo_forget(struct target *t);
/* For operations that leave nothing behind: only deletes the row. */
int undo_nothing(struct target *t);
/* Unpacked packages of the plugin that nobody uses. */
int undo_files(struct target *t);

/* Before the row is ended: the export that an uninstall began with. */
int undo_export(struct target *t);

/* Unpacked packages that no installation uses, and temporary files of killed processes. */
int undo_sweep(struct op *op);

#endif
