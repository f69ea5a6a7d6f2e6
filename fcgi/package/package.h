/*
 * package.h - a plugin's package, read and checked as a whole before anything is done with it.
 *
 *	manifest.json  plugin.so  migrations/NNN-name[.tenant|.contract].sql  ui/...  screenshots/...
 *	README.md  DEVELOPERS.md  CHANGELOG.md  icon.svg
 *
 * package_read() opens the ZIP (archive.h), reads every byte once (sizes, checksums, hashes), the
 * manifest (manifest.h), the library's header (elf.h), the migrations (script.h), and compares the
 * manifest's "files" with what is there. Everything that is wrong is in `e`: pointer
 * "/manifest.json#/version" or "/plugin.so". It runs none of the package's code; that is trial.h.
 */
#ifndef PACKAGE_H
#define PACKAGE_H

#include <jansson.h>
#include "package/archive.h"
#include "package/manifest.h"
#include "package/script.h"

#define PACKAGE_SO "plugin.so"
#define PACKAGE_MIGRATION_MAX (1L << 20)
#define PACKAGE_MIGRATIONS_MAX (8UL << 20) /* all of them: they are held in memory */

struct package_migration {
	const char *name; /* "001-entries.sql" */
	const char *path; /* "migrations/001-entries.sql" */
	const char *sha256;
	enum migration_phase phase; /* when it runs: script.h */
	struct script script;
};

struct package {
	const char *file; /* the ZIP on disk */
	char sha256[65];  /* of the ZIP */
	bool stored;	  /* by package_read_stored() */
	uint64_t size;
	struct archive *archive; /* entries with sizes and hashes */
	struct manifest manifest;
	int n_migrations;
	size_t migrations_size;
	struct package_migration *migration; /* by number, then phase */
	json_t *checks;	       /* [{name, ok, detail, detailText}], the checks made, for people */
	const char *changelog; /* what its check says, a part of a message */
	json_t *routes;	       /* of the library, filled by trial.h: [{method, path, permission}] */
	json_t *hooks;	       /* ["install", ...] */
	json_t *imports;       /* {allowed, notable: [symbol]}, of the library's import table */
	const char *source;    /* "upload"; other callers set "marketplace", "bundled" */
	const char *signature; /* minisign's file, NULL = none; package_sign() */
	char blake2b[129];     /* of the ZIP, what a signature is over; "" before package_sign() */
	bool signed_well;      /* by a trusted key, over these bytes */
};

int package_read(struct arena *p, const char *file, struct package *ret, struct err *e);
/* A package that was accepted before: what is refused only since then is no fault. */
int package_read_stored(struct arena *p, const char *file, struct package *ret, struct err *e);

/* Adds a line to `checks`; detail is a part of a message (base/message.h). */
void package_checked(struct package *pkg, const char *name, const char *detail);

/* [{path, size, sha256}], a new reference. */
json_t *package_files(const struct package *pkg);

#endif
