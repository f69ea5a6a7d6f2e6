/* manifest.json. */

/* clang-format off */
#define MUTATOR_NAMES \
	"$schema", "abi", "author", "bundle", "category", "component", "componentName", \
	"default", "defaultRoles", "definesPermissions", "description", "displayName", \
	"displayOrder", "documentationUrl", "emits", "endpoint", "events", "features", \
	"files", "globalName", "help", "homepage", "host", "icon", "id", "installationType", \
	"isOfficial", "isPublished", "jobs", "key", "keywords", "label", "length", \
	"license", "longDescription", "max", "min", "name", "navigation", "options", \
	"pages", "path", "pattern", "patternHelp", "permission", "permissions", \
	"placeholder", "props", "renderType", "reportComponents", "required", \
	"requiresConfiguration", "schedule", "settings", "slotId", "slots", "subscribes", \
	"supportUrl", "tags", "ticketTabs", "title", "type", "ui", "value", "version", \
	"widgets"
/* clang-format on */
#include "json_mutator.h"

#include "package/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	char *text = fuzz_text(data, n);
	struct manifest m;
	json_t *unserved;
	struct err e;

	err_init(&e, p);
	if (manifest_read(p, text, n, &m, &e) == 0) {
		fuzz_check(m.json && m.key && m.version && m.display_name);
		fuzz_check(m.abi > 0 && strlen(m.key) <= 40);
		unserved = manifest_list_unserved(m.json);
		fuzz_check(json_array_size(unserved) == 0);
		json_decref(unserved);
		fuzz_check(manifest_read_stored(p, text, n, &m, &e) == 0);
		manifest_unfit(p, m.json);
		fuzz_check(manifest_permission_array(p, &m)[0] == '{');
		manifest_has_permission(m.json, "tickets:read");
	} else {
		fuzz_check(e.code == MT_EFIELDS || e.code == MT_EINVAL || e.code == MT_ETOOBIG);
		fuzz_check(e.code != MT_EFIELDS || e.n_fields > 0);
	}
	arena_free(p);
	free(text);
	return 0;
}
