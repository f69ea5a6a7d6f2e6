/*
 * life_impl.h - what the steps of life.h share.
 */
#ifndef LIFE_IMPL_H
#define LIFE_IMPL_H

#include "install/life.h"
#include "registry/step.h"

/* One step in the hands of a request. */
struct deed {
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
void deed_init(struct deed *d, struct req *r, int tenant, const char *tenant_code, const char *key);
/* Lock, and what was left behind by others. */
int deed_lock(struct deed *d);
/* Journal row with everything that recovery needs. state NULL = there was no installation. */
int deed_begin(struct deed *d, const char *op, const char *installation, const char *state,
	const struct catalog_package *pkg);
/* In a transaction: the installation's state; lifts the package's quarantine when asked. */
int deed_state(struct deed *d, const char *state, bool lift_quarantine);
int deed_emit(struct deed *d, const char *type, const struct catalog_package *pkg);
/* In the last transaction: the step is written down as done. Undoing one writes that down by itself. */
int deed_note(struct deed *d);
/* The caller's own installation and its plugin's lock. */
int deed_take(struct deed *d, struct req *r, const char *id, struct catalog_installation *ret);
/* The package out of the database, read as suspiciously as when it was uploaded. */
int deed_fetch(struct deed *d, const char *sha256, struct package *ret);

/* A hook whose failure must not keep an administrator from being rid of a broken plugin. */
void deed_try_hook(struct deed *d, const char *sha256, const char *hook);

/* life_choose.c: which version is meant. NULL = the newest that the caller may have. */
int choose_version(struct deed *d, const char *version, struct catalog_package *ret);
/* May it run here at all: host, ABI, trust. */
int choose_allowed(struct deed *d, const struct catalog_package *pkg);
/* Does somebody who may have confirmed what the package asks for? had = what was confirmed before (NULL =
 * nothing). MT_ECONFLICT "consent-required" with the list in the problem. */
int choose_consent(
	struct deed *d, const struct catalog_package *pkg, const json_t *had, const json_t *given);
/* For an approval: a version below one that was ever approved is a step back: MT_ECONFLICT "downgrade". */
int choose_no_downgrade(struct deed *d, const struct catalog_package *pkg);
/* For an install: so is one below the newest that can be had now (what crashed or isn't trusted any more
 * doesn't count). */
int choose_newest(struct deed *d, const struct catalog_package *pkg);
/* life_approve.c: all of life_approve() under a lock that is held already. */
int life_approve_held(struct deed *d, const json_t *permissions, struct catalog_package *pkg);
/* In a transaction: the package is approved, by the deed's user. */
int approve_queue(struct deed *d, const struct catalog_package *pkg);
/* Commits, and the steward looks at events and pools. */
int deed_commit(struct deed *d);
/* The master takes the pool out of quarantine. */
void deed_release_pool(struct deed *d, const struct catalog_package *pkg);
/* The step failed (rc): undoes it with what is left of the time. Returns rc. */
int deed_undo(
	struct deed *d, int rc, int (*undo)(struct step *s, const json_t *detail, struct err *e));
/* Waits for the end of the pool when no tenant uses it any more, so that the next step doesn't meet its
 * last moments. */
void deed_let_pool_go(struct deed *d, const char *sha256);
/* The installation as it is now. */
int deed_result(struct deed *d, const char *id, struct catalog_installation *ret);
/* Lets go of the lock, and comes back when what the step ended has ended everywhere (auth/rights.h).
 * Returns rc. */
int deed_end(struct deed *d, int rc);

#endif
