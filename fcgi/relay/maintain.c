/* maintain.c - see maintain.h. */
#include "relay/maintain.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "http/fcgi_client.h"
#include "os/sock.h"

#define FIRST_MS 3000 /* after the start: there is more urgent work then */
#define AGAIN_MS 50
#define BROKEN_MS                                                                                  \
	1000 /* after an answer that was cut off: its worker died, and what it did waits */
#define ANSWER_MAX 65536

void maintain_init(struct maintain *t)
{
	memset(t, 0, sizeof(*t));
	t->fd = -1;
	t->due = clock_ms() + FIRST_MS;
	buf_init(&t->in, 4 * ANSWER_MAX);
	buf_init(&t->answer, ANSWER_MAX);
}

void maintain_hurry(struct maintain *t)
{
	t->again = true;
	if (t->fd < 0)
		t->due = 0;
}

static void over(struct maintain *t, bool more)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->due = clock_ms() + (more || t->again ? AGAIN_MS : MAINTAIN_MS);
	t->again = false;
	buf_clear(&t->in);
	buf_clear(&t->answer);
}

/* The request is smaller than a socket's buffer: it is sent as a whole or not at all. */
static void send_request(struct maintain *t, const char *run_dir)
{
	struct buf params, request;
	char path[300];

	snprintf(path, sizeof(path), "%s/admin.sock", run_dir);
	buf_init(&params, 4096);
	buf_init(&request, 8192);
	fcgi_param(&params, "REQUEST_METHOD", "POST");
	fcgi_param(&params, "REQUEST_URI", "/-/maintain");
	fcgi_param(&params, "SERVER_PROTOCOL", "HTTP/1.1");
	fcgi_param(&params, "CONTENT_LENGTH", "0");
	fcgi_param(&params, "QUERY_STRING", "");
	fcgi_param(&params, "REMOTE_ADDR", "127.0.0.1");
	fcgi_param(&params, "REQUEST_ID", "");
	fcgi_request(&request, &params, "", 0);
	t->fd = sock_connect(path, SOCK_STREAM);
	if (t->fd >= 0 && send(t->fd, request.data, request.len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
				  (ssize_t)request.len)
		over(t, false);
	buf_release(&params);
	buf_release(&request);
}

/* {"more": true}: there is more to do at once. */
static bool wants_more(const struct buf *answer)
{
	struct arena *p = arena_new();
	struct err *e = err_new(p);
	json_t *said = NULL;
	const char *body;
	size_t n;
	int status = fcgi_status(answer, &body, &n);
	bool ret;

	if (status != 200)
		log_warn("maintenance by the admin pool: status %d", status);
	else if (json_parse(p, body, n, &said, e) < 0)
		log_warn("maintenance by the admin pool: %s", e->message);
	ret = json_is_true(json_object_get(said, "more"));
	arena_free(p);
	return ret;
}

void maintain_news(struct maintain *t)
{
	char chunk[8192];
	ssize_t got = recv(t->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0 || buf_add(&t->in, chunk, (size_t)got) < 0) {
		over(t, false);
		t->due = clock_ms() + BROKEN_MS;
		return;
	}
	if (!fcgi_take(&t->in, &t->answer))
		return;
	over(t, wants_more(&t->answer));
}

int64_t maintain_tick(struct maintain *t, struct relay *r)
{
	int64_t now = clock_ms();

	if (t->fd >= 0) {
		if (now < t->deadline)
			return t->deadline;
		log_warn("the admin pool gives no answer");
		over(t, false);
	}
	if (now < t->due)
		return t->due;
	t->again = false;
	t->due = now + MAINTAIN_MS;
	send_request(t, r->app.conf.run_dir);
	t->deadline = now + r->app.conf.admin_deadline_ms + 1000;
	return t->fd >= 0 ? t->deadline : t->due;
}
