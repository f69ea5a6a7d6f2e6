/*
 * work.c - see work.h.
 *
 * An item belongs to a worker by its request id until its lease is over. What a worker writes about an
 * item that isn't its own any more has no effect.
 */
#include <stdlib.h>
#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/cron.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "install/hook.h"
#include "install/routes.h"
#include "install/work.h"
#include "install/work.sql.h"

#define BACKOFF_MS 10000 /* before the second try; doubled for each further one, ... */
#define BACKOFF_MOST_MS                                                                            \
	3600000 /* ... up to an hour, and shifted by chance, so that many don't come back at once */
#define LEASE_MARGIN_MS 5000 /* of our own deadline: to write down how it ended */

struct item {
	int tenant;
	const char *id, *tenant_code, *key, *sha256, *hook, *request;
	json_t *args;
	int seconds, attempts, attempts_max;
};

/* --- schedules -------------------------------------------------------------------------------------- */

static int plan_one(struct op *op, const struct rows *rows, int i)
{
	struct cron c;
	int64_t next = -1;

	if (cron_parse(&c, row_text(rows, i, 3)) == 0)
		next = cron_next(&c, row_text(rows, i, 4), clock_unix());
	/* One that never comes is looked at again in a year. */
	if (next < 0)
		next = clock_unix() + INT64_C(366) * 86400;
	return op_queue(op, &WORK_SCHEDULE_NEXT,
		DB_ARGS(row_text(rows, i, 0), row_text(rows, i, 1), row_text(rows, i, 2),
			arena_printf(op->arena, "%lld", (long long)next),
			row_bool(rows, i, 5) ? "t" : "f"));
}

static int plan(struct op *op)
{
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, NULL)) < 0 ||
		(rc = op_query(op, &WORK_SCHEDULES, NULL, 0, &rows)) < 0) {
		op_rollback(op);
		return rc;
	}
	for (int i = 0; i < rows.n && rc == 0; i++)
		rc = plan_one(op, &rows, i);
	if (rc == 0 && (rc = op_commit(op)) == 0)
		return 0;
	op_rollback(op);
	return rc;
}

/* --- one item --------------------------------------------------------------------------------------- */

static int backoff_ms(int attempts)
{
	long ms = BACKOFF_MS;

	for (int i = 1; i < attempts && ms < BACKOFF_MOST_MS; i++)
		ms *= 2;
	ms = ms < BACKOFF_MOST_MS ? ms : BACKOFF_MOST_MS;
	return (int)(ms / 2 + random() % ms);
}

static const char *number(struct op *op, long n)
{
	return arena_printf(op->arena, "%ld", n);
}

static int lose(struct op *op)
{
	struct err *why = err_new(op->arena);
	struct rows rows;

	err_plain(why, MT_EUPSTREAM, N_("Its worker ended before it did"));
	return op_write(op, NULL, &WORK_LOST,
		DB_ARGS(number(op, backoff_ms(1)), why->text, why->message), &rows);
}

/* 1 = there is an item, 0 = none. */
static int take(struct op *op, struct item *ret)
{
	const struct conf *conf = &op->app->conf;
	char token[ID_TOKEN_LEN + 1], hash[65];
	struct rows rows;
	int rc;

	id_token(token);
	id_sha256_hex(hash, token, ID_TOKEN_LEN);
	hash[32] = '\0';
	*ret = (struct item){.request = arena_strdup(op->arena, hash)};
	if ((rc = op_begin(op, NULL)) < 0 ||
		(rc = op_query(op, &WORK_TURN, DB_NOARGS, &rows)) < 0) {
		op_rollback(op);
		return rc;
	}
	rc = op_query(op, &WORK_TAKE,
		DB_ARGS(ret->request, number(op, conf->job_deadline_ms / 1000),
			number(op, (conf->job_workers + 1) / 2),
			number(op, (conf->plugin_workers_max + 1) / 2)),
		&rows);
	if (rc < 0 || (rc = op_commit(op)) < 0) {
		op_rollback(op);
		return rc;
	}
	if (rows.n == 0)
		return 0;
	ret->tenant = (int)row_int(&rows, 0, 0);
	ret->id = row_text(&rows, 0, 1);
	ret->tenant_code = row_text(&rows, 0, 2);
	ret->key = row_text(&rows, 0, 3);
	ret->sha256 = row_text(&rows, 0, 4);
	ret->hook = arena_printf(op->arena, "%s:%s", row_text(&rows, 0, 5), row_text(&rows, 0, 6));
	ret->seconds = (int)row_int(&rows, 0, 8);
	ret->attempts = (int)row_int(&rows, 0, 9);
	ret->attempts_max = (int)row_int(&rows, 0, 10);
	return (rc = row_json(op, &rows, 0, 7, &ret->args)) < 0 ? rc : 1;
}

static int run(struct op *op, const struct item *it)
{
	struct target t;

	target_init(&t, op, it->key);
	t.tenant = it->tenant;
	t.tenant_code = it->tenant_code;
	t.user = "";
	t.name = "";
	return hook_work(&t, it->sha256, it->hook, it->request, it->args, it->seconds);
}

/* A refusal is the plugin's own word, but may be about a service that is away: it is tried again, too. What
 * did not begin, as its pool couldn't be reached, is no try. */
static int finish(struct op *op, const struct item *it, int result)
{
	const char *tenant = number(op, it->tenant), *words, *fault;
	bool began = result != MT_EBUSY;
	struct rows rows;

	if (result == 0) {
		op_clear(op);
		return op_write(op, NULL, &WORK_DONE, DB_ARGS(tenant, it->id, it->request), &rows);
	}
	words = op->err.message;
	fault = op->err.text;
	log_kv(LOG_LV_WARN, "an item of a plugin failed", "plugin", it->key, "hook", it->hook,
		"tenant", tenant, "why", words, "requestId", it->request, NULL);
	op_clear(op);
	return op_write(op, NULL, &WORK_FAILED,
		DB_ARGS(tenant, it->id, it->request,
			!began || it->attempts < it->attempts_max ? "t" : "f",
			number(op, backoff_ms(it->attempts)), fault, words, began ? "0" : "1"),
		&rows);
}

static int serve(struct req *r)
{
	struct op *op = &r->op;
	struct item it;
	struct rows rows;
	int64_t until = op->deadline;
	int rc, found;

	if ((rc = plan(op)) < 0 || (rc = lose(op)) < 0 || (found = take(op, &it)) < 0)
		return rc < 0 ? rc : found;
	if (found) {
		op->deadline = until - LEASE_MARGIN_MS;
		rc = run(op, &it);
		op->deadline = until;
		if ((rc = finish(op, &it, rc)) < 0)
			return rc;
	} else if (!found && (rc = op_write(op, NULL, &WORK_FORGET, NULL, 0, &rows)) < 0) {
		return rc;
	}
	return routes_reply(r, 200, json_pack("{s:b}", "more", found));
}

static const struct route ROUTES[] = {
	{"POST", "/-/work", NULL, NULL, ROUTE_PUBLIC | ROUTE_ANY_ORIGIN, 0, serve},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table work_routes = {"work", ROUTES};
