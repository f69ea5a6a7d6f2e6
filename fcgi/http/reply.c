/*
 * reply.c - replies and problem documents.
 */
#include "http/req.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/json.h"
#include "http/problem.h"

#define PROBLEM_MAX 65536
#define RETRY_AFTER_S 5 /* of 429 and 503 that name no time */
#define HEADER_MAX 2048 /* of one in a header, which nginx has little room for */

static const char ON_OUR_SIDE[] =
	N_("Something went wrong on our side; the log has more under this request id");

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
		return op_fail(&r->op, MT_EINTERNAL, "The reply can't be written");
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

static void add_text(struct buf *b, bool with_texts, const char *text)
{
	if (!with_texts || text == NULL)
		return;
	buf_adds(b, ",\"text\":");
	buf_adds(b, text);
}

static void add_detail(struct buf *b, struct req *r, const struct problem *p, bool with_texts)
{
	const struct err *e = &r->op.err;
	const char *ours = e->message[0] == '\0' ? p->title : NULL;

	/* The cause of an internal error is for the log alone. */
	if (p->code == MT_EINTERNAL)
		ours = ON_OUR_SIDE;
	add_member(b, ",\"detail\":", ours != NULL ? ours : e->message);
	add_text(b, with_texts, ours != NULL ? message_json_plain(r->op.arena, ours) : e->text);
}

static void write_problem(struct buf *b, struct req *r, const struct problem *p, bool with_texts)
{
	const struct err *e = &r->op.err;
	char type[80];

	snprintf(type, sizeof(type), "/problems/%s", e->type[0] != '\0' ? e->type : p->slug);
	add_member(b, "{\"type\":", type);
	add_member(b, ",\"title\":", p->title);
	buf_addf(b, ",\"status\":%d", p->status);
	add_detail(b, r, p, with_texts);
	add_member(b, ",\"requestId\":", r->op.id == NULL ? "" : r->op.id);
	for (int i = 0; i < e->n_fields; i++) {
		add_member(b, i == 0 ? ",\"errors\":[{\"pointer\":" : ",{\"pointer\":",
			e->field[i].pointer);
		add_member(b, ",\"detail\":", e->field[i].detail);
		add_text(b, with_texts, e->field[i].text);
		buf_adds(b, i + 1 == e->n_fields ? "}]" : "}");
	}
	add_members(b, e->members);
	buf_adds(b, "}");
}

void reply_problem(struct req *r)
{
	const struct err *e = &r->op.err;
	const struct problem *p = problem_of(e->code);
	/* nginx sends a request's head alone, and then shows this: it takes no body from such an
	 * answer. */
	bool in_header = req_env(r, "MT_HEAD_ONLY") != NULL;
	struct buf b;

	keep_error_headers(r);
	if (p->code == MT_EAUTH)
		reply_header(r, "WWW-Authenticate", "Bearer");
	if (e->retry_after > 0 || p->code == MT_ERATE || p->code == MT_EBUSY)
		reply_header(r, "Retry-After", "%u",
			e->retry_after > 0 ? e->retry_after : RETRY_AFTER_S);
	buf_init(&b, in_header ? HEADER_MAX : PROBLEM_MAX);
	write_problem(&b, r, p, true);
	if (b.full) { /* the text matters more than its translation */
		buf_release(&b);
		buf_init(&b, PROBLEM_MAX);
		write_problem(&b, r, p, false);
	}
	if (b.full) { /* many long faults of odd bytes, each six times as long in JSON */
		buf_clear(&b);
		buf_addf(&b, "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d}", p->slug,
			p->title, p->status);
	}
	reply_data(r, p->status, "application/problem+json",
		arena_strndup(r->op.arena, b.data, b.len), b.len);
	if (in_header)
		reply_header(r, "X-Mt-Problem", "%s", r->out);
	buf_release(&b);
}
