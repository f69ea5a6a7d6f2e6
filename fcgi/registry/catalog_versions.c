/* catalog_versions.c - which versions a tenant could have, and an installation's own description:
 * see catalog.h. */
#include <string.h>
#include "base/json.h"
#include "registry/catalog.h"
#include "package/semver.h"
#include "registry/catalog_versions.sql.h"

/* Is the row's package newer than what the installation could have so far? */
static int offer(
	struct trust_store *store, const struct rows *rows, int at, struct catalog_installation *i)
{
	const char *version = row_text(rows, at, 2);
	bool may = false;
	int rc;

	if (strcmp(i->key, row_text(rows, at, 1)) != 0 ||
		semver_compare(version, i->available ? i->available : i->package.version) <= 0)
		return 0;
	if ((rc = trust_row(store, rows, at, &may)) < 0)
		return rc;
	if (may)
		i->available = version;
	return 0;
}

static int find_available(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n)
{
	struct trust_store *store;
	struct rows rows;
	int rc;

	if ((rc = op_read(op, as, &CATALOG_OFFERED, DB_NOARGS, &rows)) < 0 ||
		(rc = trust_load(op, &store)) < 0)
		return rc;
	for (int at = 0; at < rows.n; at++)
		for (int i = 0; i < n; i++)
			if ((rc = offer(store, &rows, at, &list[i])) < 0)
				return rc;
	return 0;
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

/* What a company has set of a plugin, NULL where it has nothing. */
static int read_settings(
	struct op *op, const struct rows *rows, const char *key, json_t **values, json_t **secrets)
{
	int rc;

	*values = *secrets = NULL;
	for (int at = 0; at < rows->n; at++) {
		if (strcmp(row_text(rows, at, 0), key) != 0)
			continue;
		if ((rc = row_json(op, rows, at, 1, values)) < 0 ||
			(rc = row_json(op, rows, at, 2, secrets)) < 0)
			return rc;
	}
	return 0;
}

static int find_configured(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n)
{
	json_t *values, *secrets;
	struct rows rows;
	int rc = op_read(op, as, &CATALOG_SETTINGS, DB_NOARGS, &rows);

	if (rc < 0)
		return rc;
	for (int i = 0; i < n; i++) {
		if ((rc = read_settings(op, &rows, list[i].key, &values, &secrets)) < 0)
			return rc;
		list[i].configured = is_configured(list[i].package.manifest, values, secrets);
	}
	return 0;
}

int catalog_complete(
	struct op *op, const struct db_as *as, struct catalog_installation *list, int n)
{
	int rc;

	if (n == 0)
		return 0;
	rc = find_available(op, as, list, n);
	return rc < 0 ? rc : find_configured(op, as, list, n);
}

static void copy(json_t *to, const char *name, const json_t *from, const char *member)
{
	json_t *v = json_object_get(from, member);

	json_object_set_new(to, name, json_is_array(v) ? json_incref(v) : json_array());
}

/* What the catalogue says about it. */
static json_t *metadata(const json_t *m)
{
	static const char *const names[] = {"author", "category", "license", "homepage",
		"documentationUrl", "supportUrl", "installationType", "features", "tags",
		"keywords"};
	json_t *ret = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *v = json_object_get(m, names[i]);

		if (v)
			json_object_set(ret, names[i], v);
	}
	return ret;
}

json_t *catalog_installation_full(struct op *op, const struct catalog_installation *i)
{
	const json_t *m = i->package.manifest;
	json_t *json = catalog_installation_json(op, i);
	const struct catalog_package *p = &i->package;
	json_t *more = json_pack("{s:s, s:s?, s:s?, s:b, s:O?, s:b, s:b, s:s?, s:o, s:s?, s:o}",
		"sha256", i->sha256, "previousVersion", i->previous_version, "availableVersion",
		i->available, "canRollback", i->can_roll_back, "consented", i->consented,
		"requiresConfiguration", json_is_true(json_object_get(m, "requiresConfiguration")),
		"configured", i->configured, "unfit", i->package.unfit, "unfitText",
		json_message(op->arena, i->package.unfit), "errorMessage",
		p->quarantined ? p->quarantine_reason : p->unfit, "metadata", metadata(m));

	copy(more, "settingsSchema", m, "settings");
	copy(more, "definesPermissions", m, "definesPermissions");
	json_object_update(json, more);
	json_decref(more);
	return json;
}
