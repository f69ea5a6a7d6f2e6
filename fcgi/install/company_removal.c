/* company_removal.c - see company_removal.h. */
#include "install/company_removal.h"

#include <errno.h>
#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/exports.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "install/steps.h"
#include "install/undo.h"
#include "install/company_removal.sql.h"

#define SLICE_MS 5000
#define BATCH 5000 /* rows in a transaction: some tenths of a second */

struct removal {
	struct op op;	  /* with memory of its own */
	struct ident who; /* of the company, nobody */
	const char *tenant, *code, *step;
};

static int purge(struct removal *x, long *ret_n)
{
	struct op *op = &x->op;
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, op_as(op))) < 0 ||
		(rc = op_query(op, &COMPANY_REMOVAL_PURGE, DB_ARGS(x->tenant, DB_NUMBER(BATCH)),
			 &rows)) < 0)
		return rc;
	*ret_n = row_int(&rows, 0, 0);
	if ((rc = op_queue(op, &COMPANY_REMOVAL_PLUGINS,
		     DB_ARGS(x->tenant, arena_printf(op->arena, "%ld", *ret_n)))) < 0)
		return rc;
	return op_commit(op);
}

/* The end of an uninstall, without hooks: a company that is suspended runs no code. */
static int uninstall(struct removal *x, const char *id)
{
	struct target t;
	int rc = steps_lock_installation(&t, &x->op, id);

	if (rc == 0)
		rc = target_begin(&t, "uninstall",
			json_pack("{s:s, s:s, s:i, s:n, s:s, s:s, s:s}", "installationId", t.id,
				"sha256", t.pkg.sha256, "tenant", t.tenant, "user", "userName",
				"Mortise", "version", t.pkg.version, "state", t.was.state));
	if (rc == 0)
		rc = undo_remove(&t);
	return steps_end(&t, rc);
}

static int remove_plugins(struct removal *x)
{
	struct rows rows;
	long n = 0;
	int rc = purge(x, &n);

	if (rc < 0 || n > 0)
		return rc;
	rc = op_read(
		&x->op, op_as(&x->op), &COMPANY_REMOVAL_INSTALLATION, DB_ARGS(x->tenant), &rows);
	return rc < 0 || rows.n == 0 ? rc : uninstall(x, row_text(&rows, 0, 0));
}

/* What is being made finds that nobody wants it any more, and goes as well. */
static int remove_exports(struct removal *x)
{
	struct rows rows;
	int rc = op_read(&x->op, op_as(&x->op), &COMPANY_REMOVAL_EXPORTS, DB_ARGS(NULL), &rows);

	for (int i = 0; rc == 0 && i < rows.n; i++)
		exports_remove(&x->op.app->conf, row_text(&rows, i, 0));
	return rc;
}

/* Nobody adds one any more: the company is suspended. */
static int remove_files(struct removal *x)
{
	if (files_remove_all(&x->op.app->conf, x->who.tenant) == 0)
		return 0;
	op_log(&x->op, "files of %s: %s", x->tenant, strerror(errno));
	return op_fail(&x->op, MT_EINTERNAL, "The company's files can't be removed");
}

static int remove_piece(struct removal *x)
{
	struct op *op = &x->op;
	struct rows rows;
	int rc;

	if (!strcmp(x->step, "waiting") &&
		((rc = remove_exports(x)) < 0 || (rc = remove_files(x)) < 0))
		return rc;
	if (!strcmp(x->step, "waiting"))
		return op_write(op, op_as(op), &COMPANY_REMOVAL_BEGIN, DB_ARGS(x->tenant), &rows);
	if (!strcmp(x->step, "plugins"))
		return remove_plugins(x);
	return op_write(op, op_as(op), &COMPANY_REMOVAL_ROWS, DB_ARGS(DB_NUMBER(BATCH)), &rows);
}

static void write_down(struct op *op, const struct removal *x)
{
	const struct err *e = &x->op.err;
	struct rows rows;

	log_kv(LOG_LV_ERROR, "a company can't be deleted yet; trying again in a minute", "company",
		x->code, "step", x->step, "why", e->message, "cause", e->log[0] ? e->log : NULL,
		NULL);
	op_write(op, NULL, &COMPANY_REMOVAL_FAILED, DB_ARGS(x->tenant, e->message), &rows);
}

static int remove_some(struct op *op, bool *ret_more)
{
	struct removal x = {0};
	struct rows rows;
	int rc = op_read(op, NULL, &COMPANY_REMOVAL_NEXT, DB_NOARGS, &rows);

	*ret_more = rc == 0 && rows.n > 0;
	if (!*ret_more)
		return rc;
	app_op(op->app, &x.op, arena_new(), op->deadline);
	x.tenant = arena_strdup(x.op.arena, row_text(&rows, 0, 0));
	x.code = arena_strdup(x.op.arena, row_text(&rows, 0, 1));
	x.step = arena_strdup(x.op.arena, row_text(&rows, 0, 2));
	x.who = (struct ident){.tenant = (int)row_int(&rows, 0, 0),
		.tenant_code = x.code,
		.tenant_name = "",
		.user = "-",
		.email = "",
		.name = "Mortise",
		.roles = "",
		.permissions = ""};
	x.op.who = &x.who;
	x.op.id = op->id;
	rc = remove_piece(&x);
	op_rollback(&x.op);
	if (rc < 0)
		write_down(op, &x);
	else
		rc = op->err.code;
	arena_free(x.op.arena);
	return rc < 0 ? op->err.code : 0;
}

int company_removal_slice(struct op *op, bool *ret_more)
{
	int64_t until = clock_ms() + SLICE_MS;
	int rc;

	do
		rc = remove_some(op, ret_more);
	while (rc == 0 && *ret_more && clock_ms() < until);
	return rc;
}
