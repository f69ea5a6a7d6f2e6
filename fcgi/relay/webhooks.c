/* webhooks.c - see webhooks.h. */
#include "relay/webhooks.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/ring.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/outbound.h"
#include "base/utf8.h"
#include "crypt/webhook.h"
#include "db/db.h"
#include "os/calls.h"
#include "os/sock.h"
#include "relay/webhooks.sql.h"

#define IDLE_MS 1000  /* between two questions whether one is due, without being woken */
#define HURRY_MS 50   /* between two, however often it is woken */
#define SLOTS 16      /* deliveries at once; half of plugin_fetch_max of mortise.conf is the most */
#define OF_COMPANY 4  /* of them */
#define CALL_MS 15000 /* for a server's answer, as Standard Webhooks advises */
#define LOST_MS 2000  /* behind which the process that calls doesn't say how it went */
#define HOLD_S 30     /* longer than one is under way: nobody else takes it */
#define LOOK_MS 250   /* between two questions while some are under way */
#define ANSWER_MAX 65536 /* bytes of an answer's body */
#define SHOWN_MAX 1000	 /* of them in the log */
#define AGAIN_MAX 86400
#define WHOSE ".webhooks" /* no plugin's key has a dot */

void webhooks_init(struct webhooks *w)
{
	*w = (struct webhooks){.due = clock_ms() + IDLE_MS, .helper = HELPER_NONE};
}

void webhooks_hurry(struct webhooks *w)
{
	int64_t soon = clock_ms() > w->looked + HURRY_MS ? clock_ms() : w->looked + HURRY_MS;

	if (soon < w->due)
		w->due = soon;
}

int64_t webhooks_tick(struct webhooks *w, struct relay *r)
{
	int64_t now = clock_ms(), left;
	bool worked;

	if (helper_ended(&w->helper, &worked))
		w->due = now + (worked ? 0 : IDLE_MS);
	if (helper_runs(&w->helper))
		return w->helper.deadline;
	if (now < w->due)
		return w->due;
	if (!relay_db_ready(r))
		return w->due = now + IDLE_MS;
	w->looked = now;
	left = relay_due(r, &WEBHOOK_NEXT, IDLE_MS);
	w->due = now + (left > 0 ? left : IDLE_MS);
	if (left > 0 || relay_helper(r, &w->helper, "--webhooks", NULL, WEBHOOKS_SECONDS) < 0)
		return w->due;
	return w->helper.deadline;
}

/* --- in the helper: what a server said -------------------------------------------------------------- */

/* The next frame; false at the end, or at what isn't one. */
static bool next_frame(const char **at, const char *end, enum outbound_type *ret_type,
	const char **ret, size_t *ret_n)
{
	if (end - *at < OUTBOUND_FRAME ||
		!outbound_read((const unsigned char *)*at, ret_type, ret_n) ||
		*ret_n > (size_t)(end - *at - OUTBOUND_FRAME))
		return false;
	*ret = *at + OUTBOUND_FRAME;
	*at = *ret + *ret_n;
	return true;
}

/* Seconds; a date says nothing that we wouldn't do ourselves. */
static int read_again(const json_t *headers)
{
	json_t *h;
	size_t i;

	json_array_foreach(headers, i, h) {
		const char *name = json_string_value(json_array_get(h, 0));
		const char *value = json_string_value(json_array_get(h, 1));
		long s = name && value && !strcasecmp(name, "Retry-After") ? strtol(value, NULL, 10)
									   : 0;

		if (s > 0)
			return s < AGAIN_MAX ? (int)s : AGAIN_MAX;
	}
	return 0;
}

/* As much of it as is text. */
static const char *shown(struct arena *p, const char *text, size_t n)
{
	size_t len = 0;
	unsigned c;

	while (len < n && len < SHOWN_MAX) {
		int k = utf8_next(text + len, n - len, &c);

		if (k == 0 || (c < ' ' && c != '\n' && c != '\t' && c != '\r'))
			break;
		len += (size_t)k;
	}
	return len ? arena_strndup(p, text, len) : NULL;
}

void webhook_outcome(struct arena *p, const char *said, size_t n, struct webhook_outcome *ret)
{
	const char *at = said, *part;
	enum outbound_type type;
	json_t *v = NULL;
	struct buf body;
	struct err e;
	size_t len;

	*ret = (struct webhook_outcome){.fault = "lost"};
	err_init(&e, p);
	buf_init(&body, SHOWN_MAX + 1);
	while (next_frame(&at, said + n, &type, &part, &len)) {
		if (type == OUTBOUND_BODY)
			buf_add(&body, part,
				len < SHOWN_MAX - body.len ? len : SHOWN_MAX - body.len);
		else if (json_parse(p, part, len, &v, &e) < 0)
			break;
		if (type == OUTBOUND_HEAD) {
			ret->status = (int)json_integer_value(json_object_get(v, "status"));
			ret->again_s = read_again(json_object_get(v, "headers"));
		} else if (type == OUTBOUND_END && !ret->status) {
			ret->fault = arena_strdup(p, json_str(v, "reason", "broken"));
			ret->detail = arena_strdup(p, json_str(v, "message", ""));
		}
	}
	/* The status decides: a server that took the event may break off its answer. */
	if (ret->status)
		ret->fault = NULL;
	ret->answer = shown(p, body.data, body.len);
	buf_release(&body);
}

