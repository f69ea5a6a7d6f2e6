/* catalog_document.c - a package's documents for people: see catalog.h. */
#include "package/package_shown.h"
#include "registry/catalog.h"
#include "registry/store.h"

int catalog_document(
	struct op *op, const char *sha256, const char *name, char **ret, size_t *ret_len)
{
	struct archive *a;
	struct archive_entry *en;
	const char *file;
	int rc;

	if ((rc = store_fetch(op, sha256, &file)) < 0 ||
		(rc = archive_open(op->arena, file, &a, &op->err)) < 0)
		return rc;
	en = archive_find(a, name);
	return en ? archive_load(a, en, PACKAGE_TEXT_MAX, ret, ret_len, &op->err)
		  : op_fail(op, MT_ENOENT, "The package has no %s", name);
}
