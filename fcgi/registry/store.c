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

static int sync_folder(struct op *op, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd) < 0)
		rc = temp_errno(&op->err, "fsync", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int write_sink(void *arg, const void *data, size_t n, struct err *e)
{
	return temp_write(arg, data, n, e);
}

static int copy_entry(struct op *op, struct archive *a, struct archive_entry *en, struct temp *to)
{
	char want[65];
	int rc;

	memcpy(want, en->sha256, sizeof(want));
	if ((rc = archive_read(a, en, write_sink, to, &op->err)) < 0)
		return rc;
	if (strcmp(want, en->sha256) != 0)
		return op_fail(op, MT_EINTERNAL, "The package changed while it was read");
	if (fchmod(to->fd, 0644) < 0 || fsync(to->fd) < 0)
		return temp_errno(&op->err, "sync", to->path);
	return 0;
}

/* One entry as a new file. */
static int unpack(struct op *op, struct archive *a, struct archive_entry *en, const char *path)
{
	struct temp to = {.path = path};
	int rc;

	to.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (to.fd < 0)
		return temp_errno(&op->err, "open", path);
	rc = copy_entry(op, a, en, &to);
	return close(to.fd) < 0 && rc == 0 ? temp_errno(&op->err, "close", path) : rc;
}

/* The folders above root/path, readable for all. */
static int make_parents(struct op *op, const char *root, const char *path)
{
	const char *slash;

	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *dir =
			arena_printf(op->arena, "%s/%.*s", root, (int)(slash - path), path);

		if (mkdir(dir, 0755) < 0) {
			if (errno != EEXIST)
				return temp_errno(&op->err, "mkdir", dir);
		} else if (chmod(dir, 0755) < 0) {
			return temp_errno(&op->err, "chmod", dir);
		}
	}
	return 0;
}

static int unpack_wanted(struct op *op, const struct temp *folder, struct archive *a,
	bool (*wanted)(const char *path))
{
	for (int i = 0; i < a->n; i++) {
		const char *path = a->entry[i].path;
		int rc;

		if (!wanted(path))
			continue;
		if ((rc = make_parents(op, folder->path, path)) < 0 ||
			(rc = unpack(op, a, &a->entry[i],
				 arena_printf(op->arena, "%s/%s", folder->path, path))) < 0)
			return rc;
	}
	return 0;
}

/* A new folder root/<sha256> with the entries that `wanted` picks. One that is there is left alone:
 * it was put there whole, with the same bytes. */
static int put(struct op *op, const char *root, const struct package *pkg,
	bool (*wanted)(const char *path))
{
	const char *to = arena_printf(op->arena, "%s/%s", root, pkg->sha256);
	struct temp *folder;
	int rc;

	if (access(to, F_OK) == 0)
		return 0;
	if ((rc = temp_folder(op, root, &folder)) < 0 ||
		(rc = unpack_wanted(op, folder, pkg->archive, wanted)) < 0)
		return rc;
	if (fchmod(folder->fd, 0755) < 0)
		return temp_errno(&op->err, "chmod", folder->path);
	if ((rc = sync_folder(op, folder->path)) < 0)
		return rc;
	if (rename(folder->path, to) < 0) {
		if (errno == EEXIST || errno == ENOTEMPTY)
			return 0; /* somebody was faster */
		return temp_errno(&op->err, "rename", to);
	}
	temp_keep(folder);
	return sync_folder(op, root);
}

static bool is_library(const char *path)
{
	return layout_kind(path) == LAYOUT_LIBRARY;
}

int store_put(struct op *op, struct package *pkg)
{
	const struct conf *c = &op->app->conf;
	const char *assets = arena_printf(op->arena, "%s/%s", c->asset_dir, pkg->sha256);
	bool had_assets = access(assets, F_OK) == 0;
	int rc;

	pkg->archive->unpacked = 0; /* the limit is per reading */
	if ((rc = put(op, c->asset_dir, pkg, layout_is_asset)) < 0 ||
		(rc = put(op, c->store_dir, pkg, is_library)) < 0) {
		if (!had_assets)
			(void)!temp_remove_tree(assets);
	}
	return rc;
}

