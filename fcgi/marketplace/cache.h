/*
 * cache.h - the cached catalogue: in the database for all hosts, renewed now and then.
 *
 * There is one row of marketplace_cache per source. An https catalogue is valid for
 * marketplace_hours; then, or when an administrator refreshes it, one request of all workers renews
 * it (advisory lock) within CACHE_SECONDS while the others use the old one. A failure is recorded:
 * the old catalogue stays, is marked stale, and is retried automatically after CACHE_RETRY_S. A
 * folder is checked with every request, which costs two system calls. Each worker caches the value
 * that it parsed last.
 */
#ifndef MARKETPLACE_CACHE_H
#define MARKETPLACE_CACHE_H

#include <jansson.h>
#include "auth/app.h"
#include "marketplace/source.h"

#define CACHE_SECONDS 10
#define CACHE_RETRY_S 300

struct market_cache {
	struct source source;
	json_t *listing;	/* as listing.h has it; never NULL; the arena's */
	const char *fetched_at; /* RFC 3339; NULL = never */
	long age_s;
	bool stale;	   /* too old, or the last try failed */
	const char *error; /* of the last try, a part of a message; NULL = it went well */
};

/* renew: now, whatever its age. An error of the marketplace is in ret->error; the return value is an
 * error of ours. */
int market_cache_open(struct op *op, bool renew, struct market_cache *ret);

/* The entry of a version, NULL = the newest that runs on this Mortise, else the newest; or NULL. */
json_t *market_cache_find(
	struct op *op, const struct market_cache *s, const char *key, const char *version);

#endif
