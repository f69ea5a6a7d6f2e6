/*
 * icon.c - GET /api/plugins/marketplace/:key/icon: an entry's icon, served by us.
 *
 * Browsers contact no foreign server, and images are checked before they are served. Icons of an
 * https marketplace are cached in the database for a while, failures too. One worker fetches at a
 * time, for seconds: a marketplace of slow icons must not occupy the admin pool.
 */
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"
#include "marketplace/marketplace.h"
#include "marketplace/cache.h"
#include "marketplace/lock.h"
#include "marketplace/icon.sql.h"

#define ICON_MAX (256L << 10)
#define ICON_SECONDS 3
#define PAUSE_MS 60000 /* after a failure, before the next fetch */

struct icon {
	const char *type; /* NULL = there is none */
	const char *data;
	size_t len;
};

/* By its bytes; what a server calls it doesn't count. */
static const char *type_of(const char *data, size_t len)
{
	size_t blank = 0;

	if (len > 8 && !memcmp(data, "\x89PNG\r\n\x1a\n", 8))
		return "image/png";
	if (len > 3 && !memcmp(data, "\xff\xd8\xff", 3))
		return "image/jpeg";
	if (len > 12 && !memcmp(data, "RIFF", 4) && !memcmp(data + 8, "WEBP", 4))
		return "image/webp";
	if (len > 3 && !memcmp(data, "\xef\xbb\xbf", 3))
		blank = 3;
	while (blank < len && strchr(" \t\r\n", data[blank]) && data[blank])
		blank++;
	if (len - blank > 5 &&
		(!memcmp(data + blank, "<svg", 4) || !memcmp(data + blank, "<?xml", 5)))
		return "image/svg+xml";
	return NULL;
}

static void read_icon(struct req *r, const char *path, struct icon *ret)
{
	char *data = arena_alloc(r->op.arena, ICON_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	while (fd >= 0 && ret->len < (size_t)ICON_MAX &&
		(n = read(fd, data + ret->len, (size_t)ICON_MAX - ret->len)) > 0)
		ret->len += (size_t)n;
	if (fd >= 0)
		close(fd);
	ret->data = data;
	ret->type = fd < 0 || n < 0 ? NULL : type_of(data, ret->len);
}

/* Failing is an answer: type stays NULL. */
static void fetch(
	struct req *r, const struct market_cache *s, const char *reference, struct icon *ret)
{
	struct source_order o = {
		.reference = reference, .etag = "", .max = ICON_MAX, .seconds = ICON_SECONDS};
	struct err *why = err_new(r->op.arena);
	struct fetch f;

	if (source_read(r->op.arena, &r->op.app->conf, r->op.deadline, &s->source, &o, &f, why) ==
			0 &&
		f.status == 200)
		read_icon(r, f.path, ret);
}

static int keep(
	struct req *r, const struct market_cache *s, const char *reference, const struct icon *i)
{
	size_t max = sodium_base64_ENCODED_LEN(i->len, sodium_base64_VARIANT_ORIGINAL);
	char *text = i->type ? arena_alloc(r->op.arena, max) : NULL;
	struct rows rows;

	if (text)
		sodium_bin2base64(text, max, (const unsigned char *)i->data, i->len,
			sodium_base64_VARIANT_ORIGINAL);
	return op_write(
		&r->op, NULL, &ICON_PUT, DB_ARGS(s->source.name, reference, i->type, text), &rows);
}

static int fetch_alone(
	struct req *r, const struct market_cache *s, const char *reference, struct icon *ret)
{
	static int64_t not_before;
	struct lock lock;
	int rc;

	if (clock_ms() < not_before)
		return 0;
	if ((rc = lock_take(r, "icon", 0, &lock)) < 0)
		return rc;
	if (!lock.session) {
		r->op.err.retry_after = 1;
		return op_fail(&r->op, MT_EBUSY, "another icon is being fetched");
	}
	fetch(r, s, reference, ret);
	if (!ret->type)
		not_before = clock_ms() + PAUSE_MS;
	rc = keep(r, s, reference, ret);
	lock_release(r, &lock);
	return rc;
}

static void decode(struct req *r, const struct rows *rows, struct icon *ret)
{
	const char *text = row_text(rows, 0, 1);
	unsigned char *data = arena_alloc(r->op.arena, strlen(text) + 1);

	if (sodium_base642bin(data, strlen(text) + 1, text, strlen(text), "\n", &ret->len, NULL,
		    sodium_base64_VARIANT_ORIGINAL) != 0)
		return;
	ret->type = row_text(rows, 0, 0);
	ret->data = (const char *)data;
}

static int find_kept(
	struct req *r, const struct market_cache *s, const char *reference, struct icon *ret)
{
	struct rows rows;
	int rc = op_read(&r->op, NULL, &ICON_GET, DB_ARGS(s->source.name, reference), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0 || row_bool(&rows, 0, 2))
		rc = fetch_alone(r, s, reference, ret);
	if (ret->type || rows.n == 0 || !row_text(&rows, 0, 1))
		return rc;
	/* An old one is better than none. */
	op_clear(&r->op);
	decode(r, &rows, ret);
	return 0;
}

int marketplace_icon(struct req *r)
{
	const char *key = req_param(r, "key"), *reference;
	struct icon icon = {0};
	struct market_cache s;
	int rc = market_cache_open(r, false, &s);

	if (rc < 0)
		return rc;
	reference = json_str(market_cache_find(r, &s, key, NULL), "iconUrl", NULL);
	if (reference && s.source.kind == SOURCE_FOLDER)
		fetch(r, &s, reference, &icon);
	else if (reference)
		rc = find_kept(r, &s, reference, &icon);
	if (rc < 0)
		return rc;
	if (!icon.type)
		return op_fail(&r->op, MT_ENOENT, "there is no icon");
	/* An SVG is a document: opened on its own it may run nothing. */
	reply_header(r, "Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'");
	reply_header(r, "Cache-Control", "private, max-age=86400");
	return reply_data(r, 200, icon.type, icon.data, icon.len);
}
