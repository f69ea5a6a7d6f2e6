/*
 * req.h - one HTTP request in a FastCGI worker, and its reply.
 *
 * A request is filled by fcgi.c, finds its route by route.c, has its body checked by body.c and is
 * answered by a handler that fills the reply and returns 0 or an error code. Nothing is sent before
 * the handler has returned, so an error never follows half an answer; a client that accepts
 * progress gets it in lines, of which the last is the reply. All memory is the operation's arena.
 */
#ifndef REQ_H
#define REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/op.h"

#define REQ_PARAMS_MAX 8
#define REQ_HEADERS_MAX 24

struct buf;
struct route;

struct req_param {
	const char *name;
	const char *value;
};

struct req {
	struct op op;
	const struct route *route;
	const char *log_user; /* the sender, for the request's log line; set when known */
	int log_tenant;

	const char *method; /* upper case */
	const char *path;   /* decoded, without query, never with "..", starts with "/" */
	const char *remote; /* client address */
	int64_t started_us;
	int64_t started_ms; /* clock_ms() */

	int n_params; /* from ":name" in the route's path */
	struct req_param param[REQ_PARAMS_MAX];
	int n_query;
	struct req_param *query;
	char **envp; /* FastCGI parameters */

	json_t *body;	     /* parsed JSON object when the route has fields; else NULL */
	long content_length; /* -1 = none */
	/* Reads up to n bytes of the body: >0 bytes, 0 end, <0 error code (cut off, time-out). */
	long (*read)(struct req *, void *buf, size_t n);
	void *io;
	int client_fd; /* its connection, to check whether the client is still there; 0 = unknown */
	int client_id; /* of the request there, as FastCGI counts them */

	/* Sends a line at once, and before the first the head of a reply in lines; -1 = nobody reads. */
	int (*line)(struct req *, const char *text, size_t n);
	bool in_lines; /* such a head was sent */

	/* Hands the request with its body to the worker that listens at this path, which gets these
	 * parameters (handed.h) and replies; what the handler replies isn't sent then. MT_EBUSY without a
	 * text when nobody takes it, or an error of the body. */
	int (*hand_over)(struct req *, const char *path, const struct buf *params);
	bool handed_over;

	/* Holds the reply back while the worker serves others: called at clock_ms() held_at, it
	 * returns 0 when the reply may be sent, or when to call it again. NULL = the reply is sent
	 * now. */
	int64_t (*held)(struct req *);
	int64_t held_at;
	void *held_by; /* its own */

	/* the reply */
	int status; /* 0 = 200, or 204 when there is no body */
	const char *content_type;
	const char *out;
	size_t out_len;
	int n_headers;
	struct req_param header[REQ_HEADERS_MAX];
};

const char *req_param(const struct req *r, const char *name);  /* path parameter; "" when none */
const char *req_query(const struct req *r, const char *name);  /* NULL when absent */
const char *req_header(const struct req *r, const char *name); /* "If-Match"; NULL when absent */
const char *req_env(const struct req *r, const char *name);    /* raw FastCGI parameter or NULL */
/* Query number with bounds; absent = fallback; a bad one is a field fault of "?name". */
/* One that the route's table has checked. */
long req_query_number(const struct req *r, const char *name, long fallback);
int req_query_int(struct req *r, const char *name, long least, long most, long fallback, long *ret);
/* Reads the whole body, at most max bytes: MT_ETOOBIG, MT_EINVAL when cut off. */
int req_body(struct req *r, size_t max, char **ret, size_t *ret_len);

/*
 * Replies. All return 0 so that a handler may end with `return reply_json(...)`; only a value that
 * can't be written as JSON is MT_EINTERNAL. Text and data are referenced, not copied: arena or
 * static memory.
 */
int reply_json(struct req *r, int status, const json_t *v);
int reply_text_json(struct req *r, int status, const char *json); /* JSON text, e.g. from SQL */
int reply_empty(struct req *r);					  /* 204 */
int reply_data(struct req *r, int status, const char *type, const void *data, size_t len);
/*
 * Reports progress to a client whose Accept names application/x-ndjson (newline-delimited JSON,
 * github.com/ndjson/ndjson-spec); does nothing for others. From then on the HTTP status is 200, and
 * the last line is {"status": 201, "body": ...}: the status and body, on one line, of the handler's
 * reply or problem. Returns -1 when the client has disconnected, which is how it cancels.
 */
int reply_progress(struct req *r, const json_t *v);
/* Sets or replaces (Set-Cookie adds). Control characters become blanks: nothing can be injected. */
int reply_header(struct req *r, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Turns r->op.err into application/problem+json (RFC 9457): type, title, status, detail, requestId,
 * text, errors[{pointer, detail, text}]. Called by the loop. */
void reply_problem(struct req *r);

#endif
