/* admit.c - see admit.h. */
#include "marketplace/admit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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
		return limit_count(
			r, "marketplace-fetch", "install_limit", r->op.app->conf.install_limit);
	r->op.err.type = "approval-required";
	return op_fail(&r->op, MT_EPERM,
		"a system admin has to bring packages of the marketplace in and approve them here");
}

static int find_entry(struct req *r, const struct market_cache *s, const char *key,
	const char *version, const json_t **ret)
{
	*ret = market_cache_find(r, s, key, version);
	if (*ret)
		return 0;
	if (version)
		return op_fail(&r->op, MT_ENOENT,
			"the marketplace has no version %.60s of \"%.60s\"", version, key);
	if (s->error)
		return op_fail(&r->op, MT_ENOENT,
			"the marketplace has no plugin \"%.60s\"; it couldn't be asked lately: %.300s",
			key, s->error);
	return op_fail(&r->op, MT_ENOENT, "the marketplace has no plugin \"%.60s\"", key);
}

/* The package is not the one that the marketplace announced. */
static int mismatch(struct req *r, const char *what, const char *said, const char *found)
{
	r->op.err.type = "marketplace-mismatch";
	return op_fail(&r->op, MT_EUPSTREAM,
		"refused: the marketplace says that the package's %s is %.80s, but it is %.80s",
		what, said, found);
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
	long said = (long)json_integer_value(json_object_get(entry, "size"));
	long most = (long)r->op.app->conf.upload_max_mb << 20;
	struct download download = {.r = r, .of = said};
	const char *hash = json_str(entry, "sha256", "");
	struct source_order o = {.reference = json_str(entry, "package", NULL),
		.etag = "",
		.max = said ? said : most,
		.seconds = ADMIT_SECONDS,
		.progress = report_progress,
		.arg = &download};
	struct fetch f;
	char found[65];
	uint64_t size;
	int rc;

	if (said > most)
		return op_fail(&r->op, MT_ETOOBIG,
			"the package has %ld bytes, and this host takes %d MB at most", said,
			r->op.app->conf.upload_max_mb);
	rc = source_read(
		r->op.arena, &r->op.app->conf, r->op.deadline, &s->source, &o, &f, &r->op.err);
	if (rc == 0 && f.status != 200) {
		r->op.err.type = "marketplace";
		rc = op_fail(&r->op, MT_EUPSTREAM,
			"the marketplace names the package %.200s, "
			"which is not there",
			o.reference);
	}
	if (rc == 0)
		rc = digest_sha256(f.path, found, &size, &r->op.err);
	if (rc < 0)
		return rc;
	if (said && (uint64_t)said != size)
		return mismatch(r, "size", arena_printf(r->op.arena, "%ld", said),
			arena_printf(r->op.arena, "%llu", (unsigned long long)size));
	if (strcmp(found, hash) != 0)
		return mismatch(r, "SHA-256", hash, found);
	*ret_file = f.path;
	return 0;
}

static const char *read_text(struct req *r, const char *path, size_t max)
{
	char *text = arena_alloc(r->op.arena, max + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, max);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	return strlen(text) == (size_t)n ? text : NULL;
}

/* The one that the entry names has to be there; one that might lie beside the package needn't. */
static int fetch_signature(
	struct req *r, const struct market_cache *s, const json_t *entry, const char **ret)
{
	const char *named = json_str(entry, "signatureUrl", NULL);
	struct source_order o = {.etag = "", .max = ADMIT_SIGNATURE_MAX, .seconds = 8};
	struct err *why = err_new(r->op.arena);
	struct fetch f;
	int rc;

	o.reference =
		named ? named
		      : arena_printf(r->op.arena, "%s.minisig", json_str(entry, "package", ""));
	*ret = NULL;
	rc = source_read(r->op.arena, &r->op.app->conf, r->op.deadline, &s->source, &o, &f, why);
	if (rc == 0 && f.status == 200)
		*ret = read_text(r, f.path, ADMIT_SIGNATURE_MAX);
	if (*ret || !named)
		return 0;
	r->op.err.type = "marketplace";
	return op_fail(&r->op, MT_EUPSTREAM, "the package's signature can't be had: %.300s",
		rc < 0 ? why->message : "it is not there, or no text");
}

/* Name, version and permissions from the package itself. */
static int compare(struct req *r, const struct package *pkg, const json_t *entry)
{
	const char *key = json_str(entry, "key", ""), *version = json_str(entry, "version", "");

	if (strcmp(pkg->manifest.key, key) != 0)
		return mismatch(r, "key", key, pkg->manifest.key);
	if (strcmp(pkg->manifest.version, version) != 0)
		return mismatch(r, "version", version, pkg->manifest.version);
	return 0;
}

