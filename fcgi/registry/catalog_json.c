/* catalog_json.c - packages and installations as browsers see them: see catalog.h. */
#include <sodium.h>
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "base/perm.h"
#include "package/slots.h"
#include "registry/catalog.h"

static json_t *list_of(const json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	return json_is_array(v) ? json_incref(v) : json_array();
}

json_t *catalog_package_json(struct op *op, const struct catalog_package *p)
{
	const json_t *m = p->manifest;
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:O, s:b, s:s?, s:O?}", "key",
		p->key, "version", p->version, "displayName", json_str(m, "displayName", p->key),
		"description", json_str(m, "description", ""), "sha256", p->sha256, "size",
		(json_int_t)p->size, "status", p->status, "files",
		p->files ? json_incref(p->files) : json_array(), "permissions",
		list_of(m, "permissions"), "manifest", m, "quarantined", p->quarantined,
		"quarantineReason", p->quarantine_reason, "quarantineReasonText",
		p->quarantine_text);
	json_t *more =
		json_pack("{s:b, s:s?, s:s?, s:o, s:O?, s:O?, s:o, s:o, s:{s:b, s:s?, s:o}, s:o}",
			"approved", p->approved_at != NULL, "approvedAt", p->approved_at, "source",
			p->source, "trust", trust_json(op->arena, &p->trust), "imports", p->imports,
			"hooks", p->hooks, "settings", list_of(m, "settings"), "definesPermissions",
			list_of(m, "definesPermissions"), "compatible", "ok", p->unfit == NULL,
			"reason", p->unfit, "reasonText", json_message(op->arena, p->unfit),
			"unserved", manifest_list_unserved(m));

	json_object_update(json, more);
	json_decref(more);
	return json;
}

/* Subresource integrity from the hash that the package check compared: sha256-<base64>. */
static const char *integrity(struct arena *p, const json_t *manifest, const char *path)
{
	const char *hex = json_str(json_object_get(manifest, "files"), path, "");
	char text[sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL)];
	unsigned char hash[32];
	size_t n;

	if (id_unhex(hash, sizeof(hash), hex, &n) < 0 || n != sizeof(hash))
		return NULL;
	sodium_bin2base64(text, sizeof(text), hash, n, sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(p, "sha256-%s", text);
}

static const char *asset_url(struct arena *p, const struct catalog_package *pkg, const char *path)
{
	return path ? arena_printf(p, "/plugin-assets/%s/%s", pkg->sha256, path) : NULL;
}

/* May the person see what needs this permission? NULL = anybody may. */
static bool may_see(struct op *op, const struct catalog_installation *of, const char *permission)
{
	const struct ident *w = op->who;
	const json_t *v;
	size_t i;

	if (!permission || !w)
		return true;
	if (perm_is_core(permission))
		return ident_may(w, permission);
	if (!ident_scope(w, permission))
		return false;
	json_array_foreach(of->held, i, v)
		if (!strcmp(json_string_value(v), permission))
			return true;
	return w->is_service || ident_has_role(w, "SystemAdmin");
}

static const char *permission_of(const json_t *entry)
{
	return json_str(entry, "permission", NULL);
}

/* What the person may not see: of a page its address, so that it can say so there. */
static json_t *closed(const char *slot, const char *type, const char *path)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:{s:s*}}", "slotId", slot, "componentName", "",
		"renderType", type, "allowed", 0, "props", "path", path);
}

static json_t *page_json(const json_t *page, bool allowed)
{
	const char *path = json_str(page, "path", "");

	if (!allowed)
		return closed(SLOT_PLUGIN_PAGE, "page", path);
	return json_pack("{s:s, s:s, s:s, s:s?, s:{s:s, s:s}}", "slotId", SLOT_PLUGIN_PAGE,
		"componentName", json_str(page, "component", ""), "renderType", "page",
		"permission", permission_of(page), "props", "path", path, "title",
		json_str(page, "title", ""));
}

static void add_pages(struct op *op, const struct catalog_installation *of, json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(of->package.manifest, "pages"), i, v)
		json_array_append_new(list, page_json(v, may_see(op, of, permission_of(v))));
}

static json_t *widget_json(const json_t *widget)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:{s:s, s:s, s:s, s:b}}", "slotId",
		SLOT_DASHBOARD_WIDGETS, "componentName", json_str(widget, "component", ""),
		"renderType", "widget", "permission", permission_of(widget), "props", "id",
		json_str(widget, "id", ""), "title", json_str(widget, "title", ""), "size",
		json_str(widget, "size", "small"), "initial",
		json_is_true(json_object_get(widget, "initial")));
}

static void add_widgets(struct op *op, const struct catalog_installation *of, json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(of->package.manifest, "widgets"), i, v)
		json_array_append_new(
			list, may_see(op, of, permission_of(v))
				      ? widget_json(v)
				      : closed(SLOT_DASHBOARD_WIDGETS, "widget", NULL));
}

