/* migrate.c - expanding and contracting a plugin's tables: see migrate.h. */
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "install/migrate_impl.h"
#include "package/fault.h"
#include "install/migrate.sql.h"

#define LOCK_TIMEOUT "2s" /* who waits for a table in use makes all others wait behind it */
#define LOCK_TRIES 4
#define LOCK_PAUSE_MS 300
#define SETTLE_MS 10000

/* The state of the plugin's schema; an interrupted opening is over. One statement for the holder of
 * the lock, also when the operation was cancelled. */
static int settle(struct target *t, const char **ret)
{
	struct rows rows;
	int rc = op_write(
		t->op, NULL, &MIGRATE_SETTLE, DB_ARGS(t->key, t->journal, t->session), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(
			t->op, MT_EBUSY, "The change to the plugin was interrupted; try again");
	*ret = row_text(&rows, 0, 0);
	return 0;
}

static const char *permissions_of(struct target *t, const struct package *pkg)
{
	return pkg ? manifest_permission_array(t->op->arena, &pkg->manifest) : "{}";
}

static int call_handover(struct target *t, const char *verifier, const char *permissions)
{
	struct err kept = op_try(t->op), why;
	struct rows rows;
	int rc = op_query(t->op, &MIGRATE_HANDOVER, DB_ARGS(t->key, verifier, permissions), &rows);

	why = op_tried(t->op, kept);
	return rc < 0 ? migrate_refused(t, t->op->db, rc, &why) : 0;
}

/* Records the migrations that ran and grants the workers' role the new tables. pkg NULL = only what is in
 * use. */
static int hand_over(struct target *t, const struct package *pkg)
{
	unsigned char key[32];
	char role[ROLE_MAX], verifier[ROLE_VERIFIER_MAX];
	struct rows granted;
	int rc;

	if ((rc = migrate_role_key(t->op, key)) < 0)
		return rc;
	role_name(role, t->key);
	role_verifier(verifier, key, role);
	explicit_bzero(key, sizeof(key));
	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_queue(t->op, &MIGRATE_NOTE, DB_ARGS(t->key))) < 0 ||
		/* After MIGRATE_NOTE: versions that no longer fit are excluded. */
		(rc = op_query(t->op, &MIGRATE_PERMISSIONS, DB_ARGS(t->key, permissions_of(t, pkg)),
			 &granted)) < 0 ||
		(rc = call_handover(t, verifier, row_text(&granted, 0, 0))) < 0)
		return rc;
	return op_commit(t->op);
}

/* Does the role have this version's permissions, because versions in use have them? */
static int check_granted(struct target *t, const struct package *pkg, bool *ret)
{
	struct rows rows;
	int rc = op_read(
		t->op, NULL, &MIGRATE_PERMISSIONS, DB_ARGS(t->key, permissions_of(t, pkg)), &rows);

	*ret = rc == 0 && row_bool(&rows, 0, 1);
	return rc;
}

/* As o_<key>, all in one transaction; its COMMIT has the last checks. */
static int run_once(struct target *t, struct op *own, const struct migrate_list *l, bool in_use)
{
	int rc = migrate_statements(t, own, NULL, LOCK_TIMEOUT, l, in_use);

	if (rc < 0) {
		op_rollback(own);
		return rc;
	}
	op_clear(own);
	rc = op_commit(own);
	return rc < 0 ? migrate_refused(t, own->db, rc, &own->err) : 0;
}

/* Tables in use are locked by somebody now and then: not worth failing for. */
static int run_as_owner(
	struct target *t, const struct migrate_list *l, const char *password, bool in_use)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	char role[ROLE_MAX];
	struct op own;
	int rc = 0;

	role_name(role, t->key);
	role[0] = 'o';
	migrate_connect(t, &own, role, password);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (i > 0) {
			nanosleep(&pause, NULL);
			op_clear(t->op);
		}
		rc = run_once(t, &own, l, in_use);
		if (rc == 0 || strcmp(db_sqlstate(own.db), "55P03") != 0 ||
			clock_left(t->op->deadline) == 0)
			break;
	}
	db_free(own.db);
	return rc;
}

/* The owner's role is locked out whatever happened. True when its transaction was committed after
 * all, which a lost connection leaves open. */
static bool stands_nevertheless(struct target *t)
{
	struct op *op = t->op;
	struct err kept = op_try(op), why;
	int64_t deadline = op->deadline;
	const char *state = NULL;
	int rc;

	op_rollback(op);
	op->deadline = clock_ms() + SETTLE_MS;
	rc = settle(t, &state);
	op->deadline = deadline;
	why = op_tried(op, kept);
	if (rc < 0)
		log_kv(LOG_LV_WARN, "a plugin's migration is not settled yet", "plugin", t->key,
			"why", why.message, "cause", why.log[0] ? why.log : NULL, NULL);
	return state && !strcmp(state, "ran");
}

