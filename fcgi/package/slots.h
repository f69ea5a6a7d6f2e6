/*
 * slots.h - the places of the app that plugins may fill, as data: where each is, how it shows a component,
 * and which props the component gets there. A manifest's check, its JSON Schema, the page about it and the
 * types of @mortise/sdk (public/sdk/src/slots.ts, by `make types`) are made of this table;
 * t/browser/slots.t.mjs fills every place in the app itself and compares.
 */
#ifndef SLOTS_H
#define SLOTS_H

/* Where a plugin's own panel stands in place of the form. */
#define SLOT_PLUGIN_CONFIG "plugin.config"
#define SLOT_TICKET_TABS "ticket.tabs"
/* A page of a plugin's own: the manifest's pages, each with its address. */
#define SLOT_PLUGIN_PAGE "plugin.page"
/* What people put on their dashboard: the manifest's widgets. */
#define SLOT_DASHBOARD_WIDGETS "dashboard.widgets"

struct slot_prop {
	const char *name;
	const char *type; /* TypeScript */
	const char *doc;
};

struct slot {
	const char *id;
	const char *const *aliases;	 /* other names of it; NULL-terminated */
	const char *place;		 /* in the app, for people */
	const char *const *render_types; /* NULL-terminated */
	const struct slot_prop *props;	 /* ends with a name of NULL */
	const char *field; /* of the manifest, that fills it in place of ui.slots; NULL = none */
};

extern const struct slot slots[];	      /* ends with an id of NULL */
extern const struct slot_prop shared_props[]; /* what a component gets in every slot */
extern const struct slot_prop modal_props[];  /* and what a modal gets beside them */
extern const char *const render_types[];      /* of any slot */

/* What ui.slots of a manifest may say, names and aliases alike; end with NULL. */
extern const char *const slot_names[];
extern const char *const render_names[];

/* By its id or an alias. */
const struct slot *slot_find(const char *name);
/* The render type that is meant: "menu-item" is another spelling of "menuitem". */
const char *render_type_of(const char *name);

#endif
