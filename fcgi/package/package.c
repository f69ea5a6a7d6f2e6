/* package.c - reading a package: see package.h. Its layout: package_layout.c. */
#include <stdlib.h>
#include <string.h>
#include "base/id.h"
#include "base/json.h"
#include "mortise.h"
#include "package/digest.h"
#include "package/elf.h"
#include "package/fault.h"
#include "package/package.h"
#include "package/package_layout.h"
#include "package/package_shown.h"
#include "package/semver.h"

void package_checked(struct package *pkg, const char *name, const char *detail)
{
	json_array_append_new(pkg->checks,
		json_pack("{s:s, s:b, s:s, s:o}", "name", name, "ok", 1, "detail", detail,
			"detailText", json_message(pkg->archive->arena, detail)));
}

json_t *package_files(const struct package *pkg)
{
	json_t *list = json_array();

	for (int i = 0; i < pkg->archive->n; i++) {
		const struct archive_entry *en = &pkg->archive->entry[i];

		json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "path", en->path, "size",
						    (json_int_t)en->size, "sha256", en->sha256));
	}
	return list;
}

static void read_library(struct package *pkg, struct archive_entry *en, struct err *e)
{
	struct arena *p = pkg->archive->arena;
	struct elf_report report;
	const char *why;
	char *data;
	size_t n;

	if (archive_load(pkg->archive, en, ARCHIVE_FILE_MAX, &data, &n, e) < 0)
		return;
	why = elf_read(p, data, n, &report);
	if (why) {
		fault_plain(e, "/" PACKAGE_SO, why);
		return;
	}
	elf_judge(&report, "/" PACKAGE_SO, &pkg->imports, e);
	json_own(p, pkg->imports);
}

/* "7 of the C library and the SDK; notable: getenv, open" */
static void checked_imports(struct package *pkg)
{
	const json_t *notable = json_object_get(pkg->imports, "notable");
	long long ordinary = json_integer_value(json_object_get(pkg->imports, "allowed"));
	struct arena *p = pkg->archive->arena;
	const char *list = "";
	size_t i;
	json_t *v;

	json_array_foreach(notable, i, v)
		list = arena_printf(p, "%s%s%s", list, i ? ", " : "", json_string_value(v));
	package_checked(pkg, "imports",
		*list ? message_part(p, "%lld ordinary; notable: %s", ordinary, list)
		      : message_part(p, "%lld ordinary, nothing notable", ordinary));
}

static void read_migration(struct package *pkg, struct archive_entry *en, struct err *e)
{
	struct package_migration *m = &pkg->migration[pkg->n_migrations];
	struct arena *p = pkg->archive->arena;
	char *text;
	size_t len;

	if (archive_load(pkg->archive, en, PACKAGE_MIGRATION_MAX, &text, &len, e) < 0)
		return;
	pkg->migrations_size += len;
	if (pkg->migrations_size > PACKAGE_MIGRATIONS_MAX) {
		fault_add(e, arena_printf(p, "/%s", en->path),
			"Makes the migrations larger than 8 MB together");
		return;
	}
	m->path = en->path;
	m->name = strchr(en->path, '/') + 1;
	m->sha256 = en->sha256;
	m->phase = script_phase(m->name);
	pkg->n_migrations++;
	script_read(p, en->path, m->phase, text, len, &m->script, e);
}

static void read_manifest(struct package *pkg, struct archive_entry *en, struct err *e)
{
	char *text;
	size_t len;

	if (archive_load(pkg->archive, en, MANIFEST_MAX, &text, &len, e) < 0)
		return;
	if (pkg->stored)
		manifest_read_stored(pkg->archive->arena, text, len, &pkg->manifest, e);
	else
		manifest_read(pkg->archive->arena, text, len, &pkg->manifest, e);
}

