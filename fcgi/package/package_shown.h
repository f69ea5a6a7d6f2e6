/*
 * package_shown.h - what a package shows to people: its changelog, a document for developers,
 * screenshots.
 *
 * Its bounds belong to the format, as those of migrations do: a package that one Mortise takes, another
 * takes as well, so they are not in mortise.conf.
 */
#ifndef PACKAGE_SHOWN_H
#define PACKAGE_SHOWN_H

#include <stdbool.h>
#include "package/package.h"

#define PACKAGE_README "README.md"
#define PACKAGE_CHANGELOG "CHANGELOG.md" /* as keepachangelog.com has it */
#define PACKAGE_DEVELOPERS "DEVELOPERS.md"
#define PACKAGE_TEXT_MAX (1UL << 20)
#define PACKAGE_CHANGELOG_MAX (256UL << 10)
#define PACKAGE_SCREENSHOT_MAX (1UL << 20)
/* Pixels of a side: less shows nothing, more only takes a browser's memory. */
#define PACKAGE_SIDE_MIN 200
#define PACKAGE_SIDE_MAX 4096

/* The faults of a package that is being brought in, after its manifest was read. */
void package_check_shown(struct package *pkg, struct err *e);
/* What was found, as lines of pkg->checks. */
void package_list_shown(struct package *pkg);
/* A member of the screenshot whose number is in an address; NULL = there is none. */
const char *package_screenshot(const json_t *list, const char *n, const char *member);
/* Does a changelog have a heading of this version? */
bool package_has_entry(const char *changelog, const char *version);

#endif
