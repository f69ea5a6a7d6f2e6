/* manifest_kinds.c - what texts of a manifest may be, in C, in words and as ECMA 262: see
 * manifest_rules.h. A pattern may let through what C doesn't ("9-5" as a schedule), never the other way. */
#include <stddef.h>
#include "base/id.h"
#include "base/perm.h"
#include "package/manifest_value.h"
#include "package/slots.h"

#define NUMBER "(?:0|[1-9][0-9]{0,8})"
#define VERSION                                                                                    \
	NUMBER "\\." NUMBER "\\." NUMBER "(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"      \
	       "(?:\\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"                          \
	       "(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?"
#define COMPARATOR "(?:\\*|(?:[<>]=?|[=^~])?" VERSION ")"
#define COMPARATORS COMPARATOR "(?: +" COMPARATOR ")*"

static const char *const INSTALLATIONS[] = {"standard", "tenant_scoped", NULL};
static const char *const REFERRED[] = {"tickets", "people", NULL};
static const char *const USES[] = {"fetch", NULL};
static const char *const ON_DELETE[] = {"delete", "null", NULL};
static const char *const EVENT_TYPES[] = {
	"text", "integer", "number", "boolean", "uuid", "time", "list", "object", NULL};
static const char *const FIELD_RESOURCES[] = {"tickets", NULL};
static const char *const FIELD_TYPES[] = {
	"text", "longtext", "number", "decimal", "date", "choice", "person", "boolean", NULL};
static const char *const CHARTS[] = {"bar", "line", NULL};
static const char *const WIDGET_SIZES[] = {"small", "wide", NULL};
static const char *const SETTING_TYPES[] = {"text", "number", "boolean", "select", "multi-select",
	"url", "email", "textarea", "secret", "generated-secret", "user", "role", NULL};

/* name, function, words, pattern, closed list, words that the pattern lets through */
const struct value_kind value_key = {
	"a plugin's key", value_is_key, WANT_KEY, "^[a-z](?:-?[a-z0-9])+$", NULL, id_reserved_keys};
const struct value_kind value_version = {
	"a version", value_is_version, WANT_VERSION, "^" VERSION "$", NULL, NULL};
const struct value_kind value_range = {"a range of versions", value_is_range, WANT_RANGE,
	"^ *" COMPARATORS "(?: *\\|\\| *" COMPARATORS ")* *$", NULL, NULL};
const struct value_kind value_plugin_range = {"a range of versions", value_is_range,
	WANT_PLUGIN_RANGE, "^ *" COMPARATORS "(?: *\\|\\| *" COMPARATORS ")* *$", NULL, NULL};
const struct value_kind value_url = {"a link", value_is_url, WANT_URL,
	"^https?://[A-Za-z0-9][^\\u0000-\\u0020\"<>\\\\^`{|}\\u007f]*$", NULL, NULL};
const struct value_kind value_icon = {"a path", value_is_icon,
	P_("the path of an .svg or .png file in the package"),
	"^(?=.*\\.(?:svg|png)$)(?:[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?/){0,7}"
	"[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?$",
	NULL, NULL};
const struct value_kind value_bundle = {"a path", value_is_bundle,
	P_("the path of a .js file below ui/"),
	"^ui/(?=.*\\.js$)(?:[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?/){0,6}"
	"[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?$",
	NULL, NULL};
const struct value_kind value_screenshot = {"a path", value_is_screenshot,
	P_("the path of a .png, .jpg, .jpeg or .webp file in screenshots/"),
	"^screenshots/(?=.*\\.(?:png|jpe?g|webp)$)[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?$",
	NULL, NULL};
const struct value_kind value_identifier = {"a JavaScript name", value_is_identifier,
	P_("a JavaScript name such as TimeClock"), "^[A-Za-z_$][A-Za-z0-9_$]*$", NULL, NULL};
const struct value_kind value_slug = {"a name", value_is_slug,
	P_("a name of a-z A-Z 0-9 - _ such as time-clock-tab"), "^[A-Za-z0-9_-]+$", NULL, NULL};
const struct value_kind value_schedule = {"a schedule", value_is_schedule,
	P_("five fields as in crontab, such as 0 6 * * 1-5"),
	"^(?:@(?:hourly|daily|weekly|monthly|yearly)|[ \\t]*[0-9A-Za-z*/,-]+(?:[ \\t]+[0-9A-Za-z*/,-]+){4}[ \\t]*)$",
	NULL, NULL};
const struct value_kind value_zone = {"a time zone", value_is_zone,
	P_("the name of a time zone such as Europe/Berlin"), "^[A-Za-z0-9_+-][A-Za-z0-9_+/-]*$",
	NULL, NULL};
const struct value_kind value_slot = {"a slot", NULL,
	P_("a slot such as ticket.tabs; the list is in /schemas/plugin-manifest.html#slots"), NULL,
	slot_names, NULL};
