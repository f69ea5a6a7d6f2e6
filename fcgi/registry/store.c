/* store.c - the package store: see store.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/id.h"
#include "package/digest.h"
#include "package/package_layout.h"
#include "registry/store.h"
#include "base/temp.h"
#include "registry/store.sql.h"

#define FETCH_CHUNK (1L << 20)

const char *store_so(struct arena *p, const struct conf *c, const char *sha256)
{
	return arena_printf(p, "%s/%s/" PACKAGE_SO, c->store_dir, sha256);
}

bool store_has(const struct conf *c, const char *sha256)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", c->asset_dir, sha256);
	if (access(path, F_OK) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/%s/" PACKAGE_SO, c->store_dir, sha256);
	return access(path, F_OK) == 0;
}

static int sync_folder(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd) < 0)
		rc = temp_errno(e, "fsync", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int write_sink(void *arg, const void *data, size_t n, struct err *e)
{
	return temp_write(arg, data, n, e);
}

/* One entry as a new file. */
static int unpack(struct archive *a, struct archive_entry *en, const char *to, struct err *e)
{
	struct temp out = {.path = to};
	char want[65];
	int rc;

	out.fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (out.fd < 0)
		return temp_errno(e, "open", to);
	memcpy(want, en->sha256, sizeof(want));
	rc = archive_read(a, en, write_sink, &out, e);
	if (rc == 0 && strcmp(want, en->sha256) != 0)
		rc = err_set(e, MT_EINTERNAL, "the package changed while it was read");
	if (rc == 0 && (fchmod(out.fd, 0644) < 0 || fsync(out.fd) < 0))
		rc = temp_errno(e, "sync", to);
	if (close(out.fd) < 0 && rc == 0)
		rc = temp_errno(e, "close", to);
	return rc;
}

/* The folders above root/path, readable for all. */
static int make_parents(struct arena *p, const char *root, const char *path, struct err *e)
{
	const char *slash;

	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *dir = arena_printf(p, "%s/%.*s", root, (int)(slash - path), path);

		if (mkdir(dir, 0755) < 0) {
			if (errno != EEXIST)
				return temp_errno(e, "mkdir", dir);
		} else if (chmod(dir, 0755) < 0) {
			return temp_errno(e, "chmod", dir);
		}
	}
	return 0;
}

/* A new folder root/<sha256> with the entries that `wanted` picks. One that is there is left alone:
 * it was put there whole, with the same bytes. */
static int put(struct arena *p, const char *root, struct package *pkg,
	bool (*wanted)(const char *path), struct err *e)
{
	const char *to = arena_printf(p, "%s/%s", root, pkg->sha256);
	struct archive *a = pkg->archive;
	struct temp *folder;
	int rc;

	if (access(to, F_OK) == 0)
		return 0;
	rc = temp_folder(p, root, &folder, e);
	for (int i = 0; rc == 0 && i < a->n; i++) {
		if (!wanted(a->entry[i].path))
			continue;
		rc = make_parents(p, folder->path, a->entry[i].path, e);
		if (rc == 0)
			rc = unpack(a, &a->entry[i],
				arena_printf(p, "%s/%s", folder->path, a->entry[i].path), e);
	}
	if (rc == 0 && fchmod(folder->fd, 0755) < 0)
		rc = temp_errno(e, "chmod", folder->path);
	if (rc == 0)
		rc = sync_folder(folder->path, e);
	if (rc < 0)
		return rc;
	if (rename(folder->path, to) < 0) {
		if (errno == EEXIST || errno == ENOTEMPTY)
			return 0; /* somebody was faster */
		return temp_errno(e, "rename", to);
	}
	temp_keep(folder);
	return sync_folder(root, e);
}

static bool is_library(const char *path)
{
	return layout_kind(path) == LAYOUT_LIBRARY;
}

int store_put(struct arena *p, const struct conf *c, struct package *pkg, struct err *e)
{
	bool had_assets = false;
	char path[600];
	int rc;

	snprintf(path, sizeof(path), "%s/%s", c->asset_dir, pkg->sha256);
	had_assets = access(path, F_OK) == 0;
	pkg->archive->unpacked = 0; /* the limit is per reading */
	rc = put(p, c->asset_dir, pkg, layout_is_asset, e);
	if (rc == 0)
		rc = put(p, c->store_dir, pkg, is_library, e);
	if (rc < 0 && !had_assets)
		(void)!temp_remove_tree(path);
	return rc;
}

