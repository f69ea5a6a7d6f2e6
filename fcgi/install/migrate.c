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

/* How the plugin stands; an opening that was cut off is over. One statement for whoever holds the
 * lock, also when the step was cancelled. */
static int settle(struct step *s, int64_t deadline, const char **ret, struct err *e)
{
	struct rows rows;
	int rc = db_write(s->app->db, s->arena, deadline, NULL, &MIGRATE_SETTLE,
		DB_ARGS(s->key, s->journal, s->session), &rows, e);

	if (rc == 0 && rows.n == 0)
		rc = err_set(e, MT_EBUSY, "the change to the plugin was interrupted; try again");
	if (rc == 0)
		*ret = row_text(&rows, 0, 0);
	return rc;
}

static const char *asked(struct step *s, const struct package *pkg)
{
	return pkg ? manifest_permission_array(s->arena, &pkg->manifest) : "{}";
}

/* Records the migrations that ran and grants the workers' role the new tables. pkg NULL = only what is in
 * use. */
static int hand_over(struct step *s, const struct package *pkg, struct err *e)
{
	struct err *why = err_new(s->arena);
	struct db *db = s->app->db;
	unsigned char key[32];
	char role[ROLE_MAX], verifier[ROLE_VERIFIER_MAX];
	struct rows granted, rows;
	int rc = migrate_role_key(&s->app->conf, key, e);

	if (rc < 0)
		return rc;
	role_name(role, s->key);
	role_verifier(verifier, key, role);
	explicit_bzero(key, sizeof(key));
	rc = step_transaction(s, e);
	if (rc == 0)
		rc = db_queue(db, &MIGRATE_NOTE, DB_ARGS(s->key), e);
	/* After the note: versions that don't fit any more are not asked. */
	if (rc == 0)
		rc = db_query(
			db, &MIGRATE_PERMISSIONS, DB_ARGS(s->key, asked(s, pkg)), &granted, e);
	err_init(why, s->arena);
	if (rc == 0 &&
		(rc = db_query(db, &MIGRATE_HANDOVER,
			 DB_ARGS(s->key, verifier, row_text(&granted, 0, 0)), &rows, why)) < 0)
		rc = migrate_refused(s, db, rc, why, e);
	return rc == 0 ? db_commit(db, e) : rc;
}

/* Does the role have this version's permissions, because versions in use have them? */
static int check_granted(struct step *s, const struct package *pkg, bool *ret, struct err *e)
{
	struct rows rows;
	int rc = db_read(s->app->db, s->arena, s->deadline, NULL, &MIGRATE_PERMISSIONS,
		DB_ARGS(s->key, asked(s, pkg)), &rows, e);

	*ret = rc == 0 && row_bool(&rows, 0, 1);
	return rc;
}

/* As o_<key>, all in one transaction; its COMMIT has the last checks. */
static int run_once(
	struct step *s, struct db *db, const struct migrate_list *l, bool in_use, struct err *e)
{
	struct err *why = err_new(s->arena);
	int rc = migrate_statements(s, db, NULL, LOCK_TIMEOUT, l, in_use, e);

	if (rc < 0) {
		db_rollback(db);
		return rc;
	}
	err_init(why, s->arena);
	rc = db_commit(db, why);
	return rc < 0 ? migrate_refused(s, db, rc, why, e) : 0;
}

/* Tables in use are locked by somebody now and then: not worth failing for. */
static int run_as_owner(struct step *s, const struct migrate_list *l, const char *password,
	bool in_use, struct err *e)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	char role[ROLE_MAX];
	struct db *db;
	int rc = 0;

	role_name(role, s->key);
	role[0] = 'o';
	db = migrate_connection(s, role, password);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (i > 0) {
			nanosleep(&pause, NULL);
			err_init(e, e->arena);
		}
		rc = run_once(s, db, l, in_use, e);
		if (rc == 0 || strcmp(db_sqlstate(db), "55P03") != 0 ||
			clock_left(s->deadline) == 0)
			break;
	}
	db_free(db);
	return rc;
}

/* The owner's role is locked out whatever happened. True when its transaction was committed after
 * all, which a lost connection leaves open. */
static bool stands_nevertheless(struct step *s)
{
	struct err *why = err_new(s->arena);
	const char *state = NULL;

	err_init(why, s->arena);
	db_rollback(s->app->db);
	if (settle(s, clock_ms() + SETTLE_MS, &state, why) < 0)
		log_kv(LOG_LV_WARN, "a plugin's migration is not settled yet", "plugin", s->key,
			"why", why->message, "cause", why->log[0] ? why->log : NULL, NULL);
	return state && !strcmp(state, "ran");
}

