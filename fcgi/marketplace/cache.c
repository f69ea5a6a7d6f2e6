/* cache.c - see cache.h. */
#include "marketplace/cache.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"
#include "marketplace/listing.h"
#include "marketplace/lock.h"
#include "package/manifest.h"
#include "marketplace/cache.sql.h"

#define FIRST_WAIT_MS 6000 /* while another worker fetches the first catalogue */
#define FIRST_PAUSE_MS 100

/* The row; version 0 = nothing was ever fetched. */
struct state {
	bool there;
	long version;
	const char *etag, *fetched_at, *error, *tried_at;
	long age_s, tried_s;
};

static int run_statement(
	struct req *r, const struct stmt *s, const char *const *args, int n, struct rows *ret)
{
	return op_write(&r->op, NULL, s, args, n, ret);
}

static int read_state(struct req *r, const struct source *s, struct state *ret)
{
	struct rows rows;
	int rc = op_read(&r->op, NULL, &MARKET_CACHE_STATE, DB_ARGS(s->name), &rows);

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
	return 0;
}

static bool is_old(const struct req *r, const struct source *s, const struct state *st)
{
	if (st->version == 0)
		return true;
	return s->kind == SOURCE_HTTPS && st->age_s >= r->op.app->conf.marketplace_hours * 3600L;
}

/* Should somebody fetch it now? */
static bool is_due(struct req *r, const struct source *s, const struct state *st)
{
	if (s->kind == SOURCE_FOLDER) {
		const char *etag = source_etag(r->op.arena, s);

		return st->version == 0 || st->error || strcmp(etag, st->etag) != 0;
	}
	if (st->there && st->error && st->tried_s < CACHE_RETRY_S)
		return false;
	return is_old(r, s, st);
}

static int load_file(struct arena *p, const char *path, size_t max, struct buf *b, struct err *e)
{
	char chunk[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	(void)p;
	buf_init(b, max + 1);
	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0 &&
		buf_add(b, chunk, (size_t)n) == 0)
		;
	if (fd >= 0)
		close(fd);
	if (n < 0 || b->full)
		return err_set(e, MT_EINTERNAL, "%s can't be read", path);
	return 0;
}

static int parse_and_store(
	struct req *r, const struct source *s, const struct fetch *f, struct err *e)
{
	struct arena *scratch = arena_new();
	struct rows rows;
	json_t *listing;
	struct buf b;
	int rc = load_file(scratch, f->path, LISTING_MAX, &b, e);

	if (rc == 0)
		rc = listing_read(scratch, s, b.data, b.len, &listing, e);
	if (rc == 0)
		rc = db_write(r->op.db, scratch, r->op.deadline, NULL, &MARKET_CACHE_STORE,
			DB_ARGS(s->name, json_text(scratch, listing, NULL), f->etag), &rows, e);
	buf_release(&b);
	arena_free(scratch);
	return rc;
}

/* With the lock held. The marketplace's trouble is stored; what is returned is the database's. */
static int renew(struct req *r, const struct source *s, const struct state *st)
{
	struct source_order o = {
		.max = LISTING_MAX, .seconds = CACHE_SECONDS, .etag = st->version ? st->etag : ""};
	struct fetch f;
	struct rows rows;
	struct err *e = err_new(r->op.arena);
	int rc = source_read(r->op.arena, &r->op.app->conf, r->op.deadline, s, &o, &f, e);

	if (rc == 0 && f.status == 304)
		return run_statement(r, &MARKET_CACHE_SAME, DB_ARGS(s->name), &rows);
	if (rc == 0 && f.status == 404)
		rc = err_set(e, MT_EUPSTREAM, "%.300s is not there (404)", source_shown(s));
	if (rc == 0)
		rc = parse_and_store(r, s, &f, e);
	if (rc == 0)
		return 0;
	op_log(&r->op, "marketplace: %s", e->log);
	return run_statement(r, &MARKET_CACHE_FAILED, DB_ARGS(s->name, e->message), &rows);
}

