/*
 * manifest_value.h - checks one value of a manifest, and words what would be right.
 */
#ifndef MANIFEST_VALUE_H
#define MANIFEST_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/message.h"
#include "package/manifest_rules.h"

#define WANT_KEY P_("2 to 40 characters a-z 0-9 -, starting with a letter, such as time-clock")
#define WANT_VERSION P_("a semantic version such as 1.0.0")
#define WANT_RANGE P_("a range of Mortise versions such as >=0.1.0")
#define WANT_PLUGIN_RANGE P_("a range of its versions such as >=1.0.0")
#define WANT_URL P_("a link that starts with https:// or http://")

/* Kinds of texts in a manifest (manifest_kinds.c). */
extern const struct value_kind value_key, value_version, value_range, value_plugin_range;
extern const struct value_kind value_url, value_icon, value_bundle, value_screenshot;
extern const struct value_kind value_identifier, value_slug, value_short_name, value_table;
extern const struct value_kind value_slot, value_route, value_render_type, value_page_path;
extern const struct value_kind value_permission, value_permission_name, value_role;
extern const struct value_kind value_installation, value_setting_type, value_chart,
	value_widget_size, value_field_name, value_field_resource, value_field_type, value_option;
extern const struct value_kind value_referred, value_on_delete, value_use;
extern const struct value_kind value_schedule, value_zone;
extern const struct value_kind value_event_name, value_event_type, value_subscribed;

#define VALUE_PATH_PATTERN /* of value_path_fault() */                                             \
	"^(?:[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?/){0,7}"                             \
	"[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?$"

bool value_is_key(const char *s);
bool value_is_version(const char *s);
bool value_is_range(const char *s);
bool value_is_url(const char *s);
bool value_is_icon(const char *s);
bool value_is_bundle(const char *s);
bool value_is_screenshot(const char *s);
bool value_is_identifier(const char *s);
bool value_is_slug(const char *s);
bool value_is_schedule(const char *s);
bool value_is_zone(const char *s);
bool value_is_route(const char *s);
bool value_is_page_path(const char *s);		/* "/", "/items/:id", "/files/" and a star */
bool value_is_permission_name(const char *s);	/* in form: "time-clock:clock" */
bool value_is_plugin_permission(const char *s); /* that a plugin may ask for */
bool value_is_short_name(const char *s);
bool value_is_table(const char *s);
/* Events of the core that plugins can receive, as an expression; 046-event-subscriptions.sql says what they
 * must be permitted for. */
#define EVENTS_OF_CORE                                                                             \
	"Ticket(?:Created|Updated|Commented|CommentUpdated|CommentArchived)"                       \
	"|User(?:Created|Updated|Deleted)|Account(?:Suspended|Activated)"
extern const char *const value_core_events[]; /* the same as a list, which ends with NULL */
bool value_is_subscribed(const char *s);      /* "TicketCreated", "parts.Moved" */
bool value_is_event_name(const char *s);      /* "EntryAdded" */
bool value_is_field_name(const char *s);      /* "serialNumber" */
bool value_is_option(const char *s);	      /* of a choice: "On site" */
bool value_is_sha256(const char *s);

long value_length(const char *s); /* code points */
bool value_has_control(const char *s, bool lines_allowed);
/* Is `typed` what somebody types who means `meant`: alike, begun, or a slip or two away? Smaller is
 * nearer; -1 = no. */
int value_nearness(const char *typed, const char *meant);
/* The nearest of a list, or NULL. */
const char *value_nearest(const char *typed, const char *const *list);
const char *value_path_fault(const char *path);
/* A value as a message may quote it: short, with its type when that isn't plain. */
const char *value_shown(struct arena *p, const json_t *v);
/* One segment of a JSON pointer (~ and / escaped), cut when very long. */
const char *value_pointer_escape(struct arena *p, const char *name);

#endif
