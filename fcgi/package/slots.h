/*
 * slots.h - the places of the app that plugins may fill, as data: where each is, how it shows a component,
 * and which props the component gets there. A manifest's check, its JSON Schema, the page about it and the
 * types of @mortise/sdk (public/sdk/src/slots.ts, by `make types`) are made of this table;
 * t/browser/slots.t.mjs fills every place in the app itself and compares.
 */
#ifndef SLOTS_H
#define SLOTS_H

struct slot_prop {
	const char *name;
	const char *type; /* TypeScript */
	const char *doc;
};

struct slot {
	const char *id;
	const char *place;		 /* in the app, for people */
	const char *const *render_types; /* NULL-terminated */
	const struct slot_prop *props;	 /* ends with a name of NULL */
};

extern const char *const slot_ids[];	 /* ends with NULL */
extern const struct slot slots[];	 /* ends with an id of NULL */
extern const char *const render_types[]; /* of any slot */

const struct slot *slot_find(const char *id);

#endif
