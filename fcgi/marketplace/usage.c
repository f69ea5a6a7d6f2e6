/* usage.c - GET /api/plugins/installations/:id/usage: what a plugin did and keeps for the tenant. */
#include <stdlib.h>
#include <string.h>

#include "auth/app.h"
#include "base/id.h"
#include "base/json.h"
#include "db/db.h"
#include "install/routes.h"
#include "marketplace/marketplace.h"
#include "registry/catalog.h"
#include "marketplace/usage.sql.h"

#define DAYS_MAX 400
#define HASH_DIGITS 12 /* of a pool's name */

static double ms(long us)
{
	return (double)us / 1000.0;
}

static json_t *days_json(const struct rows *rows)
{
	json_t *out = json_array();

	for (int i = 0; i < rows->n; i++) {
		long calls = row_int(rows, i, 1);
		const char *p95 = row_text(rows, i, 6);

		json_array_append_new(out,
			json_pack("{ss sI sI sf sf sf sf}", "day", row_text(rows, i, 0), "calls",
				(json_int_t)calls, "errors", (json_int_t)row_int(rows, i, 2),
				"msAvg", calls ? ms(row_int(rows, i, 3)) / (double)calls : 0.0,
				"msP95", calls && p95 ? strtod(p95, NULL) : 0.0, "msMax",
				ms(row_int(rows, i, 4)), "cpuMs", ms(row_int(rows, i, 5))));
	}
	return out;
}

/* Rows and bytes in the plugin's tables; null when counting takes too long. */
static int add_weight(struct req *r, const char *key, json_t *out)
{
	struct err *why = err_new(r->op.arena);
	struct db *db = r->op.db;
	struct rows rows;
	int rc = db_begin(db, r->op.arena, r->op.deadline, op_as(&r->op), why);

	if (rc == 0)
		rc = db_queue(db, &USAGE_PATIENCE, DB_NOARGS, why);
	if (rc == 0)
		rc = db_query(db, &USAGE_WEIGHT, DB_ARGS(key), &rows, why);
	db_rollback(db);
	if (rc < 0 && rc != MT_ETIMEOUT)
		return err_take(&r->op.err, rc, why);
	json_object_set_new(out, "rows", rc < 0 ? json_null() : json_integer(row_int(&rows, 0, 0)));
	json_object_set_new(
		out, "bytes", rc < 0 ? json_null() : json_integer(row_int(&rows, 0, 1)));
	return 0;
}

/* Processes of the version's pool, which its tenants share; null when the master is away. */
static void add_workers(struct req *r, const struct catalog_installation *i, json_t *out)
{
	const char *name = arena_printf(r->op.arena, "%s@%.*s", i->key, HASH_DIGITS, i->sha256);
	const json_t *pools = routes_pools(r), *pool;
	size_t n;

	json_object_set_new(out, "workers", pools ? json_integer(0) : json_null());
	json_array_foreach(pools, n, pool)
		if (!strcmp(json_str(pool, "name", ""), name))
			json_object_set_new(out, "workers",
				json_integer((json_int_t)json_array_size(
					json_object_get(pool, "workers"))));
}

static int add_days(struct req *r, const char *key, long days, json_t *out)
{
	struct rows rows, sums;
	const struct db_as *as = op_as(&r->op);
	int rc = op_read(&r->op, as, &USAGE_DAYS,
		DB_ARGS(key, arena_printf(r->op.arena, "%ld", days)), &rows);

	if (rc == 0)
		rc = op_read(&r->op, as, &USAGE_SUMS, DB_ARGS(key), &sums);
	if (rc < 0)
		return rc;
	json_object_set_new(out, "days", days_json(&rows));
	json_object_set_new(out, "installs", json_integer(row_int(&sums, 0, 0)));
	json_object_set_new(out, "uninstalls", json_integer(row_int(&sums, 0, 1)));
	json_object_set_new(out, "failedInstalls", json_integer(row_int(&sums, 0, 2)));
	return 0;
}

int marketplace_usage(struct req *r)
{
	struct catalog_installation i;
	json_t *out = json_object();
	long days;
	int rc;

	json_own(r->op.arena, out);
	if (!id_is_uuid(req_param(r, "id")))
		return op_fail(&r->op, MT_ENOENT, "there is no such installation");
	rc = req_query_int(r, "days", 1, DAYS_MAX, 30, &days);
	if (rc == 0)
		rc = catalog_installation(&r->op, op_as(&r->op), req_param(r, "id"), NULL, &i);
	if (rc == 0)
		rc = add_days(r, i.key, days, out);
	if (rc == 0)
		rc = add_weight(r, i.key, out);
	if (rc < 0)
		return rc;
	add_workers(r, &i, out);
	return reply_json(r, 200, out);
}
