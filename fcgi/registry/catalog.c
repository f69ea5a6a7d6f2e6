/* catalog.c - packages and installations as rows: see catalog.h. JSON: catalog_json.c. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "registry/catalog.h"
#include "package/semver.h"
#include "registry/catalog.sql.h"

#define N_PACKAGE_COLUMNS 15

/* The trust store is read once for all packages of an answer. */
static int judge(struct op *op, struct trust_store **store, struct catalog_package *ret)
{
	const struct trust_facts facts = {.sha256 = ret->sha256,
		.key = ret->key,
		.version = ret->version,
		.signature = ret->signature,
		.blake2b = ret->blake2b};
	int rc;

	if (!*store && (rc = trust_load(op, store)) < 0)
		return rc;
	return trust_judge(*store, &facts, &ret->trust);
}

static int read_package(struct op *op, struct trust_store **store, const struct rows *rows, int i,
	struct catalog_package *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->sha256 = row_text(rows, i, 0);
	ret->key = row_text(rows, i, 1);
	ret->version = row_text(rows, i, 2);
	ret->size = row_int(rows, i, 5);
	ret->quarantined_at = row_text(rows, i, 6);
	ret->quarantined = ret->quarantined_at != NULL;
	ret->source = row_text(rows, i, 9);
	ret->approved_at = row_text(rows, i, 10);
	if ((rc = row_json(op, rows, i, 4, &ret->manifest)) < 0 ||
		(rc = row_json(op, rows, i, 7, &ret->quarantine_text)) < 0 ||
		(rc = row_json(op, rows, i, 8, &ret->files)) < 0 ||
		(rc = row_json(op, rows, i, 11, &ret->hooks)) < 0 ||
		(rc = row_json(op, rows, i, 14, &ret->imports)) < 0)
		return rc;
	ret->quarantine_reason = json_message_words(op->arena, ret->quarantine_text);
	ret->signature = row_text(rows, i, 12);
	ret->blake2b = row_text(rows, i, 13);
	ret->unfit = manifest_unfit(op->arena, ret->manifest);
	rc = judge(op, store, ret);
	ret->status = trust_name(ret->trust.status);
	return rc;
}

static int by_key_then_newest(const void *a, const void *b)
{
	const struct catalog_package *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c ? c : semver_compare(y->version, x->version);
}

int catalog_packages(struct op *op, const struct db_as *as, const char *key,
	struct catalog_package **ret, int *ret_n)
{
	struct trust_store *store = NULL;
	struct rows rows;
	int rc = op_read(op, as, &CATALOG_PACKAGES, DB_ARGS(key), &rows);

	if (rc < 0)
		return rc;
	*ret = arena_zalloc(op->arena, ((size_t)rows.n + 1) * sizeof(**ret));
	*ret_n = rows.n;
	for (int i = 0; i < rows.n; i++)
		if ((rc = read_package(op, &store, &rows, i, &(*ret)[i])) < 0)
			return rc;
	qsort(*ret, (size_t)rows.n, sizeof(**ret), by_key_then_newest);
	return 0;
}

int catalog_package(struct op *op, const struct db_as *as, const char *key, const char *version,
	struct catalog_package *ret)
{
	struct catalog_package *list, *found = NULL;
	int n, rc = catalog_packages(op, as, key, &list, &n);

	if (rc < 0)
		return rc;
	for (int i = 0; i < n && !found; i++)
		if (version ? !strcmp(list[i].version, version) : !list[i].quarantined)
			found = &list[i];
	if (!found && n > 0 && !version)
		found = &list[0];
	if (!found && n > 0)
		return op_fail(op, MT_ENOENT, "Plugin %.60s has no version %.60s; there is %s", key,
			version, list[0].version);
	if (!found)
		return op_fail(op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", key);
	*ret = *found;
	return 0;
}

int catalog_by_hash(
	struct op *op, const struct db_as *as, const char *sha256, struct catalog_package *ret)
{
	struct trust_store *store = NULL;
	struct rows rows;
	int rc = op_read(op, as, &CATALOG_PACKAGE, DB_ARGS(sha256), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(op, MT_ENOENT, "There is no such package");
	return read_package(op, &store, &rows, 0, ret);
}

/* Those whose permissions of plugins the statements answer. */
static const char *roles_of(const struct op *op)
{
	return op->who ? op->who->roles : "";
}

static int read_installation(struct op *op, struct trust_store **store, const struct rows *rows,
	int i, struct catalog_installation *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	if ((rc = read_package(op, store, rows, i, &ret->package)) < 0)
		return rc;
	ret->key = ret->package.key;
	ret->sha256 = ret->package.sha256;
	ret->id = row_text(rows, i, N_PACKAGE_COLUMNS);
	ret->state = row_text(rows, i, N_PACKAGE_COLUMNS + 1);
	ret->installed_at = row_text(rows, i, N_PACKAGE_COLUMNS + 2);
	ret->installed_by = row_text(rows, i, N_PACKAGE_COLUMNS + 3);
	ret->previous = row_text(rows, i, N_PACKAGE_COLUMNS + 4);
	ret->previous_version = row_text(rows, i, N_PACKAGE_COLUMNS + 5);
	ret->can_roll_back = row_bool(rows, i, N_PACKAGE_COLUMNS + 6);
	if ((rc = row_json(op, rows, i, N_PACKAGE_COLUMNS + 7, &ret->consented)) < 0)
		return rc;
	return row_json(op, rows, i, N_PACKAGE_COLUMNS + 8, &ret->held);
}

int catalog_installations(
	struct op *op, const struct db_as *as, struct catalog_installation **ret, int *ret_n)
{
	struct trust_store *store = NULL;
	struct rows rows;
	int rc = op_read(op, as, &CATALOG_INSTALLATIONS, DB_ARGS(roles_of(op)), &rows);