/* Renews unless somebody is at it, or was in the moment before the turn was ours. */
static int try_renew(struct req *r, const struct source *s, struct state *st, bool *ret_busy)
{
	const char *tried = st->tried_at;
	struct lock lock;
	int rc = lock_take(r, s->name, 0, &lock);

	if (rc < 0)
		return rc;
	*ret_busy = !lock.session;
	if (*ret_busy)
		return 0;
	rc = read_state(r, s, st);
	if (rc == 0 &&
		(!st->tried_at || !tried ? st->tried_at == tried : !strcmp(st->tried_at, tried)))
		rc = renew(r, s, st);
	lock_release(r, &lock);
	return rc < 0 ? rc : read_state(r, s, st);
}

/* Another worker fetches the very first catalogue: there is nothing to show, so this one waits. */
static int wait_for_first(struct req *r, const struct source *s, struct state *st)
{
	const struct timespec pause = {.tv_nsec = FIRST_PAUSE_MS * 1000000L};
	int64_t until = clock_ms() + FIRST_WAIT_MS;
	int rc = 0;

	while (rc == 0 && !st->there && clock_left(until) > 0) {
		nanosleep(&pause, NULL);
		rc = read_state(r, s, st);
	}
	return rc;
}

/* The worker's own copy of what it parsed last. */
static struct {
	char source[1024];
	long version;
	json_t *listing;
} kept;

static int load(struct req *r, const struct source *s, long version, json_t **ret)
{
	struct rows rows;
	json_t *v;
	int rc;

	if (!kept.listing || kept.version != version || strcmp(kept.source, s->name) != 0) {
		const char *text;

		rc = op_read(&r->op, NULL, &MARKET_CACHE_LISTING, DB_ARGS(s->name), &rows);
		if (rc < 0)
			return rc;
		text = rows.n ? row_text(&rows, 0, 0) : NULL;
		if (text && (rc = json_parse(r->op.arena, text, strlen(text), &v, &r->op.err)) < 0)
			return rc;
		if (!text)
			return 0;
		json_decref(kept.listing);
		kept.listing = json_incref(v);
		kept.version = row_int(&rows, 0, 1);
		snprintf(kept.source, sizeof(kept.source), "%s", s->name);
	}
	*ret = json_incref(kept.listing);
	json_own(r->op.arena, *ret);
	return 0;
}

int market_cache_open(struct req *r, bool renew_now, struct market_cache *ret)
{
	struct state st;
	bool busy = false;
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->listing = json_pack("{s:[], s:[], s:[]}", "entries", "categories", "warnings");
	json_own(r->op.arena, ret->listing);
	ret->age_s = -1;
	if (source_open(r->op.arena, &r->op.app->conf, &ret->source, &r->op.err) < 0) {
		ret->error = arena_strdup(r->op.arena, r->op.err.message);
		ret->source.kind = SOURCE_NONE;
		ret->stale = true;
		op_clear(&r->op);
		return 0;
	}
	if (ret->source.kind == SOURCE_NONE)
		return 0;
	rc = read_state(r, &ret->source, &st);
	if (rc == 0 && (renew_now || is_due(r, &ret->source, &st)))
		rc = try_renew(r, &ret->source, &st, &busy);
	if (rc == 0 && busy)
		rc = wait_for_first(r, &ret->source, &st);
	if (rc == 0 && st.version > 0)
		rc = load(r, &ret->source, st.version, &ret->listing);
	if (rc < 0)
		return rc;
	ret->fetched_at = st.fetched_at;
	ret->age_s = st.age_s;
	ret->error = st.error;
	if (busy && st.version == 0 && !st.error)
		ret->error = "the catalogue is being fetched; try again in a moment";
	ret->stale = ret->error || is_old(r, &ret->source, &st);
	return 0;
}

json_t *market_cache_find(
	struct req *r, const struct market_cache *s, const char *key, const char *version)
{
	json_t *entry, *newest = NULL;
	size_t i;

	json_array_foreach(json_object_get(s->listing, "entries"), i, entry) {
		if (strcmp(json_str(entry, "key", ""), key) != 0)
			continue;
		if (version ? !strcmp(json_str(entry, "version", ""), version)
			    : !manifest_unfit(r->op.arena, entry))
			return entry;
		if (!newest)
			newest = entry;
	}
	return version ? NULL : newest;
}
