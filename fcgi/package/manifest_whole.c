/* manifest_whole.c - rules between the fields of a manifest: see manifest.h. */
#include <string.h>
#include "base/perm.h"
#include "base/json.h"
#include "package/fault.h"
#include "package/manifest_impl.h"
#include "package/manifest_value.h"
#include "package/slots.h"

#define NAMES_MAX 60

static bool is_core_permission(const char *name)
{
	for (int i = 0; perm_core[i].name; i++)
		if (!strcmp(perm_core[i].name, name))
			return true;
	return false;
}

/* "time-clock:clock" */
static bool is_own_permission(const json_t *manifest, const char *name)
{
	const char *key = json_str(manifest, "key", "");
	size_t n = strlen(key), i;
	json_t *v;

	if (strncmp(name, key, n) != 0 || name[n] != ':')
		return false;
	json_array_foreach(json_object_get(manifest, "definesPermissions"), i, v)
		if (!strcmp(json_str(v, "name", ""), name + n + 1))
			return true;
	return false;
}

bool manifest_has_permission(const json_t *manifest, const char *name)
{
	return is_core_permission(name) || is_own_permission(manifest, name);
}

/* Every permission that a component may name, own ones first. */
static const char *const *known_permissions(struct walk *w, const struct manifest *m)
{
	const char **list = arena_zalloc(w->arena, (NAMES_MAX + 1) * sizeof(*list));
	int n = 0;
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(m->json, "definesPermissions"), i, v)
		if (n < NAMES_MAX - 10)
			list[n++] = arena_printf(
				w->arena, "%s:%s", m->key ? m->key : "", json_str(v, "name", ""));
	for (i = 0; perm_core[i].name && n < NAMES_MAX; i++)
		list[n++] = perm_core[i].name;
	return list;
}

static void check_permission_in(struct walk *w, const struct manifest *m, const json_t *of,
	const char *at, const char *field)
{
	const json_t *v = json_object_get(of, field);
	const char *name = json_string_value(v), *meant;

	if (!name || !value_is_permission_name(name) || manifest_has_permission(m->json, name))
		return;
	if (!m->key || !value_is_key(m->key))
		return; /* its own permissions have no name yet */
	meant = value_nearest(name, known_permissions(w, m));
	if (!meant && m->key &&
		is_own_permission(m->json, arena_printf(w->arena, "%s:%s", m->key, name)))
		meant = arena_printf(w->arena, "%s:%s", m->key, name);
	manifest_wrong(w, manifest_below(w, at, field), v,
		meant ? message_part(w->arena, "\"%s\"?", meant)
		      : P_("a permission of the core such as tickets:read, or one of "
			   "definesPermissions with the plugin's key in front of it"));
}

static void check_permission(
	struct walk *w, const struct manifest *m, const json_t *of, const char *at)
{
	check_permission_in(w, m, of, at, "permission");
}

/* Checks a part that people see and that may require a permission; needs_ui: it is a component. */
static const struct {
	const char *name;
	bool needs_ui;
} PARTS[] = {{"ticketTabs", true}, {"pages", true}, {"navigation", false}, {"widgets", true},
	{"reportComponents", false}, {"emits", false}};

static void check_part(struct walk *w, const struct manifest *m, const json_t *list, const char *at)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
		check_permission(w, m, v, arena_printf(w->arena, "%s/%zu", at, i));
}

static void check_storage(struct walk *w, const struct manifest *m)
{
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(m->json, "storage"), i, v) {
		const char *at = arena_printf(w->arena, MANIFEST_POINTER "/storage/%zu", i);

		check_permission_in(w, m, v, at, "read");
		check_permission_in(w, m, v, at, "write");
	}
}

static void check_uploads(struct walk *w, const struct manifest *m)
{
	json_t *v = json_object_get(m->json, "uploads");

	if (!v)
		return;
	check_permission_in(w, m, v, MANIFEST_POINTER "/uploads", "read");
	check_permission_in(w, m, v, MANIFEST_POINTER "/uploads", "write");
}

static void check_parts(struct walk *w, const struct manifest *m)
{
	const json_t *ui = json_object_get(m->json, "ui");

	for (size_t i = 0; i < sizeof(PARTS) / sizeof(*PARTS); i++) {
		const json_t *list = json_object_get(m->json, PARTS[i].name);

		check_part(
			w, m, list, arena_printf(w->arena, MANIFEST_POINTER "/%s", PARTS[i].name));
		if (PARTS[i].needs_ui && json_array_size(list) > 0 && !ui)
			fault_add(w->e, MANIFEST_POINTER "/ui",
				"Is missing; wanted: the bundle that holds the components of %s",
				PARTS[i].name);
	}
	check_part(w, m, json_object_get(ui, "slots"), MANIFEST_POINTER "/ui/slots");
	check_permission(w, m, json_object_get(m->json, "presence"), MANIFEST_POINTER "/presence");
	check_uploads(w, m);
	check_storage(w, m);
}

/* A slot shows components in some ways and in no other. */
static void check_render_type(struct walk *w, const json_t *entry, const char *at)
{
	const struct slot *slot = slot_find(json_str(entry, "slotId", ""));
	const char *type = render_type_of(json_str(entry, "renderType", "")), *want = "";
	bool known = false;

	for (int i = 0; render_names[i]; i++)
		known = known || !strcmp(type, render_names[i]);
	if (!slot || slot->field || !known)
		return; /* reported already */
	for (const char *const *t = slot->render_types; *t; t++) {
		if (!strcmp(type, *t))
			return;
		want = arena_printf(w->arena, "%s%s%s", want, *want ? " or " : "", *t);
	}
	manifest_unserved(w, manifest_below(w, at, "renderType"),
		message_part(w->arena, "\"%s\" in %s", type, slot->id), want);
}