static int remove_from(const char *root, const char *sha256, struct err *e)
{
	char from[600], to[600], token[ID_TOKEN_LEN + 1];

	/* First out of its name at once, then bit by bit: nobody sees half a package. */
	id_token(token);
	snprintf(from, sizeof(from), "%s/%s", root, sha256);
	snprintf(to, sizeof(to), "%s/tmp/%s", root, token);
	if (rename(from, to) < 0) {
		if (errno == ENOENT && access(from, F_OK) < 0)
			return 0;
		snprintf(to, sizeof(to), "%s", from);
	}
	return temp_remove_tree(to) < 0 ? temp_errno(e, "remove", to) : 0;
}

int store_remove(const struct conf *c, const char *sha256, struct err *e)
{
	int rc = remove_from(c->store_dir, sha256, e), rc2 = remove_from(c->asset_dir, sha256, e);

	return rc < 0 ? rc : rc2;
}

/* One piece of the ZIP, from byte `at`; *ret_n = 0 at its end. Its text is in a scratch arena. */
static int fetch_piece(struct db *db, int64_t deadline, const char *sha256, long at,
	struct temp *to, size_t *ret_n, struct err *e)
{

	struct arena *scratch = arena_new();
	struct rows rows;
	int rc;

	*ret_n = 0;
	rc = db_read(db, scratch, deadline, NULL, &PACKAGE_PIECE,
		DB_ARGS(sha256, arena_printf(scratch, "%ld", at + 1),
			arena_printf(scratch, "%ld", FETCH_CHUNK)),
		&rows, e);
	if (rc == 0 && rows.n == 0)
		rc = err_set(e, MT_ENOENT, "there is no such package");
	if (rc == 0) {
		const char *hex = row_text(&rows, 0, 0);
		char *bytes = arena_alloc(scratch, FETCH_CHUNK);

		if (!hex || id_unhex(bytes, FETCH_CHUNK, hex, ret_n) < 0)
			rc = err_set(
				e, MT_EINTERNAL, "the package can't be read from the database");
		else
			rc = temp_write(to, bytes, *ret_n, e);
	}
	arena_free(scratch);
	return rc;
}

int store_fetch(struct db *db, struct arena *p, int64_t deadline, const struct conf *c,
	const char *sha256, const char **ret_file, struct err *e)
{
	struct temp *to;
	char got[65];
	uint64_t size;
	size_t n;
	long at = 0;
	int rc = temp_file(p, c->store_dir, 0600, &to, e);

	if (rc < 0)
		return rc;
	do {
		rc = fetch_piece(db, deadline, sha256, at, to, &n, e);
		at += (long)n;
	} while (rc == 0 && n == FETCH_CHUNK);
	if (rc == 0)
		rc = digest_sha256(to->path, got, &size, e);
	if (rc < 0)
		return rc;
	if (strcmp(got, sha256) != 0) {
		err_log(e, "package %s has hash %s in the database", sha256, got);
		e->type = STORE_MODIFIED;
		return err_set(e, MT_EINTERNAL, "the package in the database was modified");
	}
	*ret_file = to->path;
	return 0;
}

int store_fill(struct db *db, struct arena *p, int64_t deadline, const struct conf *c,
	const char *sha256, struct err *e)
{
	struct package pkg;
	const char *file;
	int rc;

	if (store_has(c, sha256))
		return 0;
	rc = store_fetch(db, p, deadline, c, sha256, &file, e);
	if (rc == 0)
		rc = package_read_stored(p, file, &pkg, e);
	return rc < 0 ? rc : store_put(p, c, &pkg, e);
}

int store_trial_file(struct arena *p, const struct conf *c, struct package *pkg,
	const char **ret_so, struct err *e)
{
	struct archive_entry *en = archive_find(pkg->archive, PACKAGE_SO);
	struct temp *so;
	int rc = temp_file(p, c->store_dir, 0644, &so, e);

	if (rc < 0)
		return rc;
	pkg->archive->unpacked = 0;
	rc = archive_read(pkg->archive, en, write_sink, so, e);
	*ret_so = so->path;
	return rc;
}

void store_sweep(const struct conf *c)
{
	temp_sweep(c->store_dir);
	temp_sweep(c->asset_dir);
}
