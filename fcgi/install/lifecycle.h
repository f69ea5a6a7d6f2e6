/*
 * lifecycle.h - install, enable, disable, upgrade, roll back, uninstall, approve: operations that
 * end in the old state or in the new one.
 *
 * Each is a table of steps (steps.h) under the plugin's lock. A failure is undone at once; a killed
 * worker's operation is undone or finished by recovery. One plugin changes at a time; different
 * plugins don't wait for each other.
 */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include "auth/app.h"
#include "install/export.h"
#include "registry/catalog.h"

struct lifecycle_order {
	int tenant;
	const char *tenant_code;
	const char *key;
	const char *version; /* NULL = the newest */
	bool enable;
	const json_t *permissions; /* that the admin confirms; NULL = none */
};

/* The installation as it is afterwards is in *ret. */
int lifecycle_install(
	struct op *op, const struct lifecycle_order *o, struct catalog_installation *ret);
int lifecycle_enable(struct op *op, const char *id, struct catalog_installation *ret);
int lifecycle_disable(struct op *op, const char *id, struct catalog_installation *ret);
/* With the tenant's rows. ret: they are written into an export first; NULL = without. */
int lifecycle_uninstall(struct op *op, const char *id, struct export_result *ret);

/* To another version (order: version, permissions), and back to the one before. Requests go on in the old
 * version until the new one answers. An older version is refused by the one and chosen by the other. */
int lifecycle_upgrade(struct op *op, const char *id, const struct lifecycle_order *o,
	struct catalog_installation *ret);
int lifecycle_rollback(struct op *op, const char *id, struct catalog_installation *ret);

/* Tenants may have this version from now on. permissions: that the system admin confirms. */
int lifecycle_approve(struct op *op, const char *key, const char *version,
	const json_t *permissions, struct catalog_package *ret);

/* The same without a system admin: the operator set the marketplace's packages to count as approved
 * (marketplace_approval). */
int lifecycle_approve_by_conf(
	struct op *op, const char *key, const char *sha256, struct catalog_package *ret);

/* Runs the version's contract migrations now: MT_ECONFLICT while a tenant is on a version that needs
 * it. */
int lifecycle_finish(struct op *op, const char *key, const char *version);
/* The same for what nobody has needed for conf contract_hours; *ret_more = there may be more. */
int lifecycle_contract_due(struct op *op, bool *ret_more);
/* POST /-/maintain: recovery, a slice of a rollout, what is due. {"more": true} = come back at once. */
int lifecycle_maintain_route(struct req *r);

/* Recovers interrupted operations, at most every second; unused files go now and then. */
void lifecycle_maintain(struct app *a);
/* The same at a worker's start, with some patience for a predecessor's last moments. */
void lifecycle_start(struct app *a);

#endif
