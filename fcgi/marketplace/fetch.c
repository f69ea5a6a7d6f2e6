/* fetch.c - the admin pool's side of mortise-fetch: see fetch.h. */
#include "marketplace/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "os/sock.h"
#include "base/temp.h"

#define OUTPUT_MAX 65536 /* some four lines a second, and the last */
#define GRACE_MS 2000	 /* for starting and ending, beside its own seconds */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int) * 2)];
};

/* One message: what to fetch, the file for it, and the authorities, if there are some. 0 or -1. */
static int send_order(int to, const char *text, size_t n, int file, int ca)
{
	int fds[] = {file, ca};
	size_t size = sizeof(int) * (ca < 0 ? 1 : 2);
	union control control = {0};
	struct iovec iov = {.iov_base = (char *)text, .iov_len = n};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), fds, size);
	return sendmsg(to, &msg, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static char *order_text(struct arena *p, const struct conf *c, const struct fetch_order *o,
	int seconds, size_t *ret_len)
{
	json_t *v = json_pack("{ss ss ss ss sI si}", "url", o->url, "base", o->base, "allow",
		c->marketplace_allow, "etag", o->etag, "max", (json_int_t)o->max, "seconds",
		seconds);

	json_own(p, v);
	return v ? json_text(p, v, ret_len) : NULL;
}

/* The file of marketplace_ca is opened here: who fetches need not be able to. -1 = none. */
static int open_ca(const struct conf *c, int *ret, struct err *e)
{
	*ret = -1;
	if (!c->marketplace_ca[0])
		return 0;
	*ret = open(c->marketplace_ca, O_RDONLY | O_CLOEXEC);
	if (*ret >= 0)
		return 0;
	e->type = "marketplace";
	return err_set(
		e, MT_EUPSTREAM, "marketplace_ca %s: %s", c->marketplace_ca, strerror(errno));
}

struct hearing {
	struct arena *arena;
	const struct fetch_order *order;
	size_t at;    /* of the next line */
	json_t *said; /* the outcome; NULL = none yet */
	bool left;    /* nobody wants it any more */
};

/* Progress without new bytes is reported as well, so that the other side notices when this one has
 * gone; people only see bytes. */
static int line(struct hearing *h, const char *text, size_t n)
{
	struct err why;
	json_t *said;
	long got;

	err_init(&why, h->arena);
	if (json_parse(h->arena, text, n, &said, &why) < 0)
		return -1;
	if (json_object_get(said, "status")) {
		h->said = said;
		return -1;
	}
	got = (long)json_integer_value(json_object_get(said, "got"));
	h->left = got > 0 && h->order->progress && h->order->progress(h->order->arg, got) < 0;
	return h->left ? -1 : 0;
}

static int hear(void *arg, const struct buf *out)
{
	struct hearing *h = arg;
	const char *end;

	while ((end = memchr(out->data + h->at, '\n', out->len - h->at))) {
		const char *text = out->data + h->at;

		h->at = (size_t)(end - out->data) + 1;
		if (line(h, text, (size_t)(end - text)) < 0)
			return -1;
	}
	return 0;
}

static int refuse(const struct fetch_order *o, const json_t *said, struct err *e)
{
	e->type = "marketplace";
	if (!said)
		return err_set(e, MT_EUPSTREAM, "%.200s could not be fetched in time", o->url);
	err_log(e, "fetch: %s", json_str(said, "reason", ""));
	return err_set(e, MT_EUPSTREAM, "%.200s could not be fetched: %.250s", o->url,
		json_str(said, "message", "no reason given"));
}

/* A connection to mortise-fetch with the order sent, or -1: logged in e. */
static int start(struct arena *p, const struct conf *c, const struct fetch_order *o, int seconds,
	int file, int ca, struct err *e)
{
	const char *path = arena_printf(p, "%s/fetch.sock", c->run_dir);
	size_t n;
	char *text = order_text(p, c, o, seconds, &n);
	int fd = text ? sock_connect(path, SOCK_STREAM) : -1;

	if (fd >= 0 && send_order(fd, text, n, file, ca) == 0)
		return fd;
	err_log(e, "%s: %s", path, text ? strerror(errno) : "its address is no text");
	if (fd >= 0)
		close(fd);
	return -1;
}

int fetch_file(struct arena *p, const struct conf *c, int64_t deadline, const struct fetch_order *o,
	struct fetch *ret, struct err *e)
{
	int left = clock_left(deadline) / 1000, seconds = left < o->seconds ? left : o->seconds;
	struct hearing h = {.arena = p, .order = o};
	struct temp *t;
	struct buf out;
	int rc, fd, ca;

	memset(ret, 0, sizeof(*ret));
	if (seconds < 1)
		return err_set(e, MT_ETIMEOUT, "there is no time left to fetch %.200s", o->url);
	if ((rc = temp_file(p, c->store_dir, 0600, &t, e)) < 0 || (rc = open_ca(c, &ca, e)) < 0)
		return rc;
	fd = start(p, c, o, seconds, t->fd, ca, e);
	if (ca >= 0)
		close(ca);
	if (fd < 0) {
		e->type = "marketplace";
		return err_set(e, MT_EUPSTREAM,
			"%.200s could not be fetched: the process for it is not there; try again",
			o->url);
	}
	buf_init(&out, OUTPUT_MAX);
	child_hear(fd, clock_ms() + seconds * 1000L + GRACE_MS, &out, hear, &h);
	buf_release(&out);
	close(fd); /* which ends what still runs */
	if (h.left)
		return err_set(e, MT_EINVAL, "the client left while %.200s was fetched", o->url);
	ret->status = (int)json_integer_value(json_object_get(h.said, "status"));
	ret->bytes = (long)json_integer_value(json_object_get(h.said, "bytes"));
	ret->etag = json_str(h.said, "etag", "");
	ret->path = t->path;
	if (!ret->status && json_integer_value(json_object_get(h.said, "http")) == 404)
		ret->status = 404;
	return ret->status ? 0 : refuse(o, h.said, e);
}
