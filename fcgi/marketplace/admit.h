/*
 * admit.h - takes a package of the marketplace into the catalogue.
 *
 * It is fetched with its signature, compared with the marketplace's entry (size, hash, key,
 * version), then taken through every check of an upload. A package that differs is refused and
 * leaves nothing. It counts as approved when marketplace_approval is automatic and the trust policy
 * lets it run.
 */
#ifndef ADMIT_H
#define ADMIT_H

#include "marketplace/cache.h"
#include "registry/catalog.h"

#define ADMIT_SECONDS 60
#define ADMIT_SIGNATURE_MAX 4096

/*
 * version NULL = the newest that runs here. *ret_checks is borrowed, NULL when the package was in the
 * catalogue already (*ret_new = false). MT_ENOENT: the marketplace has none of that key or version.
 */
int admit_package(struct req *r, const char *key, const char *version, struct catalog_package *ret,
	json_t **ret_checks, bool *ret_new);

#endif
