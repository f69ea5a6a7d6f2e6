/*
 * catalog.h - packages and installations as rows, and as the JSON that browsers see.
 *
 * The admin pool's role may see every tenant's installations, so each statement here names its
 * tenant; forgetting that is the one way to leak.
 */
#ifndef CATALOG_H
#define CATALOG_H

#include <jansson.h>
#include <stdbool.h>
#include "db/db.h"
#include "package/package.h"
#include "auth/app.h"
#include "registry/trust.h"

struct catalog_package {
	const char *sha256;
	const char *key;
	const char *version;
	const char *status; /* trust.status by its name: "core", "signed", ... */
	struct trust trust;
	const char *signature; /* minisign's file; NULL = none */
	const char *blake2b;
	const char *unfit; /* why it can't run on this Mortise; NULL = it can */
	json_t *manifest;
	json_t *imports; /* {allowed, notable: [symbol]} */
	json_t *files;	 /* [{path, size, sha256}] */
	json_t *hooks;	 /* ["install", ...] */
	long size;
	const char *source;	 /* upload, marketplace, bundled */
	const char *approved_at; /* RFC 3339; NULL = tenants may not have it yet */
	bool quarantined;
	const char *quarantined_at; /* as the database writes it; NULL */
	const char *quarantine_reason;
	json_t *quarantine_text; /* the same as it is stored: a message's key and values; NULL */
};

struct catalog_installation {
	const char *id;
	const char *key;
	const char *sha256;
	const char *state;
	const char *installed_at; /* RFC 3339 */
	const char *installed_by; /* name, or NULL */
	const char *previous;	  /* hash of the version before; NULL = none */
	const char *previous_version;
	bool can_roll_back;    /* to it: it is not in quarantine and the tables still fit */
	json_t *consented;     /* permissions that the tenant's admin confirmed */
	json_t *held;	       /* permissions of the plugin that op->who has by a role */
	const char *available; /* a newer version for it; by catalog_complete() */
	bool configured;       /* its required settings have values; likewise */
	struct catalog_package package;
};

/* All packages, newest version of a plugin first; key NULL = of every plugin. */
int catalog_packages(struct op *op, const struct db_as *as, const char *key,
	struct catalog_package **ret, int *ret_n);
/* One package by version (NULL = the newest that is out of quarantine, else the newest): MT_ENOENT. */
int catalog_package(struct op *op, const struct db_as *as, const char *key, const char *version,
	struct catalog_package *ret);
int catalog_by_hash(
	struct op *op, const struct db_as *as, const char *sha256, struct catalog_package *ret);

/* The tenant's installations; one by id or key (the other NULL): MT_ENOENT. */
int catalog_installations(
	struct op *op, const struct db_as *as, struct catalog_installation **ret, int *ret_n);
int catalog_installation(struct op *op, const struct db_as *as, const char *id, const char *key,
	struct catalog_installation *ret);

/* Which versions could come next, and are its settings made: in two more questions for all of them. */
int catalog_complete(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n);

/* Stores a checked package: MT_ECONFLICT when its version is there with other bytes; *ret_new =
 * false when it is there already. */
int catalog_add(struct op *op, const struct package *pkg, const char *user, bool *ret_new);
/* Deletes all versions of a plugin, or one: MT_ECONFLICT while it is installed anywhere. A tenant that
 * could roll back to it can't any more. */
int catalog_delete(struct op *op, const struct db_as *as, const char *key, const char *version);

/* A document of a package, such as README.md: MT_ENOENT when it has none. */
int catalog_document(
	struct op *op, const char *sha256, const char *name, char **ret, size_t *ret_len);

/* JSON for browsers, new references. */
json_t *catalog_package_json(struct op *op, const struct catalog_package *p);
json_t *catalog_installation_json(struct op *op, const struct catalog_installation *i);
/* The same with what only administration needs: versions, consent, trust, settings; for one that
 * went through catalog_complete(). */
json_t *catalog_installation_full(struct op *op, const struct catalog_installation *i);

#endif
