/* manifest_rules.c - every field of manifest.json: see manifest_rules.h. */
#include "package/manifest_rules.h"
#include <stddef.h>
#include "package/manifest_value.h"

/* name, kind, flags, least, most, value, sub, unique, doc, example */
#define END                                                                                        \
	{                                                                                          \
		NULL, RULE_END, 0, 0, 0, NULL, NULL, NULL, NULL, NULL                              \
	}

static const struct rule FEATURE[] = {
	{"name", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL, "A few words.",
		"\"Clock in and out\""},
	{"description", RULE_STRING, RULE_REQUIRED, 1, 300, NULL, NULL, NULL, "One sentence.",
		"\"One click in the ticket's tab.\""},
	{"displayOrder", RULE_INT, 0, 0, 10000, NULL, NULL, NULL, "Smaller ones come first.", "1"},
	END,
};

static const struct rule SCREENSHOT[] = {
	{"file", RULE_STRING, RULE_REQUIRED, 1, 200, &value_screenshot, NULL, NULL,
		"A file of the package, of at most 1 MB, with 200 to 4096 pixels on each side.",
		"\"screenshots/ticket.png\""},
	{"caption", RULE_STRING, RULE_REQUIRED, 1, 200, NULL, NULL, NULL,
		"What it shows: stands below it, and for those who can't see it in its place.",
		"\"A technician clocks in on a ticket\""},
	END,
};

