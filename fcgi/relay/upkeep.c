/*
 * upkeep.c - see upkeep.h. Each task is one statement that takes at most a batch.
 */
#include "relay/upkeep.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/temp.h"
#include "db/db.h"
#include "relay/upkeep.sql.h"

#define BATCH 500
#define FILES 50      /* removed in a transaction, which holds the locks of their hashes */
#define FIRST_MS 5000 /* after the start: there is more urgent work then */

static const struct stmt *const TASKS[] = {&UPKEEP_PRESENCE, &UPKEEP_PLUGIN_PRESENCE,
	&UPKEEP_EVENTS_OLD, &UPKEEP_EVENTS_MANY, &UPKEEP_RIGHTS, &UPKEEP_STEWARDS,
	&UPKEEP_LOGIN_ATTEMPTS, &UPKEEP_EXPORTS, &UPKEEP_RATE_LIMITS, &UPKEEP_IMAGES, &UPKEEP_MAILS,
	&UPKEEP_NOTICES, &UPKEEP_REGISTRATIONS, &UPKEEP_STORAGE, &UPKEEP_PLUGIN_STORAGE,
	&UPKEEP_WEBHOOKS};
#define N_TASKS ((int)(sizeof(TASKS) / sizeof(*TASKS)))

void upkeep_init(struct upkeep *u)
{
	*u = (struct upkeep){.due = clock_ms() + FIRST_MS, .helper = HELPER_NONE};
}

int64_t upkeep_tick(struct upkeep *u, struct relay *r)
{
	int64_t now = clock_ms();
	bool worked;

	helper_ended(&u->helper, &worked);
	if (helper_runs(&u->helper))
		return u->helper.deadline;
	if (now < u->due)
		return u->due;
	if (!relay_db_ready(r))
		return u->due = now + 1000;
	u->due = now + UPKEEP_MS;
	relay_helper(r, &u->helper, "--upkeep", NULL, UPKEEP_SECONDS);
	return u->due;
}

/* Runs one task to its end. A fault of one delays no other. */
static int run_task(struct app *a, struct arena *p, const struct stmt *s)
{
	struct rows rows;
	struct op op;
	int rc;

	do {
		arena_clear(p);
		app_op(a, &op, p, clock_ms() + RELAY_DB_MS);
		if ((rc = op_write(&op, NULL, s, DB_ARGS(DB_NUMBER(BATCH)), &rows)) < 0) {
			relay_log(&op, s->name, NULL, NULL);
			return rc;
		}
	} while (rows.changed >= BATCH);
	return 0;
}

/* Removed before the transaction says so: what is killed in between is taken again. */
static int remove_files(struct op *op, int *ret_n)
{
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, NULL)) < 0 ||
		(rc = op_query(op, &UPKEEP_FILES, DB_ARGS(DB_NUMBER(FILES)), &rows)) < 0)
		return rc;
	*ret_n = rows.n;
	for (int i = 0; i < rows.n; i++) {
		int tenant = (int)row_int(&rows, i, 0);
		const char *hash = row_text(&rows, i, 1);

		if (!row_bool(&rows, i, 2) && files_remove(&op->app->conf, tenant, hash) < 0) {
			op_log(op, "%d/%s: %s", tenant, hash, strerror(errno));
			return op_fail(op, MT_EINTERNAL, "A file can't be removed");
		}
	}
	return op_commit(op);
}

static int run_files(struct app *a, struct arena *p)
{
	struct op op;
	int n = 0, rc;

	temp_sweep(a->conf.files_dir);
	do {
		arena_clear(p);
		app_op(a, &op, p, clock_ms() + RELAY_DB_MS);
		rc = remove_files(&op, &n);
		op_rollback(&op);
		if (rc < 0)
			relay_log(&op, "files", NULL, NULL);
	} while (rc == 0 && n == FILES);
	return rc;
}

int upkeep_round(struct app *a)
{
	struct arena *p = arena_new();
	int rc = 0;

	for (int i = 0; i < N_TASKS; i++)
		if (run_task(a, p, TASKS[i]) < 0)
			rc = -1;
	if (run_files(a, p) < 0)
		rc = -1;
	arena_free(p);
	return rc;
}
