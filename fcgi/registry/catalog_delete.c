/* catalog_delete.c - packages leave the catalogue: see catalog.h. */
#include "registry/catalog.h"
#include "registry/catalog_delete.sql.h"

static int delete_rows(struct catalog *c, const char *key, const char *version)
{
	struct db *db = c->app->db;
	struct rows rows;
	int rc = db_begin(db, c->arena, c->deadline, c->as, c->err);

	if (rc == 0)
		rc = db_query(db, &CATALOG_INSTALLED, DB_ARGS(key, version), &rows, c->err);
	if (rc == 0 && row_int(&rows, 0, 0) > 0)
		rc = err_set(c->err, MT_ECONFLICT, "%s%s%s is still installed; uninstall it first",
			key, version ? " " : "", version ? version : "");
	if (rc == 0)
		rc = db_queue(db, &CATALOG_FORGET_WAY_BACK, DB_ARGS(key, version), c->err);
	if (rc == 0)
		rc = db_query(db, &CATALOG_DELETE_PACKAGES, DB_ARGS(key, version), &rows, c->err);
	if (rc == 0 && rows.changed == 0)
		rc = err_set(c->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"%s%.60s",
			key, version ? " of version " : "", version ? version : "");
	if (rc == 0)
		rc = db_queue(db, &CATALOG_DELETE_MIGRATIONS, DB_ARGS(key), c->err);
	if (rc == 0)
		rc = db_queue(db, &CATALOG_DELETE_PLUGIN, DB_ARGS(key), c->err);
	return rc == 0 ? db_commit(db, c->err) : rc;
}

int catalog_delete(struct catalog *c, const char *key, const char *version)
{
	int rc = delete_rows(c, key, version);

	if (rc < 0)
		db_rollback(c->app->db);
	return rc;
}