static int approve(struct req *r, struct catalog_package *pkg)
{
	struct catalog_package approved;
	int rc;

	if (pkg->approved_at || !counts_as_approved(r) || !pkg->trust.allowed)
		return 0;
	rc = lifecycle_approve_by_conf(&r->op, pkg->key, pkg->sha256, &approved);
	if (rc == 0)
		*pkg = approved;
	/* An older version than the newest one approved and the like: it is here, a person decides. */
	if (rc == MT_ECONFLICT)
		op_clear(&r->op);
	return rc == MT_ECONFLICT ? 0 : rc;
}

static int fetch_and_store(struct req *r, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, json_t **ret_checks, bool *ret_new)
{
	struct upload_order o = {.source = s->source.bundled ? "bundled" : "marketplace",
		.compare = compare,
		.wanted = entry};
	int rc = may_fetch(r);

	if (rc == 0)
		rc = fetch_zip(r, s, entry, &o.file);
	if (rc == 0)
		rc = fetch_signature(r, s, entry, &o.signature);
	return rc < 0 ? rc : upload_admit(r, &o, ret, ret_checks, ret_new);
}

/* One fetch at a time: a slow marketplace may occupy one worker of the admin pool, not all. A
 * worker that waited may find that the package is there already. */
static int bring_in(struct req *r, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, json_t **ret_checks, bool *ret_new)
{
	struct lock lock;
	struct err kept;
	int rc;

	if (s->source.kind == SOURCE_FOLDER)
		return fetch_and_store(r, s, entry, ret, ret_checks, ret_new);
	if ((rc = lock_take(r, "package", TURN_MS, &lock)) < 0)
		return rc;
	if (!lock.session) {
		r->op.err.retry_after = 10;
		return op_fail(
			&r->op, MT_EBUSY, "another package is being fetched from the marketplace");
	}
	kept = op_try(&r->op);
	rc = catalog_by_hash(&r->op, op_as(&r->op), json_str(entry, "sha256", ""), ret);
	op_tried(&r->op, kept);
	if (rc < 0)
		rc = fetch_and_store(r, s, entry, ret, ret_checks, ret_new);
	lock_release(r, &lock);
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
		return op_fail(t->op, MT_ECONFLICT, "somebody may want to go back to it");
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
 * reports the conflict. */
static int replace_build(struct req *r, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, bool *ret_stays)
{
	struct err kept, why;
	int rc;

	*ret_stays = false;
	if (!s->source.bundled)
		return 0;
	kept = op_try(&r->op);
	rc = delete_bundled(&r->op, entry, ret);
	why = op_tried(&r->op, kept);
	*ret_stays = rc == MT_ECONFLICT;
	if (rc == 0 || rc == MT_ENOENT || *ret_stays)
		return 0;
	return err_take(&r->op.err, rc, &why);
}

static int replace_and_bring_in(struct req *r, const struct market_cache *s, const json_t *entry,
	struct catalog_package *ret, json_t **ret_checks, bool *ret_new)
{
	bool stays = false;
	int rc = replace_build(r, s, entry, ret, &stays);

	return rc < 0 || stays ? rc : bring_in(r, s, entry, ret, ret_checks, ret_new);
}

int admit_package(struct req *r, const char *key, const char *version, struct catalog_package *ret,
	json_t **ret_checks, bool *ret_new)
{
	const json_t *entry;
	const char *unfit;
	struct market_cache s;
	struct err kept, why;
	int rc;

	*ret_checks = NULL;
	*ret_new = false;
	if ((rc = market_cache_open(r, false, &s)) < 0 ||
		(rc = find_entry(r, &s, key, version, &entry)) < 0)
		return rc;
	unfit = view_unfit(r, entry);
	if (unfit)
		return op_fail(&r->op, MT_ECONFLICT, "%.60s %.60s can't be had: %.300s", key,
			json_str(entry, "version", ""), unfit);
	kept = op_try(&r->op);
	rc = catalog_by_hash(&r->op, op_as(&r->op), json_str(entry, "sha256", ""), ret);
	why = op_tried(&r->op, kept);
	if (rc < 0 && rc != MT_ENOENT)
		return err_take(&r->op.err, rc, &why);
	if (rc == MT_ENOENT &&
		(rc = replace_and_bring_in(r, &s, entry, ret, ret_checks, ret_new)) < 0)
		return rc;
	return approve(r, ret);
}
