/* cache.c - see cache.h. */
#include "marketplace/cache.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"
#include "marketplace/listing.h"
#include "marketplace/lock.h"
#include "package/manifest.h"
#include "marketplace/cache.sql.h"

#define FIRST_WAIT_MS 6000 /* for the worker that fetches the first catalogue */
#define FIRST_PAUSE_MS 100

/* The row; version 0 = nothing was ever fetched. */
struct state {
	bool there;
	long version;
	const char *etag, *fetched_at, *error, *tried_at;
	long age_s, tried_s;
};

static int read_state(struct op *op, const struct source *s, struct state *ret)
{
	struct rows rows;
	int rc = op_read(op, NULL, &MARKET_CACHE_STATE, DB_ARGS(s->name), &rows);

	memset(ret, 0, sizeof(*ret));
	ret->etag = "";
	ret->age_s = -1;
	if (rc < 0 || rows.n == 0)
		return rc;
	ret->there = true;
	ret->version = row_int(&rows, 0, 0);
	ret->etag = row_text(&rows, 0, 1) ? row_text(&rows, 0, 1) : "";
	ret->fetched_at = row_text(&rows, 0, 2);
	ret->age_s = row_int(&rows, 0, 3);
	ret->tried_s = row_int(&rows, 0, 4);
	ret->error = row_text(&rows, 0, 5);
	ret->tried_at = row_text(&rows, 0, 6);
	if (ret->error && row_text(&rows, 0, 7))
		arena_note(op->arena, ret->error, row_text(&rows, 0, 7));
	return 0;
}

static bool is_old(const struct op *op, const struct source *s, const struct state *st)
{
	if (st->version == 0)
		return true;
	return s->kind == SOURCE_HTTPS && st->age_s >= op->app->conf.marketplace_hours * 3600L;
}

/* Is it time to fetch it? */
static bool is_due(struct op *op, const struct source *s, const struct state *st)
{
	if (s->kind == SOURCE_FOLDER) {
		const char *etag = source_etag(op->arena, s);

		return st->version == 0 || st->error || strcmp(etag, st->etag) != 0;
	}
	if (st->there && st->error && st->tried_s < CACHE_RETRY_S)
		return false;
	return is_old(op, s, st);
}

static int store_listing(
	struct op *op, const struct source *s, const struct fetch *f, struct arena *scratch)
{
	json_t *listing;
	struct rows rows;
	char *text;
	int rc;

	if ((rc = fetch_text(op, f, &text)) < 0 ||
		(rc = listing_read(scratch, s, text, (size_t)f->bytes, &listing, &op->err)) < 0)
		return rc;
	return op_write(op, NULL, &MARKET_CACHE_STORE,
		DB_ARGS(s->name, json_text(scratch, listing, NULL), f->etag), &rows);
}

/* *ret_same: what we have is what there is. */
static int fetch_listing(
	struct op *op, const struct source *s, const struct state *st, bool *ret_same)
{
	struct fetch_order o = {
		.max = LISTING_MAX, .seconds = CACHE_SECONDS, .etag = st->version ? st->etag : ""};
	struct arena *scratch;
	struct fetch f;
	int rc = source_read(op, s, NULL, &o, &f);

	*ret_same = rc == 0 && f.status == 304;
	if (rc < 0 || *ret_same)
		return rc;
	if (f.status == 404)
		return op_fail(op, MT_EUPSTREAM, "%.300s does not exist (404)", source_shown(s));
	scratch = arena_new(); /* a catalogue has megabytes */
	rc = store_listing(op, s, &f, scratch);
	arena_free(scratch);
	return rc;
}

/* With the lock held. The marketplace's failure is stored; what is returned is the database's. */
static int renew(struct op *op, const struct source *s, const struct state *st)
{
	struct err kept = op_try(op), why;
	struct rows rows;
	bool same;
	int rc = fetch_listing(op, s, st, &same);

	why = op_tried(op, kept);
	if (rc == 0)
		return same ? op_write(op, NULL, &MARKET_CACHE_SAME, DB_ARGS(s->name), &rows) : 0;
	op_log(op, "marketplace: %s", why.log);
	return op_write(
		op, NULL, &MARKET_CACHE_FAILED, DB_ARGS(s->name, why.message, why.text), &rows);
}

