/* rollout.c - moving tenants in slices: see rollout.h. The doors: rollout_routes.c. */
#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "install/lifecycle_impl.h"
#include "install/rollout_impl.h"
#include "package/semver.h"
#include "install/rollout.sql.h"

#define SLICE_MS 5000

const char *rollout_older(struct catalog *c, const char *key, const char *version, int *ret_rc)
{
	struct catalog_package *list;
	char *text = arena_strdup(c->arena, "");
	int n, rc = catalog_packages(c, key, &list, &n);

	for (int i = 0; rc == 0 && i < n; i++)
		if (semver_compare(list[i].version, version) < 0)
			text = arena_printf(
				c->arena, "%s%s%s", text, *text ? "," : "", list[i].sha256);
	*ret_rc = rc;
	return arena_printf(c->arena, "{%s}", text);
}

static int run_statement(struct req *r, const struct stmt *s, const char *const *args, int n)
{
	struct rows rows;

	return op_write(&r->op, NULL, s, args, n, &rows);
}

/* One tenant, as if its own admin had asked; the request is one of its own. */
static int move_one(struct req *r, const struct rollout *o, const struct rows *next)
{
	const struct ident who = {.tenant = (int)row_int(next, 0, 0),
		.tenant_code = row_text(next, 0, 2),
		.tenant_name = "",
		.user = o->user,
		.email = "",
		.name = o->user_name,
		.roles = "SystemAdmin",
		.is_system = true};
	const struct lifecycle_order order = {.version = o->version, .permissions = o->permissions};
	struct catalog_installation i;
	struct req sub = {.op = r->op, .method = r->method, .path = r->path};
	int rc;

	sub.op.arena = arena_new();
	op_clear(&sub.op);
	sub.op.who = &who;
	rc = lifecycle_upgrade(&sub, row_text(next, 0, 1), &order, &i);
	op_rollback(&r->op);
	if (rc == 0)
		rc = run_statement(r, &ROLLOUT_DONE, DB_ARGS(o->id));
	else
		rc = run_statement(
			r, &ROLLOUT_FAILED, DB_ARGS(o->id, who.tenant_code, sub.op.err.message));
	arena_free(sub.op.arena);
	return rc;
}

/* 1 = went on, 0 = there is nobody left, or it isn't running any more. */
static int step(struct req *r, const struct rollout *o, const char *older)
{
	struct rows rows;
	int rc = op_write(&r->op, NULL, &ROLLOUT_RENEW, DB_ARGS(o->id), &rows);

	if (rc < 0 || rows.changed == 0)
		return rc;
	rc = op_read(&r->op, NULL, &ROLLOUT_NEXT, DB_ARGS(o->id, older), &rows);
	if (rc < 0 || rows.n == 0)
		return rc;
	rc = move_one(r, o, &rows);
	return rc < 0 ? rc : 1;
}

static int read_claim(struct req *r, const struct rows *rows, struct rollout *ret)
{
	const char *permissions = row_text(rows, 0, 6);

	*ret = (struct rollout){.id = row_text(rows, 0, 0),
		.key = row_text(rows, 0, 1),
		.user = row_text(rows, 0, 4),
		.user_name = row_text(rows, 0, 5),
		.version = row_text(rows, 0, 7)};
	return json_parse(
		r->op.arena, permissions, strlen(permissions), &ret->permissions, &r->op.err);
}

int rollout_slice(struct req *r, bool *ret_more)
{
	struct catalog c = {.app = r->op.app,
		.arena = r->op.arena,
		.deadline = r->op.deadline,
		.err = &r->op.err};
	int64_t until = clock_ms() + SLICE_MS;
	const char *older = NULL;
	struct rollout o;
	struct rows rows;
	int rc = op_write(&r->op, NULL, &ROLLOUT_CLAIM, DB_NOARGS, &rows);

	*ret_more = false;
	if (rc < 0 || rows.n == 0)
		return rc;
	rc = read_claim(r, &rows, &o);
	if (rc < 0)
		return rc;
	if (!o.version)
		return run_statement(r, &ROLLOUT_END, DB_ARGS(o.id, "t"));
	older = rollout_older(&c, o.key, o.version, &rc);
	while (rc == 0 && (rc = step(r, &o, older)) == 1 && clock_ms() < until)
		rc = 0;
	*ret_more = rc == 1;
	if (rc == 0)
		return run_statement(r, &ROLLOUT_END, DB_ARGS(o.id, "f"));
	return rc == 1 ? run_statement(r, &ROLLOUT_LET_GO, DB_ARGS(o.id)) : rc;
}
