/*
 * steps.h - lifecycle operations as tables of steps, and the one loop that runs them.
 *
 * steps_run() writes the journal row, says before each step what it does, and runs it; its last step ends
 * the row in the transaction that makes the change stand. What fails, or is cancelled, is undone
 * backwards from the step that failed, its own undo first; the first step's undo ends the row. A worker
 * that dies leaves the row, and whoever takes the plugin's lock next undoes all of it, or finishes what
 * knows only one way (steps_recover()). So an undo may find less than its step did, and may run again.
 */
#ifndef STEPS_H
#define STEPS_H

#include "install/target.h"

#define STEPS_UNDO_MS 20000 /* kept back from an operation's time for undoing it */

struct step {
	const char *words; /* for the progress bar; NULL = goes on under those of before */
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
	bool only_gives; /* takes nothing away that somebody would have to forget */
};

extern const struct operation operation_install, operation_enable, operation_disable,
	operation_upgrade, operation_rollback, operation_uninstall, operation_export,
	operation_approve, operation_contract, operation_configure;

/* Lock, and what was left behind by others. */
int steps_lock(struct target *t);
/* The caller's own installation (id) and its plugin's lock: fills t->was, key and pkg. */
int steps_lock_installation(struct target *t, struct op *op, const char *id);
/* The lock is held. The target's id, from, was and pkg say what it is about. */
int steps_run(struct target *t, const struct operation *what);
/* Lets go of the lock. Returns rc. */
int steps_end(struct target *t, int rc);

/* A step: the package out of the database, read as suspiciously as when it was uploaded. */
int step_read_package(struct target *t);
/* A step: its files are put where processes and nginx find them. */
int step_store_files(struct target *t);

/* Operations on this plugin that were left behind; the lock is held. */
int steps_recover(struct target *t);
/* All that were left behind. Who holds a plugin's lock is waited for wait_ms; then that one is left to
 * whoever has it. */
int steps_recover_all(struct op *op, long wait_ms);

#endif