/* The component that opens a modal stands in the same slot. */
static void check_trigger(struct walk *w, const json_t *all, const json_t *entry, const char *at)
{
	const json_t *trigger = json_object_get(entry, "trigger"), *other;
	const struct slot *slot = slot_find(json_str(entry, "slotId", ""));
	const char *type = render_type_of(json_str(entry, "renderType", ""));
	size_t i;

	if (!json_is_string(trigger) || !slot)
		return;
	if (strcmp(type, "modal") != 0) {
		manifest_wrong(w, manifest_below(w, at, "trigger"), trigger,
			P_("nothing: only a modal has one"));
		return;
	}
	json_array_foreach(all, i, other)
		if (slot_find(json_str(other, "slotId", "")) == slot &&
			!strcmp(json_str(other, "componentName", ""), json_string_value(trigger)))
			return;
	manifest_wrong(w, manifest_below(w, at, "trigger"), trigger,
		P_("the componentName of an entry in the same slot"));
}

static void check_slots(struct walk *w, const json_t *all)
{
	size_t i;
	json_t *v;

	json_array_foreach(all, i, v) {
		const char *at = arena_printf(w->arena, MANIFEST_POINTER "/ui/slots/%zu", i);

		check_render_type(w, v, at);
		check_trigger(w, all, v, at);
	}
}

/* "/items/:id" and "/items/:name" are the same addresses. */
static bool same_addresses(const char *a, const char *b)
{
	for (;; a++, b++) {
		if (*a == ':' && *b == ':') {
			a += strcspn(a, "/");
			b += strcspn(b, "/");
		}
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

/* Does a page stand at this path, or at it and below? */
static bool has_page(const json_t *pages, const char *path)
{
	size_t n = strlen(path), i;
	json_t *v;

	json_array_foreach(pages, i, v) {
		const char *at = json_str(v, "path", "");

		if (!strncmp(at, path, n) && (!at[n] || !strcmp(at + n, n > 1 ? "/*" : "*")))
			return true;
	}
	return false;
}

static void check_pages(struct walk *w, const json_t *pages, const json_t *navigation)
{
	size_t i, j;
	json_t *v;

	json_array_foreach(pages, i, v) {
		const json_t *path = json_object_get(v, "path");

		for (j = 0; j < i && json_is_string(path); j++) {
			const char *other = json_str(json_array_get(pages, j), "path", "");

			if (strcmp(other, json_string_value(path)) != 0 &&
				same_addresses(other, json_string_value(path)))
				manifest_wrong(w,
					arena_printf(
						w->arena, MANIFEST_POINTER "/pages/%zu/path", i),
					path,
					P_("another address: the one of an earlier page is the same"));
		}
	}
	json_array_foreach(navigation, i, v) {
		const json_t *path = json_object_get(v, "path");

		if (!json_is_string(path) || !value_is_page_path(json_string_value(path)))
			continue;
		for (j = 0; j < i; j++)
			if (!strcmp(json_str(json_array_get(navigation, j), "path", ""),
				    json_string_value(path)))
				manifest_wrong(w,
					arena_printf(w->arena,
						MANIFEST_POINTER "/navigation/%zu/path", i),
					path, P_("another page: an earlier entry opens this one"));
		if (strpbrk(json_string_value(path), ":*") ||
			!has_page(pages, json_string_value(path)))
			manifest_wrong(w,
				arena_printf(w->arena, MANIFEST_POINTER "/navigation/%zu/path", i),
				path, P_("the path of one of \"pages\", without a :name"));
	}
}

static void check_fields(struct walk *w, const struct manifest *m)
{
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(m->json, "customFields"), i, v) {
		const char *at =
			arena_printf(w->arena, MANIFEST_POINTER "/customFields/%zu/options", i);
		const json_t *options = json_object_get(v, "options");
		bool choice = !strcmp(json_str(v, "type", ""), "choice");

		if (choice && !options)
			fault_add(w->e, at, "Is missing; wanted: what can be chosen");
		else if (!choice && options)
			manifest_wrong(w, at, options, P_("nothing: only a choice has options"));
	}
}

static void check_dependencies(struct walk *w, const struct manifest *m)
{
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(m->json, "dependencies"), i, v) {
		const json_t *key = json_object_get(v, "key");

		if (m->key && json_is_string(key) && !strcmp(json_string_value(key), m->key))
			manifest_wrong(w,
				arena_printf(w->arena, MANIFEST_POINTER "/dependencies/%zu/key", i),
				key, P_("another plugin"));
	}
}

void manifest_check_whole(struct walk *w, const struct manifest *m)
{
	const json_t *name = json_object_get(m->json, "name");
	const json_t *settings = json_object_get(m->json, "settings");
	size_t i;
	json_t *v;

	if (m->key && name && json_is_string(name) && strcmp(json_string_value(name), m->key) != 0)
		manifest_wrong(w, MANIFEST_POINTER "/name", name,
			P_("the same as \"key\" (\"name\" is another word for it), or leave it out"));
	json_array_foreach(settings, i, v)
		manifest_check_setting(
			w, v, arena_printf(w->arena, MANIFEST_POINTER "/settings/%zu", i));
	if (json_is_true(json_object_get(m->json, "requiresConfiguration")) &&
		json_array_size(settings) == 0)
		fault_add(w->e, MANIFEST_POINTER "/requiresConfiguration",
			"Found true; wanted: settings that can be filled in, or false");
	check_parts(w, m);
	check_dependencies(w, m);
	check_fields(w, m);
	check_slots(w, json_object_get(json_object_get(m->json, "ui"), "slots"));
	check_pages(w, json_object_get(m->json, "pages"), json_object_get(m->json, "navigation"));
}
