/*
 * lifecycle_needs.c - plugins that depend on others of the same company: see lifecycle_impl.h.
 *
 * Operations of two plugins hold two locks, so each asks once more in the transaction that makes it
 * effective. The rows of what is depended on are locked there: one that is being switched off meanwhile
 * is seen off, or its own transaction sees who needs it.
 */
#include "base/json.h"
#include "install/lifecycle_impl.h"
#include "package/semver.h"
#include "install/lifecycle_needs.sql.h"

#include <string.h>

/* {"parts","tools"}: keys have no character that needs quotes. */
static const char *keys_of(struct arena *a, const json_t *dependencies)
{
	const char *list = "";
	size_t i;
	json_t *v;

	json_array_foreach(dependencies, i, v)
		list = arena_printf(a, "%s%s%s", list, i ? "," : "", json_str(v, "key", ""));
	return arena_printf(a, "{%s}", list);
}

static int need_fault(struct target *t, const char *key, const char *range, const char *has)
{
	const char *plugin = arena_printf(t->op->arena, "%s %s", t->key, t->pkg.version);

	if (!has)
		return op_refuse(t->op, MT_ECONFLICT, "dependency-missing",
			"%s needs the plugin %s in a version %s: install and enable it first",
			plugin, key, range);
	return op_refuse(t->op, MT_ECONFLICT, "dependency-missing",
		"%s needs the plugin %s in a version %s, and your company has %s", plugin, key,
		range, has);
}

static int check_need(struct target *t, const json_t *need, const struct rows *rows)
{
	const char *key = json_str(need, "key", ""), *range = json_str(need, "version", "*");

	for (int i = 0; i < rows->n; i++) {
		if (strcmp(row_text(rows, i, 0), key) != 0)
			continue;
		if (!row_bool(rows, i, 2))
			break;
		return semver_in_range(row_text(rows, i, 1), range)
			       ? 0
			       : need_fault(t, key, range, row_text(rows, i, 1));
	}
	return need_fault(t, key, range, NULL);
}

static int ask(
	struct target *t, const struct stmt *s, const char *what, bool inside, struct rows *ret)
{
	const char *const args[] = {target_tenant(t), what};

	/* Locking rows is writing, for PostgreSQL. */
	return inside ? op_query(t->op, s, args, 2, ret)
		      : op_write(t->op, target_as(t), s, args, 2, ret);
}

int needs_met(struct target *t, bool inside)
{
	const json_t *all = json_object_get(t->pkg.manifest, "dependencies");
	struct rows rows;
	size_t i;
	json_t *v;
	int rc;

	if (json_array_size(all) == 0)
		return 0;
	if ((rc = ask(t, &NEEDS_HAS, keys_of(t->op->arena, all), inside, &rows)) < 0)
		return rc;
	json_array_foreach(all, i, v)
		if ((rc = check_need(t, v, &rows)) < 0)
			return rc;
	return 0;
}

int needs_kept(struct target *t, const char *version, bool inside)
{
	struct rows rows;
	int rc = ask(t, &NEEDS_OF_OTHERS, t->key, inside, &rows);

	for (int i = 0; rc == 0 && i < rows.n; i++) {
		const char *name = row_text(&rows, i, 1), *range = row_text(&rows, i, 2);

		if (!version)
			return op_refuse(t->op, MT_ECONFLICT, "needed-by-another",
				"%s needs this plugin: disable or uninstall %s first", name, name);
		if (!semver_in_range(version, range))
			return op_refuse(t->op, MT_ECONFLICT, "needed-by-another",
				"%s needs this plugin in a version %s, not %s", name, range,
				version);
	}
	return rc;
}
