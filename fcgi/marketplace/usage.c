/* usage.c - GET /api/plugins/installations/:id/usage: what a plugin did and keeps for the tenant. */
#include <stdlib.h>
#include <string.h>

#include "auth/app.h"
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

static json_t *shows_json(const struct rows *rows)
{
	json_t *out = json_array();

	for (int i = 0; i < rows->n; i++)
		json_array_append_new(
			out, json_pack("{ss sI sf sI sI sf sI}", "component", row_text(rows, i, 0),
				     "shows", (json_int_t)row_int(rows, i, 1), "renderMsAvg",
				     strtod(row_text(rows, i, 2), NULL), "renderMsMax",
				     (json_int_t)row_int(rows, i, 3), "firsts",
				     (json_int_t)row_int(rows, i, 4), "firstMsAvg",
				     strtod(row_text(rows, i, 5), NULL), "firstMsMax",
				     (json_int_t)row_int(rows, i, 6)));
	return out;
}

static int count_rows(struct op *op, const char *key, struct rows *ret)
{
	int rc;

	if ((rc = op_begin(op, op_as(op))) < 0 ||
		(rc = op_queue(op, &USAGE_PATIENCE, DB_NOARGS)) < 0)
		return rc;
	return op_query(op, &USAGE_WEIGHT, DB_ARGS(key), ret);
}

/* Rows and bytes in the plugin's tables; null when counting takes too long. */
static int add_weight(struct op *op, const char *key, json_t *out)
{
	struct rows rows;
	int rc = count_rows(op, key, &rows);

	op_rollback(op);
	if (rc == MT_ETIMEOUT)
		op_clear(op);
	else if (rc < 0)
		return rc;
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

static int add_days(struct op *op, const char *key, long days, json_t *out)
{
	const struct db_as *as = op_as(op);
	struct rows rows, sums, shows;
	const char *n = arena_printf(op->arena, "%ld", days);
	int rc;

	if ((rc = op_read(op, as, &USAGE_DAYS, DB_ARGS(key, n), &rows)) < 0 ||
		(rc = op_read(op, as, &USAGE_SHOWS, DB_ARGS(key, n), &shows)) < 0 ||
		(rc = op_read(op, as, &USAGE_SUMS, DB_ARGS(key), &sums)) < 0)
		return rc;
	json_object_set_new(out, "days", days_json(&rows));
	json_object_set_new(out, "components", shows_json(&shows));
	json_object_set_new(out, "installs", json_integer(row_int(&sums, 0, 0)));
	json_object_set_new(out, "uninstalls", json_integer(row_int(&sums, 0, 1)));
	json_object_set_new(out, "failedInstalls", json_integer(row_int(&sums, 0, 2)));
	return 0;
}

const struct field marketplace_usage_query[] = {
	{"days", FIELD_INT, 0, 1, DAYS_MAX}, {.type = FIELD_END}};

static const struct field DAY[] = {ANSWER("day", DATE), ANSWER("calls", INT), ANSWER("errors", INT),
	ANSWER("msAvg", DECIMAL), ANSWER("msP95", DECIMAL), ANSWER("msMax", DECIMAL),
	ANSWER("cpuMs", DECIMAL), ANSWER_END};
static const struct field SHOWN[] = {ANSWER("component", STRING), ANSWER("shows", INT),
	ANSWER("renderMsAvg", DECIMAL), ANSWER("renderMsMax", INT), ANSWER("firsts", INT),
	ANSWER("firstMsAvg", DECIMAL), ANSWER("firstMsMax", INT), ANSWER_END};
const struct field marketplace_usage_answer[] = {ANSWER_OF("days", ARRAY, DAY),
	ANSWER_OF("components", ARRAY, SHOWN), ANSWER("installs", INT), ANSWER("uninstalls", INT),
	ANSWER("failedInstalls", INT), ANSWER_NULL("rows", INT), ANSWER_NULL("bytes", INT),
	ANSWER_NULL("workers", INT), ANSWER_END};

int marketplace_usage(struct req *r)
{
	struct catalog_installation i;
	struct op *op = &r->op;
	json_t *out = json_object();
	long days = req_query_number(r, "days", 30);
	int rc;

	json_own(op->arena, out);
	if ((rc = catalog_installation(op, op_as(op), req_param(r, "id"), NULL, &i)) < 0 ||
		(rc = add_days(op, i.key, days, out)) < 0 || (rc = add_weight(op, i.key, out)) < 0)
		return rc;
	add_workers(r, &i, out);
	return reply_json(r, 200, out);
}
