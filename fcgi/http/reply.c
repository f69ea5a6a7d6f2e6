/*
 * reply.c - replies, and the one table from code to HTTP status.
 */
#include "http/req.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/json.h"

#define PROBLEM_MAX 65536
#define RETRY_AFTER_S 5 /* of 429 and 503 that name no time */

struct problem {
	int code;
	int status;
	const char *slug;
	const char *title;
};

static const struct problem problems[] = {
	{MT_EINTERNAL, 500, "internal-error", "Internal error"}, /* and what has no line */
	{MT_EINVAL, 400, "bad-request", "Bad request"},
	{MT_EFIELDS, 422, "invalid-fields", "Invalid fields"},
	{MT_EAUTH, 401, "not-signed-in", "Not signed in"},
	{MT_EPERM, 403, "not-allowed", "Not allowed"},
	{MT_ENOENT, 404, "not-found", "Not found"},
	{MT_EMETHOD, 405, "method-not-allowed", "Method not allowed"},
	{MT_ECONFLICT, 409, "conflict", "Conflict"},
	{MT_ETOOBIG, 413, "too-large", "Too large"},
	{MT_EMEDIA, 415, "unsupported-media-type", "Unsupported media type"},
	{MT_ERATE, 429, "too-many-requests", "Too many requests"},
	{MT_EUPSTREAM, 502, "bad-gateway", "Bad gateway"},
	{MT_EBUSY, 503, "unavailable", "Unavailable"},
	{MT_ETIMEOUT, 504, "timeout", "Time-out"},
	{MT_EFULL, 507, "no-room", "No room left"},
};

static const struct problem *problem_of(int code)
{
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
		if (problems[i].code == code)
			return &problems[i];
	return &problems[0];
}

int reply_status_of(int code)
{
	return code >= 0 ? 200 : problem_of(code)->status;
}

int reply_data(struct req *r, int status, const char *type, const void *data, size_t len)
{
	r->status = status;
	r->content_type = type;
	r->out = data;
	r->out_len = len;
	return 0;
}

int reply_text_json(struct req *r, int status, const char *json)
{
	if (json == NULL)
		json = "null";
	return reply_data(r, status, "application/json", json, strlen(json));
}

int reply_json(struct req *r, int status, const json_t *v)
{
	size_t len;
	char *text = json_text(r->op.arena, v, &len);

	if (text == NULL) {
		op_log(&r->op, "the reply can't be written as JSON");
		return op_fail(&r->op, MT_EINTERNAL, "the reply can't be written");
	}
	return reply_data(r, status, "application/json", text, len);
}

int reply_empty(struct req *r)
{
	return reply_data(r, 204, NULL, NULL, 0);
}

int reply_progress(struct req *r, const json_t *v)
{
	const char *accept = req_header(r, "Accept");
	const char *text;
	size_t len;

	if (r->line == NULL || accept == NULL || !strcasestr(accept, "application/x-ndjson"))
		return 0;
	text = json_text(r->op.arena, v, &len);
	return text == NULL ? 0 : r->line(r, text, len);
}

static bool is_token(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789-_")] == '\0';
}

/* Status and length are the loop's own. */
static bool is_ours_to_set(const char *name)
{
	return is_token(name) && strcasecmp(name, "Status") != 0 &&
	       strcasecmp(name, "Content-Length") != 0;
}

static struct req_param *header_slot(struct req *r, const char *name)
{
	if (strcasecmp(name, "Set-Cookie") != 0)
		for (int i = 0; i < r->n_headers; i++)
			if (strcasecmp(r->header[i].name, name) == 0)
				return &r->header[i];
	return r->n_headers < REQ_HEADERS_MAX ? &r->header[r->n_headers++] : NULL;
}

