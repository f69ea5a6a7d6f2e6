/* catalog_delete.c - packages leave the catalogue: see catalog.h. */
#include "registry/catalog.h"

static const struct stmt INSTALLED = {"catalog_installed",
	"SELECT count(*) FROM mortise.installations i"
	" JOIN mortise.plugin_packages p ON p.sha256 = i.package_sha256"
	" WHERE i.plugin_key = $1 AND ($2::text IS NULL OR p.version = $2)"};
static const struct stmt FORGET_WAY_BACK = {"catalog_forget_way_back",
	"UPDATE mortise.installations i SET previous_sha256 = NULL FROM mortise.plugin_packages p"
	" WHERE p.sha256 = i.previous_sha256 AND p.plugin_key = $1 AND p.version = $2"};
static const struct stmt DELETE_PACKAGES = {"catalog_delete_packages",
	"DELETE FROM mortise.plugin_packages"
	" WHERE plugin_key = $1 AND ($2::text IS NULL OR version = $2)"};
static const struct stmt DELETE_MIGRATIONS = {"catalog_delete_migrations",
	"DELETE FROM mortise.plugin_migrations m WHERE plugin_key = $1"
	" AND NOT EXISTS (SELECT FROM mortise.plugin_packages p WHERE p.plugin_key = $1)"};
static const struct stmt DELETE_PLUGIN = {"catalog_delete_plugin",
	"DELETE FROM mortise.plugins WHERE key = $1"
	" AND NOT EXISTS (SELECT FROM mortise.plugin_packages p WHERE p.plugin_key = $1)"};

static int delete_rows(struct catalog *c, const char *key, const char *version)
{
	struct db *db = c->app->db;
	struct rows rows;
	int rc = db_begin(db, c->arena, c->deadline, c->as, c->err);

	if (rc == 0)
		rc = db_query(db, &INSTALLED, DB_ARGS(key, version), &rows, c->err);
	if (rc == 0 && row_int(&rows, 0, 0) > 0)
		rc = err_set(c->err, MT_ECONFLICT, "%s%s%s is still installed; uninstall it first",
			key, version ? " " : "", version ? version : "");
	if (rc == 0)
		rc = db_queue(db, &FORGET_WAY_BACK, DB_ARGS(key, version), c->err);
	if (rc == 0)
		rc = db_query(db, &DELETE_PACKAGES, DB_ARGS(key, version), &rows, c->err);
	if (rc == 0 && rows.changed == 0)
		rc = err_set(c->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"%s%.60s",
			key, version ? " of version " : "", version ? version : "");
	if (rc == 0)
		rc = db_queue(db, &DELETE_MIGRATIONS, DB_ARGS(key), c->err);
	if (rc == 0)
		rc = db_queue(db, &DELETE_PLUGIN, DB_ARGS(key), c->err);
	return rc == 0 ? db_commit(db, c->err) : rc;
}

int catalog_delete(struct catalog *c, const char *key, const char *version)
{
	int rc = delete_rows(c, key, version);

	if (rc < 0)
		db_rollback(c->app->db);
	return rc;
}
