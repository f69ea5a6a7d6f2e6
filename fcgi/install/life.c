/* life.c - installing a plugin: see life.h. The other steps: life_switch.c. */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "install/configure.h"
#include "install/hook.h"
#include "install/life_impl.h"
#include "install/migrate.h"
#include "registry/recover.h"
#include "registry/store.h"

#define STEPS 4

static const struct stmt HAS = {"life_has",
	"SELECT 1 FROM mortise.installations WHERE tenant_id = $1::int AND plugin_key = $2"};
static const struct stmt INSERT = {"life_insert",
	"INSERT INTO mortise.installations (tenant_id, id, plugin_key, package_sha256, state,"
	" installed_by, consented) SELECT $1::int, $2::uuid, $3, $4, 'installing', $5::uuid,"
	" ARRAY(SELECT jsonb_array_elements_text(coalesce(p.manifest -> 'permissions', '[]')))"
	" FROM mortise.plugin_packages p WHERE p.sha256 = $4"};

static const struct stmt GRANT = {
	"life_grant", "SELECT mortise.permissions_grant_defaults($1::int, $2, $3)"};

static int undo_install(struct step *s, const json_t *detail, struct err *e)
{
	return recover_remove(s, detail, false, e);
}

static int choose(struct deed *d, const struct life_order *o, struct catalog_package *ret)
{
	struct rows rows;
	int rc = choose_version(d, o->version, ret);

	if (rc == 0)
		rc = db_read(d->r->app->db, d->r->arena, d->step.deadline, d->cat.as, &HAS,
			DB_ARGS(step_tenant(&d->step), d->step.key), &rows, &d->r->err);
	if (rc == 0 && rows.n > 0)
		rc = err_set(&d->r->err, MT_ECONFLICT, "%s is already installed", d->step.key);
	if (rc == 0)
		rc = choose_newest(d, ret);
	if (rc == 0)
		rc = choose_consent(d, ret, NULL, o->permissions);
	return rc;
}

static int insert(struct deed *d, const struct catalog_package *pkg)
{
	int rc = step_transaction(&d->step, &d->r->err);

	if (rc == 0)
		rc = db_queue(d->r->app->db, &INSERT,
			DB_ARGS(step_tenant(&d->step), json_str(d->detail, "installationId", ""),
				d->step.key, pkg->sha256, d->step.user),
			&d->r->err);
	if (rc == 0)
		rc = db_queue(d->r->app->db, &GRANT,
			DB_ARGS(step_tenant(&d->step), d->step.key, pkg->sha256), &d->r->err);
	if (rc == 0)
		rc = configure_begin(&d->step, pkg->manifest, &d->r->err);
	if (rc == 0) /* from now on its pool is wanted */
		rc = deed_state(d, "installing", true);
	if (rc == 0)
		rc = deed_commit(d);
	if (rc == 0 && pkg->quarantined)
		deed_release_pool(d, pkg);
	return rc;
}

static int finish(struct deed *d, const struct catalog_package *pkg, bool enable)
{
	int rc = step_transaction(&d->step, &d->r->err);

	if (rc == 0)
		rc = deed_state(d, enable ? "enabled" : "disabled", false);
	if (rc == 0)
		rc = step_done(&d->step, &d->r->err);
	if (rc == 0 && !pkg->approved_at)
		rc = approve_queue(d, pkg);
	if (rc == 0)
		rc = deed_note(d);
	if (rc == 0)
		rc = deed_emit(d, "PluginInstalled", pkg);
	if (rc == 0 && enable)
		rc = deed_emit(d, "PluginEnabled", pkg);
	return rc == 0 ? deed_commit(d) : rc;
}

/* Everything between the journal row's coming and going. */
static int work(struct deed *d, const struct catalog_package *pkg, bool enable)
{
	struct err *e = &d->r->err;
	struct package files;
	int rc = step_progress(&d->step, 1, STEPS, "reading the package", e);

	if (rc == 0)
		rc = deed_fetch(d, pkg->sha256, &files);
	if (rc == 0)
		rc = step_progress(&d->step, 2, STEPS, "making its tables", e);
	if (rc == 0)
		rc = migrate_expand(&d->step, &files, e);
	if (rc == 0)
		rc = step_progress(&d->step, 3, STEPS, "putting its files in place", e);
	/* The files come before the row, so that the steward finds them when it wants the pool. */
	if (rc == 0)
		rc = store_put(d->r->arena, &d->r->app->conf, &files, e);
	if (rc == 0)
		rc = insert(d, pkg);
	if (rc == 0)
		rc = step_progress(&d->step, 4, STEPS, "starting the plugin", e);
	if (rc == 0)
		rc = hook_call(&d->step, pkg->sha256, "install", e);
	if (rc == 0 && enable)
		rc = hook_call(&d->step, pkg->sha256, "enable", e);
	return rc == 0 ? finish(d, pkg, enable) : rc;
}

int life_install(struct req *r, const struct life_order *o, struct catalog_installation *ret)
{
	struct catalog_package pkg;
	char id[ID_UUID_LEN + 1];
	struct deed d;
	int rc;

	deed_init(&d, r, o->tenant, o->tenant_code, o->key);
	id_uuid7(id);
	rc = deed_lock(&d);
	if (rc == 0)
		rc = choose(&d, o, &pkg);
	if (rc == 0)
		rc = deed_begin(&d, "install", id, NULL, &pkg);
	if (rc == 0) {
		rc = work(&d, &pkg, o->enable);
		if (rc < 0)
			deed_undo(&d, rc, undo_install);
		if (rc < 0 || !o->enable)
			deed_let_pool_go(&d, pkg.sha256);
	}
	if (rc == 0)
		rc = deed_result(&d, id, ret);
	return deed_end(&d, rc);
}
