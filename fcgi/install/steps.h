/*
 * steps.h - lifecycle operations as tables of steps, and the one loop that runs them.
 *
 * steps_run() writes the journal row, records each step's text before running it; the last step
 * ends the row in the transaction that makes the change effective. A failure or cancellation is
 * undone backwards from the failed step, its own undo first; the first step's undo ends the row. A
 * worker that dies leaves the row, and the next to take the plugin's lock undoes all of it, or
 * finishes operations that only go forward (steps_recover()). So an undo may find less than its
 * step did, and may run again.
 */
#ifndef STEPS_H
#define STEPS_H

#include "install/target.h"

#define STEPS_UNDO_MS 20000 /* reserved out of an operation's time for undoing it */

struct step {
	const char *words; /* for the progress bar; NULL = the step before still shows */
	int (*run)(struct target *t);
	int (*undo)(struct target *t); /* NULL = nothing to undo */
	/* From here on there is only forward: nobody can cancel it, and what fails is finished by recovery. */
	bool settles;
};

struct operation {
	const char *name; /* in the journal, the record and the interface: "install" */
	const struct step *steps;
	/* Ends a row that was left behind, instead of undoing; NULL = it is undone. */
	int (*recover)(struct target *t);
	bool only_gives; /* takes no right away, so nobody has to wait for leases */
};

extern const struct operation operation_install, operation_enable, operation_disable,
	operation_upgrade, operation_rollback, operation_uninstall, operation_export,
	operation_approve, operation_contract, operation_configure;

/* Lock, and what was left behind by others. */
int steps_lock(struct target *t);
/* The caller's own installation (id) and its plugin's lock: fills t->was, key and pkg. */
int steps_lock_installation(struct target *t, struct op *op, const char *id);
/* The lock is held. The target's id, from, was and pkg describe the operation. */
int steps_run(struct target *t, const struct operation *what);
/* Lets go of the lock. Returns rc. */
int steps_end(struct target *t, int rc);

/* A step: the package out of the database, read as suspiciously as when it was uploaded. */
int step_read_package(struct target *t);
/* A step: its files are put where processes and nginx find them. */
int step_store_files(struct target *t);

/* Operations on this plugin that were left behind; the lock is held. */
int steps_recover(struct target *t);
/* All that were left behind. A plugin's lock that is held is waited for wait_ms; then its holder
 * will do it. */
int steps_recover_all(struct op *op, long wait_ms);

#endif
