/* closer.c - see closer.h. */
#include "relay/closer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/lease.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "db/db.h"
#include "os/control.h"
#include "relay/closer.sql.h"

#define RENEW_MS 2000
#define EXPIRE_MS 1000
#define RETRY_MS 250
#define SETTLE_MS (LEASE_MS + 50) /* nginx hands a stream over within some milliseconds */
#define HOST_LEN 32
#define CONTROL_MS 1000
#define NO_STREAMS "gkpw" /* kinds of channels that are no event stream's */

static bool is_host(const char *s)
{
	return strlen(s) == HOST_LEN && strspn(s, "0123456789abcdef") == HOST_LEN;
}

int closer_init(struct closer *c, struct pools *pools, const char *run_dir)
{
	char path[300], token[ID_TOKEN_LEN + 1], hash[65];
	ssize_t n;
	int fd;

	memset(c, 0, sizeof(*c));
	c->pools = pools;
	snprintf(path, sizeof(path), "%s/host.id", run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -1;
	n = read(fd, c->host, HOST_LEN);
	if (n != HOST_LEN || !is_host(c->host)) {
		id_token(token);
		id_sha256_hex(hash, token, strlen(token));
		memcpy(c->host, hash, HOST_LEN);
		c->host[HOST_LEN] = '\0';
		if (ftruncate(fd, 0) < 0 || pwrite(fd, c->host, HOST_LEN, 0) != HOST_LEN) {
			close(fd);
			return -1;
		}
	}
	close(fd);
	return 0;
}

void closer_hurry(struct closer *c)
{
	c->look_at = 0;
}

/* Ids of closings as a list; times < 0: of all. */
static const char *ids(const struct closer *c, struct arena *p, int times)
{
	struct buf b;
	const char *ret;

	buf_init(&b, CLOSER_MAX * 24);
	for (int i = 0; i < c->n; i++)
		if (times < 0 || c->closing[i].times == times)
			buf_addf(&b, "%s%s", b.len ? "," : "", c->closing[i].id);
	ret = arena_strdup(p, b.len ? b.data : "");
	buf_release(&b);
	return ret;
}

static void forget(struct closer *c, int i)
{
	c->closing[i] = c->closing[--c->n];
}

/* Those that only wait for their last time make place. */
static void make_place(struct closer *c, int wanted)
{
	for (int i = c->n - 1; i >= 0 && c->n + wanted > CLOSER_MAX; i--)
		if (c->closing[i].times == 2)
			forget(c, i);
}

static void add(struct closer *c, const char *id, const char *channel, int times)
{
	struct closing *one = &c->closing[c->n++];

	memset(one, 0, sizeof(*one));
	snprintf(one->id, sizeof(one->id), "%s", id);
	snprintf(one->channel, sizeof(one->channel), "%s", channel);
	one->seen_at = clock_ms();
	one->times = times;
}

static int take_news(struct closer *c, struct relay *r, struct arena *p, bool *ret_settled)
{
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, p);
	rc = op_read(&op, NULL, &CLOSER_NEWS, DB_ARGS(c->host, ids(c, p, -1)), &rows);
	if (relay_db_result(r, rc, &op.err, "reading which rights ended") < 0)
		return rc;
	make_place(c, rows.n);
	for (int i = 0; i < rows.n && c->n < CLOSER_MAX; i++) {
		const char *channel = row_text(&rows, i, 1);
		bool opens = channel[0] == 'w', settled = row_bool(&rows, i, 2);

		/* A pool that is not open yet counts as new again at the next check. */
		if (opens && !settled && !pools_open(c->pools, r, channel + 2))
			continue;
		settled = settled || opens;
		*ret_settled = *ret_settled || settled;
		add(c, row_text(&rows, i, 0), channel, settled ? 2 : 0);
	}
	return 0;
}

static int64_t due_at(const struct closing *one)
{
	static const int AFTER[] = {0, SETTLE_MS, CLOSER_LAST_MS};

	return one->seen_at + AFTER[one->times];
}

/*
 * Ends requests and calls that run by this right, in the pools of this host, and guests of a
 * company: at once, and again when the last lease is over, after which none is decided by it any
 * more. The master answers how many are left; they are few and end within half a second. Without a
 * master nothing runs.
 */
static int end_running(struct relay *r, const struct closing *one)
{
	int64_t moment = one->seen_at + (one->times ? SETTLE_MS : 0);
	char *answer = NULL;
	const char *left;
	struct control control;
	int rc = 0;

	if (control_open(&control, r->app.conf.run_dir) < 0)
		return 0;
	if (control_ask(&control, clock_ms() + CONTROL_MS, &answer, "end\t%s\t%lld", one->channel,
		    (long long)moment) < 0)
		rc = MT_EBUSY;
	else if (one->times && (!(left = control_is(answer, "ok")) || strcmp(left, "0") != 0))
		rc = MT_EBUSY;
	free(answer);
	control_close(&control);
	return rc;
}

