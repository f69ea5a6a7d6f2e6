/*
 * package_layout.h - which files a package may contain. Closed, like the manifest: a file that
 * nothing uses is a file that nothing has checked.
 */
#ifndef PACKAGE_LAYOUT_H
#define PACKAGE_LAYOUT_H

#include <stdbool.h>
#include "base/arena.h"

enum layout {
	LAYOUT_MANIFEST,   /* manifest.json */
	LAYOUT_LIBRARY,	   /* plugin.so */
	LAYOUT_MIGRATION,  /* migrations/001-name.sql, 001-name.tenant.sql, 001-name.contract.sql */
	LAYOUT_SCREENSHOT, /* screenshots/NAME.png, .jpg, .jpeg, .webp */
	LAYOUT_OTHER,	   /* README.md, LICENSE, icon, ui/, docs/ */
	LAYOUT_STRANGE,
};

#define LAYOUT_RULE                                                                                \
	"Does not belong in a package; wanted: manifest.json, plugin.so, "                         \
	"migrations/001-name[.tenant|.contract].sql, ui/, docs/, screenshots/, README.md, "        \
	"DEVELOPERS.md, CHANGELOG.md, LICENSE, an .svg or .png icon"

enum layout layout_kind(const char *path);
/* Is it served to browsers under /plugin-assets/<sha256>/? */
bool layout_is_asset(const char *path);
/* "/manifest.json#/files/ui~1bundle.iife.js" */
const char *layout_hash_pointer(struct arena *p, const char *path);

#endif
