/* admit.c - see admit.h. */
#include "marketplace/admit.h"

#include <string.h>

#include "auth/ident.h"
#include "base/json.h"
#include "install/lifecycle.h"
#include "install/steps.h"
#include "install/upload.h"
#include "marketplace/lock.h"
#include "marketplace/view.h"
#include "package/digest.h"
#include "auth/limit.h"
#include "marketplace/admit.sql.h"

#define TURN_MS 8000 /* for others who fetch */

static bool counts_as_approved(const struct req *r)
{
	return !strcmp(r->op.app->conf.marketplace_approval, "automatic");
}

/* Bringing in native code takes a system admin, or an operator who set this marketplace's packages
 * to be approved. */
static int may_fetch(struct req *r)
{
	if (counts_as_approved(r) || ident_may(r->op.who, "plugins:upload"))
		return limit_count(&r->op, r->remote, "marketplace-fetch", "install_limit",
			r->op.app->conf.install_limit);
	return op_refuse(&r->op, MT_EPERM, "approval-required",
		"Ask a system admin to fetch this package of the marketplace and approve it");
}

static int find_entry(struct op *op, const struct market_cache *s, const char *key,
	const char *version, const json_t **ret)
{
	*ret = market_cache_find(op, s, key, version);
	if (*ret)
		return 0;
	if (version)
		return op_fail(op, MT_ENOENT, "The marketplace has no version %.60s of \"%.60s\"",
			version, key);
	if (s->error)
		return op_fail(op, MT_ENOENT,
			"The marketplace has no plugin \"%.60s\"; its catalogue could not be renewed: "
			"%.300s",
			key, s->error);
	return op_fail(op, MT_ENOENT, "The marketplace has no plugin \"%.60s\"", key);
}

/* The package isn't what the catalogue promises. */
static int mismatch(struct op *op, const char *what, const char *wanted, const char *found)
{
	return op_refuse(op, MT_EUPSTREAM, "marketplace-mismatch",
		"Refused: the catalogue gives %.80s as the package's %s, but it is %.80s", wanted,
		what, found);
}

struct download {
	struct req *r;
	long of; /* bytes; 0 = not in the catalogue */
};

static int report_progress(void *arg, long got)
{
	const struct download *d = arg;
	json_t *v = json_pack(
		"{ss sI sI}", "name", "download", "got", (json_int_t)got, "of", (json_int_t)d->of);
	int rc = reply_progress(d->r, v);

	json_decref(v);
	return rc;
}

static int fetch_zip(
	struct req *r, const struct market_cache *s, const json_t *entry, const char **ret_file)
{
	long announced = (long)json_integer_value(json_object_get(entry, "size"));
	long most = (long)r->op.app->conf.upload_max_mb << 20;
	struct download download = {.r = r, .of = announced};
	const char *hash = json_str(entry, "sha256", "");
	const char *file = json_str(entry, "package", NULL);
	struct fetch_order o = {.etag = "",
		.max = announced ? announced : most,
		.seconds = ADMIT_SECONDS,
		.progress = report_progress,
		.arg = &download};
	struct op *op = &r->op;
	struct fetch f;
	char found[65];
	uint64_t size;
	int rc;

	if (announced > most)
		return op_fail(op, MT_ETOOBIG,
			"The package has %ld bytes, and this host accepts %d MB at most", announced,
			op->app->conf.upload_max_mb);
	if ((rc = source_read(op, &s->source, file, &o, &f)) < 0)
		return rc;
	if (f.status != 200)
		return op_refuse(op, MT_EUPSTREAM, "marketplace",
			"The catalogue names the package %.200s, which does not exist", file);
	if ((rc = digest_sha256(f.path, found, &size, &op->err)) < 0)
		return rc;
	if (announced && (uint64_t)announced != size)
		return mismatch(op, "size", arena_printf(op->arena, "%ld", announced),
			arena_printf(op->arena, "%llu", (unsigned long long)size));
	if (strcmp(found, hash) != 0)
		return mismatch(op, "SHA-256", hash, found);
	*ret_file = f.path;
	return 0;
}

/* A signature that the entry names must exist; one that may be beside the package need not. */
static int fetch_signature(
	struct op *op, const struct market_cache *s, const json_t *entry, const char **ret)
{
	const char *named = json_str(entry, "signatureUrl", NULL);
	const char *beside = arena_printf(op->arena, "%s.minisig", json_str(entry, "package", ""));
	struct fetch_order o = {.etag = "", .max = ADMIT_SIGNATURE_MAX, .seconds = 8};
	struct err kept = op_try(op), why;
	struct fetch f;
	char *text = NULL;
	int rc = source_read(op, &s->source, named ? named : beside, &o, &f);

	if (rc == 0 && f.status == 200)
		rc = fetch_text(op, &f, &text);
	why = op_tried(op, kept);
	*ret = text && *text && strlen(text) == (size_t)f.bytes ? text : NULL;
	if (*ret || !named)
		return 0;
	return op_refuse(op, MT_EUPSTREAM, "marketplace",
		"The package's signature could not be fetched: %.300s",
		rc < 0 ? err_part(op->arena, &why)
		       : message_part(op->arena, "it does not exist, or is not text"));
}

/* Name, version and permissions from the package itself. */
static int compare(struct req *r, const struct package *pkg, const json_t *entry)
{
	const char *key = json_str(entry, "key", ""), *version = json_str(entry, "version", "");

	if (strcmp(pkg->manifest.key, key) != 0)
		return mismatch(&r->op, "key", key, pkg->manifest.key);
	if (strcmp(pkg->manifest.version, version) != 0)
		return mismatch(&r->op, "version", version, pkg->manifest.version);
	return 0;
}

