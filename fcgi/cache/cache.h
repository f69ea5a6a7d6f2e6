/*
 * cache.h - memcached for what may be lost: 50 ms at most, a circuit breaker, the tenant in the value.
 *
 * A hung, stopped or absent server costs one time-out, then nothing for some seconds. Every value is
 * stored with the tenant it belongs to and is a miss for any other.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stddef.h>
#include "base/arena.h"

struct cache;

struct cache *cache_new(const char *servers); /* "" or NULL = a cache that never has anything */
void cache_free(struct cache *c);
/* Value in the arena, or NULL. tenant 0 = belongs to no tenant. */
char *cache_get(struct cache *c, struct arena *p, int tenant, const char *key, size_t *ret_len);
void cache_set(struct cache *c, int tenant, const char *key, const void *val, size_t n, int ttl_s);
void cache_delete(struct cache *c, const char *key);
int cache_is_open(const struct cache *c); /* 1 = in use, 0 = breaker has it off */

#endif
