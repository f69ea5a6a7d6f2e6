/*
 * talk.c - a guest's messages during a request. One at a time: it sends a request, the host
 * answers; messages without an answer are recorded. A malformed message or one out of turn ends the
 * guest.
 */
#include "host/call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/ended.h"
#include "base/json.h"
#include "base/log.h"
#include "host/guests.h"
#include "os/revoked.h"

#define MESSAGES_MAX 20000 /* without an answer, of one request */
#define BODY_PIECE_MAX (1024u * 1024)
#define WHERE_MS 100 /* for a guest's word of where it is, past its deadline */

static struct wire_out out; /* one request at a time */

/* --- the request ------------------------------------------------------------------------------------ */

static const char *env_or_empty(const struct call *c, const char *name)
{
	const char *s = req_env(c->r, name);

	return s ? s : "";
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Names travel percent-encoded: a header can't carry every character. */
static const char *unescape(struct call *c, const char *s)
{
	char *ret = arena_strdup(c->r->op.arena, s), *to = ret;

	for (; *s; s++) {
		if (*s == '%' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
			*to++ = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return ret;
}

static void put_pairs(const struct req_param *list, int n)
{
	wire_put_u32(&out, (uint32_t)n);
	for (int i = 0; i < n; i++) {
		wire_put_text(&out, list[i].name);
		wire_put_text(&out, list[i].value);
	}
}

/* Cookie, Authorization and the parameters between nginx and us are not for a plugin. */
static const char *header_name(const char *env)
{
	static const char *const hidden[] = {
		"HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION"};
	size_t n = strcspn(env, "=");

	if (strncmp(env, "CONTENT_TYPE=", 13) == 0)
		return env;
	if (strncmp(env, "HTTP_", 5) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (strlen(hidden[i]) == n && strncmp(env, hidden[i], n) == 0)
			return NULL;
	return env + 5;
}

static void put_headers(struct call *c)
{
	uint32_t n = 0;

	for (char **e = c->r->envp; e && *e; e++)
		n += header_name(*e) && strchr(*e, '=');
	wire_put_u32(&out, n);
	for (char **e = c->r->envp; e && *e; e++) {
		const char *name = header_name(*e), *value = strchr(*e, '=');

		if (!name || !value)
			continue;
		wire_put_text(&out, arena_strndup(c->r->op.arena, name, (size_t)(value - name)));
		wire_put_text(&out, value + 1);
	}
}

static void put_call(struct call *c)
{
	const struct req *r = c->r;

	wire_begin(&out);
	wire_put_u8(&out, *c->hook != '\0');
	wire_put_u32(&out, c->index);
	wire_put_u32(&out, (uint32_t)c->tenant);
	wire_put_u64(&out, (uint64_t)r->op.deadline);
	wire_put_u64(&out, (uint64_t)c->host->limit.reply_mb << 20);
	wire_put_u8(&out, c->raw_body);
	wire_put_u64(&out, (uint64_t)r->content_length);
	wire_put_text(&out, r->method ? r->method : "");
	wire_put_text(&out, c->path);
	wire_put_text(&out, r->op.id ? r->op.id : "");
	wire_put_text(&out, env_or_empty(c, "MT_USER"));
	wire_put_text(&out, unescape(c, env_or_empty(c, "MT_USER_NAME")));
	/* What a token may is its scopes: a plugin that went by roles would give it more. */
	wire_put_text(&out, *env_or_empty(c, "MT_SCOPED") ? "" : env_or_empty(c, "MT_ROLES"));
	wire_put_text(&out, env_or_empty(c, "MT_TENANT_CODE"));
	wire_put_text(&out, c->hook);
	wire_put_text(&out, env_or_empty(c, "MT_PREVIOUS_VERSION"));
	wire_put_text(&out, env_or_empty(c, "MT_PERMISSIONS"));
	put_pairs(r->param, *c->hook ? 0 : r->n_params);
	put_pairs(r->query, r->n_query);
	put_headers(c);
	wire_put_bytes(&out, c->json ? c->body : "", c->json ? c->body_len : 0);
}

/* --- questions -------------------------------------------------------------------------------------- */

static void put_code(int rc)
{
	wire_begin(&out);
	wire_put_u32(&out, (uint32_t)rc);
}

static bool on_query(struct call *c, const struct proc_message *m)
{
	static struct message_query q; /* large */
	struct rows rows;
	int rc;

	if (!message_read_query(m->data, m->n, &q))
		return false;
	rc = query_guest(c, &q, &rows);
	put_code(rc);
	if (rc == 0 && q.wants_rows) {
		query_put(&out, &rows);
		rc = rate_check(c, RATE_KB, out.len >> 10);
		if (rc < 0)
			put_code(rc);
	}
	if (rc < 0)
		wire_put_text(&out, c->sqlstate);
	return true;
}

static bool on_service(struct call *c, const struct proc_message *m)
{
	struct service_answer a = {0};
	struct message_service s;
	int rc, late;

	if (!message_read_service(m->data, m->n, &s))
		return false;
	rc = service_guest(c, &s, &a);
	put_code(rc);
	if (rc >= 0) {
		service_put(&out, &a);
		if ((late = rate_check(c, RATE_KB, (m->n + out.len) >> 10)) < 0)
			put_code(rc = late);
	}
	if (rc < 0)
		wire_put_text(&out, c->sqlstate);
	return true;
}

static bool on_begin(struct call *c, const struct proc_message *m)
{
	(void)m;
	put_code(query_begin(c));
	return true;
}

static bool on_commit(struct call *c, const struct proc_message *m)
{
	(void)m;
	put_code(query_commit(c));
	return true;
}

static bool on_rollback(struct call *c, const struct proc_message *m)
{
	(void)m;
	query_rollback(c);
	put_code(0);
	return true;
}

static bool on_notify(struct call *c, const struct proc_message *m)
{
	struct message_notify n;

	if (!message_read_notify(m->data, m->n, &n))
		return false;
	put_code(notify_guest(c, &n));
	return true;
}

static bool on_settings(struct call *c, const struct proc_message *m)
{
	json_t *all = settings_get(c), *v = NULL;
	int rc = all ? fetch_guest_settings(c, all, &v) : c->settings_rc;
	char *text = rc == 0 ? json_dumps(v, JSON_COMPACT) : NULL;

	(void)m;
	put_code(text ? 0 : rc < 0 ? rc : MT_EINTERNAL);
	if (!text)
		return true;
	wire_put_text(&out, text);
	explicit_bzero(text, strlen(text));
	free(text);
	return true;
}

static int body_fault(struct call *c, size_t wanted)
{
	if (!c->raw_body)
		return call_internal(c, "the route isn't MT_ROUTE_RAW: its body was read already");
	if (wanted == 0 && c->body_seen)
		return call_internal(c, "mt_body_raw after mt_body_read");
	if (wanted > 0 && (c->r->content_length > (long)c->body_max || c->body_seen > c->body_max))
		return op_fail(
			&c->r->op, MT_ETOOBIG, "The body is larger than %zu bytes", c->body_max);
	return 0;
}

static int whole_body(struct call *c, char **ret, size_t *ret_n)
{
	int rc = body_fault(c, 0);

	return rc < 0 ? rc : req_body(c->r, c->body_max, ret, ret_n);
}

static int body_piece(struct call *c, size_t wanted, char **ret, size_t *ret_n)
{
	long n = body_fault(c, wanted);

	if (n < 0)
		return (int)n;
	*ret = arena_alloc(c->r->op.arena, wanted);
	n = c->r->content_length > 0 ? c->r->read(c->r, *ret, wanted) : 0;
	if (n < 0)
		return (int)n;
	*ret_n = (size_t)n;
	c->body_seen += *ret_n;
	return 0;
}

/* All of a raw body, or its next piece. */
static bool on_body(struct call *c, const struct proc_message *m)
{
	size_t wanted, n = 0;
	char *data = NULL;
	int rc;

	if (!message_read_body(m->data, m->n, &wanted))
		return false;
	wanted = wanted > BODY_PIECE_MAX ? BODY_PIECE_MAX : wanted;
	rc = wanted == 0 ? whole_body(c, &data, &n) : body_piece(c, wanted, &data, &n);
	put_code(rc);
	wire_put_bytes(&out, data, n);
	return true;
}

/* --- what needs no answer --------------------------------------------------------------------------- */

static bool on_log(struct call *c, const struct proc_message *m)
{
	struct message_text t;
	char tenant[16];

	if (!message_read_text(m->head.type, m->data, m->n, &t))
		return false;
	if (c->n_logs > HOST_LOGS_MAX)
		return true;
	/* the company whose administrators may read the line */
	snprintf(tenant, sizeof(tenant), "%d", c->tenant);
	if (c->n_logs++ == HOST_LOGS_MAX) {
		log_kv(LOG_LV_WARN, "more log lines of this request are left out", "plugin",
			c->host->key, "tenant", tenant, (char *)NULL);
		return true;
	}
	if (t.code < LOG_LV_DEBUG || t.code > LOG_LV_ERROR)
		t.code = LOG_LV_INFO;
	log_kv((enum log_level)t.code, call_mask(c, t.text), "plugin", c->host->key, "tenant",
		tenant, (char *)NULL);
	return true;
}

_Static_assert((int)MT_DEBUG == (int)LOG_LV_DEBUG && (int)MT_ERROR == (int)LOG_LV_ERROR,
	"log levels of plugins and of the core are the same numbers");

/* A plugin may not sign people out, nor report internal errors of the platform. */
static bool on_refuse(struct call *c, const struct proc_message *m)
{
	struct message_text t;
	const char *text;

	if (!message_read_text(m->head.type, m->data, m->n, &t))
		return false;
	text = call_mask(c, t.text);
	if (t.code == MT_EINTERNAL || t.code >= 0 || t.code < MT_EFULL)
		call_internal(c, text);
	else
		call_verbatim(c, t.code == MT_EAUTH ? MT_EPERM : t.code, text);
	return true;
}

static bool on_field(struct call *c, const struct proc_message *m)
{
	struct message_text t;

	if (!message_read_text(m->head.type, m->data, m->n, &t))
		return false;
	if (c->r->op.err.code != 0 && c->r->op.err.code != MT_EFIELDS)
		op_clear(&c->r->op);
	err_addfield_verbatim(&c->r->op.err, t.pointer, call_mask(c, t.text));
	return true;
}

static bool on_misuse(struct call *c, const struct proc_message *m)
{
	struct message_text t;

	if (!message_read_text(m->head.type, m->data, m->n, &t))
		return false;
	call_internal(c, call_mask(c, t.text));
	return true;
}

static const struct {
	bool (*run)(
		struct call *c, const struct proc_message *m); /* false: it isn't as it should be */
	bool answered;					       /* frees `out` */
} MESSAGES[WIRE_TYPES] = {
	[WIRE_QUERY] = {on_query, true},
	[WIRE_BEGIN] = {on_begin, true},
	[WIRE_COMMIT] = {on_commit, true},
	[WIRE_ROLLBACK] = {on_rollback, true},
	[WIRE_NOTIFY] = {on_notify, true},
	[WIRE_SETTINGS] = {on_settings, true},
	[WIRE_SERVICE] = {on_service, true},
	[WIRE_BODY] = {on_body, true},
	[WIRE_LOG] = {on_log, false},
	[WIRE_REFUSE] = {on_refuse, false},
	[WIRE_FIELD] = {on_field, false},
	[WIRE_MISUSE] = {on_misuse, false},
};

/* --- its end ---------------------------------------------------------------------------------------- */

/* "POST /notes/:id", or the hook. */
static const char *route_of(struct call *c)
{
	if (*c->hook)
		return arena_printf(c->r->op.arena, "hook %s", c->hook);
	return arena_printf(c->r->op.arena, "%s %s", c->r->method, c->path);
}

/* text: one of ours, without values; how: base/ended.h. */
static int fail(struct call *c, struct proc *p, int code, const char *text, const char *how)
{
	char words[2 * ENDED_MAX];

	op_log(&c->r->op, "plugin %s: guest %d %s", c->host->key, (int)p->pid,
		ended_words(words, sizeof(words), how));
	if (c->host->take)
		proc_kill(p);
	else
		guests_failed(c->host, p, how, route_of(c));
	code = call_plain(c, code, text);
	/* The next guest is there at once; nginx says the same of a host. */
	if (code == MT_EUPSTREAM)
		c->r->op.err.retry_after = 1;
	return code;
}

static int died(struct call *c, struct proc *p)
{
	char how[ENDED_MAX];

	proc_autopsy(p, how, sizeof(how));
	return fail(c, p, MT_EUPSTREAM, N_("The plugin crashed; try again"), how);
}

/* A loop shows where it is; one that blocks signals doesn't. */
static void ask_where(struct proc *p)
{
	struct proc_message m = {0};
	struct message_text t;

	proc_ask_where(p);
	if (proc_receive(p, 0, -1, clock_ms() + WHERE_MS, &m) == PROC_MESSAGE &&
		m.head.type == WIRE_CRASH && message_read_text(m.head.type, m.data, m.n, &t) &&
		!p->last_word[0])
		proc_last_words(p, t.text);
}

/* in_statement: the host was late, not the guest. It is killed all the same, as no time is left to
 * wait for it. */
static int late(struct call *c, struct proc *p, bool in_statement)
{
	if (in_statement) {
		if (c->host->take)
			proc_kill(p);
		else
			guests_drop(p);
		return call_fail(c, MT_ETIMEOUT, "The database did not answer in time");
	}
	ask_where(p);
	return fail(c, p, MT_ETIMEOUT, N_("The plugin did not answer in time"), "guest-deadline");
}

static int broke(struct call *c, struct proc *p, const struct proc_message *m, const char *why)
{
	char how[ENDED_MAX];

	snprintf(how, sizeof(how), "guest-message %s %s", wire_name(m->head.type), why);
	return fail(c, p, MT_EUPSTREAM, N_("The plugin broke off; try again"), how);
}

static int left(struct call *c, struct proc *p)
{
	op_log(&c->r->op, "the client has left");
	if (c->host->take)
		proc_kill(p);
	else
		guests_drop(p);
	return call_fail(c, MT_EUPSTREAM, "The client has left");
}

/* The right to the call has ended while it ran. */
static int ended(struct call *c, struct proc *p)
{
	if (c->host->take)
		proc_kill(p);
	else
		guests_drop(p);
	op_clear(&c->r->op);
	return revoked_error(&c->r->op.err);
}

static int done(struct call *c, const struct proc_message *m, bool *ret_bad)
{
	struct message_done d;
	int rc;

	*ret_bad = !message_read_done(m->data, m->n, &d);
	if (*ret_bad || d.rc != 0)
		return d.rc;
	rc = reply_take(c, &d);
	return rc;
}

static int unsent(struct call *c, struct proc *p, int64_t until)
{
	if (revoked())
		return ended(c, p);
	return clock_left(until) ? died(c, p) : late(c, p, false);
}

static void wipe_out(void)
{
	explicit_bzero(out.data, out.len);
}

int talk(struct call *c, struct proc *p, bool *ret_failed)
{
	uint32_t done_max = (uint32_t)(((size_t)c->host->limit.reply_mb << 20) + 128 * 1024);
	struct proc_message m = {0};
	struct message_text t;
	int n_messages = 0;

	int64_t until = c->r->op.deadline;
	int client = c->r->client_fd > 0 ? c->r->client_fd : -1;

	*ret_failed = true;
	put_call(c);
	if (!proc_send(p, &out, WIRE_CALL, until))
		return unsent(c, p, until);
	for (;;) {
		enum proc_news news = proc_receive(p, done_max, client, until, &m);

		if (*c->hook)
			wipe_out(); /* settings are in it */
		if (news == PROC_LATE)
			return late(c, p, false);
		if (news == PROC_CLIENT)
			return left(c, p);
		if (news == PROC_REVOKED)
			return ended(c, p);
		if (news == PROC_GONE)
			return died(c, p);
		if (news == PROC_BROKEN)
			return broke(c, p, &m, m.why);
		if (m.head.type == WIRE_DONE) {
			bool bad;
			int rc = done(c, &m, &bad);

			if (bad)
				return broke(c, p, &m, "isn't as it should be");
			*ret_failed = false;
			return rc;
		}
		if (m.head.type == WIRE_CRASH) {
			if (!message_read_text(m.head.type, m.data, m.n, &t) || p->last_word[0])
				return broke(c, p, &m, "isn't as it should be");
			proc_last_words(p, t.text);
			continue;
		}
		if (!MESSAGES[m.head.type].run)
			return broke(c, p, &m, "is out of turn");
		if (!MESSAGES[m.head.type].run(c, &m))
			return broke(c, p, &m, "isn't as it should be");
		if (!MESSAGES[m.head.type].answered && ++n_messages > MESSAGES_MAX)
			return broke(c, p, &m, "is one of too many");
		if (c->r->op.err.code != 0 && revoked())
			return ended(c, p);
		if (clock_left(until) == 0)
			return late(c, p, c->r->op.err.code == MT_ETIMEOUT);
		if (MESSAGES[m.head.type].answered && !proc_send(p, &out, WIRE_ANSWER, until))
			return unsent(c, p, until);
		if (m.head.type == WIRE_SETTINGS)
			wipe_out();
	}
}
