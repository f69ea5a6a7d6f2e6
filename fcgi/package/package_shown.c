/* package_shown.c - what a package shows to people: see package_shown.h. */
#include "package/package_shown.h"

#include <ctype.h>
#include <string.h>
#include "base/json.h"
#include "base/utf8.h"
#include "package/fault.h"
#include "package/package_layout.h"
#include "package/picture.h"

#define AT MANIFEST_POINTER "/screenshots"

/* Loads an entry that may be so large, or says that it is larger. */
static char *load(
	struct package *pkg, struct archive_entry *en, size_t max, size_t *ret, struct err *e)
{
	char *data;

	if (en->size > max) {
		fault_add(e, arena_printf(pkg->archive->arena, "/%s", en->path),
			"Has %llu kB; wanted: at most %zu kB", (unsigned long long)en->size >> 10,
			max >> 10);
		return NULL;
	}
	return archive_load(pkg->archive, en, max, &data, ret, e) < 0 ? NULL : data;
}

static const char *load_text(
	struct package *pkg, const char *name, size_t max, size_t *ret, struct err *e)
{
	struct archive_entry *en = archive_find(pkg->archive, name);
	const char *text = en ? load(pkg, en, max, ret, e) : NULL;

	if (!text || utf8_length(text, *ret) >= 0)
		return text;
	fault_add(e, arena_printf(pkg->archive->arena, "/%s", name), "Must be UTF-8 text");
	return NULL;
}

/* "## [1.2.0] - 2026-10-01", "## 1.2.0", "## v1.2.0" */
static bool is_entry(const char *line, const char *version)
{
	size_t n = strlen(version);

	if (strncmp(line, "##", 2) != 0 || line[2] == '#')
		return false;
	line += 2 + strspn(line + 2, " \t[v");
	return !strncmp(line, version, n) && !isalnum((unsigned char)line[n]) &&
	       !strchr(".+-_", line[n] ? line[n] : ' ');
}

bool package_has_entry(const char *changelog, const char *version)
{
	for (const char *line = changelog; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_entry(line, version))
			return true;
	}
	return false;
}

static void check_changelog(struct package *pkg, struct err *e)
{
	struct arena *p = pkg->archive->arena;
	const char *version = pkg->manifest.version, *text;
	size_t n;

	pkg->changelog = message_part(p, "none");
	text = load_text(pkg, PACKAGE_CHANGELOG, PACKAGE_CHANGELOG_MAX, &n, e);
	if (text && version)
		pkg->changelog = package_has_entry(text, version)
					 ? message_part(p, "has an entry for %s", version)
					 : message_part(p, "has no entry for %s", version);
}

/* The ending of a file says what it is; nginx sends it as that. */
static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	return !strcmp(dot, ".png")    ? "image/png"
	       : !strcmp(dot, ".webp") ? "image/webp"
				       : "image/jpeg";
}

static void check_screenshot(struct package *pkg, struct archive_entry *en, struct err *e)
{
	const char *at = arena_printf(pkg->archive->arena, "/%s", en->path);
	struct picture pic;
	size_t n;
	const char *data = load(pkg, en, PACKAGE_SCREENSHOT_MAX, &n, e);

	if (!data)
		return;
	if (picture_read(data, n, &pic) < 0 || strcmp(pic.type, type_of(en->path)) != 0)
		fault_add(e, at, "Is not what its name says; wanted: a PNG, JPEG or WebP picture");
	else if (pic.width < PACKAGE_SIDE_MIN || pic.height < PACKAGE_SIDE_MIN ||
		 pic.width > PACKAGE_SIDE_MAX || pic.height > PACKAGE_SIDE_MAX)
		fault_add(e, at, "Has %u x %u pixels; wanted: %d to %d on each side", pic.width,
			pic.height, PACKAGE_SIDE_MIN, PACKAGE_SIDE_MAX);
}

static bool is_named(const json_t *list, const char *path)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
		if (!strcmp(json_str(v, "file", ""), path))
			return true;
	return false;
}

/* Those that the manifest names, and those that lie there, must be the same. */
static void check_screenshots(struct package *pkg, struct err *e)
{
	const json_t *list = json_object_get(pkg->manifest.json, "screenshots");
	struct arena *p = pkg->archive->arena;
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) {
		const char *file = json_str(v, "file", NULL);

		if (file && !archive_find(pkg->archive, file))
			fault_add(e, arena_printf(p, AT "/%zu/file", i),
				"Found \"%.100s\", which is not in the package", file);
	}
	for (int n = 0; n < pkg->archive->n; n++) {
		struct archive_entry *en = &pkg->archive->entry[n];

		if (layout_kind(en->path) != LAYOUT_SCREENSHOT)
			continue;
		if (is_named(list, en->path))
			check_screenshot(pkg, en, e);
		else
			fault_add(e, arena_printf(p, "/%s", en->path),
				"Is missing in \"screenshots\" of manifest.json, where it has its caption");
	}
}

const char *package_screenshot(const json_t *list, const char *n, const char *member)
{
	if (!isdigit((unsigned char)*n) || n[1])
		return NULL;
	return json_str(json_array_get(list, (size_t)(*n - '0')), member, NULL);
}

void package_check_shown(struct package *pkg, struct err *e)
{
	size_t n;

	load_text(pkg, PACKAGE_DEVELOPERS, PACKAGE_TEXT_MAX, &n, e);
	check_changelog(pkg, e);
	check_screenshots(pkg, e);
}

void package_list_shown(struct package *pkg)
{
	size_t n = json_array_size(json_object_get(pkg->manifest.json, "screenshots"));
	struct arena *p = pkg->archive->arena;

	package_checked(pkg, "changelog", pkg->changelog);
	package_checked(pkg, "screenshots",
		n ? message_part(p, "%zu, each with its caption", n) : message_part(p, "none"));
}