/* phase NULL = the schema is made first. */
static int run_migrations(struct step *s, const struct package *pkg, const struct migrate_list *l,
	const char *phase, struct err *e)
{
	const char *json = migrate_list_json(s, l);
	char password[ID_TOKEN_LEN + 1];
	struct rows rows;
	int rc = step_transaction(s, e);

	id_token(password);
	if (rc == 0)
		rc = phase ? db_query(s->app->db, &MIGRATE_OPEN,
				     DB_ARGS(s->key, password, phase, json), &rows, e)
			   : db_query(s->app->db, &MIGRATE_PREPARE, DB_ARGS(s->key, password, json),
				     &rows, e);
	if (rc == 0)
		rc = db_commit(s->app->db, e);
	if (rc == 0 && l->n > 0)
		rc = run_as_owner(s, l, password, phase != NULL, e);
	explicit_bzero(password, sizeof(password));
	if (rc < 0 && stands_nevertheless(s)) {
		err_init(e, e->arena);
		rc = 0;
	}
	return rc == 0 ? hand_over(s, pkg, e) : rc;
}

/* Finishes first what a worker that died had committed. */
static int standing(struct step *s, const struct package *pkg, const char **ret, struct err *e)
{
	int rc = settle(s, s->deadline, ret, e);

	if (rc == 0 && !strcmp(*ret, "ran")) {
		rc = hand_over(s, pkg, e);
		*ret = "ready";
	}
	return rc;
}

/* The package's migrations of a phase that didn't run yet; changed ones are faults. */
static int choose(struct step *s, const struct package *pkg, bool expand, bool contract,
	struct migrate_list *ret, struct err *e)
{
	struct rows done;
	int rc = db_read(s->app->db, s->arena, s->deadline, NULL, &MIGRATE_APPLIED, DB_ARGS(s->key),
		&done, e);

	*ret = migrate_list_new(s, pkg);
	for (int i = 0; rc == 0 && i < pkg->n_migrations; i++) {
		const struct package_migration *m = &pkg->migration[i];
		int at = 0;

		while (at < done.n && strcmp(row_text(&done, at, 0), m->name) != 0)
			at++;
		if (at < done.n && strcmp(row_text(&done, at, 1), m->sha256) != 0)
			migrate_changed(s, m, e);
		else if (at == done.n && ((m->phase == MIGRATION_EXPAND && expand) ||
						 (m->phase == MIGRATION_CONTRACT && contract)))
			ret->at[ret->n++] = m;
	}
	return rc < 0 ? rc : fault_any(e);
}

int migrate_usable(struct step *s, const char *sha256, struct err *e)
{
	struct rows rows;
	int rc = db_read(
		s->app->db, s->arena, s->deadline, NULL, &MIGRATE_FIT, DB_ARGS(sha256), &rows, e);

	if (rc == 0 && row_text(&rows, 0, 0))
		rc = err_set(e, MT_ECONFLICT,
			"this version of %s can't run on the plugin's tables as they are: %s",
			s->key, row_text(&rows, 0, 0));
	return rc;
}

int migrate_expand(struct step *s, const struct package *pkg, struct err *e)
{
	struct migrate_list todo;
	const char *state;
	bool granted;
	int rc = standing(s, pkg, &state, e);

	if (rc < 0)
		return rc;
	if (strcmp(state, "ready") != 0) {
		rc = choose(s, pkg, true, true, &todo, e);
		return rc == 0 ? run_migrations(s, pkg, &todo, NULL, e) : rc;
	}
	rc = choose(s, pkg, true, false, &todo, e);
	if (rc == 0 && todo.n > 0)
		rc = run_migrations(s, pkg, &todo, "expand", e);
	else if (rc == 0 && (rc = check_granted(s, pkg, &granted, e)) == 0 && !granted)
		rc = hand_over(s, pkg, e);
	return rc == 0 ? migrate_usable(s, pkg->sha256, e) : rc;
}

int migrate_contract(struct step *s, const struct package *pkg, struct err *e)
{
	struct migrate_list todo;
	struct rows rows;
	int rc = migrate_expand(s, pkg, e);

	if (rc == 0)
		rc = choose(s, pkg, false, true, &todo, e);
	if (rc == 0)
		rc = db_read(s->app->db, s->arena, s->deadline, NULL, &MIGRATE_WITHOUT,
			DB_ARGS(s->key, migrate_list_json(s, &todo)), &rows, e);
	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) > 0)
		return err_set(e, MT_ECONFLICT,
			"%ld tenant(s) use a version of %s that needs what would be taken away",
			row_int(&rows, 0, 0), s->key);
	return todo.n > 0 ? run_migrations(s, NULL, &todo, "contract", e) : hand_over(s, NULL, e);
}
