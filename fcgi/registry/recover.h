/*
 * recover.h - how steps of a plugin's life end: the last part of an uninstall, the undoing of an
 * install that failed, and both for steps whose worker is gone.
 *
 * Journal ops and what recovery makes of them:
 *	install           -> as if it had never begun
 *	enable, disable   -> as it was before
 *	uninstall         -> finished
 *	export            -> as it was before, without the export
 *	upgrade, rollback -> the version from before: it was never left
 *	approve, contract -> as before; what was added to the tables stays, for every version runs on it
 *	files             -> the files that nobody uses any more go
 * Their detail: {installationId, sha256, from, tenant, user, userName, version, fromVersion, state,
 * quarantinedAt, quarantineReason}.
 *
 * Needs the rights of mortise_admin (plugin_drop and its like), so the admin pool does it: at its
 * start, and with the first request after a step was left behind.
 */
#ifndef RECOVER_H
#define RECOVER_H

#include "registry/step.h"

/* Everything of the installation goes: its rows in the plugin's tables; with the last tenant the
 * schema, roles and files too. A quarantine that the step had lifted comes back. Ends the journal row.
 * told: an event tells the tenant. */
int recover_remove(struct step *s, const json_t *detail, bool told, struct err *e);

/* Puts an installation and its package's quarantine back as the journal's detail says. Ends the row. */
int recover_restore(struct step *s, const json_t *detail, struct err *e);

/* The same for an uninstall that began with an export: it goes, too. */
int recover_export(struct step *s, const json_t *detail, struct err *e);

/* Of a step that changes everything with its last transaction: the row goes, and the files that nobody
 * has a use for. */
int recover_forget(struct step *s, const json_t *detail, struct err *e);

/* Steps of this step's plugin that were left behind; the lock is held. */
int recover_plugin(struct step *s, struct err *e);

/* Recovers all operations that were interrupted. Waits wait_ms for a plugin's lock; then that plugin is
 * left to the holder of its lock. */
int lifecycle_recover(
	struct app *a, struct arena *p, int64_t deadline, long wait_ms, struct err *e);

/* Unpacked packages that no installation uses and temporary files of killed processes. */
int recover_sweep(struct app *a, struct arena *p, int64_t deadline, struct err *e);

#endif
