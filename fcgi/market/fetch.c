/* fetch.c - starts mortise-fetch and hears how it went: see fetch.h. */
#include "market/fetch.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "registry/temp.h"

#define OUTPUT_MAX 4096
#define GRACE_MS 2000 /* for starting and ending, beside its own seconds */

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

/* What the child said, or NULL when it said nothing that counts. */
static json_t *run_child(
	struct pool *p, char *const argv[], int to, int64_t deadline, struct err *e)
{
	struct err why;
	struct buf out;
	json_t *said = NULL;

	buf_init(&out, OUTPUT_MAX);
	if (child_read(argv, to, deadline, &out) < 0)
		err_log(e, "%s: %s", argv[0], strerror(errno));
	err_clear(&why);
	if (out.len > 0 && json_parse(p, out.data, out.len, &said, &why) < 0)
		said = NULL;
	buf_release(&out);
	return said;
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
	char *argv[20];
	struct temp *t;
	json_t *said;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (seconds < 1)
		return err_set(e, MT_ETIMEOUT, "there is no time left to fetch %.200s", o->url);
	if ((rc = temp_file(p, c->store_dir, 0600, &t, e)) < 0)
		return rc;
	fill_argv(p, c, o, seconds, argv);
	said = run_child(p, argv, t->fd, clock_ms() + seconds * 1000L + GRACE_MS, e);
	ret->status = (int)json_integer_value(json_object_get(said, "status"));
	ret->bytes = (long)json_integer_value(json_object_get(said, "bytes"));
	ret->etag = json_str(said, "etag", "");
	ret->path = t->path;
	if (ret->status == 0 && !strcmp(json_str(said, "message", ""), "answered with status 404"))
		ret->status = 404;
	return ret->status ? 0 : refuse(o, said, e);
}
