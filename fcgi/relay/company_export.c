/* company_export.c - see company_export.h. */
#include "relay/company_export.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exports.h"
#include "base/log.h"
#include "db/db.h"
#include "relay/company_export_zip.h"
#include "relay/company_export.sql.h"

#define CHECK_MS 1000
#define FIRST_MS 3000
#define SWEEP_MS 600000

void company_export_init(struct company_export *x)
{
	*x = (struct company_export){.due = clock_ms() + FIRST_MS, .helper = HELPER_NONE};
}

int company_export_seconds(const struct conf *c)
{
	return c->export_minutes * 60;
}

static bool is_due(struct relay *r)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct op op;
	bool ret;
	int rc;

	relay_op(r, &op, p);
	rc = op_read(&op, NULL, &COMPANY_EXPORT_DUE, DB_NOARGS, &rows);
	ret = relay_db_result(r, rc, &op.err, COMPANY_EXPORT_DUE.name) == 0 &&
	      row_bool(&rows, 0, 0);
	arena_free(p);
	return ret;
}

int64_t company_export_tick(struct company_export *x, struct relay *r)
{
	int64_t now = clock_ms();
	bool worked;

	helper_ended(&x->helper, &worked);
	if (helper_runs(&x->helper))
		return x->helper.deadline;
	if (now < x->due)
		return x->due;
	x->due = now + CHECK_MS;
	if (!relay_db_ready(r) || (!is_due(r) && now < x->sweep_due))
		return x->due;
	x->sweep_due = now + SWEEP_MS;
	if (relay_helper(r, &x->helper, "--company-export", NULL,
		    company_export_seconds(&r->app.conf)) < 0)
		return x->due;
	return x->helper.deadline;
}

/* --- in the helper ---------------------------------------------------------------- */

static void sweep_one(void *arg, const char *path, const char *id, long size)
{
	struct op *op = arg;
	struct rows rows;

	(void)size;
	op->deadline = clock_ms() + RELAY_DB_MS;
	if (op->err.code == 0 &&
		op_read(op, NULL, &COMPANY_EXPORT_KNOWN, DB_ARGS(id), &rows) == 0 && rows.n == 0)
		unlink(path);
}

static int sweep(struct op *op)
{
	struct rows rows;
	int rc = op_write(op, NULL, &COMPANY_EXPORT_EXPIRE, DB_NOARGS, &rows);

	if (rc == 0)
		exports_each(&op->app->conf, sweep_one, op);
	return op->err.code;
}

static int take(struct op *op, struct company_export_job *ret)
{
	struct rows rows;
	int rc = op_write(
		op, NULL, &COMPANY_EXPORT_TAKE, DB_ARGS(DB_NUMBER(COMPANY_EXPORT_HOLD_S)), &rows);

	*ret = (struct company_export_job){0};
	if (rc < 0 || rows.n == 0)
		return rc;
	*ret = (struct company_export_job){row_text(&rows, 0, 0), row_text(&rows, 0, 1),
		row_text(&rows, 0, 2), row_text(&rows, 0, 3)};
	return 0;
}

static int write_file(struct op *op, const struct company_export_job *job, long *ret_size)
{
	static struct app reader; /* its session has the snapshot, ours notes how far it is */
	char path[EXPORTS_PATH_MAX];
	struct stat st;
	int rc;

	exports_path(&op->app->conf, job->id, path);
	exports_remove(&op->app->conf, job->id); /* of one that was interrupted */
	if (mkdir(op->app->conf.export_dir, 0750) < 0 && errno != EEXIST) {
		op_log(op, "mkdir %s: %s", op->app->conf.export_dir, strerror(errno));
		return op_fail(op, MT_EINTERNAL,
			"The folder of exports can't be made: the operator has to make export_dir");
	}
	if ((rc = app_init(&reader, op->app->conf.file, "mortise_steward", &op->err)) < 0 ||
		(rc = company_export_zip(op, &reader, job, path)) < 0)
		return rc;
	if (chmod(path, 0640) < 0 || stat(path, &st) < 0) {
		op_log(op, "%s: %s", path, strerror(errno));
		return op_fail(op, MT_EINTERNAL, "The export can't be written");
	}
	*ret_size = (long)st.st_size;
	return 0;
}

/* What ended because the database is away is begun again by the next helper. */
static int end(struct op *op, const struct company_export_job *job, int rc, long size)
{
	struct err why = op_try(op);
	struct rows rows = {0};

	if (rc == MT_EBUSY || rc == MT_ETIMEOUT ||
		(rc < 0 && !strcmp(why.type, COMPANY_EXPORT_GONE)))
		return rc;
	op->deadline = clock_ms() + RELAY_DB_MS;
	if (op_write(op, NULL, &COMPANY_EXPORT_END,
		    DB_ARGS(job->tenant, job->id,
			    rc < 0 ? NULL : arena_printf(op->arena, "%ld", size),
			    DB_NUMBER(EXPORTS_DAYS), rc < 0 ? why.message : NULL,
			    rc < 0 ? why.text : NULL),
		    &rows) < 0)
		return op->err.code;
	return row_bool(&rows, 0, 0) ? rc : MT_ENOENT; /* it was removed meanwhile */
}

static int make_one(struct op *op)
{
	struct company_export_job job;
	struct err why;
	long size = 0;
	int rc = take(op, &job);

	if (rc < 0 || !job.id)
		return rc;
	op->deadline = clock_ms() + company_export_seconds(&op->app->conf) * 1000L;
	rc = write_file(op, &job, &size);
	why = op->err;
	op_rollback(op);
	rc = end(op, &job, rc, size);
	if (rc < 0) {
		exports_remove(&op->app->conf, job.id);
		log_kv(LOG_LV_WARN, "an export of a company was not made", "company", job.code,
			"why", why.code < 0 ? why.message : "it was removed", "cause",
			why.code < 0 && why.log[0] ? why.log : NULL, NULL);
	}
	return rc;
}

int company_export_round(struct app *a)
{
	struct arena *p = arena_new();
	struct op op;
	int rc;

	app_op(a, &op, p, clock_ms() + RELAY_DB_MS);
	if ((rc = sweep(&op)) < 0)
		relay_log(&op, "company exports", NULL, NULL);
	else
		rc = make_one(&op);
	arena_free(p);
	return rc;
}
