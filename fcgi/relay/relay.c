/*
 * relay.c - the two services that the steward depends on, and one log line when they go or come.
 */
#include "relay/relay.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

void relay_op(struct relay *r, struct op *op, struct arena *p)
{
	app_op(&r->app, op, p, clock_ms() + RELAY_DB_MS);
}

void relay_log(const struct op *op, const char *what, const char *about, const char *value)
{
	log_kv(LOG_LV_ERROR, op->err.message, "while", what, "cause",
		op->err.log[0] ? op->err.log : NULL, about, value, NULL);
}

bool relay_db_ready(struct relay *r)
{
	return backoff_may_try(&r->db_backoff, clock_ms());
}

/* A database that is down is not contacted for a while; going down and coming back is logged. A
 * fault of ours (a statement that fails) is logged each time and delays nothing else. */
int relay_db_result(struct relay *r, int rc, const struct err *e, const char *what)
{
	bool absent = rc == MT_EBUSY || rc == MT_ETIMEOUT;

	if (!absent && backoff_worked(&r->db_backoff))
		log_info("the database answers again");
	if (rc == 0)
		return 0;
	if (!absent || backoff_failed(&r->db_backoff, clock_ms()))
		log_kv(absent ? LOG_LV_WARN : LOG_LV_ERROR, e->message, "while", what, "cause",
			e->log[0] ? e->log : NULL, NULL);
	return rc;
}

int64_t relay_due(struct relay *r, const struct stmt *s, int64_t most)
{
	struct arena *p = arena_new();
	int64_t ret = most;
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, p);
	rc = relay_db_result(r, op_read(&op, NULL, s, DB_NOARGS, &rows), &op.err, s->name);
	if (rc == 0 && row_text(&rows, 0, 0) && row_int(&rows, 0, 0) < most)
		ret = row_int(&rows, 0, 0) > 0 ? row_int(&rows, 0, 0) : 0;
	arena_free(p);
	return ret;
}

/* Logs when the events nginx goes down and comes back; a message that it refuses is done with. */
static int pub_result(struct relay *r, int rc, const struct err *e, const char *channel)
{
	if (rc == MT_EBUSY) {
		if (!r->pub_is_down)
			log_kv(LOG_LV_WARN, "the events nginx does not take messages", "cause",
				e->log[0] ? e->log : NULL, NULL);
		r->pub_is_down = true;
		return rc;
	}
	if (r->pub_is_down)
		log_info("the events nginx takes messages again");
	r->pub_is_down = false;
	if (rc < 0)
		log_kv(LOG_LV_ERROR, e->message, "channel", channel, NULL);
	return 0;
}

int relay_publish(struct relay *r, const char *channel, const char *message, size_t len)
{
	struct err e;

	arena_clear(r->scratch);
	err_init(&e, r->scratch);
	return pub_result(r, pub_send(&r->pub, channel, message, len, &e), &e, channel);
}

int relay_close(struct relay *r, const char *channel)
{
	struct err e;
	int rc;

	arena_clear(r->scratch);
	err_init(&e, r->scratch);
	rc = pub_delete(&r->pub, channel, &e);
	return rc == MT_ENOENT ? 0 : pub_result(r, rc, &e, channel);
}

int relay_helper(
	struct relay *r, struct helper *h, const char *option, const char *arg, int seconds)
{
	char program[400];

	snprintf(program, sizeof(program), "%s/mortise-steward", r->app.conf.lib_dir);
	return helper_start(h, program, r->app.conf.file, option, arg, seconds);
}
