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
static int finish_manifest(struct arena *p, const json_t *manifest, const struct plugin_file *file,
	int n, char **ret, struct err *e)
{
	json_t *copy = json_copy((json_t *)manifest), *hashes = json_object();
	char sha256[65];
	uint64_t size;
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++) {
		rc = digest_sha256(file[i].path, sha256, &size, e);
		if (rc == 0)
			json_object_set_new(hashes, file[i].name, json_string(sha256));
	}
	json_object_set_new(copy, "files", hashes);
	*ret = rc == 0 ? json_dumps(copy, JSON_INDENT(2)) : NULL;
	json_decref(copy);
	if (rc == 0 && !*ret)
		rc = err_set(e, MT_EINVAL, "manifest.json can't be written again");
	(void)p;
	return rc;
}

static int add_entry(zip_t *z, const char *name, zip_source_t *source, struct err *e)
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
	return err_set(e, MT_EINTERNAL, "%s can't be packed: %s", name, zip_strerror(z));
}

/* text lives until the archive is closed. */
static int fill(zip_t *z, const char *text, const struct plugin_file *file, int n, struct err *e)
{
	int rc = add_entry(z, "manifest.json", zip_source_buffer(z, text, strlen(text), 0), e);

	for (int i = 0; i < n && rc == 0; i++)
		rc = add_entry(z, file[i].name, zip_source_file(z, file[i].path, 0, -1), e);
	return rc;
}

int plugin_zip(struct arena *p, const char *zip, const json_t *manifest, struct plugin_file *file,
	int n, struct err *e)
{
	const char *beside = arena_printf(p, "%s.new", zip);
	char *text = NULL;
	int code = 0, rc;
	zip_t *z;

	qsort(file, (size_t)n, sizeof(*file), by_name);
	if ((rc = finish_manifest(p, manifest, file, n, &text, e)) < 0)
		return rc;
	z = zip_open(beside, ZIP_CREATE | ZIP_TRUNCATE, &code);
	if (!z) {
		free(text);
		return err_set(e, MT_EINTERNAL, "%s can't be written: %s", beside, strerror(errno));
	}
	rc = fill(z, text, file, n, e);
	if (rc == 0 && zip_close(z) < 0)
		rc = err_set(e, MT_EINTERNAL, "%s: %s", beside, zip_strerror(z));
	else if (rc == 0)
		z = NULL;
	if (z)
		zip_discard(z);
	free(text);
	if (rc == 0 && rename(beside, zip) < 0)
		rc = err_set(e, MT_EINTERNAL, "%s: %s", zip, strerror(errno));
	if (rc < 0)
		unlink(beside);
	return rc;
}
