/*
 * table.c - what mortise.h's calls run: the table, and those that only look at the request.
 */
#include "host/host.h"

#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"

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
	char *ret = pool_strdup(c->r->pool, s), *out = ret;

	for (; *s; s++) {
		if (*s == '%' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
			*out++ = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
			s += 2;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
	return ret;
}

static const char *info(struct mt_req *req, int what)
{
	struct call *c = call_of(req);

	switch (what) {
	case MT_INFO_METHOD:
		return c->r->method ? c->r->method : "";
	case MT_INFO_PATH:
		return c->path;
	case MT_INFO_REQUEST_ID:
		return c->r->id ? c->r->id : "";
	case MT_INFO_USER_ID:
		return env_or_empty(c, "MT_USER");
	case MT_INFO_USER_NAME:
		return unescape(c, env_or_empty(c, "MT_USER_NAME"));
	case MT_INFO_ROLES:
		return env_or_empty(c, "MT_ROLES");
	case MT_INFO_TENANT_CODE:
		return env_or_empty(c, "MT_TENANT_CODE");
	case MT_INFO_HOOK:
		return c->hook;
	case MT_INFO_PREVIOUS_VERSION:
		return env_or_empty(c, "MT_PREVIOUS_VERSION");
	}
	return ""; /* asked by a newer header */
}

static int tenant(struct mt_req *req)
{
	return call_of(req)->tenant;
}

/* The api pool has made the list: what the role of this person is granted of what this plugin defines. */
static bool may(struct mt_req *req, const char *permission)
{
	const char *p = env_or_empty(call_of(req), "MT_PERMISSIONS");
	size_t n = permission ? strlen(permission) : 0;

	while (n > 0 && *p) {
		size_t len = strcspn(p, ",");

		if (len == n && strncmp(p, permission, n) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

static const char *param(struct mt_req *req, const char *name)
{
	return req_param(call_of(req)->r, name);
}

static const char *query_param(struct mt_req *req, const char *name)
{
	return req_query(call_of(req)->r, name);
}

static const char *header(struct mt_req *req, const char *name)
{
	const char *s;

	if (strcasecmp(name, "Cookie") == 0 || strcasecmp(name, "Authorization") == 0 ||
		strcasecmp(name, "Proxy-Authorization") == 0)
		return NULL;
	s = req_header(call_of(req)->r, name);
	return s && *s ? s : NULL;
}

static long time_left(struct mt_req *req)
{
	return clock_left(call_of(req)->r->deadline);
}

static json_t *body_json(struct mt_req *req)
{
	return call_of(req)->json;
}

static int need_raw(struct call *c)
{
	return c->raw_body ? 0
			   : call_internal(
				     c, "the route isn't MT_ROUTE_RAW: its body was read already");
}

static int body_raw(struct mt_req *req, const void **ret_data, size_t *ret_len)
{
	struct call *c = call_of(req);
	int rc;

	*ret_data = "";
	*ret_len = 0;
	if ((rc = need_raw(c)) < 0)
		return rc;
	if (!c->body && c->r->content_length > 0) {
		if (c->body_seen)
			return call_internal(c, "mt_body_raw after mt_body_read");
		if ((rc = req_body(c->r, c->body_max, &c->body, &c->body_len)) < 0)
			return rc;
	}
	if (c->body) {
		*ret_data = c->body;
		*ret_len = c->body_len;
	}
	return 0;
}

static long body_read(struct mt_req *req, void *buf, size_t n)
{
	struct call *c = call_of(req);
	long got;

	if (need_raw(c) < 0)
		return MT_EINTERNAL;
	if (c->body)
		return call_internal(c, "mt_body_read after mt_body_raw");
	if (c->r->content_length > (long)c->body_max || c->body_seen > c->body_max)
		return err_set(
			&c->r->err, MT_ETOOBIG, "the body is larger than %zu bytes", c->body_max);
	if (c->r->content_length <= 0)
		return 0;
	got = c->r->read(c->r, buf, n);
	if (got > 0)
		c->body_seen += (size_t)got;
	return got;
}

/* A plugin may not sign people out, and doesn't speak for the platform's insides. */
static int refuse(struct mt_req *req, int code, const char *text)
{
	struct call *c = call_of(req);

	text = settings_mask(c, text);
	if (code == MT_EINTERNAL || code >= 0 || code < MT_EFULL)
		return call_internal(c, text);
	if (code == MT_EAUTH)
		code = MT_EPERM;
	return call_fail(c, code, text);
}

static int field_fault(struct mt_req *req, const char *pointer, const char *text)
{
	struct call *c = call_of(req);

	if (c->r->err.code != 0 && c->r->err.code != MT_EFIELDS)
		err_clear(&c->r->err);
	return err_addfield(&c->r->err, pointer, "%s", settings_mask(c, text));
}

static void log_text(struct mt_req *req, int level, const char *text)
{
	struct call *c = call_of(req);
	char tenant[16];

	if (c->n_logs > HOST_LOGS_MAX)
		return;
	/* whose line it is: the company's administrators read it */
	snprintf(tenant, sizeof(tenant), "%d", c->tenant);
	if (c->n_logs++ == HOST_LOGS_MAX) {
		log_kv(LOG_LV_WARN, "more log lines of this request are left out", "plugin",
			c->host->key, "tenant", tenant, (char *)NULL);
		return;
	}
	if (level < LOG_LV_DEBUG || level > LOG_LV_ERROR)
		level = LOG_LV_INFO;
	log_kv((enum log_level)level, settings_mask(c, text), "plugin", c->host->key, "tenant",
		tenant, (char *)NULL);
}

static void *alloc(struct mt_req *req, size_t n)
{
	return pool_zalloc(call_of(req)->r->pool, n);
}

static int64_t now(struct mt_req *req)
{
	(void)req;
	return clock_unix_ms();
}

static const char *uuid(struct mt_req *req)
{
	char *ret = pool_alloc(call_of(req)->r->pool, ID_UUID_LEN + 1);

	id_uuid7(ret);
	return ret;
}

_Static_assert((int)MT_DEBUG == (int)LOG_LV_DEBUG && (int)MT_ERROR == (int)LOG_LV_ERROR,
	"log levels of plugins and of the core are the same numbers");

const struct mt_host host_table = {
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
	.reply_json = host_reply_json,
	.reply_data = host_reply_data,
	.reply_header = host_reply_header,
	.refuse = refuse,
	.field_fault = field_fault,
	.query = host_query,
	.sqlstate = host_sqlstate,
	.begin = host_begin,
	.commit = host_commit,
	.rollback = host_rollback,
	.text = host_text,
	.column = host_column,
	.rows_json = host_rows_json,
	.notify = host_notify,
	.log = log_text,
	.alloc = alloc,
	.now = now,
	.uuid = uuid,
	.settings = host_settings,
	.may = may,
};
