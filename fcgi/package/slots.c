/* slots.c - see slots.h. A new slot is an entry here and a <PluginSlot> in its page. */
#include "package/slots.h"

#include <stddef.h>
#include <string.h>

const char *const render_types[] = {
	"tab", "inline", "modal", "menuitem", "card", "button", "widget", "raw", NULL};

static const char *const TAB[] = {"tab", NULL};
static const char *const ACTION[] = {"button", "menuitem", "modal", NULL};
static const char *const PANEL[] = {"inline", "card", NULL};
static const char *const WIDGET[] = {"widget", "card", NULL};
static const char *const FORM[] = {"inline", "raw", NULL};

#define TICKET_TABS "ticket.tabs"
#define TICKET_ACTIONS "ticket.actions"
#define TICKET_DETAILS "ticket.details"
#define REPORTS_WIDGETS "reports.widgets"
#define PLUGIN_CONFIG "plugin.config"

const char *const slot_ids[] = {
	TICKET_TABS, TICKET_ACTIONS, TICKET_DETAILS, REPORTS_WIDGETS, PLUGIN_CONFIG, NULL};

#define TICKET_PROPS                                                                               \
	{"ticketId", "string", "The ticket's id."},                                                \
	{                                                                                          \
		"technicianId", "string", "Id of the person who is signed in."                     \
	}

static const struct slot_prop TICKET[] = {TICKET_PROPS, {0}};
static const struct slot_prop TICKET_ACTION[] = {TICKET_PROPS,
	{"onMenuClose", "() => void", "Closes the menu that the entry stands in."}, {0}};
static const struct slot_prop NONE[] = {{0}};
static const struct slot_prop CONFIG[] = {{"pluginKey", "string", "The plugin's key."},
	{"installationId", "string", "Of the plugin in this company."},
	{"configData", "Record<string, unknown>",
		"Values by the settings' keys, with what was changed here. Of a secret only whether it "
		"is set."},
	{"onConfigChange",
		"(key: string, value: string | number | boolean | string[] | null) => void",
		"Changes a value, which is kept in the page until it is saved."},
	{"onSaveConfiguration", "() => Promise<void>", "Stores what was changed."},
	{"onTestConnection", "() => Promise<{ success: boolean; message: string }>",
		"Calls the hook test-connection with the values as they are now."},
	{"isSavingConfig", "boolean", "It is being stored."},
	{"isTestingConnection", "boolean", "The hook is running."}, {0}};

const struct slot slots[] = {
	{TICKET_TABS, "A tab of the ticket window.", TAB, TICKET},
	{TICKET_ACTIONS,
		"The toolbar of the ticket window (button), its menu (menuitem) and what they open (modal).",
		ACTION, TICKET_ACTION},
	{TICKET_DETAILS, "Below the fields of a ticket.", PANEL, TICKET},
	{REPORTS_WIDGETS, "The top of the page Reports.", WIDGET, NONE},
	{PLUGIN_CONFIG,
		"The tab Settings of the plugin's page, instead of the form made from settings.",
		FORM, CONFIG},
	{0},
};

_Static_assert(sizeof(slot_ids) / sizeof(*slot_ids) == sizeof(slots) / sizeof(*slots),
	"every slot has its id in slot_ids");

const struct slot *slot_find(const char *id)
{
	for (const struct slot *s = slots; s->id; s++)
		if (!strcmp(s->id, id))
			return s;
	return NULL;
}
