/* catalog_versions.c - which versions a tenant could have, and an installation's own description:
 * see catalog.h. */
#include <string.h>
#include "base/json.h"
#include "registry/catalog.h"
#include "package/semver.h"
#include "registry/catalog_versions.sql.h"

/* Could this host run the row's package? */
static int may_run(
	struct op *op, struct trust_store *store, const struct rows *rows, int at, bool *ret)
{
	const struct trust_facts facts = {.sha256 = row_text(rows, at, 2),
		.key = row_text(rows, at, 0),
		.version = row_text(rows, at, 1),
		.signature = row_text(rows, at, 3),
		.blake2b = row_text(rows, at, 4)};
	json_t *head = json_pack("{s:s?, s:I}", "host", row_text(rows, at, 5), "abi",
		(json_int_t)row_int(rows, at, 6));
	struct trust t = {0};
	int rc = 0;

	json_own(op->arena, head);
	*ret = manifest_unfit(op->arena, head) == NULL;
	if (*ret)
		rc = trust_judge(store, &facts, &t, &op->err);
	*ret = *ret && t.allowed;
	return rc;
}

static int look_at(struct op *op, struct trust_store *store, const struct rows *rows, int at,
	struct catalog_installation *i)
{
	const char *version = row_text(rows, at, 1);
	bool may = false;
	int rc;

	if (strcmp(i->key, row_text(rows, at, 0)) != 0 ||
		semver_compare(version, i->available ? i->available : i->package.version) <= 0)
		return 0;
	rc = may_run(op, store, rows, at, &may);
	if (rc == 0 && may)
		i->available = version;
	return rc;
}

static int find_available(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n)
{
	struct trust_store *store;
	struct rows rows;
	int rc = op_read(op, as, &CATALOG_OFFERED, DB_NOARGS, &rows);

	if (rc == 0)
		rc = trust_load(op->db, op->arena, op->deadline, &op->app->conf, &store, &op->err);
	for (int at = 0; rc == 0 && at < rows.n; at++)
		for (int i = 0; rc == 0 && i < n; i++)
			rc = look_at(op, store, &rows, at, &list[i]);
	return rc;
}

static bool has_secret(const json_t *list, const char *name)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
		if (!strcmp(json_string_value(v), name))
			return true;
	return false;
}

/* Everything that must have a value has one. */
static bool is_configured(const json_t *manifest, const json_t *values, const json_t *secrets)
{
	size_t i;
	json_t *s;

	json_array_foreach(json_object_get(manifest, "settings"), i, s) {
		const char *key = json_str(s, "key", "");
		const json_t *v = json_object_get(values, key);

		if (json_is_true(json_object_get(s, "required")) &&
			!json_object_get(s, "default") && (!v || json_is_null(v)) &&
			!has_secret(secrets, key))
			return false;
	}
	return true;
}

static int find_configured(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n)
{
	struct rows rows;
	int rc = op_read(op, as, &CATALOG_SETTINGS, DB_NOARGS, &rows);

	for (int i = 0; rc == 0 && i < n; i++) {
		json_t *values = NULL, *secrets = NULL;

		for (int at = 0; rc == 0 && at < rows.n; at++) {
			const char *a = row_text(&rows, at, 1), *b = row_text(&rows, at, 2);

			if (strcmp(row_text(&rows, at, 0), list[i].key) != 0)
				continue;
			rc = json_parse(op->arena, a, strlen(a), &values, &op->err);
			if (rc == 0)
				rc = json_parse(op->arena, b, strlen(b), &secrets, &op->err);
		}
		list[i].configured = is_configured(list[i].package.manifest, values, secrets);
	}
	return rc;
}

int catalog_complete(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n)
{
	int rc = n > 0 ? find_available(op, as, list, n) : 0;

	return rc < 0 || n == 0 ? rc : find_configured(op, as, list, n);
}

static void copy(json_t *to, const char *name, const json_t *from, const char *member)
{
	json_t *v = json_object_get(from, member);

	json_object_set_new(to, name, json_is_array(v) ? json_incref(v) : json_array());
}

json_t *catalog_installation_full(struct op *op, const struct catalog_installation *i)
{
	const json_t *m = i->package.manifest;
	json_t *json = catalog_installation_json(op, i);
	json_t *more = json_pack("{s:s, s:s?, s:s?, s:b, s:O?, s:b, s:b, s:s?}", "sha256",
		i->sha256, "previousVersion", i->previous_version, "availableVersion", i->available,
		"canRollback", i->can_roll_back, "consented", i->consented, "requiresConfiguration",
		json_is_true(json_object_get(m, "requiresConfiguration")), "configured",
		i->configured, "unfit", i->package.unfit);

	copy(more, "settingsSchema", m, "settings");
	copy(more, "definesPermissions", m, "definesPermissions");
	json_object_update(json, more);
	json_decref(more);
	return json;
}
