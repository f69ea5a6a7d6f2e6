/* package_layout.c - what may lie where: see package_layout.h. */
#include <ctype.h>
#include <string.h>
#include "package/manifest.h"
#include "package/manifest_value.h"
#include "package/package_layout.h"

static const char *const TOP[] = {"README.md", "DEVELOPERS.md", "CHANGELOG.md", "LICENSE",
	"LICENSE.md", "LICENSE.txt", "NOTICE", NULL};

/* nginx serves these and nothing else; nginx/snippets/plugins.conf has the same list. */
static const char *const ASSETS[] = {".js", ".svg", ".css", ".png", ".json", ".md", ".woff2", NULL};

static bool ends_with_one_of(const char *path, const char *const *list)
{
	const char *dot = strrchr(path, '.');

	for (; dot && *list; list++)
		if (!strcmp(dot, *list))
			return true;
	return false;
}

/* 001-name.sql, 001-name.tenant.sql, 001-name.contract.sql */
static bool is_migration_name(const char *name)
{
	static const char *const ENDS[] = {".sql", ".tenant.sql", ".contract.sql", NULL};
	size_t n;

	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)name[i]))
			return false;
	if (name[3] != '-')
		return false;
	n = strspn(name + 4, "abcdefghijklmnopqrstuvwxyz0123456789-_");
	for (int i = 0; n > 0 && ENDS[i]; i++)
		if (!strcmp(name + 4 + n, ENDS[i]))
			return true;
	return false;
}

enum layout layout_kind(const char *path)
{
	if (!strcmp(path, "manifest.json"))
		return LAYOUT_MANIFEST;
	if (!strcmp(path, "plugin.so"))
		return LAYOUT_LIBRARY;
	if (!strncmp(path, "migrations/", 11))
		return is_migration_name(path + 11) ? LAYOUT_MIGRATION : LAYOUT_STRANGE;
	if (!strncmp(path, "screenshots/", 12))
		return value_is_screenshot(path) ? LAYOUT_SCREENSHOT : LAYOUT_STRANGE;
	if (!strncmp(path, "ui/", 3) || !strncmp(path, "docs/", 5))
		return ends_with_one_of(path, ASSETS) ? LAYOUT_OTHER : LAYOUT_STRANGE;
	if (strchr(path, '/'))
		return LAYOUT_STRANGE;
	for (int i = 0; TOP[i]; i++)
		if (!strcmp(path, TOP[i]))
			return LAYOUT_OTHER;
	return value_is_icon(path) ? LAYOUT_OTHER : LAYOUT_STRANGE;
}

bool layout_is_asset(const char *path)
{
	return layout_kind(path) == LAYOUT_OTHER && ends_with_one_of(path, ASSETS);
}

const char *layout_hash_pointer(struct arena *p, const char *path)
{
	return arena_printf(p, MANIFEST_POINTER "/files/%s", value_pointer_escape(p, path));
}
