/*
 * trial.h - loading a package's library once, in a sandboxed child, before anybody depends on it.
 *
 * The child is `mortise-plugin --check`; it prints what the library declares, or why it can't be
 * loaded: wrong ABI, missing symbols, a constructor that crashes or hangs. Its declarations are compared
 * with the manifest, and every disagreement is a fault of "/plugin.so".
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "auth/app.h"
#include "package/package.h"

#define TRIAL_MS 8000 /* the child itself has 4 seconds, the master gives it 5 */

/* Through the master, which starts the child as a user of its own. Fills routes and hooks. */
int trial_by_master(struct op *op, const char *so, struct package *pkg);

/* By ourselves, for authors: program is the path of mortise-plugin. */
int trial_by_self(struct op *op, const char *program, const char *so, struct package *pkg);

/* err.type when the library names another key or version than the manifest. */
#define TRIAL_IDENTITY "library-identity"

/* Compares the child's output with the manifest. */
int trial_compare(struct op *op, const char *json, struct package *pkg);

#endif
