/* lifecycle_choose.c - which version, may it run, and did somebody agree: see lifecycle_impl.h. */
#include <stdio.h>
#include <string.h>
#include "auth/ident.h"
#include "base/json.h"
#include "install/lifecycle_impl.h"
#include "package/semver.h"
#include "registry/trust.h"
#include "install/lifecycle_choose.sql.h"

static int conflict(struct operation *d, const char *type)
{
	d->r->op.err.type = type;
	return d->r->op.err.code;
}

int choose_allowed(struct operation *d, const struct catalog_package *pkg)
{
	const char *what = arena_printf(d->r->op.arena, "%s %s", pkg->key, pkg->version);

	if (pkg->unfit) {
		op_fail(&d->r->op, MT_ECONFLICT, "%s can't run here: %s", what, pkg->unfit);
		return conflict(d, "incompatible");
	}
	return trust_require(&d->r->op.app->conf, &pkg->trust, what, &d->r->op.err);
}

/* The newest of the list that is approved or not, and could run. */
static struct catalog_package *newest(struct catalog_package *list, int n, bool approved)
{
	for (int i = 0; i < n; i++)
		if (!list[i].quarantined && (!approved || list[i].approved_at) && !list[i].unfit &&
			list[i].trust.allowed)
			return &list[i];
	return NULL;
}

/* Approved before unapproved; of what a tenant's admin may have there are only approved ones. When none
 * fits, the newest is chosen, so that its own fault is the answer. */
static struct catalog_package *newest_for(struct operation *d, struct catalog_package *list, int n)
{
	struct catalog_package *found = newest(list, n, true);

	if (!found && d->r->op.who->is_system)
		found = newest(list, n, false);
	for (int i = 0; i < n && !found; i++)
		if (list[i].approved_at)
			found = &list[i];
	return found || n == 0 ? found : &list[0];
}

static int unapproved(struct operation *d, const struct catalog_package *pkg)
{
	if (pkg->approved_at || d->r->op.who->is_system)
		return 0;
	op_fail(&d->r->op, MT_ECONFLICT, "%s %s waits for a system admin's approval", pkg->key,
		pkg->version);
	return conflict(d, "approval-required");
}

int choose_version(struct operation *d, const char *version, struct catalog_package *ret)
{
	struct catalog_package *list, *found = NULL;
	int n, rc = catalog_packages(&d->cat, d->step.key, &list, &n);

	for (int i = 0; rc == 0 && version && i < n && !found; i++)
		if (!strcmp(list[i].version, version))
			found = &list[i];
	if (rc == 0 && !version)
		found = newest_for(d, list, n);
	if (rc < 0)
		return rc;
	if (n == 0)
		return op_fail(&d->r->op, MT_ENOENT, "there is no package of a plugin \"%.60s\"",
			d->step.key);
	if (!found)
		return op_fail(&d->r->op, MT_ENOENT,
			"plugin %.60s has no version %.60s; there is %s", d->step.key, version,
			list[0].version);
	*ret = *found;
	rc = unapproved(d, ret);
	return rc < 0 ? rc : choose_allowed(d, ret);
}

int choose_no_downgrade(struct operation *d, const struct catalog_package *pkg)
{
	struct rows rows;
	const char *top;
	int rc = db_read(d->r->op.db, d->r->op.arena, d->step.deadline, NULL, &CHOOSE_NEWEST,
		DB_ARGS(pkg->key), &rows, &d->r->op.err);

	top = rc == 0 && rows.n > 0 ? row_text(&rows, 0, 0) : NULL;
	if (rc < 0 || !top || semver_compare(pkg->version, top) >= 0)
		return rc;
	op_fail(&d->r->op, MT_ECONFLICT,
		"%s %s is older than %s, which was approved already: an older version comes back by a "
		"rollback only",
		pkg->key, pkg->version, top);
	return conflict(d, "downgrade");
}

int choose_newest(struct operation *d, const struct catalog_package *pkg)
{
	struct catalog_package *list, *top;
	int n, rc;

	if (!pkg->approved_at)
		return choose_no_downgrade(d, pkg);
	rc = catalog_packages(&d->cat, pkg->key, &list, &n);
	top = rc == 0 ? newest(list, n, true) : NULL;
	if (rc < 0 || !top || semver_compare(pkg->version, top->version) >= 0)
		return rc;
	op_fail(&d->r->op, MT_ECONFLICT,
		"%s %s is older than %s, which can be had: an older version comes back by a rollback "
		"only",
		pkg->key, pkg->version, top->version);
	return conflict(d, "downgrade");
}

static bool lists(const json_t *list, const char *name)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
		if (json_is_string(v) && !strcmp(json_string_value(v), name))
			return true;
	return false;
}

static bool lists_all(const json_t *list, const json_t *of)
{
	size_t i;
	json_t *v;

	json_array_foreach(of, i, v)
		if (!json_is_string(v) || !lists(list, json_string_value(v)))
			return false;
	return true;
}

static void add(json_t *to, const json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);

	json_object_set_new(to, name, json_is_array(v) ? json_incref(v) : json_array());
}

int choose_consent(struct operation *d, const struct catalog_package *pkg, const json_t *had,
	const json_t *given)
{
	json_t *all = json_object_get(pkg->manifest, "permissions"), *more = json_array(), *v;
	size_t i;

	json_own(d->r->op.arena, more);
	json_array_foreach(all, i, v)
		if (!lists(had, json_string_value(v)))
			json_array_append(more, v);
	if (json_array_size(more) == 0 && json_array_size(given) == 0)
		return 0;
	/* Every new permission must be confirmed, and none that isn't asked for. */
	if (lists_all(given, more) && lists_all(all, given))
		return 0;
	d->r->problem = json_object();
	json_own(d->r->op.arena, d->r->problem);
	json_object_set(d->r->problem, "permissions", more);
	add(d->r->problem, pkg->manifest, "definesPermissions");
	if (pkg->imports)
		json_object_set(d->r->problem, "imports", pkg->imports);
	json_object_set_new(d->r->problem, "version", json_string(pkg->version));
	op_fail(&d->r->op, MT_ECONFLICT,
		"%s %s asks for permissions that nobody has confirmed: send exactly these as "
		"\"permissions\"",
		pkg->key, pkg->version);
	return conflict(d, "consent-required");
}