static int remove_from(struct op *op, const char *root, const char *sha256)
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
	return temp_remove_tree(to) < 0 ? temp_errno(&op->err, "remove", to) : 0;
}

int store_remove(struct op *op, const char *sha256)
{
	int rc = remove_from(op, op->app->conf.store_dir, sha256),
	    rc2 = remove_from(op, op->app->conf.asset_dir, sha256);

	return rc < 0 ? rc : rc2;
}

/* One piece of the ZIP, from byte `at`; *ret_n = 0 at its end. scratch: for its text. */
static int fetch_piece(struct op *op, struct arena *scratch, const char *sha256, long at,
	struct temp *to, size_t *ret_n)
{
	struct rows rows;
	const char *hex;
	char *bytes;
	int rc;

	rc = db_read(op->db, scratch, op->deadline, NULL, &PACKAGE_PIECE,
		DB_ARGS(sha256, arena_printf(scratch, "%ld", at + 1),
			arena_printf(scratch, "%ld", FETCH_CHUNK)),
		&rows, &op->err);
	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(op, MT_ENOENT, "There is no such package");
	hex = row_text(&rows, 0, 0);
	bytes = arena_alloc(scratch, FETCH_CHUNK);
	if (!hex || id_unhex(bytes, FETCH_CHUNK, hex, ret_n) < 0)
		return op_fail(op, MT_EINTERNAL, "The package can't be read from the database");
	return temp_write(to, bytes, *ret_n, &op->err);
}

static int fetch_pieces(struct op *op, const char *sha256, struct temp *to)
{
	struct arena *scratch = arena_new();
	size_t n = FETCH_CHUNK;
	int rc = 0;

	for (long at = 0; rc == 0 && n == FETCH_CHUNK; at += (long)n) {
		rc = fetch_piece(op, scratch, sha256, at, to, &n);
		arena_clear(scratch);
	}
	arena_free(scratch);
	return rc;
}

int store_fetch(struct op *op, const char *sha256, const char **ret_file)
{
	struct temp *to;
	char got[65];
	uint64_t size;
	int rc;

	if ((rc = temp_file(op, op->app->conf.store_dir, 0600, &to)) < 0 ||
		(rc = fetch_pieces(op, sha256, to)) < 0 ||
		(rc = digest_sha256(to->path, got, &size, &op->err)) < 0)
		return rc;
	if (strcmp(got, sha256) != 0) {
		op_log(op, "package %s has hash %s in the database", sha256, got);
		return op_refuse(op, MT_EINTERNAL, "package-modified",
			"The package in the database was modified");
	}
	*ret_file = to->path;
	return 0;
}

int store_read(struct op *op, const char *sha256, struct package *ret)
{
	const char *file;
	int rc = store_fetch(op, sha256, &file);

	return rc < 0 ? rc : package_read_stored(op->arena, file, ret, &op->err);
}

int store_fill(struct op *op, const char *sha256)
{
	struct package pkg;
	int rc;

	if (store_has(&op->app->conf, sha256))
		return 0;
	rc = store_read(op, sha256, &pkg);
	return rc < 0 ? rc : store_put(op, &pkg);
}

int store_trial_file(struct op *op, struct package *pkg, const char **ret_so)
{
	struct archive_entry *en = archive_find(pkg->archive, PACKAGE_SO);
	struct temp *so;
	int rc;

	if ((rc = temp_file(op, op->app->conf.store_dir, 0644, &so)) < 0)
		return rc;
	pkg->archive->unpacked = 0;
	*ret_so = so->path;
	return archive_read(pkg->archive, en, write_sink, so, &op->err);
}

void store_sweep(const struct conf *c)
{
	temp_sweep(c->store_dir);
	temp_sweep(c->asset_dir);
}
