/*
 * target.h - what a lifecycle operation changes: a plugin, its installation, the lock, the journal
 * row, and what the steps pass on to each other.
 *
 * An operation is several transactions with files and processes between them, so it is journalled
 * first. The lock (one per plugin key, held by the database session) tells whether a worker is
 * active: a journal row whose lock is free belongs to a worker that is gone, and the next to take
 * the lock finishes or undoes it (steps.h). Every transaction begins with target_transaction(),
 * which fails when the row or the session isn't ours any more: so an operation that another process
 * recovered can't continue by mistake. Failures are the error of target.op.
 */
#ifndef TARGET_H
#define TARGET_H

#include <jansson.h>
#include <stdbool.h>
#include "auth/app.h"
#include "db/db.h"
#include "registry/catalog.h"
#include "package/package.h"

#define TARGET_WAIT_MS 10000 /* for the lock */

struct operation;
struct change; /* of settings (configure.c) */
struct export_result;

/* The statement of a migration that the database refused. */
struct refused {
	const char *path; /* "migrations/001-entries.sql"; NULL = none was */
	int line;	  /* in it, of the word that the database names */
	const struct script_statement *statement;
};

struct target {
	struct op *op;
	const char *key;	 /* of the plugin */
	int tenant;		 /* the installation's tenant */
	const char *tenant_code; /* for hooks; NULL = unknown */
	const char *user;	 /* the acting user: a uuid; "-" = Mortise itself */
	const char *name;	 /* of that person */
	const char *roles;	 /* for hooks: comma separated; NULL = none */
	const char
		*permissions; /* for hooks: own ones of the plugin, comma separated; NULL = none */
	const char
		*from_version; /* for the hooks upgrade and rollback, and the record; NULL = none */
	const char *settings_key; /* for hooks: opens the tenant's secrets; NULL = there are none */
	bool settled;		  /* there is only one way left: nobody can cancel it any more */
	const char *journal;	  /* id of the row; NULL = none */
	const char
		*session; /* number of the database session that holds the lock; NULL = no lock */

	/* The operation; steps.c fills this before the first step. */
	const struct operation *what;
	const json_t *detail; /* of the journal row */
	int64_t until;	      /* op->deadline as it was: steps keep time back for undoing */

	/* Its subject, and what steps find. */
	const char *id;			 /* the installation's; NULL = none */
	const char *from;		 /* hash of the package that is left; NULL = none */
	struct catalog_package pkg;	 /* that it leads to, or that it is about */
	struct catalog_installation was; /* as it began; id NULL = there was none */
	struct package files;	      /* what pkg consists of, read as suspiciously as an upload */
	const char *wanted;	      /* notice that the pool is wanted on every host (hosts.h) */
	bool enable, in_use;	      /* of an install; of an approval */
	struct export_result *export; /* of an uninstall; NULL = without */
	struct change *change;
	struct refused refused;
};

/* The plugin of this key in the acting person's tenant. */
void target_init(struct target *t, struct op *op, const char *key);

/* Takes the lock; waits at most wait_ms: MT_ECONFLICT. */
int target_lock(struct target *t, long wait_ms);
void target_unlock(struct target *t);

/* Writes the journal row: from here on recovery knows. detail is taken over. */
int target_begin(struct target *t, const char *what, json_t *detail);
/* Writes into the row what is being done now, for people: step n of so many. */
int target_progress(struct target *t, int n, int of, const char *words);

/* BEGIN in the tenant and a check of the journal row. This and target_progress() fail with
 * MT_ECONFLICT of the type TARGET_CANCELLED when the operation was cancelled. */
#define TARGET_CANCELLED "step-cancelled"
int target_transaction(struct target *t);
/* In a transaction: deletes the row; or makes it another operation. */
int target_done(struct target *t);
int target_becomes(struct target *t, const char *what, json_t *detail);
/* In a transaction: sets the installation's state; with lift_quarantine also ends the package's
 * quarantine. */
int target_state(struct target *t, const char *state, bool lift_quarantine);
/* In a transaction, after all else: an event on the tenant's channel. data is taken over. */
int target_emit(struct target *t, const char *type, json_t *data);
/* The same with the event for clients about the changed installation. */
int target_emit_change(struct target *t, const char *type);
/* In the last transaction of an operation: it is recorded as done. */
int target_record(struct target *t);
/* How it ended otherwise, in a transaction of its own. detail: a part of a message (base/message.h). */
int target_record_end(struct target *t, const char *what, const char *outcome, const char *detail);
/* Commits, and wakes the steward for events and pools. */
int target_commit(struct target *t);

/* The master takes the pool out of quarantine. */
void target_release_pool(struct target *t);
/* Waits for the end of the pool when no tenant uses it any more, so that the next operation doesn't meet
 * its last moments. */
void target_wait_pool_gone(struct target *t, const char *sha256);
/* Runs a hook whose failure must not prevent an administrator from removing a broken plugin. */
void target_try_hook(struct target *t, const char *sha256, const char *hook);

const char *target_tenant(const struct target *t); /* as text */
/* The tenant and the user, for a transaction. */
const struct db_as *target_as(const struct target *t);

#endif