int reply_header(struct req *r, const char *name, const char *fmt, ...)
{
	struct req_param *h;
	va_list ap;
	char *value;

	va_start(ap, fmt);
	value = arena_vprintf(r->op.arena, fmt, ap);
	va_end(ap);
	for (char *s = value; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
	if (strcasecmp(name, "Content-Type") == 0) {
		r->content_type = value;
		return 0;
	}
	h = is_ours_to_set(name) ? header_slot(r, name) : NULL;
	if (h == NULL) {
		op_log(&r->op, "the header '%.40s' was left out", name);
		return 0;
	}
	h->name = arena_strdup(r->op.arena, name);
	h->value = value;
	return 0;
}

/* Of what a handler had set before it failed, only what belongs to an error stays. */
static void keep_error_headers(struct req *r)
{
	static const char *const keep[] = {
		"Allow", "WWW-Authenticate", "Retry-After", "Cache-Control"};
	int n = 0;

	for (int i = 0; i < r->n_headers; i++)
		for (size_t k = 0; k < sizeof(keep) / sizeof(keep[0]); k++)
			if (strcasecmp(r->header[i].name, keep[k]) == 0)
				r->header[n++] = r->header[i];
	r->n_headers = n;
}

static void add_member(struct buf *b, const char *before, const char *value)
{
	buf_adds(b, before);
	buf_add_json(b, value, strlen(value));
}

/* Members that a handler adds to its problem: "permissions" that somebody must confirm. */
static void add_members(struct buf *b, json_t *more)
{
	const char *name;
	json_t *v;

	json_object_foreach(more, name, v) {
		char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

		if (text) {
			buf_adds(b, ",");
			buf_add_json(b, name, strlen(name));
			buf_adds(b, ":");
			buf_adds(b, text);
		}
		free(text);
	}
}

void reply_problem(struct req *r)
{
	const struct err *e = &r->op.err;
	const struct problem *p = problem_of(e->code);
	const char *detail = e->message[0] != '\0' ? e->message : p->title;
	char type[80];
	struct buf b;

	/* The cause of an internal error is for the log alone. */
	if (p->code == MT_EINTERNAL)
		detail = "something went wrong on our side; the log has more under this request id";
	keep_error_headers(r);
	if (p->code == MT_EAUTH)
		reply_header(r, "WWW-Authenticate", "Bearer");
	if (e->retry_after > 0 || p->code == MT_ERATE || p->code == MT_EBUSY)
		reply_header(r, "Retry-After", "%u",
			e->retry_after > 0 ? e->retry_after : RETRY_AFTER_S);
	snprintf(type, sizeof(type), "/problems/%s", e->type[0] != '\0' ? e->type : p->slug);
	buf_init(&b, PROBLEM_MAX);
	add_member(&b, "{\"type\":", type);
	add_member(&b, ",\"title\":", p->title);
	buf_addf(&b, ",\"status\":%d", p->status);
	add_member(&b, ",\"detail\":", detail);
	add_member(&b, ",\"requestId\":", r->op.id == NULL ? "" : r->op.id);
	for (int i = 0; i < e->n_fields; i++) {
		add_member(&b, i == 0 ? ",\"errors\":[{\"pointer\":" : ",{\"pointer\":",
			e->field[i].pointer);
		add_member(&b, ",\"detail\":", e->field[i].detail);
		buf_adds(&b, i + 1 == e->n_fields ? "}]" : "}");
	}
	add_members(&b, e->members);
	buf_adds(&b, "}");
	if (b.full) { /* many long faults of odd bytes, each six times as long in JSON */
		buf_clear(&b);
		buf_addf(&b, "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d}", p->slug,
			p->title, p->status);
	}
	reply_data(r, p->status, "application/problem+json",
		arena_strndup(r->op.arena, b.data, b.len), b.len);
	/* nginx sends a request's head alone and then shows this: it takes no body from such an
	 * answer. */
	if (req_env(r, "MT_HEAD_ONLY"))
		reply_header(r, "X-Mt-Problem", "%s", r->out);
	buf_release(&b);
}
