/*
 * step.h - one step of a plugin's life in hand: the lock, the journal row, and how it ends.
 *
 * A step is several transactions with files and processes between them, so it is written down first.
 * The lock (one per plugin key, held by the database session) tells whether somebody is at work: a
 * journal row whose lock is free belongs to a worker that is gone, and whoever takes the lock next
 * finishes or undoes it (recover.h). Every transaction of a step begins with step_own(), which fails
 * when the row or the session isn't ours any more: so a step that was recovered by another process
 * can't go on by mistake.
 */
#ifndef STEP_H
#define STEP_H

#include <jansson.h>
#include <stdbool.h>
#include "auth/app.h"
#include "db/db.h"

#define STEP_WAIT_MS 10000 /* for the lock */
#define STEP_UNDO_MS 20000 /* kept back from a step's time for undoing it */

struct step {
	struct app *app;
	struct arena *arena;
	int64_t deadline;
	const char *key;	 /* of the plugin */
	int tenant;		 /* whose installation */
	const char *tenant_code; /* for hooks; NULL = unknown */
	const char *user;	 /* who asked */
	const char *user_name;	 /* for hooks, percent-encoded; NULL = unknown */
	const char *roles;	 /* for hooks: comma separated; NULL = none */
	const char
		*permissions; /* for hooks: own ones of the plugin, comma separated; NULL = none */
	const char *previous_version; /* for the hooks upgrade and rollback; NULL = none */
	const char *settings_key; /* for hooks: opens the tenant's secrets; NULL = there are none */
	bool settled;		  /* there is only one way left: nobody can cancel it any more */
	const char *journal;	  /* id of the row; NULL = none */
	const char
		*session; /* number of the database session that holds the lock; NULL = no lock */
};

/* Takes the lock; waits at most wait_ms: MT_ECONFLICT. */
int step_lock(struct step *s, long wait_ms, struct err *e);
void step_unlock(struct step *s);

/* Writes the journal row: from here on recovery knows. detail is taken over. */
int step_begin(struct step *s, const char *op, json_t *detail, struct err *e);

/* Writes into the row what is being done now, for people: step n of so many. */
int step_progress(struct step *s, int n, int of, const char *label, struct err *e);

/* BEGIN in the tenant and a look at the journal row. This and step_progress()
 * fail with MT_ECONFLICT of the type "step-cancelled" when somebody wants the step undone. */
int step_transaction(struct step *s, struct err *e);
/* In a transaction: the row goes; or becomes another op. */
int step_done(struct step *s, struct err *e);
int step_becomes(struct step *s, const char *op, json_t *detail, struct err *e);
/* In a transaction, after all else: an event on the tenant's channel. data is taken over. */
int step_emit(struct step *s, const char *type, json_t *data, struct err *e);

const char *step_tenant(const struct step *s); /* as text */
/* The step's tenant and user, for a transaction. */
const struct db_as *step_as(const struct step *s);

#endif
