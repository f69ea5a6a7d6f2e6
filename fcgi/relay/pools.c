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
#include "relay/quarantine.h"

#define ANSWER_MS 3000
#define FILL_MS 30000
#define POOL_HASH_DIGITS 12

/* Packages that somebody uses or is about to use or to leave (hooks run in those states). */
static const struct stmt WANTED = {"pools_wanted",
	"SELECT p.plugin_key, p.sha256, n.number, f.sha256 FROM mortise.plugin_packages p"
	" JOIN mortise.plugins n ON n.key = p.plugin_key"
	" JOIN mortise.plugin_files f ON f.package_sha256 = p.sha256 AND f.path = 'plugin.so'"
	" WHERE p.quarantined_at IS NULL AND EXISTS (SELECT FROM mortise.installations i"
	"  WHERE i.package_sha256 = p.sha256 AND i.state IN ('installing', 'enabled', 'removing'))"
	" ORDER BY p.plugin_key, p.sha256"};

void pools_init(struct pools *p)
{
	memset(p, 0, sizeof(*p));
	p->control.fd = -1;
	p->backoff = (struct backoff){.least_ms = 100, .most_ms = 2000};
	p->told = -1;
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
	p->told = -1;
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

/* A package whose files are not on this machine yet gets them here; one that can't be unpacked (a full
 * disk) is left out and tried again with the next set. */
static int tell_one(
	struct pools *p, struct relay *r, struct pool *scratch, const struct rows *rows, int i)
{
	const struct conf *conf = &r->app.conf;
	const char *key = row_text(rows, i, 0), *sha256 = row_text(rows, i, 1);
	struct err e;

	err_clear(&e);
	if (store_fill(r->app.db, scratch, clock_ms() + FILL_MS, conf, sha256, &e) < 0) {
		log_kv(LOG_LV_ERROR, e.message, "while", "unpacking a package", "plugin", key,
			"cause", e.log[0] ? e.log : NULL, NULL);
		return 0;
	}
	return control_send(&p->control, "want\t%s@%.*s\t%s\t%s\t%s\t%d\t%s", key, POOL_HASH_DIGITS,
		sha256, store_so(scratch, conf, sha256), key, row_text(rows, i, 2),
		conf->plugin_workers_max, row_text(rows, i, 3));
}

static int tell(struct pools *p, struct relay *r, struct pool *scratch, const struct rows *rows)
{
	char *answer = NULL;

	if (p->control.fd < 0 && control_open(&p->control, r->app.conf.run_dir) < 0) {
		p->control.fd = -1;
		return failed(p, "connecting");
	}
	if (control_send(&p->control, "want-begin") < 0)
		return failed(p, "sending the wanted pools");
	for (int i = 0; i < rows->n; i++) {
		if (tell_one(p, r, scratch, rows, i) < 0)
			return failed(p, "sending the wanted pools");
	}
	if (control_ask(&p->control, clock_ms() + ANSWER_MS, &answer, "want-end") < 0)
		return failed(p, "waiting for an answer");
	if (!control_is(answer, "ok"))
		log_error("the master refuses the wanted pools: %s", answer);
	free(answer);
	if (backoff_worked(&p->backoff))
		log_info("the master answers again");
	if (p->told != rows->n)
		log_info("%d plugin pools wanted", rows->n);
	p->told = rows->n;
	return 0;
}

static int look(struct pools *p, struct relay *r, struct pool *scratch)
{
	struct rows rows;
	struct err e;
	int rc;

	err_clear(&e);
	rc = db_read(
		r->app.db, scratch, clock_ms() + RELAY_DB_MS, NULL, &WANTED, DB_NOARGS, &rows, &e);
	if (relay_db_result(r, rc, &e, "reading the wanted pools") < 0)
		return rc;
	return tell(p, r, scratch, &rows);
}

int64_t pools_turn(struct pools *p, struct relay *r)
{
	int64_t now = clock_ms();

	if (now < p->due)
		return p->due;
	if (!relay_db_ready(r))
		return p->due = r->db_backoff.not_before;
	if (!backoff_may_try(&p->backoff, now))
		return p->due = p->backoff.not_before;

	struct pool *scratch = pool_new();

	p->due = now + POOLS_MS;
	if (look(p, r, scratch) < 0 && p->backoff.pause_ms == 0)
		p->due = now + 1000;
	pool_free(scratch);
	pools_news(p, r); /* what came while an answer was waited for */
	return p->due;
}

/* "quarantine <pool> <reason>". When it can't be stored now, the master says it again after the next
 * set. */
static void take(struct pools *p, struct relay *r, char *text)
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
	if (quarantine_package(
		    r, pool, hash, reason ? reason : "its process ended again and again") < 0)
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
			take(p, r, line + strcspn(line, "\t") + (strchr(line, '\t') != NULL));
		free(line);
	}
	if (p->control.fd >= 0 && errno != EAGAIN && errno != EINTR)
		failed(p, "reading");
}
