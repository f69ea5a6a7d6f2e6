/*
 * manifest_served.c - what a manifest may not name yet, as nothing would come of it: see manifest.h. The
 * change that builds one of these takes it off the list.
 */
#include <string.h>
#include "base/json.h"
#include "package/fault.h"
#include "package/manifest_impl.h"
#include "package/slots.h"

void manifest_unserved(struct walk *w, const char *at, const char *what, const char *want)
{
	if (w->stored)
		return;
	fault_add(w->e, at, "This version of Mortise doesn't serve %s yet; wanted: %s", what,
		message_part_plain(w->arena, want));
}

json_t *manifest_list_unserved(const json_t *manifest)
{
	json_t *list = json_array(), *v;
	const struct slot *slot;
	const char *id;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(manifest, "ui"), "slots"), i, v) {
		id = json_str(v, "slotId", "");
		slot = slot_find(id);
		if (!slot || slot->field)
			json_array_append_new(list, json_string(id));
	}
	return list;
}
