/* fetch.c - starts mortise-fetch and hears how it went: see fetch.h. */
#include "market/fetch.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "registry/temp.h"

#define OUTPUT_MAX 65536 /* some four lines a second, and the last */
#define GRACE_MS 2000	 /* for starting and ending, beside its own seconds */

static void fill_argv(struct pool *p, const struct conf *c, const struct fetch_order *o,
	int seconds, char *argv[20])
{
	const char *words[] = {pool_printf(p, "%s/mortise-fetch", c->lib_dir), "--url", o->url,
		"--base", o->base, "--max", pool_printf(p, "%ld", o->max), "--seconds",
		pool_printf(p, "%d", seconds), "--allow", c->marketplace_allow, "--ca",
		c->marketplace_ca, "--etag", o->etag};
	int n = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv[n++] = pool_strdup(p, words[i]);
	argv[n] = NULL;
}

struct hearing {
	struct pool *pool;
	const struct fetch_order *order;
	size_t at;    /* of the line that comes next */
	json_t *said; /* how it went; NULL = not yet, or nothing that counts */
	bool left;    /* nobody wants it any more */
};

static int line(struct hearing *h, const char *text, size_t n)
{
	struct err why;
	json_t *said;

	err_clear(&why);
	if (json_parse(h->pool, text, n, &said, &why) < 0)
		return -1;
	if (json_object_get(said, "status")) {
		h->said = said;
		return -1;
	}
	h->left = h->order->progress &&
		  h->order->progress(h->order->arg,
			  (long)json_integer_value(json_object_get(said, "got"))) < 0;
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
	snprintf(e->type, sizeof(e->type), "marketplace");
	if (!said)
		return err_set(e, MT_EUPSTREAM, "%.200s could not be fetched in time", o->url);
	err_log(e, "fetch: %s", json_str(said, "reason", ""));
	return err_set(e, MT_EUPSTREAM, "%.200s could not be fetched: %.250s", o->url,
		json_str(said, "message", "no reason given"));
}

int fetch_file(struct pool *p, const struct conf *c, int64_t deadline, const struct fetch_order *o,
	struct fetch *ret, struct err *e)
{
	int left = clock_left(deadline) / 1000, seconds = left < o->seconds ? left : o->seconds;
	struct hearing h = {.pool = p, .order = o};
	char *argv[20];
	struct temp *t;
	struct buf out;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (seconds < 1)
		return err_set(e, MT_ETIMEOUT, "there is no time left to fetch %.200s", o->url);
	if ((rc = temp_file(p, c->store_dir, 0600, &t, e)) < 0)
		return rc;
	fill_argv(p, c, o, seconds, argv);
	buf_init(&out, OUTPUT_MAX);
	if (child_read(argv, t->fd, clock_ms() + seconds * 1000L + GRACE_MS, &out, hear, &h) < 0)
		err_log(e, "%s: %s", argv[0], strerror(errno));
	buf_release(&out);
	if (h.left)
		return err_set(e, MT_EINVAL, "the client left while %.200s was fetched", o->url);
	ret->status = (int)json_integer_value(json_object_get(h.said, "status"));
	ret->bytes = (long)json_integer_value(json_object_get(h.said, "bytes"));
	ret->etag = json_str(h.said, "etag", "");
	ret->path = t->path;
	if (!ret->status && !strcmp(json_str(h.said, "message", ""), "answered with status 404"))
		ret->status = 404;
	return ret->status ? 0 : refuse(o, h.said, e);
}