static const struct rule TICKET_TAB[] = {
	{"id", RULE_STRING, RULE_REQUIRED, 1, 60, &value_slug, NULL, NULL,
		"Unique within the plugin.", "\"time-clock\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 40, NULL, NULL, NULL, "The tab's label.",
		"\"Time Clock\""},
	{"icon", RULE_STRING, 0, 1, 2, NULL, NULL, NULL,
		"A character that stands before the label.", "\"⏰\""},
	{"component", RULE_STRING, RULE_REQUIRED, 1, 60, &value_identifier, NULL, NULL,
		"Name under which the bundle's global holds the React component.",
		"\"TicketTimeClock\""},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who sees the tab: a permission of the core or one that definesPermissions names, in full.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule PAGE[] = {
	{"path", RULE_STRING, RULE_REQUIRED, 1, 200, &value_page_path, NULL, NULL,
		"Below /x/<key>: / is the first one. A :name stands for one part of the address, /* at the end "
		"for all that comes there.",
		"\"/items/:id\""},
	{"title", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL,
		"Heading of the page, and title of the window.", "\"Item\""},
	{"component", RULE_STRING, RULE_REQUIRED, 1, 60, &value_identifier, NULL, NULL,
		"Name under which the bundle's global holds the React component.", "\"ItemPage\""},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who sees the page: a permission of the core or one that definesPermissions names, in full.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule NAVIGATION[] = {
	{"id", RULE_STRING, RULE_REQUIRED, 1, 60, &value_slug, NULL, NULL,
		"Unique within the plugin.", "\"items\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 40, NULL, NULL, NULL, "What the entry says.",
		"\"Parts\""},
	{"icon", RULE_STRING, 0, 1, 40, NULL, NULL, NULL,
		"A character or two, or the name of one of a few icons, such as Package.",
		"\"Package\""},
	{"path", RULE_STRING, RULE_REQUIRED, 1, 200, &value_page_path, NULL, NULL,
		"Which of pages it opens: one without a :name.", "\"/\""},
	{"order", RULE_INT, 0, 0, 10000, NULL, NULL, NULL,
		"Smaller ones come first, of all plugins; 100 when it isn't given.", "10"},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who sees the entry, of those who see the page: a permission of the core or one that "
		"definesPermissions names, in full.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule CUSTOM_FIELD[] = {
	{"resource", RULE_STRING, RULE_REQUIRED, 1, 20, &value_field_resource, NULL, NULL,
		"What has the field.", "\"tickets\""},
	{"name", RULE_STRING, RULE_REQUIRED, 1, 40, &value_field_name, NULL, NULL,
		"Its name in custom is the plugin's key, a colon and this, such as parts:serialNumber. It stays.",
		"\"serialNumber\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 60, NULL, NULL, NULL,
		"What forms, lists and filters call it.", "\"Serial number\""},
	{"help", RULE_STRING, 0, 1, 300, NULL, NULL, NULL, "A sentence below it in forms.",
		"\"On the plate beside the door.\""},
	{"type", RULE_STRING, RULE_REQUIRED, 1, 20, &value_field_type, NULL, NULL,
		"What it holds. It stays: a later version with another type is not followed.",
		"\"text\""},
	{"options", RULE_STRINGS, 0, 1, 50, &value_option, NULL, NULL,
		"What can be chosen, of a choice.", "[\"Repair\", \"Survey\"]"},
	END,
};

static const struct rule WIDGET[] = {
	{"id", RULE_STRING, RULE_REQUIRED, 1, 60, &value_slug, NULL, NULL,
		"Unique within the plugin; people's dashboards name it by this, so it stays.",
		"\"low-stock\""},
	{"title", RULE_STRING, RULE_REQUIRED, 1, 60, NULL, NULL, NULL,
		"Heading of the widget, and what people choose it by.", "\"Low stock\""},
	{"component", RULE_STRING, RULE_REQUIRED, 1, 60, &value_identifier, NULL, NULL,
		"Name under which the bundle's global holds the React component.",
		"\"LowStockWidget\""},
	{"size", RULE_STRING, 0, 1, 10, &value_widget_size, NULL, NULL,
		"How it begins; people change it. small when it isn't given.", "\"small\""},
	{"initial", RULE_BOOL, 0, 0, 0, NULL, NULL, NULL,
		"It is on the dashboard of people who haven't arranged theirs.", "true"},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who can have it: a permission of the core or one that definesPermissions names, in full.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule REPORT[] = {
	{"id", RULE_STRING, RULE_REQUIRED, 1, 60, &value_slug, NULL, NULL,
		"Unique within the plugin.", "\"time-clock-report\""},
	{"title", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL, "Heading.",
		"\"Time Clock Report\""},
	{"description", RULE_STRING, 0, 0, 300, NULL, NULL, NULL, "What it shows.",
		"\"Hours by technician and day\""},
	{"endpoint", RULE_STRING, RULE_REQUIRED, 1, 200, &value_route, NULL, NULL,
		"A GET route of plugin.so that answers {summary, charts, tables}: see \"What a report answers\".",
		"\"/report\""},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who sees the report: a permission of the core or one that definesPermissions names, in full.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule SLOT[] = {
	{"slotId", RULE_STRING, RULE_REQUIRED, 1, 60, &value_slot, NULL, NULL,
		"Where in the app: one of the slots below.", "\"ticket.tabs\""},
	{"componentName", RULE_STRING, RULE_REQUIRED, 1, 60, &value_identifier, NULL, NULL,
		"Name under which the bundle's global holds the React component.",
		"\"TicketTimeClock\""},
	{"renderType", RULE_STRING, RULE_REQUIRED, 1, 20, &value_render_type, NULL, NULL,
		"How the slot shows it: one of those that it knows.", "\"tab\""},
	{"trigger", RULE_STRING, 0, 1, 60, &value_identifier, NULL, NULL,
		"Of a modal: the component in the same slot that opens it.", "\"ImportMenuItem\""},
	{"props", RULE_ANY_OBJECT, 0, 0, 0, NULL, NULL, NULL,
		"Handed to the component as they are, with those of the slot.",
		"{\"label\": \"Time\"}"},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who sees the component: a permission of the core or one that definesPermissions names, in full.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule UI[] = {
	{"bundle", RULE_STRING, RULE_REQUIRED, 1, 200, &value_bundle, NULL, NULL,
		"The script that holds the components, as a file of the package.",
		"\"ui/bundle.iife.js\""},
	{"globalName", RULE_STRING, RULE_REQUIRED, 1, 60, &value_identifier, NULL, NULL,
		"The global variable that the bundle makes.", "\"PluginTimeClock\""},
	{"slots", RULE_OBJECTS, 0, 0, 50, NULL, SLOT, NULL, "Components and their places.", "[]"},
	END,
};

static const struct rule DEFINES[] = {
	{"name", RULE_STRING, RULE_REQUIRED, 1, 40, &value_short_name, NULL, NULL,
		"Its full name is the plugin's key, a colon and this.", "\"clock\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL,
		"The label in role management.", "\"Clock in and out\""},
	{"description", RULE_STRING, 0, 0, 300, NULL, NULL, NULL, "What it lets people do.",
		"\"Start and stop the own clock.\""},
	{"defaultRoles", RULE_STRINGS, 0, 0, 3, &value_role, NULL, NULL,
		"Who has it after the installation; system administrators always do.",
		"[\"Technician\", \"Dispatcher\"]"},
	END,
};

static const struct rule REFERENCE[] = {
	{"table", RULE_STRING, RULE_REQUIRED, 1, 63, &value_table, NULL, NULL,
		"A table of the plugin's, without its schema.", "\"stock_moves\""},
	{"column", RULE_STRING, RULE_REQUIRED, 1, 63, &value_table, NULL, NULL,
		"Its column with the id, of type uuid.", "\"ticket_id\""},
	{"to", RULE_STRING, RULE_REQUIRED, 1, 20, &value_referred, NULL, NULL, "Whose id it is.",
		"\"tickets\""},
	{"onDelete", RULE_STRING, RULE_REQUIRED, 1, 20, &value_on_delete, NULL, NULL,
		"When that is removed: delete the row, or set the column to null, as far as it can be.",
		"\"null\""},
	END,
};

static const struct rule JOB[] = {
	{"name", RULE_STRING, RULE_REQUIRED, 1, 60, &value_slug, NULL, NULL,
		"The function's name in the table .jobs of plugin.so.", "\"low-stock\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL, "What administrators read.",
		"\"Look for parts that run out\""},
	{"schedule", RULE_STRING, 0, 1, 100, &value_schedule, NULL, NULL,
		"When it runs, as in crontab: minute, hour, day, month, day of the week. Without one only mt_job_start() "
		"and administrators start it.",
		"\"0 6 * * 1-5\""},
	{"timeZone", RULE_STRING, 0, 1, 60, &value_zone, NULL, NULL,
		"IANA name of the zone of its schedule; the company's when it isn't given.",
		"\"Europe/Berlin\""},
	{"timeoutSeconds", RULE_INT, 0, 1, 3600, NULL, NULL, NULL,
		"It is ended after this time; 60 when it isn't given. The server may allow less (job_deadline_ms).",
		"60"},
	{"attempts", RULE_INT, 0, 1, 20, NULL, NULL, NULL,
		"How often a failing run is tried, later each time; 5 when it isn't given.", "5"},
	END,
};

static const struct rule EMITTED_FIELD[] = {
	{"name", RULE_STRING, RULE_REQUIRED, 1, 40, &value_identifier, NULL, NULL,
		"The member of the payload.", "\"ticketId\""},
	{"type", RULE_STRING, RULE_REQUIRED, 1, 20, &value_event_type, NULL, NULL,
		"What the member is. A time is written as 2026-01-31T08:00:00.000Z.", "\"uuid\""},
	{"required", RULE_BOOL, 0, 0, 0, NULL, NULL, NULL, "It is in every event.", "true"},
	END,
};

static const struct rule EMITTED[] = {
	{"name", RULE_STRING, RULE_REQUIRED, 1, 40, &value_event_name, NULL, NULL,
		"Its type is the plugin's key, a dot and this: time-clock.EntryAdded.",
		"\"EntryAdded\""},
	{"description", RULE_STRING, 0, 0, 300, NULL, NULL, NULL, "When it is raised.",
		"\"Somebody clocked in or out.\""},
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who receives it: a permission of the core or one that definesPermissions names, in full. "
		"Without one it is everybody in the company.",
		"\"time-clock:clock\""},
	{"fields", RULE_OBJECTS, 0, 0, 40, NULL, EMITTED_FIELD, "name",
		"The payload: all members that it may have.",
		"[{\"name\": \"ticketId\", \"type\": \"uuid\", \"required\": true}]"},
	END,
};

static const struct rule STORAGE[] = {
	{"name", RULE_STRING, RULE_REQUIRED, 1, 40, &value_short_name, NULL, NULL,
		"The namespace, as mt_storage_get() and the others name it.", "\"drafts\""},
	{"description", RULE_STRING, 0, 0, 300, NULL, NULL, NULL,
		"What is in it, for the administrator who looks at it.",
		"\"Reports that aren't sent yet.\""},
	{"history", RULE_INT, 0, 0, 100, NULL, NULL, NULL,
		"Former versions of a value that are kept; none when it isn't given.", "10"},
	{"ttl", RULE_INT, 0, 1, 315360000, NULL, NULL, NULL,
		"Seconds after which a value is gone, unless it is stored with a time of its own.",
		"86400"},
	{"quota", RULE_INT, 0, 1, 100000, NULL, NULL, NULL,
		"MB that it may have, within plugin_storage_mb for all namespaces of the plugin.",
		"10"},
	{"read", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who reads it in the plugin's components: a permission of the core or one that "
		"definesPermissions names, in full. Without one no page does.",
		"\"time-clock:clock\""},
	{"write", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who changes it there, in the same way; they read it, too.",
		"\"time-clock:clock\""},
	{"fields", RULE_OBJECTS, 0, 1, 40, NULL, EMITTED_FIELD, "name",
		"What a value is, where each is an object: all members that it may have. Another value is "
		"refused, whoever stores it.",
		"[{\"name\": \"title\", \"type\": \"text\", \"required\": true}]"},
	END,
};

static const struct rule UPLOADS[] = {
	{"read", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who sees its files in the plugin's components: a permission of the core or one that "
		"definesPermissions names, in full. Without one no page does.",
		"\"time-clock:clock\""},
	{"write", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who adds and deletes them there, in the same way; they see them, too.",
		"\"time-clock:clock\""},
	{"maxMb", RULE_INT, 0, 1, 1000, NULL, NULL, NULL,
		"MB that one may have; 25 when it isn't given. The server may allow less (attachment_max_mb).",
		"10"},
	END,
};

static const struct rule DEPENDENCY[] = {
	{"key", RULE_STRING, RULE_REQUIRED, 2, 40, &value_key, NULL, NULL, "The other plugin.",
		"\"parts\""},
	{"version", RULE_STRING, RULE_REQUIRED, 1, 120, &value_plugin_range, NULL, NULL,
		"Range of its versions: comparators that must all hold, alternatives after ||.",
		"\">=1.2.0 <2.0.0\""},
	END,
};

static const struct rule SUBSCRIPTION[] = {
	{"type", RULE_STRING, RULE_REQUIRED, 1, 80, &value_subscribed, NULL, NULL,
		"Which: those of tickets need tickets:read, those of people users:read. The table .events of plugin.so "
		"has its function.",
		"\"TicketUpdated\""},
	{"filter", RULE_ANY_OBJECT, 0, 0, 0, NULL, NULL, NULL,
		"Members that its data must have: each a value, or a list of which it is one.",
		"{\"state\": [\"resolved\", \"closed\"]}"},
	{"timeoutSeconds", RULE_INT, 0, 1, 3600, NULL, NULL, NULL,
		"The function is ended after this time; 60 when it isn't given.", "60"},
	{"attempts", RULE_INT, 0, 1, 20, NULL, NULL, NULL,
		"How often it is tried, later each time, before it is given up; 5 when it isn't given.",
		"5"},
	END,
};

static const struct rule PRESENCE[] = {
	{"permission", RULE_STRING, 0, 1, 100, &value_permission_name, NULL, NULL,
		"Who is seen, and sees it: a permission of the core or one that definesPermissions names, in full. "
		"Without one it is everybody in the company.",
		"\"time-clock:clock\""},
	END,
};

static const struct rule OPTION[] = {
	{"value", RULE_STRING, RULE_REQUIRED, 1, 100, NULL, NULL, NULL, "What is stored.",
		"\"eu\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 100, NULL, NULL, NULL, "The label in the form.",
		"\"Europe\""},
	END,
};

static const struct rule SETTING[] = {
	{"key", RULE_STRING, RULE_REQUIRED, 1, 40, &value_slug, NULL, NULL,
		"Name by which the plugin reads it.", "\"region\""},
	{"label", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL, "The label in the form.",
		"\"Region\""},
	{"type", RULE_STRING, RULE_REQUIRED, 1, 20, &value_setting_type, NULL, NULL,
		"Decides how it is entered, checked and stored. A secret is encrypted and never shown again.",
		"\"select\""},
	{"help", RULE_STRING, 0, 0, 500, NULL, NULL, NULL, "A sentence below the field.",
		"\"Where your account was opened.\""},
	{"placeholder", RULE_STRING, 0, 0, 100, NULL, NULL, NULL, "Shown in the empty field.",
		"\"https://api.example.com\""},
	{"required", RULE_BOOL, 0, 0, 0, NULL, NULL, NULL,
		"It must have a value before the plugin counts as configured.", "true"},
	{"default", RULE_ANY, 0, 0, 0, NULL, NULL, NULL,
		"Value as long as nobody sets one; must satisfy the setting's own rules. Secrets have none.",
		"\"eu\""},
	{"pattern", RULE_STRING, 0, 1, 200, NULL, NULL, NULL,
		"The whole text must match. Only what POSIX and JavaScript read alike: no backslash "
		"before letters, no (?...), no [[:...:]].",
		"\"[A-Z]{2}-[0-9]+\""},
	{"patternHelp", RULE_STRING, 0, 1, 200, NULL, NULL, NULL, "What to say when it doesn't.",
		"\"Two letters, a dash and digits.\""},
	{"min", RULE_NUMBER, 0, -1000000000, 1000000000, NULL, NULL, NULL,
		"Least number, or least length of a text.", "1"},
	{"max", RULE_NUMBER, 0, -1000000000, 1000000000, NULL, NULL, NULL,
		"Largest number, or greatest length of a text.", "60"},
	{"options", RULE_OBJECTS, 0, 1, 100, NULL, OPTION, "value",
		"What a select or multi-select offers.",
		"[{\"value\": \"eu\", \"label\": \"Europe\"}]"},
	{"use", RULE_STRING, 0, 1, 20, &value_use, NULL, NULL,
		"Of a secret: fetch keeps it from the plugin, for headers of mt_fetch() alone.",
		"\"fetch\""},
	{"length", RULE_INT, 0, 16, 128, NULL, NULL, NULL,
		"Characters of a generated secret; 32 when it isn't given.", "32"},
	END,
};

static const struct rule BAR[] = {
	{"label", RULE_STRING, RULE_REQUIRED, 0, 0, NULL, NULL, NULL,
		"What it is of. Where all are days (2026-01-31) they stand over an axis of time.",
		"\"Ann\""},
	{"value", RULE_NUMBER, RULE_REQUIRED, 0, 0, NULL, NULL, NULL, "How much it is.", "12.5"},
	END,
};

static const struct rule CHART[] = {
	{"title", RULE_STRING, RULE_REQUIRED, 0, 0, NULL, NULL, NULL, "Heading.",
		"\"Hours by technician\""},
	{"type", RULE_STRING, 0, 1, 20, &value_chart, NULL, NULL,
		"A line stands over an axis of time; bars lie below each other, unless all are days.",
		"\"bar\""},
	{"unit", RULE_STRING, 0, 0, 0, NULL, NULL, NULL, "Stands behind each value.", "\"h\""},
	{"data", RULE_OBJECTS, RULE_REQUIRED, 0, 0, NULL, BAR, NULL, "What is drawn.",
		"[{\"label\": \"Ann\", \"value\": 12.5}]"},
	END,
};

static const struct rule COLUMN[] = {
	{"label", RULE_STRING, RULE_REQUIRED, 0, 0, NULL, NULL, NULL, "Its head.", "\"Stock\""},
	{"unit", RULE_STRING, 0, 0, 0, NULL, NULL, NULL, "Stands behind each number.", "\"pcs\""},
	END,
};

static const struct rule TABLE[] = {
	{"title", RULE_STRING, RULE_REQUIRED, 0, 0, NULL, NULL, NULL, "Heading.",
		"\"To be ordered\""},
	{"columns", RULE_OBJECTS, RULE_REQUIRED, 0, 0, NULL, COLUMN, NULL,
		"What each row has, in this order; the first one says what the row is about.",
		"[{\"label\": \"Part\"}, {\"label\": \"Stock\", \"unit\": \"pcs\"}]"},
	{"rows", RULE_ANY, RULE_REQUIRED, 0, 0, NULL, NULL, NULL,
		"A list of rows, each a list of texts, numbers, true, false or null. The first 500 are shown.",
		"[[\"Valve\", 2]]"},
	END,
};

const struct rule manifest_report_rules[] = {
	{"summary", RULE_ANY_OBJECT, RULE_REQUIRED, 0, 0, NULL, NULL, NULL,
		"Figures by their names: numbers or short texts, shown in a line. from and to, when both "
		"are days, say what the report is about.",
		"{\"from\": \"2026-01-01\", \"to\": \"2026-01-31\", \"totalHours\": 12.5}"},
	{"charts", RULE_OBJECTS, RULE_REQUIRED, 0, 0, NULL, CHART, NULL, "Drawn below the figures.",
		"[]"},
	{"tables", RULE_OBJECTS, 0, 0, 0, NULL, TABLE, NULL, "Below the charts.", "[]"},
	END,
};

const struct rule manifest_rules[] = {
	{"$schema", RULE_STRING, 0, 1, 300, &value_url, NULL, NULL,
		"Where this schema is, for editors that complete and check while you type.",
		"\"https://mortise.example.com/schemas/plugin-manifest.json\""},
	{"key", RULE_STRING, RULE_REQUIRED, 2, 40, &value_key, NULL, NULL,
		"The plugin's name in paths, tables and roles; never changes.", "\"time-clock\""},
	{"name", RULE_STRING, 0, 2, 40, &value_key, NULL, NULL,
		"Another word for key; must be the same.", "\"time-clock\""},
	{"version", RULE_STRING, RULE_REQUIRED, 5, 63, &value_version, NULL, NULL,
		"Semantic version (semver.org). Other bytes need another version.", "\"1.0.0\""},
	{"displayName", RULE_STRING, RULE_REQUIRED, 1, 80, NULL, NULL, NULL, "What people read.",
		"\"Time Clock\""},
	{"description", RULE_STRING, RULE_REQUIRED, 1, 200, NULL, NULL, NULL,
		"One or two sentences for cards and lists.",
		"\"Technicians clock in and out of tickets.\""},
	{"longDescription", RULE_STRING, RULE_LINES, 0, 10000, NULL, NULL, NULL,
		"Paragraphs for the plugin's page.", "\"Adds a tab to every ticket ...\""},
	{"author", RULE_STRING, RULE_REQUIRED, 1, 120, NULL, NULL, NULL, "A person or a company.",
		"\"Mortise\""},
	{"category", RULE_STRING, RULE_REQUIRED, 1, 40, NULL, NULL, NULL,
		"One of the marketplace's categories, or a word of your own.", "\"productivity\""},
	{"keywords", RULE_STRINGS, 0, 0, 30, NULL, NULL, NULL, "Words that a search finds it by.",
		"[\"time\", \"hours\"]"},
	{"tags", RULE_STRINGS, 0, 0, 30, NULL, NULL, NULL,
		"Words that a search finds it by, as keywords.", "[\"time-tracking\"]"},
	{"homepage", RULE_STRING, 0, 1, 300, &value_url, NULL, NULL, "The plugin's own page.",
		"\"https://example.com/time-clock\""},
	{"documentationUrl", RULE_STRING, 0, 1, 300, &value_url, NULL, NULL, "How to use it.",
		"\"https://example.com/time-clock/docs\""},
	{"supportUrl", RULE_STRING, 0, 1, 300, &value_url, NULL, NULL, "Where users get support.",
		"\"https://example.com/support\""},
	{"license", RULE_STRING, 0, 1, 60, NULL, NULL, NULL, "SPDX name.", "\"MIT\""},
	{"icon", RULE_STRING, 0, 1, 200, &value_icon, NULL, NULL, "A file of the package.",
		"\"icon.svg\""},
	{"features", RULE_OBJECTS, 0, 0, 50, NULL, FEATURE, NULL, "What it offers, for its page.",
		"[]"},
	{"screenshots", RULE_OBJECTS, 0, 0, 8, NULL, SCREENSHOT, "file",
		"Pictures for its page, the most telling one first.", "[]"},
	{"isOfficial", RULE_BOOL, 0, 0, 0, NULL, NULL, NULL,
		"Made by those who make Mortise. Only a badge: trust comes from signatures.",
		"false"},
	{"isPublished", RULE_BOOL, 0, 0, 0, NULL, NULL, NULL,
		"false in a catalogue hides it there; an uploaded package is offered all the same.",
		"true"},
	{"requiresConfiguration", RULE_BOOL, 0, 0, 0, NULL, NULL, NULL,
		"It can't do anything before its settings are filled in.", "false"},
	{"installationType", RULE_STRING, RULE_REQUIRED, 1, 20, &value_installation, NULL, NULL,
		"What lists say of it: tenant_scoped keeps rows of each tenant, standard none. Tables work the same.",
		"\"tenant_scoped\""},
	{"host", RULE_STRING, RULE_REQUIRED, 1, 120, &value_range, NULL, NULL,
		"Range of Mortise versions: comparators that must all hold, alternatives after ||.",
		"\">=0.1.0 <1.0.0\""},
	{"abi", RULE_INT, RULE_REQUIRED, 1, 1000000, NULL, NULL, NULL,
		"MT_ABI of the mortise.h that plugin.so was built with. Older ones go on working.",
		"3"},
	{"permissions", RULE_STRINGS, 0, 0, 30, &value_permission, NULL, NULL,
		"What it may do; confirmed at installation, enforced by the database and the sandbox.",
		"[\"tickets:read\", \"users:read\"]"},
	{"definesPermissions", RULE_OBJECTS, 0, 0, 30, NULL, DEFINES, "name",
		"Permissions of its own for routes and components, granted to roles.", "[]"},
	{"references", RULE_OBJECTS, 0, 0, 60, NULL, REFERENCE, NULL,
		"Columns of its tables that name tickets or people: what becomes of a row when they are "
		"removed.",
		"[]"},
	{"dependencies", RULE_OBJECTS, 0, 0, 20, NULL, DEPENDENCY, "key",
		"Plugins that must be enabled in a company before this one is, and can't be disabled while it is. "
		"Their components are loaded before its own.",
		"[{\"key\": \"parts\", \"version\": \">=1.2.0 <2.0.0\"}]"},
	{"settings", RULE_OBJECTS, 0, 0, 60, NULL, SETTING, "key",
		"What an administrator fills in; the form is made from it.", "[]"},
	{"jobs", RULE_OBJECTS, 0, 0, 60, NULL, JOB, "name",
		"What it does without a person waiting: by a schedule, or started by its code.",
		"[{\"name\": \"low-stock\", \"label\": \"Look for parts that run out\", \"schedule\": \"0 6 * * 1-5\"}]"},
	{"events", RULE_OBJECTS, 0, 0, 40, NULL, SUBSCRIPTION, "type",
		"Events that it receives, each at least once, those of one thing in their order.",
		"[{\"type\": \"TicketUpdated\"}]"},
	{"emits", RULE_OBJECTS, 0, 0, 40, NULL, EMITTED, "name",
		"Events that mt_emit() raises for its components in open pages: see the permission events:emit.",
		"[{\"name\": \"EntryAdded\"}]"},
	{"storage", RULE_OBJECTS, 0, 0, 20, NULL, STORAGE, "name",
		"Namespaces of its storage by key: see the permission storage. The namespace default is "
		"there without a line.",
		"[{\"name\": \"drafts\", \"history\": 10}]"},
	{"uploads", RULE_OBJECT, 0, 0, 0, NULL, UPLOADS, NULL,
		"Who reaches its files in pages: see the permission files.",
		"{\"read\": \"time-clock:clock\", \"write\": \"time-clock:clock\"}"},
	{"presence", RULE_OBJECT, 0, 0, 0, NULL, PRESENCE, NULL,
		"Its components may show who else is at the same thing, and who types there.",
		"{\"permission\": \"time-clock:clock\"}"},
	{"ticketTabs", RULE_OBJECTS, 0, 0, 10, NULL, TICKET_TAB, "id", "Tabs in a ticket.", "[]"},
	{"pages", RULE_OBJECTS, 0, 0, 30, NULL, PAGE, "path",
		"Pages of its own, at /x/<key>/...: see \"Pages\" in plugins/README.md.", "[]"},
	{"navigation", RULE_OBJECTS, 0, 0, 10, NULL, NAVIGATION, "id",
		"Entries of the main navigation, each for one of its pages.", "[]"},
	{"widgets", RULE_OBJECTS, 0, 0, 20, NULL, WIDGET, "id",
		"What people can have on their dashboard: see \"Widgets\" in plugins/README.md.",
		"[]"},
	{"customFields", RULE_OBJECTS, 0, 0, 10, NULL, CUSTOM_FIELD, "name",
		"Fields that tickets have beside the built-in ones, in forms, lists, filters and the API: see "
		"\"Custom fields\" in plugins/README.md.",
		"[]"},
	{"reportComponents", RULE_OBJECTS, 0, 0, 20, NULL, REPORT, "id",
		"What the page Reports draws: figures, charts and tables.", "[]"},
	{"ui", RULE_OBJECT, 0, 0, 0, NULL, UI, NULL, "Its part of the interface.",
		"{\"bundle\": \"ui/bundle.iife.js\", \"globalName\": \"PluginTimeClock\"}"},
	{"files", RULE_HASHES, RULE_REQUIRED | RULE_PACKED, 0, 2000, NULL, NULL, NULL,
		"Every file of the package but this one, with its SHA-256.",
		"{\"plugin.so\": \"<64 digits>\"}"},
	END,
};
