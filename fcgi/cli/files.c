/* files.c - files that commands read and write: see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/temp.h"

#define FILE_MAX (4u << 20)

int cli_errno(struct op *op, const char *path)
{
	int code = errno == ENOSPC   ? MT_EFULL
		   : errno == ENOENT ? MT_ENOENT
		   : errno == EEXIST ? MT_ECONFLICT
				     : MT_EINTERNAL;

	return err_verbatim(
		&op->err, code, arena_printf(op->arena, "%s: %s", path, strerror(errno)));
}

int cli_read_file(struct op *op, const char *path, char **ret, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	size_t n;
	int rc;

	if (!f)
		return cli_errno(op, path);
	*ret = arena_alloc(op->arena, FILE_MAX + 1);
	n = fread(*ret, 1, FILE_MAX + 1, f);
	rc = ferror(f) ? cli_errno(op, path) : 0;
	fclose(f);
	if (rc == 0 && n > FILE_MAX)
		return op_fail(op, MT_ETOOBIG, "%s is larger than %u MB", path, FILE_MAX >> 20);
	(*ret)[n] = '\0';
	if (ret_len)
		*ret_len = n;
	return rc;
}

/* Opens a file that must not be there, and writes it; what fails leaves nothing. */
static int write_file(struct op *op, const char *path, const void *data, size_t n, mode_t mode,
	const struct cli_owner *owner)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode), rc = 0;

	if (fd < 0)
		return cli_errno(op, path);
	errno = ENOSPC; /* a short write sets none */
	if (write(fd, data, n) != (ssize_t)n || fsync(fd) < 0 ||
		(owner && fchown(fd, owner->uid, owner->gid) < 0))
		rc = cli_errno(op, path);
	close(fd);
	if (rc < 0)
		unlink(path);
	return rc;
}

int cli_write_new(struct op *op, const char *path, const void *data, size_t n, mode_t mode)
{
	return write_file(op, path, data, n, mode, NULL);
}

int cli_replace_file(struct op *op, const char *path, const void *data, size_t n, mode_t mode,
	const struct cli_owner *owner)
{
	const char *beside = arena_printf(op->arena, "%s.new", path);
	int rc;

	unlink(beside);
	if ((rc = write_file(op, beside, data, n, mode, owner)) < 0)
		return rc;
	if (rename(beside, path) == 0)
		return 0;
	rc = cli_errno(op, path);
	unlink(beside);
	return rc;
}

static void remove_folder(void *path)
{
	if (temp_remove_tree(path) < 0)
		fprintf(stderr, "mortise: Can't remove %s: %s\n", (char *)path, strerror(errno));
}

int cli_temp(struct op *op, const char **ret)
{
	const char *tmp = getenv("TMPDIR");
	char *path =
		arena_printf(op->arena, "%s/mortise-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");

	if (!mkdtemp(path))
		return temp_errno(&op->err, "mkdtemp", path);
	arena_cleanup(op->arena, remove_folder, path);
	*ret = path;
	return 0;
}

int cli_own_store(struct op *op)
{
	struct conf *c = &op->app->conf;
	const char *folder;
	int rc = cli_temp(op, &folder);

	if (rc < 0)
		return rc;
	snprintf(c->store_dir, sizeof(c->store_dir), "%s", folder);
	snprintf(c->asset_dir, sizeof(c->asset_dir), "%s", folder);
	return 0;
}
