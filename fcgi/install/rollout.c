/* rollout.c - moving tenants in slices: see rollout.h. The routes: rollout_routes.c. */
#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "install/lifecycle.h"
#include "install/rollout_impl.h"
#include "package/semver.h"
#include "install/rollout.sql.h"

#define SLICE_MS 5000

const char *rollout_older(struct op *op, const char *key, const char *version)
{
	struct catalog_package *list;
	char *text = arena_strdup(op->arena, "");
	int n;

	if (catalog_packages(op, NULL, key, &list, &n) < 0)
		return NULL;
	for (int i = 0; i < n; i++)
		if (semver_compare(list[i].version, version) < 0)
			text = arena_printf(
				op->arena, "%s%s%s", text, *text ? "," : "", list[i].sha256);
	return arena_printf(op->arena, "{%s}", text);
}

static int change(struct op *op, const struct stmt *s, const char *const *args, int n)
{
	struct rows rows;

	return op_write(op, NULL, s, args, n, &rows);
}

/* Upgrades one tenant, as its own admin would: an operation of its own, in the name of the
 * rollout's starter. */
static int move_one(struct op *op, const struct rollout *o, const struct rows *next)
{
	const struct ident who = {.tenant = (int)row_int(next, 0, 0),
		.tenant_code = row_text(next, 0, 2),
		.tenant_name = "",
		.user = o->user,
		.email = "",
		.name = o->user_name,
		.roles = "SystemAdmin",
		.permissions = "",
		.is_system = true};
	const struct lifecycle_order order = {.version = o->version, .permissions = o->permissions};
	struct catalog_installation i;
	struct op own;
	int rc;

	app_op(op->app, &own, arena_new(), op->deadline);
	own.who = &who;
	own.id = op->id;
	rc = lifecycle_upgrade(&own, row_text(next, 0, 1), &order, &i);
	op_rollback(&own);
	rc = rc == 0 ? change(op, &ROLLOUT_DONE, DB_ARGS(o->id))
		     : change(op, &ROLLOUT_FAILED,
			       DB_ARGS(o->id, who.tenant_code, own.err.message, own.err.text));
	arena_free(own.arena);
	return rc;
}

/* 1 = upgraded one, 0 = none is left, or the rollout isn't running any more. */
static int move_next(struct op *op, const struct rollout *o, const char *older)
{
	struct rows rows;
	int rc = op_write(op, NULL, &ROLLOUT_RENEW, DB_ARGS(o->id), &rows);

	if (rc < 0 || rows.changed == 0)
		return rc;
	rc = op_read(op, NULL, &ROLLOUT_NEXT, DB_ARGS(o->id, older), &rows);
	if (rc < 0 || rows.n == 0)
		return rc;
	rc = move_one(op, o, &rows);
	return rc < 0 ? rc : 1;
}

static int read_claim(struct op *op, const struct rows *rows, struct rollout *ret)
{
	*ret = (struct rollout){.id = row_text(rows, 0, 0),
		.key = row_text(rows, 0, 1),
		.user = row_text(rows, 0, 4),
		.user_name = row_text(rows, 0, 5),
		.version = row_text(rows, 0, 7)};
	return row_json(op, rows, 0, 6, &ret->permissions);
}

int rollout_slice(struct op *op, bool *ret_more)
{
	int64_t until = clock_ms() + SLICE_MS;
	const char *older;
	struct rollout o;
	struct rows rows;
	int rc = op_write(op, NULL, &ROLLOUT_CLAIM, DB_NOARGS, &rows);

	*ret_more = false;
	if (rc < 0 || rows.n == 0)
		return rc;
	if ((rc = read_claim(op, &rows, &o)) < 0)
		return rc;
	if (!o.version)
		return change(op, &ROLLOUT_END, DB_ARGS(o.id, "t"));
	if (!(older = rollout_older(op, o.key, o.version)))
		return op->err.code;
	while ((rc = move_next(op, &o, older)) == 1 && clock_ms() < until)
		;
	if (rc < 0)
		return rc;
	*ret_more = rc == 1;
	return *ret_more ? change(op, &ROLLOUT_LET_GO, DB_ARGS(o.id))
			 : change(op, &ROLLOUT_END, DB_ARGS(o.id, "f"));
}