static int approve(struct op *op, struct catalog_package *pkg)
{
	bool automatic = !strcmp(op->app->conf.marketplace_approval, "automatic");
	struct catalog_package approved;
	int rc;

	if (pkg->approved_at || !automatic || !pkg->trust.allowed)
		return 0;
	rc = lifecycle_approve_by_conf(op, pkg->key, pkg->sha256, &approved);
	if (rc == 0)
		*pkg = approved;
	if (rc != MT_ECONFLICT)
		return rc;
	/* It is older than the newest approved version, or the like: a person decides. */
	op_clear(op);
	return 0;
}

static int fetch_and_store(struct req *r, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, json_t **ret_checks, bool *ret_new)
{
	struct upload_order o = {.source = s->source.bundled ? "bundled" : "marketplace",
		.compare = compare,
		.wanted = entry};
	int rc;

	if ((rc = may_fetch(r)) < 0 || (rc = fetch_zip(r, s, entry, &o.file)) < 0 ||
		(rc = fetch_signature(&r->op, s, entry, &o.signature)) < 0)
		return rc;
	return upload_admit(r, &o, ret, ret_checks, ret_new);
}

/* The package in the catalogue with the entry's hash; MT_ENOENT, not as an error, when there is none. */
static int find_stored(struct op *op, const json_t *entry, struct catalog_package *ret)
{
	int rc = catalog_by_hash(op, op_as(op), json_str(entry, "sha256", ""), ret);

	if (rc == MT_ENOENT)
		op_clear(op);
	return rc;
}

/* One fetch at a time: a slow marketplace may occupy one worker of the admin pool, not all. A
 * worker that waited may find that the package is there already. */
static int bring_in(struct req *r, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, json_t **ret_checks, bool *ret_new)
{
	struct lock lock;
	int rc;

	if (s->source.kind == SOURCE_FOLDER)
		return fetch_and_store(r, s, entry, ret, ret_checks, ret_new);
	if ((rc = lock_take(&r->op, "package", TURN_MS, &lock)) < 0)
		return rc;
	if (!lock.session) {
		r->op.err.retry_after = 10;
		return op_fail(&r->op, MT_EBUSY,
			"Another package is being fetched from the marketplace: try again");
	}
	rc = find_stored(&r->op, entry, ret);
	if (rc == MT_ENOENT)
		rc = fetch_and_store(r, s, entry, ret, ret_checks, ret_new);
	lock_release(&r->op, &lock);
	return rc;
}

static int delete_locked(struct target *t, const char *sha256, const char *version)
{
	struct rows rows;
	int rc;

	if ((rc = steps_lock(t)) < 0 ||
		(rc = op_read(t->op, NULL, &ADMIT_WAY_BACK, DB_ARGS(sha256), &rows)) < 0)
		return rc;
	if (rows.n > 0)
		return op_fail(t->op, MT_ECONFLICT, "A company may roll back to it");
	return catalog_delete(t->op, target_as(t), t->key, version);
}

static int delete_build(struct op *op, const struct catalog_package *pkg)
{
	struct target t;
	int rc;

	target_init(&t, op, pkg->key);
	rc = delete_locked(&t, pkg->sha256, pkg->version);
	target_unlock(&t);
	return rc;
}

/* MT_ENOENT: there is no build of before that could be in the way. */
static int delete_bundled(struct op *op, const json_t *entry, struct catalog_package *ret)
{
	int rc = catalog_package(
		op, op_as(op), json_str(entry, "key", ""), json_str(entry, "version", ""), ret);

	if (rc < 0)
		return rc;
	return strcmp(ret->source, "bundled") ? MT_ENOENT : delete_build(op, ret);
}

/* A rebuilt Mortise has other bytes for a version that the catalogue has from the build before.
 * They replace the old ones when nobody has that version installed; else the old package stays,
 * *ret_stays is set and it is in *ret. Packages from elsewhere are not touched: catalog_add()
 * refuses them. */
static int replace_build(struct op *op, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, bool *ret_stays)
{
	int rc;

	*ret_stays = false;
	if (!s->source.bundled)
		return 0;
	rc = delete_bundled(op, entry, ret);
	*ret_stays = rc == MT_ECONFLICT;
	if (rc != MT_ENOENT && !*ret_stays)
		return rc;
	op_clear(op);
	return 0;
}

int admit_package(struct req *r, const char *key, const char *version, struct catalog_package *ret,
	json_t **ret_checks, bool *ret_new)
{
	const json_t *entry;
	struct op *op = &r->op;
	struct market_cache s;
	const char *unfit;
	bool stays = false;
	int rc;

	*ret_checks = NULL;
	*ret_new = false;
	if ((rc = market_cache_open(op, false, &s)) < 0 ||
		(rc = find_entry(op, &s, key, version, &entry)) < 0)
		return rc;
	unfit = view_unfit(op, entry);
	if (unfit)
		return op_fail(op, MT_ECONFLICT, "%.60s %.60s can't be installed: %.300s", key,
			json_str(entry, "version", ""), unfit);
	rc = find_stored(op, entry, ret);
	if (rc == 0)
		return approve(op, ret);
	if (rc != MT_ENOENT || (rc = replace_build(op, &s, entry, ret, &stays)) < 0)
		return rc;
	if (!stays && (rc = bring_in(r, &s, entry, ret, ret_checks, ret_new)) < 0)
		return rc;
	return approve(op, ret);
}
