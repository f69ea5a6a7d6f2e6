/*
 * lifecycle_impl.h - what the steps of lifecycle.h share.
 */
#ifndef LIFECYCLE_IMPL_H
#define LIFECYCLE_IMPL_H

#include "install/lifecycle.h"
#include "registry/step.h"

/* One step in the hands of a request. */
struct operation {
	struct req *r;
	struct step step;
	struct catalog cat;
	json_t *detail;		  /* of the journal row */
	const char *op;		  /* "install", ... */
	const char *version;	  /* that it is about */
	const char *from;	  /* hash of the package that is left; NULL = none */
	const char *from_version; /* of that */
	int64_t ended_at;	  /* clock_ms() when something was taken away; 0 = nothing was */
};

/* Fills step and catalogue for a tenant; the time for undoing is kept back. */
void operation_init(
	struct operation *d, struct req *r, int tenant, const char *tenant_code, const char *key);
/* Lock, and what was left behind by others. */
int operation_lock(struct operation *d);
/* Journal row with everything that recovery needs. state NULL = there was no installation. */
int operation_begin(struct operation *d, const char *op, const char *installation,
	const char *state, const struct catalog_package *pkg);
/* In a transaction: the installation's state; lifts the package's quarantine when asked. */
int operation_state(struct operation *d, const char *state, bool lift_quarantine);
int operation_emit(struct operation *d, const char *type, const struct catalog_package *pkg);
/* In the last transaction: the step is written down as done. Undoing one writes that down by itself. */
int operation_record(struct operation *d);
/* The caller's own installation and its plugin's lock. */
int operation_take(
	struct operation *d, struct req *r, const char *id, struct catalog_installation *ret);
/* The package out of the database, read as suspiciously as when it was uploaded. */
int operation_fetch(struct operation *d, const char *sha256, struct package *ret);

/* A hook whose failure must not keep an administrator from being rid of a broken plugin. */
void operation_try_hook(struct operation *d, const char *sha256, const char *hook);

/* lifecycle_choose.c: which version is meant. NULL = the newest that the caller may have. */
int choose_version(struct operation *d, const char *version, struct catalog_package *ret);
/* May it run here at all: host, ABI, trust. */
int choose_allowed(struct operation *d, const struct catalog_package *pkg);
/* Has a person with the right to confirmed what the package asks for? had = what was confirmed before
 * (NULL = nothing). MT_ECONFLICT "consent-required" with the list in the problem. */
int choose_consent(struct operation *d, const struct catalog_package *pkg, const json_t *had,
	const json_t *given);
/* For an approval: a version below one that was ever approved is a step back: MT_ECONFLICT "downgrade". */
int choose_no_downgrade(struct operation *d, const struct catalog_package *pkg);
/* For an install: so is one below the newest that can be had now (what crashed or isn't trusted any more
 * doesn't count). */
int choose_newest(struct operation *d, const struct catalog_package *pkg);
/* lifecycle_approve.c: all of lifecycle_approve() under a lock that is held already. */
int lifecycle_approve_held(
	struct operation *d, const json_t *permissions, struct catalog_package *pkg);
/* In a transaction: the package is approved, by the operation's user. */
int approve_queue(struct operation *d, const struct catalog_package *pkg);
/* Commits, and the steward looks at events and pools. */
int operation_commit(struct operation *d);
/* The master takes the pool out of quarantine. */
void operation_release_pool(struct operation *d, const struct catalog_package *pkg);
/* The step failed (rc): undoes it with what is left of the time. Returns rc. */
int operation_undo(struct operation *d, int rc,
	int (*undo)(struct step *s, const json_t *detail, struct err *e));
/* Waits for the end of the pool when no tenant uses it any more, so that the next step doesn't meet its
 * last moments. */
void operation_wait_pool_gone(struct operation *d, const char *sha256);
/* The installation as it is now. */
int operation_result(struct operation *d, const char *id, struct catalog_installation *ret);
/* Lets go of the lock, and comes back when what the step ended has ended everywhere (auth/rights.h).
 * Returns rc. */
int operation_end(struct operation *d, int rc);

#endif
