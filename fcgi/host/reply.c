/*
 * reply.c - what a plugin may reply with.
 *
 * The reply comes from the site's own address, so a page or a script in it would act as the signed-in
 * person. Types that can carry scripts are saved by the browser instead of shown, and the headers that
 * steer the browser or nginx stay the platform's. nginx ignores the worst of them as well: code in this
 * process could always write to the socket itself.
 */
#include "host/host.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/json.h"
#include "base/utf8.h"

/* Shown in place; everything else is saved. */
static const char *const SHOWN[] = {"application/json", "application/pdf", "text/plain", "text/csv",
	"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/mpeg",
	"audio/ogg", "video/mp4", "video/webm"};

static const char *const HEADERS[] = {"Cache-Control", "Content-Language", "ETag", "Expires",
	"Last-Modified", "Location", "Retry-After", "Vary"};

/* X- headers are free but for these, which others read. */
static const char *const RESERVED[] = {"X-Accel-", "X-Mt-", "X-Request-Id", "X-Frame-",
	"X-Content-Type-", "X-XSS-", "X-Robots-", "X-Forwarded-", "X-Permitted-", "X-DNS-"};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool is_shown(const char *type)
{
	size_t n = strcspn(type, "; ");

	for (size_t i = 0; i < COUNT(SHOWN); i++)
		if (strlen(SHOWN[i]) == n && strncasecmp(type, SHOWN[i], n) == 0)
			return true;
	return false;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool may_send(const char *name)
{
	for (const char *s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '-')
			return false;
	for (size_t i = 0; i < COUNT(HEADERS); i++)
		if (strcasecmp(name, HEADERS[i]) == 0)
			return true;
	if (strncasecmp(name, "X-", 2) != 0 || !name[2])
		return false;
	for (size_t i = 0; i < COUNT(RESERVED); i++)
		if (strncasecmp(name, RESERVED[i], strlen(RESERVED[i])) == 0)
			return false;
	return true;
}

static int check_status(struct call *c, int status)
{
	if (status >= 200 && status <= 299)
		return 0;
	return call_internal(c, "a reply's status must be 200 to 299; mt_fail() is for the rest");
}

/* attachment; filename="plain.csv"; filename*=UTF-8''pl%C3%A4in.csv (RFC 6266) */
static const char *attachment(struct call *c, const char *name)
{
	struct buf plain, coded;
	const char *ret;

	buf_init(&plain, 1024);
	buf_init(&coded, 4096);
	for (const char *s = name; *s; s++) {
		unsigned char ch = (unsigned char)*s;
		bool ok = isalnum(ch) || ch == '-' || ch == '_' || ch == '.';

		buf_addf(&plain, "%c", ok || ch == ' ' || ch == '(' || ch == ')' ? ch : '_');
		buf_addf(&coded, ok ? "%c" : "%%%02X", ch);
	}
	ret = pool_printf(c->r->pool, "attachment; filename=\"%s\"; filename*=UTF-8''%s",
		plain.data, coded.data);
	buf_release(&plain);
	buf_release(&coded);
	return ret;
}

int host_reply_json(struct mt_req *req, int status, json_t *value)
{
	struct call *c = call_of(req);
	char *text;
	size_t len;

	if (!value)
		return call_internal(
			c, "mt_reply_json got NULL: out of memory, or a bad json_pack format");
	if (check_status(c, status) < 0) {
		json_decref(value);
		return MT_EINTERNAL;
	}
	text = json_text(c->r->pool, value, &len);
	json_decref(value);
	if (!text)
		return call_internal(
			c, "the JSON of the reply is nested too deeply or isn't UTF-8");
	reply_text_json(c->r, status, text);
	c->disposition = NULL;
	c->replied = true;
	return 0;
}

int host_reply_data(struct mt_req *req, int status, const char *type, const char *file_name,
	const void *data, size_t len)
{
	struct call *c = call_of(req);
	struct pool *p = c->r->pool;
	char *copy;

	if (check_status(c, status) < 0)
		return MT_EINTERNAL;
	if (!data)
		len = 0;
	if (!type || !strchr(type, '/') || strlen(type) > 120 || !is_printable(type))
		return call_internal(c, "mt_reply_data needs a content type like \"text/csv\"");
	if (file_name && (strlen(file_name) > 200 || !*file_name ||
				 utf8_length(file_name, strlen(file_name)) < 0))
		return call_internal(c, "a file name has 1 to 200 bytes of UTF-8");
	copy = pool_alloc(p, len + 1);
	if (len)
		memcpy(copy, data, len);
	reply_data(c->r, status, pool_strdup(p, type), copy, len);
	if (file_name)
		c->disposition = attachment(c, file_name);
	else
		c->disposition = is_shown(type) ? NULL : "attachment";
	c->replied = true;
	return 0;
}

int host_reply_header(struct mt_req *req, const char *name, const char *value)
{
	struct call *c = call_of(req);
	int i;

	if (!name || !value || !may_send(name) || !is_printable(value) || strlen(value) > 2000) {
		err_log(&c->r->err, "plugin %s: header %.60s", c->host->key, name ? name : "NULL");
		return call_fail(
			c, MT_EINVAL, "the plugin tried to send a header that it may not send");
	}
	if (strcasecmp(name, "Location") == 0 &&
		(value[0] != '/' || value[1] == '/' || value[1] == '\\'))
		return call_fail(
			c, MT_EINVAL, "the plugin tried to lead the browser to another site");
	for (i = 0; i < c->n_headers; i++)
		if (strcasecmp(c->header[i].name, name) == 0)
			break;
	if (i == HOST_HEADERS_MAX)
		return call_internal(c, "more than 16 headers");
	c->header[i].name = pool_strdup(c->r->pool, name);
	c->header[i].value = pool_strdup(c->r->pool, value);
	if (i == c->n_headers)
		c->n_headers++;
	return 0;
}

int reply_finish(struct call *c)
{
	if (!c->replied)
		reply_empty(c->r);
	for (int i = 0; i < c->n_headers; i++)
		reply_header(c->r, c->header[i].name, "%s", c->header[i].value);
	if (c->disposition)
		reply_header(c->r, "Content-Disposition", "%s", c->disposition);
	return 0;
}
