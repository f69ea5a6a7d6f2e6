/*
 * view.h - the catalogue as a tenant sees it: what there is, would it run here, what is installed.
 */
#ifndef VIEW_H
#define VIEW_H

#include "marketplace/cache.h"

struct view_filter {
	const char *category; /* NULL = all */
	const char *words;    /* each must be found; NULL = no search */
	const char *sort;     /* "name", "category", "author"; NULL = best match, then name */
};

/* One item a plugin: its newest version that runs here (else the newest), with its other versions. Both
 * values are new references. */
int view_items(
	struct op *op, const struct market_cache *s, const struct view_filter *f, json_t **ret);
/* The same for one plugin; *ret NULL = the catalogue has none of that key. */
int view_item(struct op *op, const struct market_cache *s, const char *key, json_t **ret);
/* [{id, name, description, count}], those that only entries name included. */
json_t *view_categories(const struct market_cache *s);
/* {items, source, fetchedAt, ageSeconds, stale, error?, warnings?}; takes items over. */
json_t *view_page(struct op *op, const struct market_cache *s, json_t *items);

/* May this entry be fetched and would it run here? NULL, or why not. */
const char *view_unfit(struct op *op, const json_t *entry);

#endif