/* Of the page that stands at this path, or at it and below. */
static const char *page_permission(const json_t *manifest, const char *path)
{
	size_t n = strlen(path), i;
	const json_t *v;

	json_array_foreach(json_object_get(manifest, "pages"), i, v) {
		const char *at = json_str(v, "path", "");

		if (!strncmp(at, path, n) && (!at[n] || !strcmp(at + n, n > 1 ? "/*" : "*")))
			return permission_of(v);
	}
	return NULL;
}

static json_t *navigation(struct op *op, const struct catalog_installation *of)
{
	const json_t *m = of->package.manifest;
	json_t *list = json_array(), *v;
	size_t i;

	json_array_foreach(json_object_get(m, "navigation"), i, v)
		if (may_see(op, of, permission_of(v)) &&
			may_see(op, of, page_permission(m, json_str(v, "path", ""))))
			json_array_append(list, v);
	return list;
}

static json_t *tab_json(const json_t *tab)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:{s:s, s:s, s:s?}}", "slotId", SLOT_TICKET_TABS,
		"componentName", json_str(tab, "component", ""), "renderType", "tab", "permission",
		permission_of(tab), "props", "id", json_str(tab, "id", ""), "label",
		json_str(tab, "label", ""), "icon", json_str(tab, "icon", NULL));
}

/* ui.slots under their own names instead of aliases, and the tabs of ticketTabs as what they are:
 * entries of the slot ticket.tabs. */
static json_t *entries(struct op *op, const struct catalog_installation *of, const json_t *ui)
{
	const json_t *manifest = of->package.manifest;
	json_t *list = json_array(), *v;
	size_t i;

	json_array_foreach(json_object_get(ui, "slots"), i, v) {
		const char *id = json_str(v, "slotId", "");
		const char *type = render_type_of(json_str(v, "renderType", ""));
		const struct slot *place = slot_find(id);
		json_t *slot;

		if (place)
			id = place->id;
		if (!may_see(op, of, permission_of(v))) {
			json_array_append_new(list, closed(id, type, NULL));
			continue;
		}
		slot = json_copy(v);
		json_object_set_new(slot, "slotId", json_string(id));
		json_object_set_new(slot, "renderType", json_string(type));
		if (!json_object_get(slot, "props"))
			json_object_set_new(slot, "props", json_object());
		json_array_append_new(list, slot);
	}
	json_array_foreach(json_object_get(manifest, "ticketTabs"), i, v)
		json_array_append_new(list, may_see(op, of, permission_of(v))
						    ? tab_json(v)
						    : closed(SLOT_TICKET_TABS, "tab", NULL));
	add_pages(op, of, list);
	add_widgets(op, of, list);
	return list;
}

static json_t *ui_json(struct op *op, const struct catalog_installation *of)
{
	const struct catalog_package *pkg = &of->package;
	const json_t *ui = json_object_get(pkg->manifest, "ui");
	const char *bundle = json_str(ui, "bundle", NULL);

	if (!bundle)
		return json_null();
	return json_pack("{s:s, s:s?, s:s, s:o, s:o}", "bundleUrl",
		asset_url(op->arena, pkg, bundle), "integrity",
		integrity(op->arena, pkg->manifest, bundle), "globalName",
		json_str(ui, "globalName", ""), "slots", entries(op, of, ui), "navigation",
		navigation(op, of));
}

/* Is it there? Whether it is enabled, and which trust its package has, are other questions. */
static const char *status_of(const struct catalog_installation *i)
{
	if (!strcmp(i->state, "installing"))
		return "installing";
	if (!strcmp(i->state, "removing"))
		return "uninstalling";
	return i->package.quarantined ? "failed" : "installed";
}

json_t *catalog_installation_json(struct op *op, const struct catalog_installation *i)
{
	const struct catalog_package *p = &i->package;
	const json_t *m = p->manifest;

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s?, s:s, s:s?, s:b, s:s?, s:O?, s:o, s:o, s:o, s:o}",
		"id", i->id, "pluginKey", i->key, "version", p->version, "displayName",
		json_str(m, "displayName", i->key), "description", json_str(m, "description", ""),
		"state", i->state, "status", status_of(i), "trust",
		trust_json(op->arena, &p->trust), "icon",
		asset_url(op->arena, p, json_str(m, "icon", NULL)), "installedAt", i->installed_at,
		"installedBy", i->installed_by, "quarantined", p->quarantined, "quarantineReason",
		p->quarantine_reason, "quarantineReasonText", p->quarantine_text, "permissions",
		list_of(m, "permissions"), "ui", ui_json(op, i), "reportComponents",
		list_of(m, "reportComponents"), "dependencies", list_of(m, "dependencies"));
}
