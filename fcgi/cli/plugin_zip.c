/*
 * plugin_zip.c - the package: manifest.json first, then the files by name. The same input gives the same
 * bytes: fixed times, modes and order.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include "base/json.h"
#include "cli/plugin.h"
#include "package/digest.h"
#include "package/package.h"

/* 2020-01-01 00:00:00 as ZIPs write it. */
#define DATE ((2020 - 1980) << 9 | 1 << 5 | 1)
#define MODE ((zip_uint32_t)(S_IFREG | 0644) << 16)
#define COMPRESSION_LEVEL 9

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct plugin_file *)a)->name, ((const struct plugin_file *)b)->name);
}

/* The manifest's text with "files" as they are. */
static int finish_manifest(struct op *op, const json_t *manifest, const struct plugin_file *file,
	int n, const char **ret)
{
	json_t *copy = json_copy((json_t *)manifest), *hashes = json_object();
	char sha256[65], *text;
	uint64_t size;
	int rc;

	json_object_set_new(copy, "files", hashes);
	json_own(op->arena, copy);
	for (int i = 0; i < n; i++) {
		if ((rc = digest_sha256(file[i].path, sha256, &size, &op->err)) < 0)
			return rc;
		json_object_set_new(hashes, file[i].name, json_string(sha256));
	}
	text = json_dumps(copy, JSON_INDENT(2));
	if (!text)
		return op_fail(op, MT_EINVAL, "Can't write manifest.json as JSON");
	arena_cleanup(op->arena, free, text);
	*ret = text;
	return 0;
}

static int add_entry(zip_t *z, const char *name, zip_source_t *source, struct op *op)
{
	zip_int64_t i = source ? zip_file_add(z, name, source, ZIP_FL_ENC_UTF_8) : -1;

	if (i >= 0 && zip_file_set_dostime(z, (zip_uint64_t)i, 0, DATE, 0) == 0 &&
		zip_file_set_external_attributes(z, (zip_uint64_t)i, 0, ZIP_OPSYS_UNIX, MODE) ==
			0 &&
		zip_set_file_compression(z, (zip_uint64_t)i, ZIP_CM_DEFLATE, COMPRESSION_LEVEL) ==
			0)
		return 0;
	if (i < 0 && source)
		zip_source_free(source);
	return op_fail(op, MT_EINTERNAL, "Can't pack %s: %s", name, zip_strerror(z));
}

/* text lives until the archive is closed. */
static int fill(struct op *op, zip_t *z, const char *text, const struct plugin_file *file, int n)
{
	int rc = add_entry(z, "manifest.json", zip_source_buffer(z, text, strlen(text), 0), op);

	for (int i = 0; i < n && rc == 0; i++)
		rc = add_entry(z, file[i].name, zip_source_file(z, file[i].path, 0, -1), op);
	return rc;
}

static int write_archive(
	struct op *op, const char *path, const char *text, const struct plugin_file *file, int n)
{
	int code = 0, rc;
	zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);

	if (!z)
		return cli_errno(op, path);
	if ((rc = fill(op, z, text, file, n)) < 0)
		goto discard;
	if (zip_close(z) == 0)
		return 0;
	rc = op_fail(op, MT_EINTERNAL, "Can't write %s: %s", path, zip_strerror(z));
discard:
	zip_discard(z);
	return rc;
}

int plugin_zip(
	struct op *op, const char *zip, const json_t *manifest, struct plugin_file *file, int n)
{
	const char *beside = arena_printf(op->arena, "%s.new", zip), *text = NULL;
	int rc;

	qsort(file, (size_t)n, sizeof(*file), by_name);
	if ((rc = finish_manifest(op, manifest, file, n, &text)) < 0)
		return rc;
	if ((rc = write_archive(op, beside, text, file, n)) < 0)
		goto remove;
	if (rename(beside, zip) == 0)
		return 0;
	rc = cli_errno(op, zip);
remove:
	unlink(beside);
	return rc;
}
