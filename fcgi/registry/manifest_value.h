/*
 * manifest_value.h - whether one value of a manifest is right, and the words that say what would be.
 */
#ifndef MANIFEST_VALUE_H
#define MANIFEST_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include "base/pool.h"

#define WANT_KEY "2 to 40 characters a-z 0-9 -, starting with a letter, such as time-clock"
#define WANT_VERSION "a semantic version such as 1.0.0"
#define WANT_RANGE "a range of Mortise versions such as >=0.1.0 <1.0.0"
#define WANT_URL "a link that starts with https:// or http://"
#define WANT_ICON "the path of an .svg or .png file in the package"
#define WANT_BUNDLE "the path of a .js file below ui/"
#define WANT_IDENTIFIER "a JavaScript name such as TimeClock"
#define WANT_SLUG "a name of a-z A-Z 0-9 - _ such as time-clock-tab"
#define WANT_SLOT "the name of a slot such as ticket.tabs"
#define WANT_ROUTE "a path of the plugin such as /report"
#define WANT_INSTALLATION "standard or tenant_scoped"
#define WANT_RENDER_TYPE "inline, tab, modal, menuitem, card, button, widget or raw"
#define WANT_PERMISSION "tickets:read, tickets:write, users:read or notifications:send"

bool value_is_key(const char *s);
bool value_is_version(const char *s);
bool value_is_range(const char *s);
bool value_is_url(const char *s);
bool value_is_icon(const char *s);
bool value_is_bundle(const char *s);
bool value_is_identifier(const char *s);
bool value_is_slug(const char *s);
bool value_is_slot(const char *s);
bool value_is_route(const char *s);
bool value_is_installation(const char *s);
bool value_is_render_type(const char *s);
bool value_is_permission(const char *s);
bool value_is_sha256(const char *s);

long value_length(const char *s); /* code points */
bool value_has_control(const char *s, bool lines_allowed);
bool value_names_alike(const char *a, const char *b); /* but for case, '-' and '_' */
const char *value_path_fault(const char *path);
/* A value as a message may quote it: short, with its type when that isn't plain. */
const char *value_shown(struct pool *p, const json_t *v);
/* One segment of a JSON pointer (~ and / escaped), cut when very long. */
const char *value_pointer_escape(struct pool *p, const char *name);

#endif
