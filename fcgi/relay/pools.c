/*
 * pools.c - wanted plugin pools; see pools.h.
 */
#include "relay/pools.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "registry/store.h"
#include "registry/trust.h"
#include "relay/quarantine.h"
#include "relay/pools.sql.h"

#define ANSWER_MS 3000
#define POOL_HASH_DIGITS 12
#define AGAIN 8 /* the column of pools_wanted */

void pools_init(struct pools *p)
{
	memset(p, 0, sizeof(*p));
	p->control.fd = -1;
	p->filler = (struct helper)HELPER_NONE;
	p->backoff = (struct backoff){.least_ms = 100, .most_ms = 2000};
	p->wanted = -1;
}

void pools_hurry(struct pools *p)
{
	p->due = 0;
}

static void hang_up(struct pools *p)
{
	if (p->control.fd >= 0)
		control_close(&p->control);
	p->control.fd = -1;
	p->wanted = -1;
}

/* The master does not answer. A new one, or the same in a moment, gets the whole set again. */
static int failed(struct pools *p, const char *what)
{
	int cause = errno;

	hang_up(p);
	if (backoff_failed(&p->backoff, clock_ms()))
		log_warn("the master's control socket: %s: %s", what, strerror(cause));
	p->due = p->backoff.not_before;
	return -1;
}

int pools_fill(struct app *a, const char *sha256)
{
	struct arena *scratch = arena_new();
	struct rows used;
	struct op op;
	int rc;

	app_op(a, &op, scratch, clock_ms() + POOLS_FILL_SECONDS * 1000);
	rc = store_fill(&op, sha256);
	/* Its last company may have left meanwhile, and removed what there was. */
	if (rc == 0 && (rc = op_read(&op, NULL, &POOLS_USED, DB_ARGS(sha256), &used)) == 0 &&
		used.n == 0)
		rc = store_remove(&op, sha256);
	if (rc < 0)
		relay_log(&op, "unpacking a package", "package", sha256);
	arena_free(scratch);
	return rc;
}

/* A package whose files are not on this machine yet is unpacked here, one at a time and by a
 * helper: it is left out until then. One that can't be unpacked (a full disk) is tried again later. */
static int tell_one(
	struct pools *p, struct relay *r, struct arena *scratch, const struct rows *rows, int i)
{
	const struct conf *conf = &r->app.conf;
	const char *key = row_text(rows, i, 0), *sha256 = row_text(rows, i, 1);

	if (!store_has(conf, sha256)) {
		if (!helper_runs(&p->filler) && clock_ms() >= p->fill_at)
			relay_helper(r, &p->filler, "--fill", sha256, POOLS_FILL_SECONDS);
		return 0;
	}
	return control_send(&p->control, "want\t%s@%.*s\t%s\t%s\t%s\t%d\t%s", key, POOL_HASH_DIGITS,
		sha256, store_so(scratch, conf, sha256), key, row_text(rows, i, 2),
		conf->plugin_workers_max, row_text(rows, i, 3));
}

static void filler_tick(struct pools *p)
{
	bool worked;

	if (!helper_ended(&p->filler, &worked))
		return;
	if (worked)
		pools_hurry(p);
	else
		p->fill_at = clock_ms() + POOLS_MS;
}

/* A package that the operator's policy forbids gets no processes, even if it is installed. */
static int trusted(
	struct op *op, struct trust_store *store, const struct rows *rows, int i, bool *ret)
{
	const struct trust_facts facts = {.sha256 = row_text(rows, i, 1),
		.key = row_text(rows, i, 0),
		.version = row_text(rows, i, 4),
		.signature = row_text(rows, i, 5),
		.blake2b = row_text(rows, i, 6)};
	struct trust t;

	if (trust_judge(store, &facts, &t) < 0) {
		relay_log(op, "judging a package", "plugin", facts.key);
		op_clear(op);
		return -1;
	}
	*ret = t.allowed;
	return 0;
}

/* Records the policy's verdict on it when that has changed. */
static void store_verdict(struct op *op, const struct rows *rows, int i, bool may)
{
	struct rows none;

	if (may != row_bool(rows, i, 7))
		return;
	if (op_write(op, NULL, &POOLS_REFUSE, DB_ARGS(row_text(rows, i, 1), may ? "false" : "true"),
		    &none) < 0)
		relay_log(op, "storing the verdict of the trust policy", "plugin",
			row_text(rows, i, 0));
	op_clear(op);
}

/* The master closes its pool and lets calls finish; these may not. */
static int end_refused(struct pools *p, const struct rows *rows, int i)
{
	char *answer = NULL;
	const char *left;

	if (control_ask(&p->control, clock_ms() + ANSWER_MS, &answer, "end\tk.%s@%.*s\t%lld",
		    row_text(rows, i, 0), POOL_HASH_DIGITS, row_text(rows, i, 1),
		    (long long)clock_ms()) < 0)
		return -1;
	left = control_is(answer, "ok");
	p->ending += !left || strcmp(left, "0") != 0;
	free(answer);
	return 0;
}

