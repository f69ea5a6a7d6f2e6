/*
 * migrate_impl.h - what running a plugin's statements needs, whoever they run as.
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

struct migrate_list migrate_list_new(struct step *s, const struct package *pkg);
/* [{"name", "sha256", "phase"}] as text. */
const char *migrate_list_json(struct step *s, const struct migrate_list *l);
/* The fault for a migration that ran with other bytes. */
int migrate_changed(struct step *s, const struct package_migration *m, struct err *e);

int migrate_role_key(const struct conf *c, unsigned char ret[32], struct err *e);

/* A connection as a role of the plugin, given back with db_free(). migrate_worker() is p_<key>,
 * which sees the tenant that its transaction says and nothing else. */
struct db *migrate_connection(struct step *s, const char *role, const char *password);
int migrate_worker(struct step *s, struct db **ret, char ret_role[ROLE_MAX], struct err *e);

/* In one transaction that the caller commits: lock_timeout as given, then all statements. `quiet`:
 * the words of an error that may quote a row (SQLSTATE 22..., 23...) are not repeated, because the
 * rows are not the reader's. A failure is a fault with file and line. */
int migrate_statements(struct step *s, struct db *db, const struct db_as *as,
	const char *lock_timeout, const struct migrate_list *l, bool quiet, struct err *e);

/* migrate_tenant() from the version with this hash; NULL = the tenant's own. A step without a
 * journal row needs its lock only. */
int migrate_moves(struct step *s, const struct package *pkg, const char *from, struct err *e);

/* The checks at the end of a migration found something: a fault of the migrations as a whole, a
 * line each; other errors as they are. */
int migrate_refused(struct step *s, struct db *db, int rc, const struct err *why, struct err *e);

#endif