/* --- deliveries under way ------------------------------------------------------------------------- */

struct slot {
	int fd; /* -1 = free */
	struct arena *p;
	int tenant, attempts;
	const char *id;
	int64_t started;
	struct buf said;
};

struct round {
	struct app *app;
	int to; /* connected to the pool of calls */
	int n;	/* under way */
	struct slot slot[SLOTS];
};

static const char *number(struct arena *p, long n)
{
	return arena_printf(p, "%ld", n);
}

static void finish(struct round *r, struct slot *s, const struct webhook_outcome *o)
{
	struct rows rows;
	struct op op;

	if (s->fd >= 0)
		close(s->fd);
	app_op(r->app, &op, s->p, clock_ms() + RELAY_DB_MS);
	if (op_write(&op, NULL, &WEBHOOK_DONE,
		    DB_ARGS(number(s->p, s->tenant), s->id, number(s->p, s->attempts),
			    number(s->p, o->status), number(s->p, clock_ms() - s->started),
			    o->fault, o->detail && *o->detail ? o->detail : NULL, o->answer,
			    number(s->p, o->again_s)),
		    &rows) < 0)
		relay_log(&op, WEBHOOK_DONE.name, "delivery", s->id);
	buf_release(&s->said);
	arena_free(s->p);
	*s = (struct slot){.fd = -1};
}

/* The one of this generation, sealed in this column. */
static const char *open_secret(struct op *op, const struct rows *rows, int column, long generation,
	const struct seal_ring *ring)
{
	const char *sealed = row_text(rows, 0, column), *id = row_text(rows, 0, 2);
	char *ret;
	size_t n;

	if (!sealed)
		return NULL;
	if (seal_open_in_ring(op->arena, ring, (int)row_int(rows, 0, 8),
		    arena_printf(op->arena, "webhook:%s", id), (int)row_int(rows, 0, 0),
		    number(op->arena, generation), sealed, &ret, &n) == 0)
		return ret;
	log_error(
		"the secret of webhook %s can't be opened: restore settings.key from a backup", id);
	return NULL;
}

/* One signature, for a day after a change of the secret two; NULL: there is no secret. */
static const char *signatures(struct op *op, const struct rows *rows, int64_t at)
{
	const char *id = row_text(rows, 0, 1), *body = row_text(rows, 0, 4);
	const struct seal_ring *ring;
	const char *ret = NULL;

	if (ring_get(&op->app->conf, &ring, &op->err) < 0) {
		relay_log(op, "the secret of a webhook", NULL, NULL);
		return NULL;
	}
	for (int i = 0; i < 2; i++) {
		char *secret = (char *)open_secret(op, rows, 6 + i, row_int(rows, 0, 9) - i, ring);
		const char *one =
			secret ? webhook_signature(op->arena, secret, id, at, body) : NULL;

		if (secret)
			seal_wipe(secret, strlen(secret));
		if (one)
			ret = ret ? arena_printf(op->arena, "%s %s", ret, one) : one;
		else if (i == 0)
			return NULL;
	}
	return ret;
}

static json_t *header(const char *name, const char *value)
{
	return json_pack("{ss ss}", "name", name, "value", value);
}

static char *order_text(struct op *op, const struct rows *rows)
{
	const char *url = row_text(rows, 0, 3), *place = outbound_place(op->arena, url);
	int64_t at = clock_unix();
	const char *signs = signatures(op, rows, at);
	json_t *order;

	if (!signs)
		return NULL;
	order = json_pack("{ss ss ss s[oooo] sI si si sb}", "method", "POST", "url", url, "allow",
		place ? place : "", "headers", header("Content-Type", "application/json"),
		header("webhook-id", row_text(rows, 0, 1)),
		header("webhook-timestamp", arena_printf(op->arena, "%lld", (long long)at)),
		header("webhook-signature", signs), "length",
		(json_int_t)strlen(row_text(rows, 0, 4)), "max", ANSWER_MAX, "ms", CALL_MS,
		"webhook", 1);
	return order ? json_text(op->arena, json_own(op->arena, order), NULL) : NULL;
}