/* Sends those that may run; *ret_refused = how many may not. */
static int send_list(struct pools *p, struct relay *r, struct op *op, struct trust_store *store,
	const struct rows *rows, int *ret_refused)
{
	*ret_refused = 0;
	p->ending = 0;
	for (int i = 0; i < rows->n; i++) {
		bool may = false;

		if (trusted(op, store, rows, i, &may) < 0) {
			++*ret_refused;
			continue;
		}
		store_verdict(op, rows, i, may);
		*ret_refused += !may;
		if ((may ? tell_one(p, r, op->arena, rows, i) : end_refused(p, rows, i)) < 0)
			return -1;
	}
	return 0;
}

static int send_wanted(struct pools *p, struct relay *r, struct op *op, struct trust_store *store,
	const struct rows *rows)
{
	char *answer = NULL;
	int refused;

	if (p->control.fd < 0 && control_open(&p->control, r->app.conf.run_dir) < 0) {
		p->control.fd = -1;
		return failed(p, "connecting");
	}
	if (control_send(&p->control, "want-begin") < 0)
		return failed(p, "sending the wanted pools");
	if (send_list(p, r, op, store, rows, &refused) < 0)
		return failed(p, "sending the wanted pools");
	if (control_ask(&p->control, clock_ms() + ANSWER_MS, &answer, "want-end") < 0)
		return failed(p, "waiting for an answer");
	if (!control_is(answer, "ok"))
		log_error("the master refuses the wanted pools: %s", answer);
	free(answer);
	if (backoff_worked(&p->backoff))
		log_info("the master answers again");
	if (p->wanted != rows->n - refused)
		log_info("%d plugin pools wanted", rows->n - refused);
	if (refused != p->refused && refused > 0)
		log_warn("%d packages in use may not run by the trust policy", refused);
	p->wanted = rows->n - refused;
	p->refused = refused;
	return 0;
}

static int update_wanted(struct pools *p, struct relay *r, struct arena *scratch)
{
	struct trust_store *store;
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, scratch);
	if ((rc = op_read(&op, NULL, &POOLS_WANTED, DB_NOARGS, &rows)) == 0)
		rc = trust_load(&op, &store);
	if (relay_db_result(r, rc, &op.err, "reading the wanted pools") < 0)
		return rc;
	if (rows.n > 0 && row_text(&rows, 0, AGAIN))
		p->due = clock_ms() + row_int(&rows, 0, AGAIN);
	return send_wanted(p, r, &op, store, &rows);
}

int64_t pools_tick(struct pools *p, struct relay *r)
{
	int64_t now = clock_ms();

	filler_tick(p);
	if (now < p->due)
		return p->due;
	if (!relay_db_ready(r))
		return p->due = r->db_backoff.not_before;
	if (!backoff_may_try(&p->backoff, now))
		return p->due = p->backoff.not_before;

	struct arena *scratch = arena_new();

	p->due = now + POOLS_MS;
	if (update_wanted(p, r, scratch) < 0 && p->backoff.pause_ms == 0)
		p->due = now + 1000;
	arena_free(scratch);
	pools_news(p, r); /* what arrived while waiting for an answer */
	return p->due;
}

bool pools_open(struct pools *p, struct relay *r, const char *pool)
{
	char path[300];

	pools_hurry(p);
	pools_tick(p, r);
	snprintf(path, sizeof(path), "%s/plugins/%s.sock", r->app.conf.run_dir, pool);
	return p->wanted >= 0 && access(path, F_OK) == 0;
}

bool pools_refused_ended(struct pools *p, struct relay *r)
{
	pools_hurry(p);
	pools_tick(p, r);
	return p->wanted >= 0 && p->ending == 0;
}

/* "quarantine <pool> <reason>", the reason as in base/ended.h. When it can't be stored now, the master
 * sends it again after the next set. */
static void take_quarantine(struct pools *p, struct relay *r, char *text)
{
	char *pool = text, *reason = strchr(text, '\t'), *hash;

	if (reason)
		*reason++ = '\0';
	hash = strchr(pool, '@');
	if (!hash) {
		log_error("the master names a pool that is none: %s", pool);
		return;
	}
	*hash++ = '\0';
	if (quarantine_package(r, pool, hash, reason ? reason : "") < 0)
		p->due = clock_ms() + 1000;
	else
		pools_hurry(p);
}

void pools_news(struct pools *p, struct relay *r)
{
	char *line;

	while (p->control.fd >= 0 && (line = control_receive(&p->control)) != NULL) {
		/* The text begins behind the word and its tab. */
		if (control_is(line, "quarantine"))
			take_quarantine(
				p, r, line + strcspn(line, "\t") + (strchr(line, '\t') != NULL));
		free(line);
	}
	if (p->control.fd >= 0 && errno != EAGAIN && errno != EINTR)
		failed(p, "reading");
}
