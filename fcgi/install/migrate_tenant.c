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

static int choose(
	struct target *t, const struct package *pkg, const char *from, struct migrate_list *ret)
{
	struct rows has;
	int rc = op_read(
		t->op, target_as(t), &MIGRATE_HAS, DB_ARGS(target_tenant(t), t->key, from), &has);

	if (rc < 0)
		return rc;
	*ret = migrate_list_new(t, pkg);
	for (int i = 0; has.n > 0 && i < pkg->n_migrations; i++) {
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
			migrate_changed(t, m);
	}
	return fault_any(&t->op->err);
}

static int announce(struct target *t, const struct migrate_list *todo, const char *token)
{
	char hash[65];
	int rc;

	id_sha256_hex(hash, token, strlen(token));
	rc = t->journal ? target_transaction(t) : op_begin(t->op, target_as(t));
	if (rc < 0 ||
		(rc = op_queue(t->op, &MIGRATE_ANNOUNCE,
			 DB_ARGS(target_tenant(t), t->key, hash, migrate_list_json(t, todo)))) < 0)
		return rc;
	return op_commit(t->op);
}

static int move_in(
	struct target *t, struct op *own, const struct migrate_list *todo, const char *token)
{
	struct rows rows;
	int rc;

	if ((rc = migrate_statements(t, own, target_as(t), "5s", todo, true)) < 0)
		return rc;
	if ((rc = op_query(own, &MIGRATE_MOVED, DB_ARGS(token), &rows)) < 0 ||
		(rc = op_commit(own)) < 0)
		migrate_failed(t, own, rc);
	return rc;
}

static int move(struct target *t, const struct migrate_list *todo, const char *token)
{
	struct op own;
	int rc;

	if ((rc = migrate_worker(t, &own)) < 0)
		return rc;
	rc = move_in(t, &own, todo, token);
	db_free(own.db);
	return rc;
}

int migrate_moves(struct target *t, const struct package *pkg, const char *from)
{
	char token[ID_TOKEN_LEN + 1];
	struct migrate_list todo;
	int rc;

	if ((rc = migrate_usable(t, pkg->sha256)) < 0 || (rc = choose(t, pkg, from, &todo)) < 0 ||
		todo.n == 0)
		return rc;
	id_token(token);
	if ((rc = announce(t, &todo, token)) == 0)
		rc = move(t, &todo, token);
	explicit_bzero(token, sizeof(token));
	return rc;
}

int migrate_tenant(struct target *t, const struct package *pkg)
{
	return migrate_moves(t, pkg, NULL);
}

static int write_rows(struct target *t, struct op *own, const struct migrate_list *l)
{
	int rc = migrate_statements(t, own, target_as(t), "5s", l, false);

	if (rc < 0) {
		op_rollback(own);
		return rc;
	}
	op_clear(own);
	if ((rc = op_commit(own)) < 0)
		migrate_failed(t, own, rc);
	return rc;
}

int migrate_rows(struct target *t, const struct package *scripts)
{
	struct migrate_list l = migrate_list_new(t, scripts);
	struct op own;
	int rc = migrate_worker(t, &own);

	if (rc < 0)
		return rc;
	for (int i = 0; i < scripts->n_migrations; i++)
		l.at[l.n++] = &scripts->migration[i];
	rc = write_rows(t, &own, &l);
	db_free(own.db);
	return rc;
}