/* Every byte of every entry once, whatever else is wrong. */
static void read_entries(struct package *pkg, struct err *e)
{
	struct archive *a = pkg->archive;

	for (int i = 0; i < a->n; i++) {
		struct archive_entry *en = &a->entry[i];

		switch (layout_kind(en->path)) {
		case LAYOUT_MANIFEST:
			read_manifest(pkg, en, e);
			break;
		case LAYOUT_LIBRARY:
			read_library(pkg, en, e);
			break;
		case LAYOUT_MIGRATION:
			read_migration(pkg, en, e);
			break;
		case LAYOUT_OTHER:
		case LAYOUT_SCREENSHOT:
			archive_read(a, en, NULL, NULL, e);
			break;
		case LAYOUT_STRANGE:
			fault_add(e, arena_printf(a->arena, "/%s", en->path), LAYOUT_RULE);
			break;
		}
	}
}

static int by_number(const void *a, const void *b)
{
	const struct package_migration *x = a, *y = b;
	int c = strncmp(x->name, y->name, 3);

	if (c == 0)
		c = (int)x->phase - (int)y->phase;
	return c ? c : strcmp(x->name, y->name);
}

static void order_migrations(struct package *pkg, struct err *e)
{
	qsort(pkg->migration, (size_t)pkg->n_migrations, sizeof(*pkg->migration), by_number);
	for (int i = 1; i < pkg->n_migrations; i++) {
		const struct package_migration *m = &pkg->migration[i], *last = m - 1;

		if (m->phase == last->phase && !strncmp(last->name, m->name, 3))
			fault_add(e, arena_printf(pkg->archive->arena, "/%s", m->path),
				"Has the same number as %s; wanted: a number of its own",
				last->name);
	}
}

/* Checks what the manifest requires of this Mortise. */
static void check_host(const struct manifest *m, struct err *e)
{
	if (m->host && semver_range_valid(m->host) && !semver_in_range(MORTISE_VERSION, m->host))
		fault_add(
			e, MANIFEST_POINTER "/host", MANIFEST_OTHER_HOST, m->host, MORTISE_VERSION);
	if (m->abi > MT_ABI)
		fault_add(e, MANIFEST_POINTER "/abi", MANIFEST_OTHER_ABI, m->abi, MT_ABI);
}

/* The manifest's "files" and the files must be the same, byte for byte. */
static void check_hashes(const struct package *pkg, struct err *e)
{
	struct arena *p = pkg->archive->arena;
	const json_t *files = json_object_get(pkg->manifest.json, "files");
	const char *path;
	json_t *hash;

	if (!json_is_object(files))
		return;
	json_object_foreach((json_t *)files, path, hash) {
		struct archive_entry *en = archive_find(pkg->archive, path);

		if (!en)
			fault_add(e, layout_hash_pointer(p, path),
				"There is no such file in the package");
		else if (json_is_string(hash) && en->sha256[0] &&
			 strcmp(json_string_value(hash), en->sha256) != 0)
			fault_add(e, layout_hash_pointer(p, path),
				"Found %.12s..., but the file's SHA-256 is %s",
				json_string_value(hash), en->sha256);
	}
	for (int i = 0; i < pkg->archive->n; i++) {
		path = pkg->archive->entry[i].path;
		if (layout_kind(path) != LAYOUT_MANIFEST && !json_object_get(files, path))
			fault_add(e, layout_hash_pointer(p, path),
				"Is missing: every file but manifest.json stands in \"files\" with its SHA-256");
	}
}

static void check_mentions(const struct package *pkg, struct err *e)
{
	const struct manifest *m = &pkg->manifest;

	if (m->icon && !archive_find(pkg->archive, m->icon))
		fault_add(e, MANIFEST_POINTER "/icon",
			"Found \"%.100s\", which is not in the package", m->icon);
	if (m->bundle && !archive_find(pkg->archive, m->bundle))
		fault_add(e, MANIFEST_POINTER "/ui/bundle",
			"Found \"%.100s\", which is not in the package", m->bundle);
	if (!archive_find(pkg->archive, PACKAGE_SO))
		fault_add(e, "/" PACKAGE_SO, "Is missing: the plugin's library");
}

/* Does a script contain the name? Names of exports survive every minifier, so a component whose
 * name is missing doesn't exist; that it does exist only the browser knows. */
