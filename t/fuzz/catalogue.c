/* plugins.json of a marketplace. */

/* clang-format off */
#define MUTATOR_NAMES \
	"key", "version", "displayName", "name", "description", "longDescription", "author", \
	"category", "tags", "keywords", "features", "documentationUrl", "license", \
	"isOfficial", "isPublished", "host", "abi", "permissions", "definesPermissions", \
	"sha256", "size", "package", "packageUrl", "iconUrl", "signatureUrl", "label", "id", \
	"plugins", "categories"
/* clang-format on */
#include "json_mutator.h"

#include "base/json.h"
#include "marketplace/listing.h"
#include "package/semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct source SOURCE = {.kind = SOURCE_HTTPS,
		.name = "m",
		.url = "https://market.example/a/plugins.json",
		.folder = "",
		.file = ""};
	struct arena *p = arena_new();
	char *text = fuzz_text(data, n);
	json_t *list, *entry;
	struct err e;
	size_t i;

	err_init(&e, p);
	if (listing_read(p, &SOURCE, text, n, &list, &e) == 0) {
		const json_t *entries = json_object_get(list, "entries");
		const json_t *before = NULL;

		fuzz_check(json_array_size(entries) <= LISTING_ENTRIES_MAX);
		fuzz_check(
			json_array_size(json_object_get(list, "warnings")) <= LISTING_WARNINGS_MAX);
		fuzz_check(json_text(p, list, NULL));
		json_array_foreach(entries, i, entry) {
			const char *key = json_str(entry, "key", "");
			int order = before ? strcmp(json_str(before, "key", ""), key) : -1;

			fuzz_check(key[0] && json_str(entry, "version", "")[0]);
			fuzz_check(order < 0 ||
				   (order == 0 && semver_compare(json_str(before, "version", ""),
							  json_str(entry, "version", "")) > 0));
			before = entry;
		}
	} else {
		fuzz_check(e.code == MT_EUPSTREAM);
	}
	arena_free(p);
	free(text);
	return 0;
}
