/*
 * image.c - GET /api/plugins/marketplace/:key/icon and .../screenshots/:n: an entry's pictures, served by us.
 *
 * Browsers contact no foreign server, and images are checked before they are served. Those of an
 * https marketplace are cached in the database for a while, failures too, and marketplace_images_mb
 * bounds them together. One worker fetches at a time, for seconds: a marketplace of slow images must
 * not occupy the admin pool.
 */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"
#include "marketplace/marketplace.h"
#include "marketplace/cache.h"
#include "marketplace/lock.h"
#include "package/package_shown.h"
#include "package/picture.h"
#include "marketplace/image.sql.h"

#define ICON_MAX (256L << 10)
#define SECONDS 3
#define PAUSE_MS 60000 /* after a failure, before another is fetched */

struct image {
	const char *reference;
	long max;	  /* bytes */
	bool drawn;	  /* a document such as SVG is none */
	const char *type; /* NULL = there is none */
	const char *data;
	size_t len;
};

/* By its bytes; what a server calls it doesn't count. */
static const char *type_of(const struct image *i, const char *data, size_t len)
{
	const char *type = picture_type(data, len);
	size_t blank = 0;

	if (type || i->drawn)
		return type;
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
static void fetch(struct op *op, const struct market_cache *s, struct image *ret)
{
	struct fetch_order o = {.etag = "", .max = ret->max, .seconds = SECONDS};
	struct err kept = op_try(op);
	struct fetch f;
	char *data;

	if (source_read(op, &s->source, ret->reference, &o, &f) == 0 && f.status == 200 &&
		fetch_text(op, &f, &data) == 0) {
		ret->type = type_of(ret, data, (size_t)f.bytes);
		ret->data = data;
		ret->len = (size_t)f.bytes;
	}
	op_tried(op, kept);
}

static int keep(struct op *op, const struct market_cache *s, const struct image *i)
{
	const char *most =
		arena_printf(op->arena, "%ld", (long)op->app->conf.marketplace_images_mb << 20);
	size_t max = sodium_base64_ENCODED_LEN(i->len, sodium_base64_VARIANT_ORIGINAL);
	char *text = i->type ? arena_alloc(op->arena, max) : NULL;
	struct rows rows;
	int rc;

	if (text)
		sodium_bin2base64(text, max, (const unsigned char *)i->data, i->len,
			sodium_base64_VARIANT_ORIGINAL);
	if ((rc = op_write(op, NULL, &IMAGE_PUT,
		     DB_ARGS(s->source.name, i->reference, i->type, text), &rows)) < 0)
		return rc;
	return op_write(op, NULL, &IMAGE_TRIM, DB_ARGS(most), &rows);
}

static int fetch_alone(struct op *op, const struct market_cache *s, struct image *ret)
{
	static int64_t not_before;
	struct lock lock;
	int rc;

	if (clock_ms() < not_before)
		return 0;
	if ((rc = lock_take(op, "image", 0, &lock)) < 0)
		return rc;
	if (!lock.session) {
		op->err.retry_after = 1;
		return op_fail(
			op, MT_EBUSY, "Another image is being fetched: try again in a second");
	}
	fetch(op, s, ret);
	if (!ret->type)
		not_before = clock_ms() + PAUSE_MS;
	rc = keep(op, s, ret);
	lock_release(op, &lock);
	return rc;
}

static void decode(struct op *op, const struct rows *rows, struct image *ret)
{
	const char *text = row_text(rows, 0, 1);
	unsigned char *data = arena_alloc(op->arena, strlen(text) + 1);

	if (sodium_base642bin(data, strlen(text) + 1, text, strlen(text), "\n", &ret->len, NULL,
		    sodium_base64_VARIANT_ORIGINAL) != 0)
		return;
	ret->type = row_text(rows, 0, 0);
	ret->data = (const char *)data;
}

static int find_kept(struct op *op, const struct market_cache *s, struct image *ret)
{
	struct rows rows;
	int rc = op_read(op, NULL, &IMAGE_GET, DB_ARGS(s->source.name, ret->reference), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0 || row_bool(&rows, 0, 2))
		rc = fetch_alone(op, s, ret);
	if (ret->type || rows.n == 0 || !row_text(&rows, 0, 1))
		return rc;
	/* An old one is better than none. */
	op_clear(op);
	decode(op, &rows, ret);
	return 0;
}

static int reply_image(struct req *r, const struct market_cache *s, struct image *i)
{
	int rc;

	if (i->reference && s->source.kind == SOURCE_FOLDER)
		fetch(&r->op, s, i);
	else if (i->reference && (rc = find_kept(&r->op, s, i)) < 0)
		return rc;
	if (!i->type)
		return op_fail(&r->op, MT_ENOENT,
			i->drawn ? "This plugin has no such screenshot"
				 : "This plugin has no icon");
	/* An SVG is a document: opened by itself it may run nothing. */
	reply_header(r, "Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'");
	reply_header(r, "Cache-Control", "private, max-age=86400");
	return reply_data(r, 200, i->type, i->data, i->len);
}

int marketplace_icon(struct req *r)
{
	struct image i = {.max = ICON_MAX};
	struct market_cache s;
	int rc = market_cache_open(&r->op, false, &s);

	if (rc < 0)
		return rc;
	i.reference =
		json_str(market_cache_find(&r->op, &s, req_param(r, "key"), NULL), "iconUrl", NULL);
	return reply_image(r, &s, &i);
}

int marketplace_screenshot(struct req *r)
{
	struct image i = {.max = PACKAGE_SCREENSHOT_MAX, .drawn = true};
	const json_t *entry;
	struct market_cache s;
	int rc = market_cache_open(&r->op, false, &s);

	if (rc < 0)
		return rc;
	entry = market_cache_find(&r->op, &s, req_param(r, "key"), req_query(r, "version"));
	i.reference =
		package_screenshot(json_object_get(entry, "screenshots"), req_param(r, "n"), "url");
	return reply_image(r, &s, &i);
}
