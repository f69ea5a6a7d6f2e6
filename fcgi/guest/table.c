/*
 * table.c - the functions of mortise.h as a guest has them. Work that needs no trust is done here; the
 * rest is a message.
 */
#include "guest/guest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "guest/head.h"

static int send_text(struct guest_call *c, uint32_t type, const char *text)
{
	wire_put_text(&c->guest->out, text);
	return link_send(c->guest, type);
}

static int misuse(struct guest_call *c, const char *what)
{
	wire_begin(&c->guest->out);
	send_text(c, WIRE_MISUSE, what);
	return MT_EINTERNAL;
}

static const char *info(struct mt_req *req, int what)
{
	struct guest_call *c = guest_call_of(req);

	switch (what) {
	case MT_INFO_METHOD:
		return c->method;
	case MT_INFO_PATH:
		return c->path;
	case MT_INFO_REQUEST_ID:
		return c->id;
	case MT_INFO_USER_ID:
		return c->user;
	case MT_INFO_USER_NAME:
		return c->user_name;
	case MT_INFO_ROLES:
		return c->roles;
	case MT_INFO_TENANT_CODE:
		return c->tenant_code;
	case MT_INFO_HOOK:
		return c->hook;
	case MT_INFO_PREVIOUS_VERSION:
		return c->previous;
	}
	return ""; /* from a newer header */
}

static int tenant(struct mt_req *req)
{
	return guest_call_of(req)->tenant;
}