/* An order and the body of an event fit into a new socket's buffer, so nobody is waited for. */
static bool put(int fd, const void *data, size_t n)
{
	return send(fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n;
}

static bool start(struct round *r, struct slot *s, struct op *op, const struct rows *rows)
{
	static const struct webhook_outcome LOST = {.fault = "lost"},
					    UNSIGNED = {.fault = "secret"};
	const char *body = row_text(rows, 0, 4);
	unsigned char head[OUTBOUND_FRAME];
	char *order = order_text(op, rows);

	*s = (struct slot){.fd = -1,
		.p = op->arena,
		.tenant = (int)row_int(rows, 0, 0),
		.id = row_text(rows, 0, 1),
		.attempts = (int)row_int(rows, 0, 5),
		.started = clock_ms()};
	buf_init(&s->said, OUTBOUND_TEXT_MAX * 2 + ANSWER_MAX * 2);
	if (!order) {
		finish(r, s, &UNSIGNED);
		return false;
	}
	outbound_frame(head, OUTBOUND_ORDER, strlen(order));
	s->fd = calls_open(r->to, s->tenant, WHOSE, clock_ms() + IDLE_MS);
	if (s->fd >= 0 && put(s->fd, head, sizeof(head)) && put(s->fd, order, strlen(order)) &&
		put(s->fd, body, strlen(body)))
		return true;
	finish(r, s, &LOST);
	return false;
}

/* "{3,7}": companies that have enough under way. */
static const char *busy(const struct round *r, struct arena *p)
{
	const char *ret = "";

	for (int i = 0; i < SLOTS; i++) {
		int same = 0;

		for (int k = 0; k < SLOTS; k++)
			same += r->slot[i].fd >= 0 && r->slot[k].fd >= 0 &&
				r->slot[k].tenant == r->slot[i].tenant;
		if (same >= OF_COMPANY)
			ret = arena_printf(p, "%s%s%d", ret, *ret ? "," : "", r->slot[i].tenant);
	}
	return arena_printf(p, "{%s}", ret);
}

/* Takes what is due into free slots; -1: the database doesn't answer. */
static int take(struct round *r)
{
	int most = r->app->conf.plugin_fetch_max / 2;

	for (int i = 0; i < SLOTS && r->n < most; i++) {
		struct arena *p;
		struct rows rows;
		struct op op;
		int rc;

		if (r->slot[i].fd >= 0)
			continue;
		p = arena_new();
		app_op(r->app, &op, p, clock_ms() + RELAY_DB_MS);
		rc = op_write(
			&op, NULL, &WEBHOOK_TAKE, DB_ARGS(DB_NUMBER(HOLD_S), busy(r, p)), &rows);
		if (rc == 0 && rows.n > 0) {
			r->n += start(r, &r->slot[i], &op, &rows);
			continue;
		}
		if (rc < 0)
			relay_log(&op, WEBHOOK_TAKE.name, NULL, NULL);
		arena_free(p);
		return rc;
	}
	return 0;
}

/* What there is; true at its end. */
static bool hear(struct slot *s)
{
	char piece[16384];
	ssize_t n;

	while ((n = recv(s->fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
		if (buf_add(&s->said, piece, (size_t)n) < 0)
			return true;
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

/* Waits a moment for those under way; true: one has ended. */
static bool listen_to(struct round *r)
{
	static const struct webhook_outcome LATE = {
		.fault = "timeout", .detail = "it did not answer in time"};
	struct pollfd fds[SLOTS];
	bool ret = false;

	for (int i = 0; i < SLOTS; i++)
		fds[i] = (struct pollfd){.fd = r->slot[i].fd, .events = POLLIN};
	poll(fds, SLOTS, LOOK_MS);
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &r->slot[i];
		struct webhook_outcome o = LATE;

		if (s->fd < 0)
			continue;
		if (fds[i].revents && hear(s))
			webhook_outcome(s->p, s->said.data, s->said.len, &o);
		else if (clock_left(s->started + CALL_MS + LOST_MS) > 0)
			continue;
		finish(r, s, &o);
		r->n--;
		ret = true;
	}
	return ret;
}

int webhooks_round(struct app *a)
{
	int64_t last = clock_ms() + WEBHOOKS_SECONDS * 1000 * 2 / 3, look = 0;
	struct round r = {.app = a};
	char path[300];
	int rc = 0;

	for (int i = 0; i < SLOTS; i++)
		r.slot[i].fd = -1;
	snprintf(path, sizeof(path), "%s/calls.sock", a->conf.run_dir);
	if ((r.to = sock_connect(path, SOCK_DGRAM)) < 0) {
		log_warn("%s: %s: webhooks wait", path, strerror(errno));
		return -1;
	}
	do {
		if (clock_ms() >= look && clock_ms() < last) {
			rc = take(&r);
			look = clock_ms() + LOOK_MS;
		}
		if (r.n > 0 && listen_to(&r))
			look = 0;
	} while (r.n > 0);
	close(r.to);
	return rc;
}
