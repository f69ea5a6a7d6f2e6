/*
 * migrate_tenant.c - moving one tenant's rows to another version: see migrate.h.
 *
 * The statements run as p_<key> in the tenant, so the policies that guard the plugin
 * guard its migration as well. The record is part of that transaction, but a plugin can't make
 * one: it takes a token that is announced by the admin pool (plugin_moves) and given away in the
 * last statement.
 */
#include <string.h>
#include "base/id.h"
#include "install/migrate_impl.h"
#include "package/fault.h"
#include "install/migrate_tenant.sql.h"

static int choose(struct step *s, const struct package *pkg, const char *from,
	struct migrate_list *ret, struct err *e)
{
	struct rows has;
	int rc = db_read(s->app->db, s->arena, s->deadline, step_as(s), &MIGRATE_HAS,
		DB_ARGS(step_tenant(s), s->key, from), &has, e);

	*ret = migrate_list_new(s, pkg);
	for (int i = 0; rc == 0 && has.n > 0 && i < pkg->n_migrations; i++) {
		const struct package_migration *m = &pkg->migration[i];
		int at = 0;

		if (m->phase != MIGRATION_TENANT)
			continue;
		while (at < has.n &&
			(!row_text(&has, at, 0) || strcmp(row_text(&has, at, 0), m->name) != 0))
			at++;
		if (at == has.n)
			ret->at[ret->n++] = m;
		else if (strcmp(row_text(&has, at, 1), m->sha256) != 0)
			migrate_changed(s, m, e);
	}
	return rc < 0 ? rc : fault_any(e);
}

static int announce(
	struct step *s, const struct migrate_list *todo, const char *token, struct err *e)
{
	char hash[65];
	int rc;

	id_sha256_hex(hash, token, strlen(token));
	rc = s->journal ? step_transaction(s, e)
			: db_begin(s->app->db, s->arena, s->deadline, step_as(s), e);
	if (rc == 0)
		rc = db_queue(s->app->db, &MIGRATE_ANNOUNCE,
			DB_ARGS(step_tenant(s), s->key, hash, migrate_list_json(s, todo)), e);
	return rc == 0 ? db_commit(s->app->db, e) : rc;
}

static int move(struct step *s, const struct migrate_list *todo, const char *token, struct err *e)
{
	char role[ROLE_MAX];
	struct rows rows;
	struct db *db;
	int rc = migrate_worker(s, &db, role, e);

	if (rc < 0)
		return rc;
	rc = migrate_statements(s, db, step_as(s), "5s", todo, true, e);
	if (rc == 0)
		rc = db_query(db, &MIGRATE_MOVED, DB_ARGS(token), &rows, e);
	if (rc == 0)
		rc = db_commit(db, e);
	db_free(db);
	return rc;
}

int migrate_moves(struct step *s, const struct package *pkg, const char *from, struct err *e)
{
	char token[ID_TOKEN_LEN + 1];
	struct migrate_list todo;
	int rc = migrate_usable(s, pkg->sha256, e);

	if (rc == 0)
		rc = choose(s, pkg, from, &todo, e);
	if (rc < 0 || todo.n == 0)
		return rc;
	id_token(token);
	rc = announce(s, &todo, token, e);
	if (rc == 0)
		rc = move(s, &todo, token, e);
	explicit_bzero(token, sizeof(token));
	return rc;
}

int migrate_tenant(struct step *s, const struct package *pkg, struct err *e)
{
	return migrate_moves(s, pkg, NULL, e);
}
