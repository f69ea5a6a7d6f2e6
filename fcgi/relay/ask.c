/* ask.c - see ask.h. */
#include "relay/ask.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "http/fcgi_client.h"
#include "os/sock.h"

#define ANSWER_MAX 65536

void ask_init(struct ask *a)
{
	a->fd = -1;
	buf_init(&a->in, 4 * ANSWER_MAX);
	buf_init(&a->answer, ANSWER_MAX);
}

void ask_end(struct ask *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	buf_clear(&a->in);
	buf_clear(&a->answer);
}

/* The request is smaller than a socket's buffer: it is sent as a whole or not at all. */
bool ask_send(
	struct ask *a, const char *run_dir, const char *pool, const char *uri, int64_t deadline)
{
	struct buf params, request;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s.sock", run_dir, pool);
	buf_init(&params, 4096);
	buf_init(&request, 8192);
	fcgi_param(&params, "REQUEST_METHOD", "POST");
	fcgi_param(&params, "REQUEST_URI", uri);
	fcgi_param(&params, "SERVER_PROTOCOL", "HTTP/1.1");
	fcgi_param(&params, "CONTENT_LENGTH", "0");
	fcgi_param(&params, "QUERY_STRING", "");
	fcgi_param(&params, "REMOTE_ADDR", "127.0.0.1");
	fcgi_param(&params, "REQUEST_ID", "");
	fcgi_request(&request, &params, "", 0);
	a->deadline = deadline;
	a->fd = sock_connect(path, SOCK_STREAM);
	if (a->fd >= 0 && send(a->fd, request.data, request.len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
				  (ssize_t)request.len)
		ask_end(a);
	buf_release(&params);
	buf_release(&request);
	return a->fd >= 0;
}

enum ask_news ask_news(struct ask *a)
{
	char chunk[8192];
	ssize_t got = recv(a->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return ASK_WAITING;
	if (got <= 0 || buf_add(&a->in, chunk, (size_t)got) < 0)
		return ASK_BROKEN;
	return fcgi_take(&a->in, &a->answer) ? ASK_ANSWERED : ASK_WAITING;
}

bool ask_wants_more(const struct ask *a, const char *what)
{
	struct arena *p = arena_new();
	struct err *e = err_new(p);
	json_t *said = NULL;
	const char *body;
	size_t n;
	int status = fcgi_status(&a->answer, &body, &n);
	bool ret;

	if (status != 200)
		log_warn("%s: status %d", what, status);
	else if (json_parse(p, body, n, &said, e) < 0)
		log_warn("%s: %s", what, e->message);
	ret = json_is_true(json_object_get(said, "more"));
	arena_free(p);
	return ret;
}
