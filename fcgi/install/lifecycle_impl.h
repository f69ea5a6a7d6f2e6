/*
 * lifecycle_impl.h - what the operations of lifecycle.h share.
 */
#ifndef LIFECYCLE_IMPL_H
#define LIFECYCLE_IMPL_H

#include "install/lifecycle.h"
#include "install/steps.h"

/* --- lifecycle_choose.c: which version is meant, and may it be? About t->pkg ------------------------- */

/* Fills t->pkg and fails when it may not run here. NULL = the newest that the caller may have. */
int choose_version(struct target *t, const char *version);
/* May it run here at all: host, ABI, trust. */
int choose_allowed(struct target *t);
/* Has an authorised person confirmed what the package requests? had = what was confirmed before
 * (NULL = nothing). MT_ECONFLICT "consent-required" with the list in the problem. */
int choose_consent(struct target *t, const json_t *had, const json_t *given);
/* For an approval: a version below one that was ever approved is a step back: MT_ECONFLICT "downgrade". */
int choose_no_downgrade(struct target *t);
/* For an install: so is one below the newest that can be had now (what crashed or isn't trusted any more
 * doesn't count). */
int choose_newest(struct target *t);

/* --- lifecycle_needs.c: dependencies of a manifest, within the company; inside: of a transaction -------- */

/* Is enabled what t->pkg depends on, in a version that it takes? MT_ECONFLICT "dependency-missing". */
int needs_met(struct target *t, bool inside);
/* Can this plugin become another version, or go (NULL), without another enabled one missing it?
 * MT_ECONFLICT "needed-by-another". */
int needs_kept(struct target *t, const char *version, bool inside);

/* lifecycle_approve.c: all of lifecycle_approve() under a lock that is held already, for t->pkg. */
int lifecycle_approve_held(struct target *t, const json_t *permissions);
/* In a transaction: t->pkg is approved, by the target's user. */
int approve_queue(struct target *t);

#endif
