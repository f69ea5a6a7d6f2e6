/* catalog_readme.c - a package's README.md, for people: see catalog.h. */
#include "registry/catalog.h"
#include "registry/store.h"

#define README "README.md"
#define README_MAX (1UL << 20)

int catalog_readme(struct op *op, const char *sha256, char **ret, size_t *ret_len)
{
	struct archive *a;
	struct archive_entry *en;
	const char *file;
	int rc;

	if ((rc = store_fetch(op, sha256, &file)) < 0 ||
		(rc = archive_open(op->arena, file, &a, &op->err)) < 0)
		return rc;
	en = archive_find(a, README);
	return en ? archive_load(a, en, README_MAX, ret, ret_len, &op->err)
		  : op_fail(op, MT_ENOENT, "The package has no " README);
}
