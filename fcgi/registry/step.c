/* step.c - lock and journal of a plugin's life: see step.h. */
#include <stdio.h>
#include <time.h>
#include "base/clock.h"
#include "base/json.h"
#include "registry/step.h"
#include "registry/step.sql.h"

#define LOCK_PAUSE_MS 20

int step_lock(struct step *s, long wait_ms, struct err *e)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	int64_t deadline = clock_ms() + wait_ms;
	struct rows rows;

	for (;;) {
		int rc = db_write(s->app->db, s->arena, s->deadline, NULL, &STEP_LOCK,
			DB_ARGS(s->key), &rows, e);

		if (rc < 0)
			return rc;
		if (row_bool(&rows, 0, 0))
			break;
		if (clock_left(deadline) == 0 || clock_left(s->deadline) == 0)
			return err_set(e, MT_ECONFLICT,
				"another change to the plugin %s is under way; try again", s->key);
		nanosleep(&pause, NULL);
	}
	s->session = row_text(&rows, 0, 1);
	return 0;
}

void step_unlock(struct step *s)
{
	struct rows rows;
	struct err *e;

	if (!s->session)
		return;
	/* A session that is gone has let go by itself, and a new one is not asked. */
	db_rollback(s->app->db);
	e = arena_alloc(s->arena, sizeof(*e));
	err_init(e, s->arena);
	if (db_is_connected(s->app->db))
		db_write(s->app->db, s->arena, clock_ms() + 5000, NULL, &STEP_UNLOCK,
			DB_ARGS(s->session), &rows, e);
	s->session = NULL;
}

int step_begin(struct step *s, const char *op, json_t *detail, struct err *e)
{
	struct rows rows;
	int rc;

	json_own(s->arena, detail);
	rc = db_write(s->app->db, s->arena, s->deadline, NULL, &STEP_BEGIN,
		DB_ARGS(s->key, op, json_text(s->arena, detail, NULL)), &rows, e);
	if (rc == 0)
		s->journal = row_text(&rows, 0, 0);
	return rc;
}

/* The row as it was seen just now. */
static int still_ours(struct step *s, const struct rows *row, struct err *e)
{
	if (row->n == 0)
		return err_set(e, MT_EBUSY, "the change to the plugin was interrupted; try again");
	if (s->settled || !row_bool(row, 0, 0))
		return 0;
	e->type = "step-cancelled";
	return err_set(e, MT_ECONFLICT, "the change to %s was cancelled", s->key);
}

int step_progress(struct step *s, int n, int of, const char *label, struct err *e)
{
	struct rows rows;
	int rc = db_write(s->app->db, s->arena, s->deadline, NULL, &STEP_PROGRESS,
		DB_ARGS(s->journal, s->session, arena_printf(s->arena, "%d", n),
			arena_printf(s->arena, "%d", of), label),
		&rows, e);

	return rc < 0 ? rc : still_ours(s, &rows, e);
}

int step_transaction(struct step *s, struct err *e)
{
	struct db *db = s->app->db;
	struct rows rows;
	int rc = db_begin(db, s->arena, s->deadline, step_as(s), e);

	if (rc == 0)
		rc = db_query(db, &STEP_OWN, DB_ARGS(s->journal, s->session), &rows, e);
	return rc < 0 ? rc : still_ours(s, &rows, e);
}

int step_done(struct step *s, struct err *e)
{
	return db_queue(s->app->db, &STEP_DONE, DB_ARGS(s->journal), e);
}

int step_becomes(struct step *s, const char *op, json_t *detail, struct err *e)
{
	json_own(s->arena, detail);
	return db_queue(s->app->db, &STEP_BECOMES,
		DB_ARGS(s->journal, op, json_text(s->arena, detail, NULL)), e);
}

int step_emit(struct step *s, const char *type, json_t *data, struct err *e)
{
	json_own(s->arena, data);
	return db_queue(s->app->db, &STEP_EMIT,
		DB_ARGS(arena_printf(s->arena, "t.%d", s->tenant), type,
			json_text(s->arena, data, NULL)),
		e);
}

const char *step_tenant(const struct step *s)
{
	return arena_printf(s->arena, "%d", s->tenant);
}

const struct db_as *step_as(const struct step *s)
{
	struct db_as *as = arena_alloc(s->arena, sizeof(*as));

	*as = (struct db_as){s->tenant, s->user};
	return as;
}
