/* catalog.c - packages and installations as rows: see catalog.h. JSON: catalog_json.c. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "registry/catalog.h"
#include "registry/semver.h"

#define PACKAGE_COLUMNS                                                                            \
	"p.sha256, p.plugin_key, p.version, p.status, p.manifest, p.size, p.quarantined_at,"       \
	" p.quarantine_reason,"                                                                    \
	" (SELECT json_agg(json_build_object('path', f.path, 'size', f.size, 'sha256', f.sha256)"  \
	"   ORDER BY f.path) FROM mortise.plugin_files f WHERE f.package_sha256 = p.sha256)"
#define N_PACKAGE_COLUMNS 9

#define INSTALLATION                                                                               \
	"SELECT " PACKAGE_COLUMNS ", i.id, i.state,"                                               \
	" to_char(i.installed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), u.name" \
	" FROM mortise.installations i"                                                            \
	" JOIN mortise.plugin_packages p ON p.sha256 = i.package_sha256"                           \
	" LEFT JOIN mortise.users u ON u.tenant_id = i.tenant_id AND u.id = i.installed_by"        \
	" WHERE i.tenant_id = (SELECT mortise.tenant())"

static const struct stmt PACKAGES = {"catalog_packages",
	"SELECT " PACKAGE_COLUMNS " FROM mortise.plugin_packages p"
	" WHERE $1::text IS NULL OR p.plugin_key = $1"};
static const struct stmt PACKAGE = {"catalog_package",
	"SELECT " PACKAGE_COLUMNS " FROM mortise.plugin_packages p WHERE p.sha256 = $1"};
static const struct stmt INSTALLATIONS = {"catalog_installations",
	INSTALLATION " ORDER BY p.manifest ->> 'displayName', p.plugin_key"};
static const struct stmt INSTALLATION_ONE = {"catalog_installation", INSTALLATION
	" AND ($1::uuid IS NULL OR i.id = $1::uuid) AND ($2::text IS NULL OR i.plugin_key = $2)"};
static const struct stmt ADD_PLUGIN = {"catalog_add_plugin",
	"INSERT INTO mortise.plugins (key) VALUES ($1) ON CONFLICT DO NOTHING"};
static const struct stmt ADD_PACKAGE = {"catalog_add_package",
	"INSERT INTO mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size,"
	" uploaded_by) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, decode($6, 'base64'), $7::bigint,"
	" $8::uuid) ON CONFLICT DO NOTHING RETURNING sha256"};
static const struct stmt ADD_FILES = {"catalog_add_files",
	"INSERT INTO mortise.plugin_files (package_sha256, path, size, sha256)"
	" SELECT $1, f.path, f.size, f.sha256"
	" FROM jsonb_to_recordset($2::jsonb) AS f (path text, size bigint, sha256 text)"};
static const struct stmt THERE = {"catalog_there",
	"SELECT sha256 FROM mortise.plugin_packages WHERE sha256 = $1"
	" OR (plugin_key = $2 AND version = $3)"};
static const struct stmt INSTALLED = {
	"catalog_installed", "SELECT count(*) FROM mortise.installations WHERE plugin_key = $1"};
static const struct stmt DELETE_PACKAGES = {
	"catalog_delete_packages", "DELETE FROM mortise.plugin_packages WHERE plugin_key = $1"};
static const struct stmt DELETE_MIGRATIONS = {
	"catalog_delete_migrations", "DELETE FROM mortise.plugin_migrations WHERE plugin_key = $1"};
static const struct stmt DELETE_PLUGIN = {
	"catalog_delete_plugin", "DELETE FROM mortise.plugins WHERE key = $1"};

static int read_json(struct catalog *c, const char *text, json_t **ret)
{
	return text ? json_parse(c->pool, text, strlen(text), ret, c->err) : 0;
}

static int read_package(
	struct catalog *c, const struct rows *rows, int i, struct catalog_package *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->sha256 = row_text(rows, i, 0);
	ret->key = row_text(rows, i, 1);
	ret->version = row_text(rows, i, 2);
	ret->status = row_text(rows, i, 3);
	ret->size = row_int(rows, i, 5);
	ret->quarantined_at = row_text(rows, i, 6);
	ret->quarantined = ret->quarantined_at != NULL;
	ret->quarantine_reason = row_text(rows, i, 7);
	rc = read_json(c, row_text(rows, i, 4), &ret->manifest);
	return rc < 0 ? rc : read_json(c, row_text(rows, i, 8), &ret->files);
}

static int by_key_then_newest(const void *a, const void *b)
{
	const struct catalog_package *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c ? c : semver_compare(y->version, x->version);
}

int catalog_packages(struct catalog *c, const char *key, struct catalog_package **ret, int *ret_n)
{
	struct rows rows;
	int rc = db_read(c->app->db, c->pool, c->deadline, c->ticket, &PACKAGES, DB_ARGS(key),
		&rows, c->err);

	if (rc < 0)
		return rc;
	*ret = pool_zalloc(c->pool, ((size_t)rows.n + 1) * sizeof(**ret));
	*ret_n = rows.n;
	for (int i = 0; i < rows.n; i++)
		if ((rc = read_package(c, &rows, i, &(*ret)[i])) < 0)
			return rc;
	qsort(*ret, (size_t)rows.n, sizeof(**ret), by_key_then_newest);
	return 0;
}

int catalog_package(
	struct catalog *c, const char *key, const char *version, struct catalog_package *ret)
{
	struct catalog_package *list, *found = NULL;
	int n, rc = catalog_packages(c, key, &list, &n);

	if (rc < 0)
		return rc;
	for (int i = 0; i < n && !found; i++)
		if (version ? !strcmp(list[i].version, version) : !list[i].quarantined)
			found = &list[i];
	if (!found && n > 0 && !version)
		found = &list[0];
	if (!found && n > 0)
		return err_set(c->err, MT_ENOENT, "plugin %.60s has no version %.60s; there is %s",
			key, version, list[0].version);
	if (!found)
		return err_set(c->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"", key);
	*ret = *found;
	return 0;
}

int catalog_by_hash(struct catalog *c, const char *sha256, struct catalog_package *ret)
{
	struct rows rows;
	int rc = db_read(c->app->db, c->pool, c->deadline, c->ticket, &PACKAGE, DB_ARGS(sha256),
		&rows, c->err);

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return err_set(c->err, MT_ENOENT, "there is no such package");
	return read_package(c, &rows, 0, ret);
}

static int read_installation(
	struct catalog *c, const struct rows *rows, int i, struct catalog_installation *ret)
{
	int rc = read_package(c, rows, i, &ret->package);

	ret->key = ret->package.key;
	ret->sha256 = ret->package.sha256;
	ret->id = row_text(rows, i, N_PACKAGE_COLUMNS);
	ret->state = row_text(rows, i, N_PACKAGE_COLUMNS + 1);
	ret->installed_at = row_text(rows, i, N_PACKAGE_COLUMNS + 2);
	ret->installed_by = row_text(rows, i, N_PACKAGE_COLUMNS + 3);
	return rc;
}

int catalog_installations(struct catalog *c, struct catalog_installation **ret, int *ret_n)
{
	struct rows rows;
	int rc = db_read(c->app->db, c->pool, c->deadline, c->ticket, &INSTALLATIONS, DB_NOARGS,
		&rows, c->err);

	if (rc < 0)
		return rc;
	*ret = pool_zalloc(c->pool, ((size_t)rows.n + 1) * sizeof(**ret));
	*ret_n = rows.n;
	for (int i = 0; i < rows.n; i++)
		if ((rc = read_installation(c, &rows, i, &(*ret)[i])) < 0)
			return rc;
	return 0;
}

int catalog_installation(
	struct catalog *c, const char *id, const char *key, struct catalog_installation *ret)
{
	struct rows rows;
	int rc = db_read(c->app->db, c->pool, c->deadline, c->ticket, &INSTALLATION_ONE,
		DB_ARGS(id, key), &rows, c->err);

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return err_set(c->err, MT_ENOENT, "there is no such installation");
	return read_installation(c, &rows, 0, ret);
}

/* The ZIP as base64, in the pool. */
static int encode_file(struct pool *p, const struct package *pkg, char **ret, struct err *e)
{
	size_t max = sodium_base64_ENCODED_LEN(pkg->size, sodium_base64_VARIANT_ORIGINAL), len = 0;
	unsigned char *bytes = pool_alloc(p, pkg->size + 1);
	int fd = open(pkg->file, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	while (fd >= 0 && len < pkg->size && (n = read(fd, bytes + len, pkg->size - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (fd < 0 || len != pkg->size) {
		err_log(e, "%s: %s", pkg->file, strerror(errno));
		return err_set(e, MT_EINTERNAL, "the package can't be read");
	}
	*ret = pool_alloc(p, max);
	sodium_bin2base64(*ret, max, bytes, len, sodium_base64_VARIANT_ORIGINAL);
	return 0;
}

static int add_rows(struct catalog *c, struct pool *scratch, const struct package *pkg,
	const char *user, struct rows *ret_added)
{
	struct db *db = c->app->db;
	json_t *files = package_files(pkg);
	const char *size = pool_printf(scratch, "%llu", (unsigned long long)pkg->size);
	const char *files_text, *manifest, *routes;
	char *zip = NULL;
	int rc = encode_file(scratch, pkg, &zip, c->err);

	json_own(scratch, files);
	files_text = json_text(scratch, files, NULL);
	manifest = json_text(scratch, pkg->manifest.json, NULL);
	routes = json_text(scratch, pkg->routes, NULL);
	if (rc == 0)
		rc = db_begin(db, scratch, c->deadline, NULL, c->err);
	if (rc == 0)
		rc = db_queue(db, &ADD_PLUGIN, DB_ARGS(pkg->manifest.key), c->err);
	if (rc == 0)
		rc = db_query(db, &ADD_PACKAGE,
			DB_ARGS(pkg->sha256, pkg->manifest.key, pkg->manifest.version, manifest,
				routes, zip, size, user),
			ret_added, c->err);
	if (rc == 0 && ret_added->n > 0)
		rc = db_queue(db, &ADD_FILES, DB_ARGS(pkg->sha256, files_text), c->err);
	if (rc == 0)
		rc = db_commit(db, c->err);
	if (rc < 0)
		db_rollback(db);
	return rc;
}

int catalog_add(struct catalog *c, const struct package *pkg, const char *user, bool *ret_new)
{
	struct pool *scratch = pool_new();
	struct rows rows = {0};
	int rc = add_rows(c, scratch, pkg, user, &rows);

	*ret_new = rc == 0 && rows.n > 0;
	pool_free(scratch);
	if (rc < 0 || *ret_new)
		return rc;
	rc = db_read(c->app->db, c->pool, c->deadline, NULL, &THERE,
		DB_ARGS(pkg->sha256, pkg->manifest.key, pkg->manifest.version), &rows, c->err);
	if (rc < 0)
		return rc;
	if (rows.n > 0 && !strcmp(row_text(&rows, 0, 0), pkg->sha256))
		return 0;
	return err_set(c->err, MT_ECONFLICT,
		"%s %s is there already with other content; give the package a new version",
		pkg->manifest.key, pkg->manifest.version);
}

static int delete_rows(struct catalog *c, const char *key)
{
	struct db *db = c->app->db;
	struct rows rows;
	int rc = db_begin(db, c->pool, c->deadline, c->ticket, c->err);

	if (rc == 0)
		rc = db_query(db, &INSTALLED, DB_ARGS(key), &rows, c->err);
	if (rc == 0 && row_int(&rows, 0, 0) > 0)
		rc = err_set(
			c->err, MT_ECONFLICT, "%s is still installed; uninstall it first", key);
	if (rc == 0)
		rc = db_query(db, &DELETE_PACKAGES, DB_ARGS(key), &rows, c->err);
	if (rc == 0 && rows.changed == 0)
		rc = err_set(c->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"", key);
	if (rc == 0)
		rc = db_queue(db, &DELETE_MIGRATIONS, DB_ARGS(key), c->err);
	if (rc == 0)
		rc = db_queue(db, &DELETE_PLUGIN, DB_ARGS(key), c->err);
	return rc == 0 ? db_commit(db, c->err) : rc;
}

int catalog_delete(struct catalog *c, const char *key)
{
	int rc = delete_rows(c, key);

	if (rc < 0)
		db_rollback(c->app->db);
	return rc;
}