static bool names(const char *script, size_t len, const char *name)
{
	static const char WORD[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
	size_t n = strlen(name);
	const char *end = script + len, *at = script;

	while ((at = memmem(at, (size_t)(end - at), name, n))) {
		if ((at == script || !strchr(WORD, at[-1])) &&
			(at + n == end || !strchr(WORD, at[n])))
			return true;
		at++;
	}
	return false;
}

/* The components of one list must be in the bundle. */
static void check_components(const struct package *pkg, const char *script, size_t len,
	const json_t *list, const char *at, const char *member, struct err *e)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) {
		const char *name = json_str(v, member, NULL);

		if (name && *name && !names(script, len, name))
			fault_add(e, arena_printf(pkg->archive->arena, "%s/%zu/%s", at, i, member),
				"Found \"%.60s\", but %s exports no component of that name", name,
				pkg->manifest.bundle);
	}
}

static void check_bundle(const struct package *pkg, struct err *e)
{
	const struct manifest *m = &pkg->manifest;
	struct archive_entry *en = m->bundle ? archive_find(pkg->archive, m->bundle) : NULL;
	char *script;
	size_t len;

	if (!en || pkg->stored ||
		archive_load(pkg->archive, en, ARCHIVE_FILE_MAX, &script, &len, e) < 0)
		return;
	if (m->global_name && !names(script, len, m->global_name))
		fault_add(e, MANIFEST_POINTER "/ui/globalName",
			"Found \"%.60s\", but %s makes no global of that name", m->global_name,
			m->bundle);
	check_components(pkg, script, len, json_object_get(m->json, "ticketTabs"),
		MANIFEST_POINTER "/ticketTabs", "component", e);
	check_components(pkg, script, len, json_object_get(m->json, "widgets"),
		MANIFEST_POINTER "/widgets", "component", e);
	check_components(pkg, script, len, json_object_get(m->json, "pages"),
		MANIFEST_POINTER "/pages", "component", e);
	check_components(pkg, script, len, json_object_get(json_object_get(m->json, "ui"), "slots"),
		MANIFEST_POINTER "/ui/slots", "componentName", e);
}

static int read_all(struct package *pkg, struct err *e)
{
	struct archive *a = pkg->archive;

	pkg->migration = arena_zalloc(a->arena, (size_t)a->n * sizeof(*pkg->migration));
	read_entries(pkg, e);
	if (!archive_find(a, "manifest.json"))
		return fault_add(e, "/manifest.json", "Is missing: it says what the plugin is");
	order_migrations(pkg, e);
	if (pkg->manifest.json) {
		check_host(&pkg->manifest, e);
		check_hashes(pkg, e);
		check_mentions(pkg, e);
		check_bundle(pkg, e);
		if (!pkg->stored)
			package_check_shown(pkg, e);
	}
	if (fault_any(e) || e->code)
		return e->code;
	package_checked(pkg, "archive",
		message_part(a->arena, "%d files, %llu bytes unpacked, checksums hold", a->n,
			(unsigned long long)a->unpacked));
	package_checked(pkg, "manifest",
		message_part(a->arena, "%s %s, for Mortise %s", pkg->manifest.key,
			pkg->manifest.version, pkg->manifest.host));
	package_checked(pkg, "files", message_part(a->arena, "all match their SHA-256"));
	package_checked(pkg, "library", message_part(a->arena, "a shared object for this machine"));
	checked_imports(pkg);
	package_checked(pkg, "migrations",
		pkg->n_migrations > 0
			? message_part(a->arena, "%d, each with statements of its phase only",
				  pkg->n_migrations)
			: message_part(a->arena, "none"));
	if (!pkg->stored)
		package_list_shown(pkg);
	return 0;
}

static int read_file(
	struct arena *p, const char *file, bool stored, struct package *ret, struct err *e)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->stored = stored;
	ret->file = arena_strdup(p, file);
	ret->source = "upload";
	ret->checks = json_array();
	json_own(p, ret->checks);
	rc = digest_sha256(file, ret->sha256, &ret->size, e);
	if (rc < 0)
		return rc;
	rc = archive_open(p, file, &ret->archive, e);
	if (rc < 0)
		return rc;
	return read_all(ret, e);
}

int package_read(struct arena *p, const char *file, struct package *ret, struct err *e)
{
	return read_file(p, file, false, ret, e);
}

int package_read_stored(struct arena *p, const char *file, struct package *ret, struct err *e)
{
	return read_file(p, file, true, ret, e);
}