const struct value_kind value_route = {"a route", value_is_route,
	P_("a path of the plugin such as /report"), "^(?!.*//)(?!.*\\.\\.)/[A-Za-z0-9_./:-]*$",
	NULL, NULL};
const struct value_kind value_page_path = {"a page's path", value_is_page_path,
	P_("a path of a-z 0-9 - _ and :names, such as /items/:id, at its end perhaps /*"),
	"^/(?:$|(?:(?::[A-Za-z_][A-Za-z0-9_]*|[a-z0-9_-][a-z0-9._-]*)"
	"(?:/(?::[A-Za-z_][A-Za-z0-9_]*|[a-z0-9_-][a-z0-9._-]*))*(?:/\\*)?|\\*)$)",
	NULL, NULL};
const struct value_kind value_installation = {
	"a kind of installation", NULL, P_("standard or tenant_scoped"), NULL, INSTALLATIONS, NULL};
const struct value_kind value_render_type = {"a way to show it", NULL,
	P_("inline, tab, modal, menuitem, card, button, widget or raw"), NULL, render_names, NULL};
/* One of the list, or a server (base/outbound.h). */
const struct value_kind value_permission = {"a permission", value_is_plugin_permission,
	P_(PERM_PLUGINS),
	"^network:(?:setting:[A-Za-z0-9_-]+|"
	"(?:\\*|(?:\\*\\.)?[a-z0-9][a-z0-9.-]*|\\[[0-9a-f:.]+\\])(?::[0-9]{1,5})?)$",
	perm_plugins, NULL};
const struct value_kind value_permission_name = {"a permission", value_is_permission_name,
	P_("a permission's full name such as tickets:read or time-clock:clock"),
	"^[a-z0-9-]+:[a-z0-9-]+$", NULL, NULL};
const struct value_kind value_short_name = {"a name", value_is_short_name,
	P_("a name of a-z 0-9 -, starting with a letter, such as clock"), "^[a-z][a-z0-9-]*$", NULL,
	NULL};
const struct value_kind value_role = {
	"a role", NULL, P_(PERM_COMPANY_ROLES), NULL, perm_company_roles, NULL};
const struct value_kind value_setting_type = {"a type of setting", NULL,
	P_("text, number, boolean, select, multi-select, url, email, textarea, secret, "
	   "generated-secret, user or role"),
	NULL, SETTING_TYPES, NULL};
const struct value_kind value_table = {"a name", value_is_table,
	P_("a name of a-z 0-9 _, starting with a letter, such as stock_moves"), "^[a-z][a-z0-9_]*$",
	NULL, NULL};
const struct value_kind value_referred = {
	"what is referred to", NULL, P_("tickets or people"), NULL, REFERRED, NULL};
const struct value_kind value_use = {"a use", NULL, P_("fetch"), NULL, USES, NULL};
const struct value_kind value_on_delete = {
	"what becomes of a row", NULL, P_("delete or null"), NULL, ON_DELETE, NULL};
const struct value_kind value_event_name = {"a name", value_is_event_name,
	P_("a name of letters and digits that begins with a capital, such as EntryAdded"),
	"^[A-Z][A-Za-z0-9]*$", NULL, NULL};
const struct value_kind value_subscribed = {"a type of event", value_is_subscribed,
	P_("an event of the core such as TicketCreated, or of a plugin such as parts.Moved"),
	"^(?:" EVENTS_OF_CORE "|[a-z](?:-?[a-z0-9])+\\.[A-Z][A-Za-z0-9]*)$", NULL, NULL};
const struct value_kind value_event_type = {"a type", NULL,
	P_("text, integer, number, boolean, uuid, time, list or object"), NULL, EVENT_TYPES, NULL};
const struct value_kind value_widget_size = {
	"a size", NULL, P_("small or wide"), NULL, WIDGET_SIZES, NULL};
const struct value_kind value_chart = {
	"a kind of chart", NULL, P_("bar or line"), NULL, CHARTS, NULL};
const struct value_kind value_field_name = {"a name", value_is_field_name,
	P_("a name of letters and digits that begins with a small letter, such as serialNumber"),
	"^[a-z][A-Za-z0-9]*$", NULL, NULL};
const struct value_kind value_field_resource = {
	"what has the field", NULL, P_("tickets"), NULL, FIELD_RESOURCES, NULL};
const struct value_kind value_field_type = {"a type", NULL,
	P_("text, longtext, number, decimal, date, choice, person or boolean"), NULL, FIELD_TYPES,
	NULL};
const struct value_kind value_option = {"an option", value_is_option,
	P_("1 to 60 characters without |"), "^(?=.*[^ ])[^|\\u0000-\\u001f\\u007f]{1,60}$", NULL,
	NULL};