/* phase NULL = the schema is made first. */
static int open_and_run(
	struct target *t, const struct migrate_list *l, const char *phase, const char *password)
{
	const char *json = migrate_list_json(t, l);
	struct rows rows;
	int rc;

	if ((rc = target_transaction(t)) < 0)
		return rc;
	rc = phase ? op_query(t->op, &MIGRATE_OPEN, DB_ARGS(t->key, password, phase, json), &rows)
		   : op_query(t->op, &MIGRATE_PREPARE, DB_ARGS(t->key, password, json), &rows);
	if (rc < 0 || (rc = op_commit(t->op)) < 0 || l->n == 0)
		return rc;
	return run_as_owner(t, l, password, phase != NULL);
}

static int run_migrations(struct target *t, const struct package *pkg, const struct migrate_list *l,
	const char *phase)
{
	char password[ID_TOKEN_LEN + 1];
	int rc;

	id_token(password);
	rc = open_and_run(t, l, phase, password);
	explicit_bzero(password, sizeof(password));
	if (rc < 0 && !stands_nevertheless(t))
		return rc;
	op_clear(t->op);
	return hand_over(t, pkg);
}

/* Finishes first what a worker that died had committed. */
static int standing(struct target *t, const struct package *pkg, const char **ret)
{
	int rc = settle(t, ret);

	if (rc < 0 || strcmp(*ret, "ran") != 0)
		return rc;
	*ret = "ready";
	return hand_over(t, pkg);
}

/* The package's migrations of a phase that didn't run yet; changed ones are faults. */
static int choose(struct target *t, const struct package *pkg, bool expand, bool contract,
	struct migrate_list *ret)
{
	struct rows done;
	int rc = op_read(t->op, NULL, &MIGRATE_APPLIED, DB_ARGS(t->key), &done);

	if (rc < 0)
		return rc;
	*ret = migrate_list_new(t, pkg);
	for (int i = 0; i < pkg->n_migrations; i++) {
		const struct package_migration *m = &pkg->migration[i];
		int at = 0;

		while (at < done.n && strcmp(row_text(&done, at, 0), m->name) != 0)
			at++;
		if (at < done.n && strcmp(row_text(&done, at, 1), m->sha256) != 0)
			migrate_changed(t, m);
		else if (at == done.n && ((m->phase == MIGRATION_EXPAND && expand) ||
						 (m->phase == MIGRATION_CONTRACT && contract)))
			ret->at[ret->n++] = m;
	}
	return fault_any(&t->op->err);
}

int migrate_usable(struct target *t, const char *sha256)
{
	struct rows rows;
	int rc = op_read(t->op, NULL, &MIGRATE_FIT, DB_ARGS(sha256), &rows);

	if (rc < 0 || !row_text(&rows, 0, 0))
		return rc;
	return op_fail(t->op, MT_ECONFLICT,
		"This version of %s can't run on the plugin's tables as they are: %s", t->key,
		db_words(t->op->arena, row_text(&rows, 0, 0)));
}

/* To tables that are there. */
static int add(struct target *t, const struct package *pkg)
{
	struct migrate_list todo;
	bool granted;
	int rc;

	if ((rc = choose(t, pkg, true, false, &todo)) < 0)
		return rc;
	if (todo.n > 0)
		rc = run_migrations(t, pkg, &todo, "expand");
	else if ((rc = check_granted(t, pkg, &granted)) == 0 && !granted)
		rc = hand_over(t, pkg);
	return rc < 0 ? rc : migrate_usable(t, pkg->sha256);
}

int migrate_expand(struct target *t, const struct package *pkg)
{
	struct migrate_list todo;
	const char *state;
	int rc;

	if ((rc = standing(t, pkg, &state)) < 0)
		return rc;
	if (!strcmp(state, "ready"))
		return add(t, pkg);
	if ((rc = choose(t, pkg, true, true, &todo)) < 0)
		return rc;
	return run_migrations(t, pkg, &todo, NULL);
}

int migrate_contract(struct target *t, const struct package *pkg)
{
	struct migrate_list todo;
	struct rows rows;
	int rc;

	if ((rc = migrate_expand(t, pkg)) < 0 || (rc = choose(t, pkg, false, true, &todo)) < 0 ||
		(rc = op_read(t->op, NULL, &MIGRATE_WITHOUT,
			 DB_ARGS(t->key, migrate_list_json(t, &todo)), &rows)) < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return op_fail(t->op, MT_ECONFLICT,
			"%ld tenant(s) use a version of %s that needs what would be taken away",
			row_int(&rows, 0, 0), t->key);
	return todo.n > 0 ? run_migrations(t, NULL, &todo, "contract") : hand_over(t, NULL);
}
