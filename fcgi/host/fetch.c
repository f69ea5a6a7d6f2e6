/*
 * fetch.c - calls to other servers, for a guest that has no network, by a process of mortise-fetch that has
 * nothing else (base/outbound.h).
 *
 * The host's filter lets it connect to nothing. It has a datagram socket, connected before to one that the
 * master holds, and sends one end of a new pair of sockets for each call: a broker that is started again
 * finds the next call there, and one that dies in a call ends that call's stream and nothing else.
 *
 * The host decides what the plugin may call, from its manifest's permissions, and adds its secrets; the
 * process on the other side judges every address (marketplace/outbound.h). An answer stays in the pair's
 * buffer until the guest reads it, a piece at a time.
 */
#include "host/call.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/outbound.h"
#include "crypt/seal.h"
#include "host/fetch.sql.h"
#include "os/calls.h"
#include "os/revoked.h"

#define CALLS_OF_REQUEST 50
#define PIECE_MAX (1u << 20) /* what a guest gets at once */
#define SLICE_MS 50	     /* how soon a right that ended is noticed */
#define LEFT_MS 250	     /* of the request's time, for what the guest does with the answer */
#define SEND_MS 1000	     /* for a place in the socket's queue */

static char piece[PIECE_MAX]; /* one request at a time */

struct fetch {
	struct call *c;
	struct fetch *next; /* an earlier one of this request */
	int fd;		    /* -1 = ended */
	int64_t until, started;
	const char *method, *host, *path;
	json_t *head;
	size_t sent, got;
	size_t n;    /* bytes in `piece` */
	size_t left; /* of the frame with bytes that is being read */
	int status, ms;
	bool whole; /* its last frame was there */
	const char *error;
};

static void end(struct fetch *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->ms = (int)(clock_ms() - f->started);
}

static int fail(struct fetch *f, int code, const char *reason, const char *message)
{
	end(f);
	f->error = arena_strdup(f->c->r->op.arena, call_mask(f->c, message));
	op_log(&f->c->r->op, "fetch: %s", reason);
	return call_fail(f->c, code, "%.200s could not be called: %.250s", f->host, f->error);
}

static int fail_by(struct fetch *f, const char *reason, const char *message)
{
	static const struct {
		const char *reason;
		int code;
	} CODES[] = {{"refused", MT_EPERM}, {"timeout", MT_ETIMEOUT}, {"size", MT_ETOOBIG},
		{"busy", MT_EBUSY}};
	int code = MT_EUPSTREAM;

	for (size_t i = 0; i < sizeof(CODES) / sizeof(CODES[0]); i++)
		if (strcmp(reason, CODES[i].reason) == 0)
			code = CODES[i].code;
	code = fail(f, code, reason, message);
	if (code == MT_EBUSY)
		f->c->r->op.err.retry_after = 1;
	return code;
}

static int lost(struct fetch *f)
{
	int code = fail(f, MT_EUPSTREAM, "lost",
		"the process that calls other servers was ended: try again");

	f->c->r->op.err.retry_after = 1;
	return code;
}

/* --- the stream ------------------------------------------------------------------------------------- */

/* 0 = it is ready, or an error. */
static int wait_for(struct fetch *f, short what)
{
	for (;;) {
		struct pollfd p = {.fd = f->fd, .events = what};
		int left = clock_left(f->until);
		int n = poll(&p, 1, left < SLICE_MS ? left : SLICE_MS);

		if (n > 0)
			return 0;
		if (revoked()) {
			end(f);
			f->error = "the right to the request ended";
			return revoked_error(&f->c->r->op.err);
		}
		if (clock_left(f->until) == 0)
			return fail_by(f, "timeout", "it did not answer in time");
	}
}