/*
 * A key was revoked: pools of packages that it signed close, and their calls end. The api pools
 * have forgotten what they believe of a package when this counts as done.
 */
static int end_key(struct closer *c, struct relay *r, const struct closing *one)
{
	pools_hurry(c->pools);
	return one->times == 0 || pools_refused_ended(c->pools, r) ? 0 : MT_EBUSY;
}

/* h.<person>, q.<role>: they hear more channels now; what runs goes on. */
static int close_streams(struct relay *r, const struct closing *one)
{
	char channel[sizeof(one->channel)];

	snprintf(channel, sizeof(channel), "%c%s", one->channel[0] == 'h' ? 'u' : 'r',
		one->channel + 1);
	return relay_close(r, channel) < 0 ? MT_EBUSY : 0;
}

/* Of a company, by t.<company> or o.<company>: those of its people who don't see all tickets have a
 * channel of their own. */
static int close_company(struct relay *r, const struct closing *one)
{
	char channel[sizeof(one->channel)], own[sizeof(one->channel) + 8];

	snprintf(channel, sizeof(channel), "t%s", one->channel + 1);
	snprintf(own, sizeof(own), "%s.own", channel);
	return relay_close(r, channel) < 0 || relay_close(r, own) < 0 ? MT_EBUSY : 0;
}

static int close_one(struct closer *c, struct relay *r, const struct closing *one)
{
	int rc = 0;

	if (one->channel[0] == 'k')
		return end_key(c, r, one);
	if (one->channel[0] == 'h' || one->channel[0] == 'q')
		return close_streams(r, one);
	if (one->channel[0] == 'o') /* its organization is another; what runs goes on */
		return close_company(r, one);
	if (one->channel[0] == 'p')
		pools_hurry(c->pools);
	if (one->times < 2)
		rc = end_running(r, one);
	if (one->channel[0] == 't')
		return close_company(r, one) < 0 ? MT_EBUSY : rc;
	if (!strchr(NO_STREAMS, one->channel[0]) && relay_close(r, one->channel) < 0)
		rc = MT_EBUSY;
	return rc;
}

/* A channel that could not be closed now stays due, and doesn't delay the others. */
static int close_due(struct closer *c, struct relay *r, bool *ret_settled)
{
	int64_t now = clock_ms();
	int rc = 0;

	for (int i = c->n - 1; i >= 0; i--) {
		struct closing *one = &c->closing[i];

		if (now < due_at(one))
			continue;
		/* Its calls ended for good, and by now it may be given again. A pool is open once. */
		if (strchr(NO_STREAMS, one->channel[0]) && one->times == 2) {
			forget(c, i);
			continue;
		}
		if (close_one(c, r, one) < 0) {
			rc = MT_EBUSY;
			continue;
		}
		if (++one->times == 2)
			*ret_settled = true;
		else if (one->times > 2)
			forget(c, i);
	}
	return rc;
}

static int write_done(struct closer *c, struct relay *r, struct arena *p)
{
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, p);
	rc = op_write(&op, NULL, &CLOSER_DONE, DB_ARGS(c->host, ids(c, p, 2)), &rows);
	return relay_db_result(r, rc, &op.err, "noting what was closed");
}

/* A statement now and then; what fails is tried again when it is due again. */
static void now_and_then(
	struct closer *c, struct relay *r, struct arena *p, int64_t *due, int every_ms)
{
	const struct stmt *s = due == &c->renew_at ? &CLOSER_RENEW : &CLOSER_EXPIRE;
	struct rows rows;
	struct op op;

	if (clock_ms() < *due)
		return;
	*due = clock_ms() + every_ms;
	relay_op(r, &op, p);
	relay_db_result(r, op_write(&op, NULL, s, DB_ARGS(c->host), &rows), &op.err, s->name);
}

int64_t closer_tick(struct closer *c, struct relay *r)
{
	int64_t now = clock_ms();
	bool settled = false;

	if (now < c->look_at)
		return c->look_at;
	c->look_at = now + CLOSER_LOOK_MS;
	if (!relay_db_ready(r))
		return c->look_at = r->db_backoff.not_before;

	struct arena *p = arena_new();

	now_and_then(c, r, p, &c->renew_at, RENEW_MS);
	now_and_then(c, r, p, &c->expire_at, EXPIRE_MS);
	/* Not written down as done: read again as news by the next steward, or at worst closed twice. */
	if (take_news(c, r, p, &settled) < 0)
		c->look_at = clock_ms() + RETRY_MS;
	close_due(c, r, &settled);
	if (settled && write_done(c, r, p) < 0)
		c->look_at = clock_ms() + RETRY_MS;
	arena_free(p);
	return c->look_at;
}