	if (rc < 0)
		return rc;
	*ret = arena_zalloc(op->arena, ((size_t)rows.n + 1) * sizeof(**ret));
	*ret_n = rows.n;
	for (int i = 0; i < rows.n; i++)
		if ((rc = read_installation(op, &store, &rows, i, &(*ret)[i])) < 0)
			return rc;
	return 0;
}

int catalog_installation(struct op *op, const struct db_as *as, const char *id, const char *key,
	struct catalog_installation *ret)
{
	struct trust_store *store = NULL;
	struct rows rows = {0};
	bool is_id = !id || id_is_uuid(id);
	int rc = is_id ? op_read(op, as, &CATALOG_INSTALLATION, DB_ARGS(roles_of(op), id, key),
				 &rows)
		       : 0;

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(op, MT_ENOENT, "There is no such installation");
	return read_installation(op, &store, &rows, 0, ret);
}

/* The ZIP as base64, in the arena. */
static int encode_file(struct arena *p, const struct package *pkg, char **ret, struct err *e)
{
	size_t max = sodium_base64_ENCODED_LEN(pkg->size, sodium_base64_VARIANT_ORIGINAL), len = 0;
	unsigned char *bytes = arena_alloc(p, pkg->size + 1);
	int fd = open(pkg->file, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	while (fd >= 0 && len < pkg->size && (n = read(fd, bytes + len, pkg->size - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (fd < 0 || len != pkg->size) {
		err_log(e, "%s: %s", pkg->file, strerror(errno));
		return err_set(e, MT_EINTERNAL, "The package can't be read");
	}
	*ret = arena_alloc(p, max);
	sodium_bin2base64(*ret, max, bytes, len, sodium_base64_VARIANT_ORIGINAL);
	return 0;
}

static int add_rows(
	struct op *op, const struct package *pkg, const char *user, struct rows *ret_added)
{
	const char *size = arena_printf(op->arena, "%llu", (unsigned long long)pkg->size);
	const char *files_text, *manifest, *routes, *hooks, *imports;
	json_t *files = package_files(pkg);
	char *zip = NULL;
	int rc;

	json_own(op->arena, files);
	files_text = json_text(op->arena, files, NULL);
	manifest = json_text(op->arena, pkg->manifest.json, NULL);
	routes = json_text(op->arena, pkg->routes, NULL);
	hooks = pkg->hooks ? json_text(op->arena, pkg->hooks, NULL) : "[]";
	imports = pkg->imports ? json_text(op->arena, pkg->imports, NULL) : "{}";
	if ((rc = encode_file(op->arena, pkg, &zip, &op->err)) < 0 ||
		(rc = op_begin(op, NULL)) < 0 ||
		(rc = op_queue(op, &CATALOG_ADD_PLUGIN, DB_ARGS(pkg->manifest.key))) < 0 ||
		(rc = op_query(op, &CATALOG_ADD_PACKAGE,
			 DB_ARGS(pkg->sha256, pkg->manifest.key, pkg->manifest.version, manifest,
				 routes, zip, size, user, hooks, pkg->source, pkg->signature,
				 pkg->blake2b[0] ? pkg->blake2b : NULL, imports),
			 ret_added)) < 0 ||
		(ret_added->n > 0 && (rc = op_queue(op, &CATALOG_ADD_FILES,
					      DB_ARGS(pkg->sha256, files_text))) < 0))
		return rc;
	return op_commit(op);
}

/* With memory of its own: the whole ZIP as text is in it. The error's texts stay the operation's. */
static int add_new(struct op *op, const struct package *pkg, const char *user, bool *ret_new)
{
	struct op scratch = *op;
	struct rows rows = {0};
	int rc;

	scratch.arena = arena_new();
	if ((rc = add_rows(&scratch, pkg, user, &rows)) < 0)
		op_rollback(op);
	*ret_new = rc == 0 && rows.n > 0;
	op->err = scratch.err;
	arena_free(scratch.arena);
	return rc;
}

static int add_signature(struct op *op, const struct package *pkg)
{
	struct rows rows;

	return op_write(op, NULL, &CATALOG_ADD_SIGNATURE,
		DB_ARGS(pkg->sha256, pkg->signature, pkg->blake2b,
			pkg->signed_well ? "true" : "false"),
		&rows);
}

int catalog_add(struct op *op, const struct package *pkg, const char *user, bool *ret_new)
{
	struct rows rows;
	int rc = add_new(op, pkg, user, ret_new);

	if (rc < 0 || *ret_new)
		return rc;
	if ((rc = op_read(op, NULL, &CATALOG_THERE,
		     DB_ARGS(pkg->sha256, pkg->manifest.key, pkg->manifest.version), &rows)) < 0)
		return rc;
	if (rows.n > 0 && !strcmp(row_text(&rows, 0, 0), pkg->sha256))
		return pkg->signature ? add_signature(op, pkg) : 0;
	return op_fail(op, MT_ECONFLICT,
		"%s %s is there already with other content; give the package a new version",
		pkg->manifest.key, pkg->manifest.version);
}
