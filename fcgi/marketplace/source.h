/*
 * source.h - where a marketplace is: the https URL of its plugins.json, a file:// URL, or a folder.
 *
 * Packages, icons and signatures are named by references in the catalogue: an https:// URL, a path below
 * the catalogue's folder, or (https) a path of the same server that begins with "/". Files of a folder
 * are opened beneath it, whatever links lie there.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include "marketplace/fetch.h"

enum source_kind { SOURCE_NONE, SOURCE_HTTPS, SOURCE_FOLDER };

struct source {
	enum source_kind kind;
	const char *name;   /* as mortise.conf has it: names the cache's row */
	const char *url;    /* https: of plugins.json */
	const char *folder; /* absolute */
	const char *file;   /* in the folder: "plugins.json" */
	bool bundled;	    /* the folder that came with Mortise */
};

/* The source in mortise.conf; MT_EINVAL when it is none of the three kinds. "" is SOURCE_NONE. */
int source_open(struct op *op, struct source *ret);
/* "https://…", "folder", "bundled" or "none": what people are shown. */
const char *source_shown(const struct source *s);

/* Could this reference be fetched from the source? */
bool source_has_reference(const struct source *s, const char *reference);

/* Fetches the catalogue (reference NULL) or a file that it names into a temporary file; errors and
 * status as fetch_file(). In a folder a file's etag is its time, size and inode, and there is no
 * progress. */
int source_read(struct op *op, const struct source *s, const char *reference,
	const struct fetch_order *o, struct fetch *ret);
/* The catalogue file's etag of a folder, "" when it isn't there or the source is https. */
const char *source_etag(struct arena *p, const struct source *s);

#endif