/* The api pool has made the list: what the role of this person is granted of what this plugin defines. */
static bool may(struct mt_req *req, const char *permission)
{
	const char *p = guest_call_of(req)->permissions;
	size_t n = permission ? strlen(permission) : 0;

	while (n > 0 && *p) {
		size_t len = strcspn(p, ",");

		if (len == n && strncmp(p, permission, n) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

static const char *find(const struct pair *list, uint32_t n, const char *name, const char *fallback)
{
	for (uint32_t i = 0; name && i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].value;
	return fallback;
}

static const char *param(struct mt_req *req, const char *name)
{
	struct guest_call *c = guest_call_of(req);

	return find(c->param, c->n_params, name, "");
}

static const char *query_param(struct mt_req *req, const char *name)
{
	struct guest_call *c = guest_call_of(req);

	return find(c->query, c->n_query, name, NULL);
}

/* The host sends them as nginx names them: IF_MATCH. */
static const char *header(struct mt_req *req, const char *name)
{
	struct guest_call *c = guest_call_of(req);
	char as_sent[80];
	size_t n = name ? strlen(name) : sizeof(as_sent);
	const char *s;

	if (n >= sizeof(as_sent))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		as_sent[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	s = find(c->header, c->n_headers, as_sent, NULL);
	return s && *s ? s : NULL;
}

static long time_left(struct mt_req *req)
{
	return clock_left(guest_call_of(req)->deadline);
}

static json_t *body_json(struct mt_req *req)
{
	return guest_call_of(req)->body;
}

static int need_raw(struct guest_call *c)
{
	return c->raw_body ? 0
			   : misuse(c, "the route isn't MT_ROUTE_RAW: its body was read already");
}

static long ask_body(struct guest_call *c, size_t wanted, const void **ret, size_t *ret_len)
{
	struct wire_in in;
	int rc;

	wire_begin(&c->guest->out);
	wire_put_u64(&c->guest->out, wanted);
	rc = link_ask(c->guest, WIRE_BODY, &in);
	*ret = wire_bytes(&in, ret_len);
	return rc;
}

static int body_raw(struct mt_req *req, const void **ret_data, size_t *ret_len)
{
	struct guest_call *c = guest_call_of(req);
	const void *data;
	size_t n;
	long rc;

	*ret_data = "";
	*ret_len = 0;
	if (need_raw(c) < 0)
		return MT_EINTERNAL;
	if (!c->raw && c->content_length > 0) {
		if (c->raw_seen)
			return misuse(c, "mt_body_raw after mt_body_read");
		if ((rc = ask_body(c, 0, &data, &n)) < 0)
			return (int)rc;
		c->raw = arena_strndup(c->guest->arena, data ? data : "", n);
		c->raw_len = n;
	}
	if (c->raw) {
		*ret_data = c->raw;
		*ret_len = c->raw_len;
	}
	return 0;
}

static long body_read(struct mt_req *req, void *buf, size_t n)
{
	struct guest_call *c = guest_call_of(req);
	const void *data;
	size_t got;
	long rc;

	if (need_raw(c) < 0)
		return MT_EINTERNAL;
	if (c->raw)
		return misuse(c, "mt_body_read after mt_body_raw");
	if (c->content_length <= 0 || n == 0)
		return 0;
	if ((rc = ask_body(c, n, &data, &got)) < 0)
		return rc;
	if (!data || got > n)
		return MT_EINTERNAL;
	if (got)
		memcpy(buf, data, got);
	c->raw_seen += got;
	return (long)got;
}

static int reply(struct guest_call *c, int status, const char *type, const char *file_name,
	const void *data, size_t len)
{
	const char *fault = head_reply_fault(status, type, file_name);

	if (!fault && len > c->reply_max)
		fault = arena_printf(c->guest->arena,
			"the reply has %zu bytes, at most %zu are allowed (plugin_reply_max_mb)",
			len, (size_t)c->reply_max);
	if (fault)
		return misuse(c, fault);
	c->replied = true;
	c->status = status;
	c->type = arena_strdup(c->guest->arena, type);
	c->file_name = arena_strdup(c->guest->arena, file_name);
	c->out = data;
	c->out_len = len;
	return 0;
}

static int reply_json(struct mt_req *req, int status, json_t *value)
{
	struct guest_call *c = guest_call_of(req);
	size_t len = 0;
	char *text;

	if (!value)
		return misuse(
			c, "mt_reply_json got NULL: out of memory, or a bad json_pack format");
	text = json_text(c->guest->arena, value, &len);
	json_decref(value);
	if (!text)
		return misuse(c, "the JSON of the reply is nested too deeply or isn't UTF-8");
	return reply(c, status, "application/json", NULL, text, len);
}

static int reply_data(struct mt_req *req, int status, const char *type, const char *file_name,
	const void *data, size_t len)
{
	struct guest_call *c = guest_call_of(req);

	return reply(c, status, type, file_name,
		arena_strndup(c->guest->arena, data ? data : "", data ? len : 0), data ? len : 0);
}

static int refuse(struct mt_req *req, int code, const char *text)
{
	struct guest_call *c = guest_call_of(req);

	wire_begin(&c->guest->out);
	wire_put_u32(&c->guest->out, (uint32_t)code);
	send_text(c, WIRE_REFUSE, arena_printf(c->guest->arena, "%.511s", text ? text : ""));
	/* The same mapping as the host's for codes that a plugin may not return. */
	if (code == MT_EINTERNAL || code >= 0 || code < MT_EFULL)
		return MT_EINTERNAL;
	return code == MT_EAUTH ? MT_EPERM : code;
}

static int reply_header(struct mt_req *req, const char *name, const char *value)
{
	struct guest_call *c = guest_call_of(req);
	const char *fault = head_fault(name, value);
	int i;

	if (fault)
		return refuse(req, MT_EINVAL, fault);
	for (i = 0; i < c->n_reply; i++)
		if (strcasecmp(c->reply[i].name, name) == 0)
			break;
	if (i == WIRE_HEADERS_MAX)
		return misuse(c, "more than 16 headers");
	c->reply[i].name = arena_strdup(c->guest->arena, name);
	c->reply[i].value = arena_strdup(c->guest->arena, value);
	if (i == c->n_reply)
		c->n_reply++;
	return 0;
}

static int field_fault(struct mt_req *req, const char *pointer, const char *text)
{
	struct guest_call *c = guest_call_of(req);

	wire_begin(&c->guest->out);
	wire_put_text(
		&c->guest->out, arena_printf(c->guest->arena, "%.127s", pointer ? pointer : ""));
	send_text(c, WIRE_FIELD, arena_printf(c->guest->arena, "%.255s", text ? text : ""));
	return MT_EFIELDS;
}

static int query(struct mt_req *req, const char *sql, const char *const *args, int n,
	struct mt_rows *ret_rows)
{
	struct guest_call *c = guest_call_of(req);
	struct wire_out *out = &c->guest->out;
	struct wire_in in;
	int rc;

	if (ret_rows)
		*ret_rows = (struct mt_rows){.host = &guest_table};
	if (!sql || !*sql || n < 0 || n > WIRE_ARGS_MAX)
		return misuse(c, "mt_query needs a statement and at most 1000 arguments");
	wire_begin(out);
	wire_put_u8(out, ret_rows != NULL);
	wire_put_text(out, sql);
	wire_put_u32(out, (uint32_t)n);
	for (int i = 0; i < n; i++)
		wire_put_text(out, args[i]);
	rc = link_ask(c->guest, WIRE_QUERY, &in);
	if (rc < 0)
		snprintf(c->sqlstate, sizeof(c->sqlstate), "%s", wire_text(&in));
	return rc < 0 || !ret_rows ? rc : call_rows(c, &in, false, ret_rows);
}

static int service(struct mt_req *req, int what, const char *const *args, int n, const void *data,
	size_t len, struct mt_rows *ret_rows)
{
	struct guest_call *c = guest_call_of(req);
	struct wire_out *out = &c->guest->out;
	struct mt_rows unread;
	struct wire_in in;
	int rc;

	if (!ret_rows)
		ret_rows = &unread;
	*ret_rows = (struct mt_rows){.host = &guest_table};
	if (n < 0 || n > WIRE_SERVICE_ARGS_MAX)
		return misuse(c, "a service takes at most 16 arguments");
	wire_begin(out);
	wire_put_u32(out, (uint32_t)what);
	wire_put_u32(out, (uint32_t)n);
	for (int i = 0; i < n; i++)
		wire_put_text(out, args[i]);
	wire_put_bytes(out, data, len);
	if (out->failed || out->len > wire_limit(WIRE_SERVICE))
		return misuse(c, "a service takes at most 16 MB");
	if ((rc = link_ask(c->guest, WIRE_SERVICE, &in)) >= 0)
		return call_rows(c, &in, true, ret_rows) < 0 ? MT_EINTERNAL : rc;
	snprintf(c->sqlstate, sizeof(c->sqlstate), "%s", wire_text(&in));
	return rc;
}

static const char *sqlstate(struct mt_req *req)
{
	return guest_call_of(req)->sqlstate;
}

static int send_request(struct mt_req *req, uint32_t type)
{
	struct guest *g = guest_call_of(req)->guest;
	struct wire_in in;

	wire_begin(&g->out);
	return link_ask(g, type, &in);
}

static int begin(struct mt_req *req)
{
	return send_request(req, WIRE_BEGIN);
}

static int commit(struct mt_req *req)
{
	return send_request(req, WIRE_COMMIT);
}

static void rollback(struct mt_req *req)
{
	send_request(req, WIRE_ROLLBACK);
}

/* Newer headers know more members, older ones fewer: what isn't there is NULL. */
static int notify(struct mt_req *req, int kind, const char *target, const struct mt_notice *notice,
	size_t size)
{
	struct guest_call *c = guest_call_of(req);
	struct wire_out *out = &c->guest->out;
	struct mt_notice n = {0};
	struct wire_in in;

	if (kind < 0 || kind > MT_NOTIFY_PERMISSION || !target || !notice)
		return misuse(c, "mt_notify needs a recipient and a notice");
	memcpy(&n, notice, size < sizeof(n) ? size : sizeof(n));
	wire_begin(out);
	wire_put_u32(out, (uint32_t)kind);
	wire_put_text(out, target);
	wire_put_text(out, n.title);
	wire_put_text(out, n.message);
	wire_put_text(out, n.icon);
	wire_put_text(out, n.url);
	wire_put_text(out, n.priority);
	return link_ask(c->guest, WIRE_NOTIFY, &in);
}

static void log_text(struct mt_req *req, int level, const char *text)
{
	struct guest_call *c = guest_call_of(req);

	wire_begin(&c->guest->out);
	wire_put_u32(&c->guest->out, (uint32_t)level);
	send_text(c, WIRE_LOG, arena_printf(c->guest->arena, "%.1000s", text ? text : ""));
}

static void *alloc(struct mt_req *req, size_t n)
{
	return arena_zalloc(guest_call_of(req)->guest->arena, n);
}

static int64_t now(struct mt_req *req)
{
	(void)req;
	return clock_unix_ms();
}

static const char *uuid(struct mt_req *req)
{
	char *ret = arena_alloc(guest_call_of(req)->guest->arena, ID_UUID_LEN + 1);

	id_uuid7(ret);
	return ret;
}

static json_t *settings(struct mt_req *req)
{
	struct guest_call *c = guest_call_of(req);
	struct wire_in in;
	const char *text;

	if (c->settings)
		return c->settings;
	wire_begin(&c->guest->out);
	if (link_ask(c->guest, WIRE_SETTINGS, &in) < 0)
		return NULL;
	text = wire_text(&in);
	c->settings = json_loads(text, 0, NULL);
	explicit_bzero(c->guest->in + WIRE_HEAD, c->guest->in_len); /* secrets are in it */
	return c->settings;
}

const struct mt_host guest_table = {
	.size = sizeof(struct mt_host),
	.abi = MT_ABI,
	.info = info,
	.tenant = tenant,
	.param = param,
	.query_param = query_param,
	.header = header,
	.time_left = time_left,
	.body_json = body_json,
	.body_raw = body_raw,
	.body_read = body_read,
	.reply_json = reply_json,
	.reply_data = reply_data,
	.reply_header = reply_header,
	.refuse = refuse,
	.field_fault = field_fault,
	.query = query,
	.sqlstate = sqlstate,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.text = rows_text,
	.column = rows_column,
	.rows_json = rows_json,
	.notify = notify,
	.log = log_text,
	.alloc = alloc,
	.now = now,
	.uuid = uuid,
	.settings = settings,
	.may = may,
	.service = service,
	.bytes = rows_bytes,
};
