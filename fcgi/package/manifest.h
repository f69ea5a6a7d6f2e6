/*
 * manifest.h - manifest.json: a closed schema in a const table, and all faults in one answer.
 *
 * Every fault is a field fault of `e`: the pointer is "/manifest.json#" and a JSON pointer (RFC
 * 6901), the detail names what was found and what would be right. Checks that need other files of
 * the package (hashes, icon, bundle) are in package.c.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <jansson.h>
#include <stdbool.h>
#include "base/err.h"
#include "base/arena.h"

#define MANIFEST_MAX (256L << 10) /* bytes */
#define MANIFEST_POINTER "/manifest.json#"

/* Strings belong to the JSON value. Those that are optional may be NULL. */
struct manifest {
	json_t *json;
	const char *key;
	const char *version;
	const char *display_name;
	const char *description;
	const char *host; /* range of Mortise versions */
	const char *icon;
	const char *bundle; /* ui/….js */
	const char *global_name;
	int abi;
};

/* Parses and checks; the value belongs to the arena. MT_EFIELDS with every fault; ret is filled as far
 * as it could be read (members may be NULL then). */
int manifest_read(
	struct arena *p, const char *text, size_t len, struct manifest *ret, struct err *e);
/* For a package that was accepted before: features that nothing serves are no faults, as they must
 * not end what runs. */
int manifest_read_stored(
	struct arena *p, const char *text, size_t len, struct manifest *ret, struct err *e);
/* Features that a manifest names and nothing serves: ["nav.main"], a new
 * reference. */
json_t *manifest_list_unserved(const json_t *manifest);

#define MANIFEST_OTHER_HOST                                                                        \
	"Found \"%.60s\", but this is Mortise %s: another version of the plugin is needed"
#define MANIFEST_OTHER_ABI                                                                         \
	"Found %d; this host has plugin ABI 1 to %d: build the plugin with its mortise.h"

/* Why a plugin of this manifest (or a catalogue's entry of it) can't run on this Mortise; NULL = its
 * host range and its ABI fit. */
const char *manifest_unfit(struct arena *p, const json_t *manifest);

/* May a route or component of this manifest require the permission: one of the core, or one that it
 * defines itself, by its full name? */
bool manifest_has_permission(const json_t *manifest, const char *name);

/* The rules as JSON Schema (draft 2020-12), a new reference. */
json_t *manifest_schema(void);

/* {"tickets:read","…"} as PostgreSQL reads a text[] parameter. */
const char *manifest_permission_array(struct arena *p, const struct manifest *m);

#endif