/* With the lock held: renews unless another worker did in the moment before. */
static int renew_once(struct op *op, const struct source *s, struct state *st)
{
	const char *tried = st->tried_at ? st->tried_at : "";
	int rc = read_state(op, s, st);

	if (rc < 0 || strcmp(st->tried_at ? st->tried_at : "", tried) != 0)
		return rc;
	rc = renew(op, s, st);
	return rc < 0 ? rc : read_state(op, s, st);
}

/* Renews unless another worker does. */
static int try_renew(struct op *op, const struct source *s, struct state *st, bool *ret_busy)
{
	struct lock lock;
	int rc = lock_take(op, s->name, 0, &lock);

	if (rc < 0)
		return rc;
	*ret_busy = !lock.session;
	if (*ret_busy)
		return 0;
	rc = renew_once(op, s, st);
	lock_release(op, &lock);
	return rc;
}

/* Another worker fetches the very first catalogue: there is nothing to show before it has. */
static int wait_for_first(struct op *op, const struct source *s, struct state *st)
{
	const struct timespec pause = {.tv_nsec = FIRST_PAUSE_MS * 1000000L};
	int64_t until = clock_ms() + FIRST_WAIT_MS;
	int rc = 0;

	while (rc == 0 && !st->there && clock_left(until) > 0) {
		nanosleep(&pause, NULL);
		rc = read_state(op, s, st);
	}
	return rc;
}

/* The worker's own copy of what it parsed last. */
static struct {
	char source[1024];
	long version;
	json_t *listing;
} kept;

static int load(struct op *op, const struct source *s, long version, json_t **ret)
{
	struct rows rows;
	const char *text;
	json_t *v;
	int rc;

	if (!kept.listing || kept.version != version || strcmp(kept.source, s->name) != 0) {
		if ((rc = op_read(op, NULL, &MARKET_CACHE_LISTING, DB_ARGS(s->name), &rows)) < 0 ||
			!(text = row_text(&rows, 0, 0)) ||
			(rc = json_parse(op->arena, text, strlen(text), &v, &op->err)) < 0)
			return rc;
		json_decref(kept.listing);
		kept.listing = json_incref(v);
		kept.version = row_int(&rows, 0, 1);
		snprintf(kept.source, sizeof(kept.source), "%s", s->name);
	}
	*ret = json_incref(kept.listing);
	json_own(op->arena, *ret);
	return 0;
}

/* The row as it is now, after whatever is due. */
static int update_state(struct op *op, const struct source *s, bool renew_now, struct state *ret)
{
	bool busy = false;
	int rc;

	if ((rc = read_state(op, s, ret)) < 0)
		return rc;
	if ((renew_now || is_due(op, s, ret)) && (rc = try_renew(op, s, ret, &busy)) < 0)
		return rc;
	if (busy && (rc = wait_for_first(op, s, ret)) < 0)
		return rc;
	if (busy && ret->version == 0 && !ret->error)
		ret->error = message_part(
			op->arena, "The catalogue is being fetched: try again in a moment");
	return 0;
}

int market_cache_open(struct op *op, bool renew_now, struct market_cache *ret)
{
	struct state st;
	struct err outer, why;
	int rc;

	*ret = (struct market_cache){.age_s = -1};
	ret->listing = json_pack("{s:[], s:[], s:[]}", "entries", "categories", "warnings");
	json_own(op->arena, ret->listing);
	outer = op_try(op);
	rc = source_open(op, &ret->source);
	why = op_tried(op, outer);
	if (rc < 0) {
		ret->error = err_part(op->arena, &why);
		ret->source.kind = SOURCE_NONE;
		ret->stale = true;
	}
	if (ret->source.kind == SOURCE_NONE)
		return 0;
	if ((rc = update_state(op, &ret->source, renew_now, &st)) < 0 ||
		(st.version > 0 && (rc = load(op, &ret->source, st.version, &ret->listing)) < 0))
		return rc;
	ret->fetched_at = st.fetched_at;
	ret->age_s = st.age_s;
	ret->error = st.error;
	ret->stale = ret->error || is_old(op, &ret->source, &st);
	return 0;
}

json_t *market_cache_find(
	struct op *op, const struct market_cache *s, const char *key, const char *version)
{
	json_t *entry, *newest = NULL;
	size_t i;

	json_array_foreach(json_object_get(s->listing, "entries"), i, entry) {
		if (strcmp(json_str(entry, "key", ""), key) != 0)
			continue;
		if (version ? !strcmp(json_str(entry, "version", ""), version)
			    : !manifest_unfit(op->arena, entry))
			return entry;
		if (!newest)
			newest = entry;
	}
	return version ? NULL : newest;
}
