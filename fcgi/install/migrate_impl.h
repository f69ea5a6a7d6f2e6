/*
 * migrate_impl.h - running a plugin's statements, as any of its roles.
 */
#ifndef MIGRATE_IMPL_H
#define MIGRATE_IMPL_H

#include "db/db.h"
#include "install/migrate.h"
#include "crypt/role.h"

/* Some of a package's migrations, in their order. */
struct migrate_list {
	int n;
	const struct package_migration **at;
};

struct migrate_list migrate_list_new(struct target *t, const struct package *pkg);
/* [{"name", "sha256", "phase"}] as text. */
const char *migrate_list_json(struct target *t, const struct migrate_list *l);
/* The fault for a migration that ran with other bytes. */
int migrate_changed(struct target *t, const struct package_migration *m);

int migrate_role_key(struct op *op, unsigned char ret[32]);

/* An operation on a connection as a role of the plugin, returned with db_free(ret->db): its
 * failures are not the target's error yet. migrate_worker() is p_<key>, which sees only the tenant
 * of its transaction. */
void migrate_connect(struct target *t, struct op *ret, const char *role, const char *password);
int migrate_worker(struct target *t, struct op *ret);

/* Makes its failure the target's. Returns rc. */
int migrate_failed(struct target *t, const struct op *own, int rc);

/* In one transaction that the caller commits: lock_timeout as given, then all statements. `quiet`:
 * the text of an error that may quote a row (SQLSTATE 22..., 23...) is not repeated, because the
 * rows are not the reader's. A failure is the target's, a fault with file and line. */
int migrate_statements(struct target *t, struct op *own, const struct db_as *as,
	const char *lock_timeout, const struct migrate_list *l, bool quiet);

/* migrate_tenant() from the version with this hash; NULL = the tenant's own. A step without a
 * journal row needs its lock only. */
int migrate_moves(struct target *t, const struct package *pkg, const char *from);

/* The checks at the end of a migration found something: a fault of the migrations as a whole, a
 * line each; other errors as they are. */
int migrate_refused(struct target *t, struct db *db, int rc, const struct err *why);

#endif
