/* slots.c - see slots.h. A new slot is an entry here, its names in slot_names, and a <PluginSlot> in
 * its page. */
#include "package/slots.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define RENDER_TYPES "tab", "inline", "modal", "menuitem", "card", "button", "widget", "raw"
#define MENU_ITEM "menu-item"

const char *const render_types[] = {RENDER_TYPES, "page", NULL};
const char *const render_names[] = {RENDER_TYPES, MENU_ITEM, NULL};

static const char *const TAB[] = {"tab", NULL};
static const char *const ACTION[] = {"button", "menuitem", "modal", NULL};
static const char *const PANEL[] = {"inline", "card", NULL};
static const char *const WIDGET[] = {"widget", "card", NULL};
static const char *const PAGE[] = {"page", NULL};
static const char *const DASHBOARD[] = {"widget", NULL};
static const char *const BULK[] = {"button", "modal", NULL};
static const char *const MENU[] = {"menuitem", "modal", NULL};
static const char *const COLUMN[] = {"raw", NULL};
static const char *const FORM[] = {"inline", "card", "raw", NULL};

#define TICKET_TABS SLOT_TICKET_TABS
#define TICKET_ACTIONS "ticket.actions"
#define TICKET_DETAILS "ticket.details"
#define TICKET_FORM "ticket.form"
#define TICKETS_COLUMNS "tickets.columns"
#define TICKETS_BULK "tickets.bulk"
#define PERSON_ACTIONS "person.actions"
#define REPORTS_WIDGETS "reports.widgets"
#define PLUGIN_CONFIG SLOT_PLUGIN_CONFIG
#define MODELS_TABS "page.models.tabs"
#define RISKS_TABS "page.risks.tabs"
#define RISKS_ACTIONS "page.risks.actions"

static const char *const NO_ALIASES[] = {NULL};

#define CONFIG_NAMES "page.plugin.config", "plugin-config"
#define RISKS_TABS_NAMES "project-risks-tab"
#define RISKS_ACTIONS_NAMES "risk-dropdown-menu"
static const char *const CONFIG_ALIASES[] = {CONFIG_NAMES, NULL};
static const char *const RISKS_TABS_ALIASES[] = {RISKS_TABS_NAMES, NULL};
static const char *const RISKS_ACTIONS_ALIASES[] = {RISKS_ACTIONS_NAMES, NULL};

const char *const slot_names[] = {TICKET_TABS, TICKET_ACTIONS, TICKET_DETAILS, TICKET_FORM,
	TICKETS_COLUMNS, TICKETS_BULK, PERSON_ACTIONS, REPORTS_WIDGETS, PLUGIN_CONFIG, MODELS_TABS,
	RISKS_TABS, RISKS_ACTIONS, CONFIG_NAMES, RISKS_TABS_NAMES, RISKS_ACTIONS_NAMES, NULL};

#define TICKET_PROPS                                                                               \
	{"ticketId", "string", "The ticket's id."},                                                \
	{                                                                                          \
		"technicianId", "string", "Id of the person who is signed in."                     \
	}
#define MENU_CLOSE                                                                                 \
	{                                                                                          \
		"onMenuClose", "() => void", "Closes the menu that the entry stands in."           \
	}

const struct slot_prop shared_props[] = {
	{"apiServices", "ApiServices",
		"The signed-in person's requests in the shape of axios: paths below /api, "
		"with or without a slash before them."},
	{"onToast",
		"(toast: { variant?: string; title?: string; body?: string; message?: string }) => void",
		"Shows a message for a moment; variant is success, error, warning or info."},
	{"onTriggerModal", "(name: string) => void",
		"Opens the plugin's modal in this slot that has this componentName, or this trigger."},
	{"onImportComplete", "() => void", "Reads again what the page shows."}, {0}};
const struct slot_prop modal_props[] = {
	{"open", "boolean", "It is to be shown."}, {"onClose", "() => void", "Closes it."}, {0}};

static const struct slot_prop TICKET[] = {TICKET_PROPS, {0}};
static const struct slot_prop TICKET_ACTION[] = {TICKET_PROPS, MENU_CLOSE, {0}};
#define DRAFT                                                                                      \
	"{ title: string; description: string; priority: string; assigneeId: string; "             \
	"custom: Record<string, unknown> }"
static const struct slot_prop TICKET_DRAFT[] = {
	{"draft", DRAFT,
		"What was entered so far; assigneeId is empty for nobody, custom has the custom fields by key."},
	{"onChange", "(change: Partial<" DRAFT ">) => void",
		"Enters this into the form; of custom only the fields that are named change."},
	{0}};
static const struct slot_prop TICKET_CELL[] = {{"ticketId", "string", "The row's ticket."},
	{"ticketIds", "() => readonly string[]",
		"Ids of all rows that the list has by now, so that one request serves them all."},
	{0}};
static const struct slot_prop TICKETS_SELECTED[] = {
	{"ticketIds", "readonly string[]", "The tickets that are selected."},
	{"onDone", "() => void",
		"Ends the selection and reads the list again: when what was asked for is done."},
	{0}};
