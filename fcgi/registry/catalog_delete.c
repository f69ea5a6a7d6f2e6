/* catalog_delete.c - packages leave the catalogue: see catalog.h. */
#include "registry/catalog.h"
#include "registry/catalog_delete.sql.h"

static int delete_rows(struct op *op, const struct db_as *as, const char *key, const char *version)
{
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, as)) < 0 ||
		(rc = op_query(op, &CATALOG_INSTALLED, DB_ARGS(key, version), &rows)) < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return op_fail(op, MT_ECONFLICT, "%s is still installed; uninstall it first",
			version ? arena_printf(op->arena, "%s %s", key, version) : key);
	if ((rc = op_queue(op, &CATALOG_FORGET_WAY_BACK, DB_ARGS(key, version))) < 0 ||
		(rc = op_query(op, &CATALOG_DELETE_PACKAGES, DB_ARGS(key, version), &rows)) < 0)
		return rc;
	if (rows.changed == 0)
		return version ? op_fail(op, MT_ENOENT,
					 "There is no package of version %.60s of a plugin \"%.60s\"",
					 version, key)
			       : op_fail(op, MT_ENOENT, "There is no package of a plugin \"%.60s\"",
					 key);
	if ((rc = op_queue(op, &CATALOG_DELETE_MIGRATIONS, DB_ARGS(key))) < 0 ||
		(rc = op_queue(op, &CATALOG_DELETE_PLUGIN, DB_ARGS(key))) < 0)
		return rc;
	return op_commit(op);
}

int catalog_delete(struct op *op, const struct db_as *as, const char *key, const char *version)
{
	int rc = delete_rows(op, as, key, version);

	if (rc < 0)
		op_rollback(op);
	return rc;
}
