/*
 * icon.c - GET /api/plugins/marketplace/:key/icon: an entry's icon, served by us.
 *
 * Browsers contact no foreign server, and images are checked before they are served. Icons of an
 * https marketplace are cached in the database for a while, failures too. One worker fetches at a
 * time, for seconds: a marketplace of slow icons must not occupy the admin pool.
 */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"
#include "marketplace/marketplace.h"
#include "marketplace/cache.h"
#include "marketplace/lock.h"
#include "marketplace/icon.sql.h"

#define ICON_MAX (256L << 10)
#define ICON_SECONDS 3
#define PAUSE_MS 60000 /* after a failure, before another is fetched */

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

/* Failing is an answer: type stays NULL. */
static void fetch(
	struct op *op, const struct market_cache *s, const char *reference, struct icon *ret)
{
	struct fetch_order o = {.etag = "", .max = ICON_MAX, .seconds = ICON_SECONDS};
	struct err kept = op_try(op);
	struct fetch f;
	char *data;

	if (source_read(op, &s->source, reference, &o, &f) == 0 && f.status == 200 &&
		fetch_text(op, &f, &data) == 0)
		*ret = (struct icon){type_of(data, (size_t)f.bytes), data, (size_t)f.bytes};
	op_tried(op, kept);
}

static int keep(
	struct op *op, const struct market_cache *s, const char *reference, const struct icon *i)
{
	size_t max = sodium_base64_ENCODED_LEN(i->len, sodium_base64_VARIANT_ORIGINAL);
	char *text = i->type ? arena_alloc(op->arena, max) : NULL;
	struct rows rows;

	if (text)
		sodium_bin2base64(text, max, (const unsigned char *)i->data, i->len,
			sodium_base64_VARIANT_ORIGINAL);
	return op_write(
		op, NULL, &ICON_PUT, DB_ARGS(s->source.name, reference, i->type, text), &rows);
}

static int fetch_alone(
	struct op *op, const struct market_cache *s, const char *reference, struct icon *ret)
{
	static int64_t not_before;
	struct lock lock;
	int rc;

	if (clock_ms() < not_before)
		return 0;
	if ((rc = lock_take(op, "icon", 0, &lock)) < 0)
		return rc;
	if (!lock.session) {
		op->err.retry_after = 1;
		return op_fail(
			op, MT_EBUSY, "Another icon is being fetched: try again in a second");
	}
	fetch(op, s, reference, ret);
	if (!ret->type)
		not_before = clock_ms() + PAUSE_MS;
	rc = keep(op, s, reference, ret);
	lock_release(op, &lock);
	return rc;
}

static void decode(struct op *op, const struct rows *rows, struct icon *ret)
{
	const char *text = row_text(rows, 0, 1);
	unsigned char *data = arena_alloc(op->arena, strlen(text) + 1);

	if (sodium_base642bin(data, strlen(text) + 1, text, strlen(text), "\n", &ret->len, NULL,
		    sodium_base64_VARIANT_ORIGINAL) != 0)
		return;
	ret->type = row_text(rows, 0, 0);
	ret->data = (const char *)data;
}

static int find_kept(
	struct op *op, const struct market_cache *s, const char *reference, struct icon *ret)
{
	struct rows rows;
	int rc = op_read(op, NULL, &ICON_GET, DB_ARGS(s->source.name, reference), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0 || row_bool(&rows, 0, 2))
		rc = fetch_alone(op, s, reference, ret);
	if (ret->type || rows.n == 0 || !row_text(&rows, 0, 1))
		return rc;
	/* An old one is better than none. */
	op_clear(op);
	decode(op, &rows, ret);
	return 0;
}

int marketplace_icon(struct req *r)
{
	const char *reference;
	struct icon icon = {0};
	struct market_cache s;
	int rc = market_cache_open(&r->op, false, &s);

	if (rc < 0)
		return rc;
	reference =
		json_str(market_cache_find(&r->op, &s, req_param(r, "key"), NULL), "iconUrl", NULL);
	if (reference && s.source.kind == SOURCE_FOLDER)
		fetch(&r->op, &s, reference, &icon);
	else if (reference && (rc = find_kept(&r->op, &s, reference, &icon)) < 0)
		return rc;
	if (!icon.type)
		return op_fail(&r->op, MT_ENOENT, "This plugin has no icon");
	/* An SVG is a document: opened by itself it may run nothing. */
	reply_header(r, "Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'");
	reply_header(r, "Cache-Control", "private, max-age=86400");
	return reply_data(r, 200, icon.type, icon.data, icon.len);
}