static const struct slot_prop PERSON_ACTION[] = {
	{"userId", "string", "The person's id."}, MENU_CLOSE, {0}};
static const struct slot_prop PAGE_ACTION[] = {MENU_CLOSE, {0}};
static const struct slot_prop NONE[] = {{0}};
static const struct slot_prop OWN_PAGE[] = {{"pluginKey", "string", "The plugin's key."},
	{"path", "string", "Where one is below /x/<key>: /items/17 for the page /items/:id."},
	{"params", "Readonly<Record<string, string>>",
		"Values of the :names in the page's path; \"*\" is what stands in its place."},
	{"onTitle", "(title: string | null) => void",
		"Puts this in place of the title that the manifest gives the page, until one leaves it."},
	{0}};
static const struct slot_prop DASHBOARD_WIDGET[] = {{"pluginKey", "string", "The plugin's key."},
	{"size", "'small' | 'wide'",
		"How much room the person gives it: one column, or as wide as the page. On a phone both are "
		"as wide as the screen."},
	{0}};
static const struct slot_prop CONFIG[] = {{"pluginKey", "string", "The plugin's key."},
	{"installationId", "string", "Of the plugin in this company."},
	{"configData", "Record<string, unknown>",
		"Values by the settings' keys, with what was changed here. Of a secret only whether it "
		"is set: an object that is empty where a text is wanted."},
	{"onConfigChange",
		"(key: string, value: string | number | boolean | string[] | null) => void",
		"Changes a value, which is kept in the page until it is saved. Settings that the "
		"manifest doesn't declare are stored, too, as they are: declare secrets."},
	{"onSaveConfiguration", "() => Promise<void>", "Stores what was changed."},
	{"onTestConnection", "() => Promise<{ success: boolean; message: string }>",
		"Calls the hook test-connection with the values as they are now."},
	{"isSavingConfig", "boolean", "It is being stored."},
	{"isTestingConnection", "boolean", "The hook is running."}, {0}};

const struct slot slots[] = {
	{TICKET_TABS, NO_ALIASES, "A tab of the ticket window.", TAB, TICKET, NULL},
	{TICKET_ACTIONS, NO_ALIASES,
		"The toolbar of the ticket window (button), its menu (menuitem) and what they open (modal).",
		ACTION, TICKET_ACTION, NULL},
	{TICKET_DETAILS, NO_ALIASES, "Below the fields of a ticket.", PANEL, TICKET, NULL},
	{TICKET_FORM, NO_ALIASES,
		"Below the fields of the form for a new ticket. To store something of yours with the ticket, name "
		"a custom field in the manifest.",
		PANEL, TICKET_DRAFT, NULL},
	{TICKETS_COLUMNS, NO_ALIASES,
		"A column of the list of tickets, on wide screens; its head is the label of its props. The first "
		"two are shown.",
		COLUMN, TICKET_CELL, NULL},
	{TICKETS_BULK, NO_ALIASES,
		"The bar for the tickets that are selected in the list (button), and what it opens (modal).",
		BULK, TICKETS_SELECTED, NULL},
	{PERSON_ACTIONS, NO_ALIASES,
		"The menu of a person's row in the page People (menuitem), and what it opens (modal).",
		MENU, PERSON_ACTION, NULL},
	{REPORTS_WIDGETS, NO_ALIASES, "The top of the page Reports.", WIDGET, NONE, NULL},
	{PLUGIN_CONFIG, CONFIG_ALIASES,
		"The tab Settings of the plugin's page, instead of the form made from settings.",
		FORM, CONFIG, NULL},
	{MODELS_TABS, NO_ALIASES, "A tab of the page Models, which is there when a plugin has one.",
		TAB, NONE, NULL},
	{RISKS_TABS, RISKS_TABS_ALIASES,
		"A tab of the page Risks, which is there when a plugin has one.", TAB, NONE, NULL},
	{RISKS_ACTIONS, RISKS_ACTIONS_ALIASES,
		"The head of the page Risks (button), its menu (menuitem) and what they open (modal).",
		ACTION, PAGE_ACTION, NULL},
	{SLOT_PLUGIN_PAGE, NO_ALIASES, "A page of the plugin's own at /x/<key>/...", PAGE, OWN_PAGE,
		"pages"},
	{SLOT_DASHBOARD_WIDGETS, NO_ALIASES,
		"A widget of the dashboard, where each person chooses and arranges theirs.",
		DASHBOARD, DASHBOARD_WIDGET, "widgets"},
	{0},
};

static bool is_in(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

const struct slot *slot_find(const char *name)
{
	for (const struct slot *s = slots; s->id; s++)
		if (!strcmp(s->id, name) || is_in(s->aliases, name))
			return s;
	return NULL;
}

const char *render_type_of(const char *name)
{
	return strcmp(name, MENU_ITEM) ? name : "menuitem";
}
