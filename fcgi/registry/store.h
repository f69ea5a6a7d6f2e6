/*
 * store.h - packages unpacked on this machine, by hash; the database holds the truth, any host refills.
 *
 *	store_dir/<sha256>/plugin.so		what workers load
 *	asset_dir/<sha256>/ui/..., icon.svg	what nginx serves to browsers
 *
 * A package is unpacked into a fresh folder, synced and renamed, so a name is there with everything or
 * not at all. A failure leaves nothing; a full disk is MT_EFULL. store_fill() is for the steward
 * as well: it needs SELECT on plugin_packages and no tenant.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include "auth/app.h"
#include "db/db.h"
#include "package/package.h"

bool store_has(const struct conf *c, const char *sha256);
/* Unpacks a package that package_read() found good. */
int store_put(struct op *op, struct package *pkg);
/* Both folders; a missing one is no error. */
int store_remove(struct op *op, const char *sha256);

/* The package's ZIP out of the database into a temporary file that is removed with the arena. */
int store_fetch(struct op *op, const char *sha256, const char **ret_file);
/* The same, read as suspiciously as an upload. */
int store_read(struct op *op, const char *sha256, struct package *ret);
/* store_put() of what store_read() gets; nothing when it is there already. */
int store_fill(struct op *op, const char *sha256);

/* Path of the library that a pool loads. */
const char *store_so(struct arena *p, const struct conf *c, const char *sha256);
/* The library of a package alone, in a temporary file, for a trial load. */
int store_trial_file(struct op *op, struct package *pkg, const char **ret_so);
/* Removes what killed processes left. */
void store_sweep(const struct conf *c);

#endif
