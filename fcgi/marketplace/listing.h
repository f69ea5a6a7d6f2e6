/*
 * listing.h - plugins.json as somebody else wrote it, made into what Mortise works with.
 *
 * Lenient, because catalogues are written for many hosts and versions of Mortise: unknown fields are
 * ignored, optional ones of a wrong type or length left out, entries that can't be used skipped, each
 * with a warning. The result is a new JSON value that holds known fields of known types only:
 *
 *	{"entries": [{key, version, displayName, description, ..., package, sha256, size, iconUrl}],
 *	 "categories": [{id, name, description}],
 *	 "warnings": [{"entry": "time-clock", "pointer": "/plugins/3/sha256", "detail": "..."}]}
 *
 * Entries are sorted by key, newest version first; a version of a key is there once.
 */
#ifndef LISTING_H
#define LISTING_H

#include <jansson.h>
#include "marketplace/source.h"

#define LISTING_MAX (8L << 20) /* bytes of plugins.json */
#define LISTING_ENTRIES_MAX 2000
#define LISTING_WARNINGS_MAX 100
#define LISTING_CATEGORIES_MAX 100

/* The value belongs to the arena. MT_EUPSTREAM when the whole is no catalogue. */
int listing_read(struct arena *p, const struct source *s, const char *text, size_t len,
	json_t **ret, struct err *e);

#endif
