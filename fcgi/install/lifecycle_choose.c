/* lifecycle_choose.c - which version, may it run, and did somebody agree: see lifecycle_impl.h. */
#include "install/lifecycle_impl.h"

#include <string.h>
#include "auth/ident.h"
#include "base/json.h"
#include "package/semver.h"
#include "registry/trust.h"
#include "install/lifecycle_choose.sql.h"

/* May the acting person decide for all companies? Mortise itself may. */
static bool is_system(const struct target *t)
{
	return !t->op->who || t->op->who->is_system;
}

int choose_allowed(struct target *t)
{
	const char *what = arena_printf(t->op->arena, "%s %s", t->key, t->pkg.version);

	if (t->pkg.unfit)
		return op_refuse(t->op, MT_ECONFLICT, "incompatible", "%s can't run here: %s", what,
			t->pkg.unfit);
	return trust_require(t->op, &t->pkg.trust, what);
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
static struct catalog_package *newest_for(struct target *t, struct catalog_package *list, int n)
{
	struct catalog_package *found = newest(list, n, true);

	if (!found && is_system(t))
		found = newest(list, n, false);
	for (int i = 0; i < n && !found; i++)
		if (list[i].approved_at)
			found = &list[i];
	return found || n == 0 ? found : &list[0];
}

static struct catalog_package *find_version(
	struct catalog_package *list, int n, const char *version)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].version, version))
			return &list[i];
	return NULL;
}

int choose_version(struct target *t, const char *version)
{
	struct catalog_package *list, *found;
	int n, rc = catalog_packages(t->op, target_as(t), t->key, &list, &n);

	if (rc < 0)
		return rc;
	if (n == 0)
		return op_fail(
			t->op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", t->key);
	found = version ? find_version(list, n, version) : newest_for(t, list, n);
	if (!found)
		return op_fail(t->op, MT_ENOENT, "Plugin %.60s has no version %.60s; there is %s",
			t->key, version, list[0].version);
	t->pkg = *found;
	if (!found->approved_at && !is_system(t))
		return op_refuse(t->op, MT_ECONFLICT, "approval-required",
			"%s %s waits for a system admin's approval", t->key, found->version);
	return choose_allowed(t);
}

int choose_no_downgrade(struct target *t)
{
	struct rows rows;
	const char *top;
	int rc = op_read(t->op, NULL, &CHOOSE_NEWEST, DB_ARGS(t->key), &rows);

	if (rc < 0)
		return rc;
	top = rows.n > 0 ? row_text(&rows, 0, 0) : NULL;
	if (!top || semver_compare(t->pkg.version, top) >= 0)
		return 0;
	return op_refuse(t->op, MT_ECONFLICT, "downgrade",
		"%s %s is older than %s, which was approved already: an older version comes back by a "
		"rollback only",
		t->key, t->pkg.version, top);
}

int choose_newest(struct target *t)
{
	struct catalog_package *list, *top;
	int n, rc;

	if (!t->pkg.approved_at)
		return choose_no_downgrade(t);
	if ((rc = catalog_packages(t->op, target_as(t), t->key, &list, &n)) < 0)
		return rc;
	top = newest(list, n, true);
	if (!top || semver_compare(t->pkg.version, top->version) >= 0)
		return 0;
	return op_refuse(t->op, MT_ECONFLICT, "downgrade",
		"%s %s is older than %s, which is approved: an older version comes back by a rollback "
		"only",
		t->key, t->pkg.version, top->version);
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

/* For the consent dialog: what is new, and what else the package declares. */
static json_t *consent_json(const struct catalog_package *pkg, json_t *more)
{
	json_t *ret = json_object();

	json_object_set(ret, "permissions", more);
	add(ret, pkg->manifest, "definesPermissions");
	if (pkg->imports)
		json_object_set(ret, "imports", pkg->imports);
	json_object_set_new(ret, "version", json_string(pkg->version));
	return ret;
}

int choose_consent(struct target *t, const json_t *had, const json_t *given)
{
	json_t *all = json_object_get(t->pkg.manifest, "permissions"), *more = json_array(), *v;
	size_t i;

	json_own(t->op->arena, more);
	json_array_foreach(all, i, v)
		if (!lists(had, json_string_value(v)))
			json_array_append(more, v);
	if (json_array_size(more) == 0 && json_array_size(given) == 0)
		return 0;
	/* Every new permission must be confirmed, and none that wasn't requested. */
	if (lists_all(given, more) && lists_all(all, given))
		return 0;
	op_refuse(t->op, MT_ECONFLICT, "consent-required",
		"%s %s asks for permissions that nobody has confirmed: send exactly these as "
		"\"permissions\"",
		t->key, t->pkg.version);
	t->op->err.members = consent_json(&t->pkg, more);
	json_own(t->op->arena, t->op->err.members);
	return MT_ECONFLICT;
}