/* -2 = nobody reads; what it said is to be read. */
static int write_all(struct fetch *f, const void *data, size_t n)
{
	const char *s = data;
	int rc;

	while (n > 0) {
		ssize_t k = send(f->fd, s, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (k < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 1;
		if (k < 0 && errno != EAGAIN && errno != EINTR)
			return lost(f);
		if (k < 0 && (rc = wait_for(f, POLLOUT)) < 0)
			return rc;
		if (k > 0) {
			s += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

static int read_all(struct fetch *f, void *to, size_t n)
{
	char *s = to;
	int rc;

	while (n > 0) {
		ssize_t k = recv(f->fd, s, n, MSG_DONTWAIT);

		if (k == 0 || (k < 0 && errno != EAGAIN && errno != EINTR))
			return lost(f);
		if (k < 0 && (rc = wait_for(f, POLLIN)) < 0)
			return rc;
		if (k > 0) {
			s += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

static int read_json_of(struct fetch *f, size_t n, json_t **ret)
{
	struct arena *p = f->c->r->op.arena;
	char *text = arena_alloc(p, n + 1);
	int rc = read_all(f, text, n);
	struct err e;

	if (rc < 0)
		return rc;
	err_init(&e, p);
	return json_parse(p, text, n, ret, &e) < 0 ? lost(f) : 0;
}

static int read_end(struct fetch *f, size_t n)
{
	const char *reason;
	json_t *v;
	int rc = read_json_of(f, n, &v);

	if (rc < 0)
		return rc;
	reason = json_str(v, "reason", "");
	if (*reason)
		return fail_by(f, reason, json_str(v, "message", "no reason given"));
	if (!f->head)
		return lost(f);
	f->whole = true;
	end(f);
	return 0;
}

/* The head, then bytes as far as `piece` goes. */
static int read_piece(struct fetch *f, size_t most)
{
	unsigned char head[OUTBOUND_FRAME];
	enum outbound_type type;
	size_t n;
	int rc;

	f->n = 0;
	while (f->n < most && !f->whole) {
		if (f->left > 0) {
			n = f->left < most - f->n ? f->left : most - f->n;
			if ((rc = read_all(f, piece + f->n, n)) < 0)
				return rc;
			f->left -= n;
			f->n += n;
			f->got += n;
			continue;
		}
		if ((rc = read_all(f, head, sizeof(head))) < 0)
			return rc;
		if (!outbound_read(head, &type, &n) ||
			(type == OUTBOUND_BODY) != (f->head && type != OUTBOUND_END) ||
			type == OUTBOUND_ORDER)
			return lost(f);
		if (type == OUTBOUND_BODY)
			f->left = n;
		else if ((rc = type == OUTBOUND_END ? read_end(f, n)
						    : read_json_of(f, n, &f->head)) < 0)
			return rc;
	}
	return 0;
}

/* The broker gets one end of a new pair, with whose call it is. */
static int connect_broker(struct fetch *f)
{
	f->fd = calls_open(
		f->c->host->calls_fd, f->c->tenant, f->c->host->key, clock_ms() + SEND_MS);
	return f->fd < 0 ? lost(f) : 0;
}

/* --- what it may call, and its secrets --------------------------------------------------------------- */

static int read_network(struct call *c)
{
	const char *words, *only;
	struct rows rows;
	int rc;

	if (c->network)
		return 0;
	if ((rc = query_own(c, HOST_NETWORK.sql, DB_ARGS(c->host->plugin->version), &rows)) < 0)
		return rc;
	words = rows.n ? row_text(&rows, 0, 0) : "{}";
	only = rows.n ? row_text(&rows, 0, 1) : "{}";
	c->network = arena_strdup(c->r->op.arena, words ? words : "{}");
	c->fetch_only = arena_strdup(c->r->op.arena, only ? only : "{}");
	return 0;
}

/* The next word of an array's text "{a,b}", none of which needs quotes; NULL at its end. */
static char *next_word(struct arena *p, const char **at)
{
	const char *s = *at + strspn(*at, "{,\"");
	size_t n = strcspn(s, ",}\"");

	*at = s + n;
	return n ? arena_strndup(p, s, n) : NULL;
}

static bool is_secret_alone(struct call *c, const char *name)
{
	const char *at = c->fetch_only;
	char *word;

	while ((word = next_word(c->r->op.arena, &at)))
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

int fetch_guest_settings(struct call *c, const json_t *all, json_t **ret)
{
	const char *name;
	json_t *value;
	int rc = read_network(c);

	if (rc < 0)
		return rc;
	*ret = json_object();
	json_own(c->r->op.arena, *ret);
	json_object_foreach((json_t *)all, name, value)
		if (!is_secret_alone(c, name))
			json_object_set(*ret, name, value);
	return 0;
}

int fetch_hide(struct call *c)
{
	json_t *values = json_object_get(c->json, "values"), *rest, *shown;
	char *text;
	int rc;

	if (!json_is_object(values))
		return 0;
	if ((rc = read_network(c)) < 0 || strcmp(c->fetch_only, "{}") == 0)
		return rc;
	if ((rc = fetch_guest_settings(c, values, &rest)) < 0)
		return rc;
	shown = json_copy(c->json);
	json_object_set(shown, "values", rest);
	seal_wipe(c->body, c->body_len);
	text = json_text(c->r->op.arena, shown, &c->body_len);
	json_decref(shown);
	c->body = text;
	return text ? 0 : call_internal(c, "a hook's values can't be written as JSON");
}

static int allow_list(struct call *c, const json_t *settings, const char **ret)
{
	struct arena *p = c->r->op.arena;
	const char *at = c->network, *list = "", *place;
	char *word;

	while ((word = next_word(p, &at))) {
		if (strncmp(word, "setting:", 8) != 0)
			list = arena_printf(p, "%s %s", list, word);
		else if ((place = outbound_place(p, json_str(settings, word + 8, ""))))
			list = arena_printf(p, "%s %s", list, place);
	}
	*ret = list;
	if (*c->network && strcmp(c->network, "{}") != 0)
		return 0;
	return call_fail(c, MT_EPERM, "This plugin's manifest names no server that it may call");
}

/* [{"name", "value"} or {"name", "prefix", "secret"}] -> what is sent; `ret` belongs to the request. */
static int make_headers(struct call *c, const json_t *given, const json_t *settings, json_t **ret)
{
	struct arena *p = c->r->op.arena;
	json_t *h, *made;
	size_t i;

	*ret = json_array();
	json_own(p, *ret);
	json_array_foreach((json_t *)given, i, h) {
		const char *name = json_str(h, "name", ""), *secret = json_str(h, "secret", NULL);
		const char *value =
			secret ? json_str(settings, secret, "") : json_str(h, "value", "");

		if (secret && !*value)
			return call_fail(c, MT_ECONFLICT,
				"The setting %.60s has no value yet: fill it in, in this plugin's settings",
				secret);
		if (!outbound_header_ok(name, value))
			return call_fail(c, MT_EINVAL, "The header %.60s can't be sent so", name);
		made = json_pack("{ss ss+ sb}", "name", name, "value",
			secret ? json_str(h, "prefix", "") : "", value, "secret", secret != NULL);
		if (!made)
			return call_fail(c, MT_EINVAL, "The header %.60s can't be sent so", name);
		json_array_append_new(*ret, made);
	}
	return 0;
}

static void wipe(json_t *headers)
{
	json_t *h;
	size_t i;

	json_array_foreach(headers, i, h) {
		json_t *v = json_object_get(h, "value");

		if (json_is_true(json_object_get(h, "secret")))
			seal_wipe((char *)json_string_value(v), json_string_length(v));
	}
}

/* --- the calls -------------------------------------------------------------------------------------- */

/* For the log: the address in parts, without its query. */
static void name_place(struct fetch *f, const char *url)
{
	struct arena *p = f->c->r->op.arena;
	const char *s = strstr(url, "://");
	size_t n;

	s = s ? s + 3 : url;
	n = strcspn(s, "/?#");
	for (const char *at; (at = memchr(s, '@', n)); s = at + 1)
		n -= (size_t)(at + 1 - s);
	f->host = arena_strndup(p, s, n < 255 ? n : 255);
	s += n;
	n = strcspn(s, "?#");
	f->path = arena_strndup(p, s, n < 400 ? n : 400);
}

static int send_order(struct fetch *f, const struct message_service *m, const char *allow,
	json_t *headers, long max)
{
	unsigned char head[OUTBOUND_FRAME];
	json_t *v = json_pack("{ss ss ss sO sI sI si}", "method", f->method, "url", m->args[1],
		"allow", allow, "headers", headers, "length", (json_int_t)m->len, "max",
		(json_int_t)max, "ms", clock_left(f->until));
	char *text = v ? json_dumps(v, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) : 0;
	int rc;

	json_decref(v);
	if (!text || n > OUTBOUND_TEXT_MAX) {
		free(text);
		return fail(
			f, MT_EINVAL, "order", "its address or headers are too long, or no text");
	}
	outbound_frame(head, OUTBOUND_ORDER, n);
	rc = write_all(f, head, sizeof(head));
	rc = rc == 0 ? write_all(f, text, n) : rc;
	rc = rc == 0 ? write_all(f, m->data, m->len) : rc;
	explicit_bzero(text, n);
	free(text);
	f->sent = m->len;
	return rc < 0 ? rc : 0;
}

/* A row "name, value" a header; before them ":status", ":url" and whether there is more. */
static void put_answer(struct fetch *f, struct service_answer *ret)
{
	static const char *const NAMES[] = {"name", "value"};
	struct arena *p = f->c->r->op.arena;
	json_t *list = json_object_get(f->head, "headers"), *h;
	const char **cell = arena_alloc(p, (json_array_size(list) + 3) * 2 * sizeof(*cell)),
		   **at = cell;
	size_t i;

	*at++ = ":status";
	*at++ = arena_printf(p, "%d", f->status);
	*at++ = ":url";
	*at++ = json_str(f->head, "url", "");
	*at++ = ":more";
	*at++ = f->whole ? "f" : "t";
	json_array_foreach(list, i, h) {
		*at++ = json_string_value(json_array_get(h, 0));
		*at++ = json_string_value(json_array_get(h, 1));
	}
	*ret = (struct service_answer){.cells = cell,
		.names = NAMES,
		.n = (int)(at - cell) / 2,
		.columns = 2,
		.data = piece,
		.len = f->n};
}

static int start(struct call *c, const struct message_service *m, struct fetch **ret)
{
	struct arena *p = c->r->op.arena;
	struct fetch *f = arena_zalloc(p, sizeof(*f));
	char *method = arena_strdup(p, m->args[0] && *m->args[0] ? m->args[0] : "GET");

	for (char *s = method; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	*f = (struct fetch){
		.c = c, .next = c->fetch, .fd = -1, .started = clock_ms(), .method = method};
	name_place(f, m->args[1] ? m->args[1] : "");
	if (c->fetch && c->fetch->fd >= 0)
		end(c->fetch); /* the answer that the guest didn't read to its end */
	if (c->n_fetches++ >= CALLS_OF_REQUEST)
		return call_rate(c,
			"The plugin calls other servers more than %d times in one request",
			CALLS_OF_REQUEST);
	c->fetch = f;
	*ret = f;
	return 0;
}

int fetch_guest(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	json_t *settings, *given = NULL, *headers;
	long max = m->args[3] ? strtol(m->args[3], NULL, 10) : 0;
	long ms = m->args[4] ? strtol(m->args[4], NULL, 10) : 0,
	     most = (long)c->host->limit.fetch_mb << 20;
	const char *allow, *text = m->args[2] ? m->args[2] : "[]";
	int64_t last = c->r->op.deadline - LEFT_MS;
	struct fetch *f = NULL;
	int rc;

	if (m->len > OUTBOUND_BODY_MAX)
		return call_fail(
			c, MT_ETOOBIG, "A request has at most %d bytes", OUTBOUND_BODY_MAX);
	if (json_parse(c->r->op.arena, text, strlen(text), &given, &c->r->op.err) < 0)
		return call_internal(c, "headers of a call aren't JSON");
	if (!(settings = settings_get(c)))
		return c->settings_rc;
	if ((rc = read_network(c)) < 0 || (rc = start(c, m, &f)) < 0 ||
		(rc = allow_list(c, settings, &allow)) < 0 ||
		(rc = make_headers(c, given, settings, &headers)) < 0) {
		if (c->fetch && c->fetch->fd < 0 && !c->fetch->head && !c->fetch->error)
			c->fetch->error = call_mask(c, c->r->op.err.message);
		return rc;
	}
	f->until = ms > 0 && clock_ms() + ms < last ? clock_ms() + ms : last;
	rc = connect_broker(f);
	if (rc == 0)
		rc = send_order(f, m, allow, headers, max > 0 && max < most ? max : most);
	wipe(headers);
	if (rc == 0)
		rc = read_piece(f, PIECE_MAX);
	if (f->head)
		f->status = (int)json_integer_value(json_object_get(f->head, "status"));
	if (rc == 0)
		put_answer(f, ret);
	return rc;
}

int fetch_guest_more(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	struct fetch *f = c->fetch;
	int rc;

	(void)m;
	if (!f || !f->head || (f->fd < 0 && !f->whole))
		return call_internal(c, "mt_fetch_read without a mt_fetch that has more");
	if ((rc = read_piece(f, PIECE_MAX)) < 0)
		return rc;
	put_answer(f, ret);
	return 0;
}

/* --- the log ---------------------------------------------------------------------------------------- */

static json_t *lines(struct call *c)
{
	json_t *ret = json_array();

	for (struct fetch *f = c->fetch; f; f = f->next) {
		json_t *v = json_pack("{ss ss ss sI sI si}", "method", f->method, "host", f->host,
			"path", f->path, "sent", (json_int_t)f->sent, "bytes", (json_int_t)f->got,
			"ms", f->ms);

		if (v && f->status)
			json_object_set_new(v, "status", json_integer(f->status));
		if (v && f->error)
			json_object_set_new(v, "error", json_string(f->error));
		if (v)
			json_array_insert_new(ret, 0, v);
	}
	return ret;
}

/* After the plugin's transaction, which may have been undone: the call took place all the same. */
void fetch_end(struct call *c)
{
	json_t *list;
	struct err e;
	char *text;

	if (!c->fetch)
		return;
	if (c->fetch->fd >= 0)
		end(c->fetch);
	list = lines(c);
	text = json_text(c->r->op.arena, list, NULL);
	json_decref(list);
	err_init(&e, c->r->op.arena);
	if (text && query_marked(c, &HOST_FETCH_LOG, DB_ARGS(c->r->op.id ? c->r->op.id : "", text),
			    &e) < 0)
		op_log(&c->r->op, "the log of calls: %s", e.message);
}
