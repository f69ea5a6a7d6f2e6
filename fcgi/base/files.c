/* files.c - see files.h. */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temp.h"

void files_name(int tenant, const char *sha256, bool thumbnail, char ret[FILES_PATH_MAX])
{
	snprintf(ret, FILES_PATH_MAX, "%d/%.2s/%.64s%s", tenant, sha256, sha256,
		thumbnail ? ".jpg" : "");
}

void files_path(const struct conf *c, int tenant, const char *sha256, bool thumbnail,
	char ret[FILES_PATH_MAX])
{
	snprintf(ret, FILES_PATH_MAX, "%s/%d/%.2s/%.64s%s", c->files_dir, tenant, sha256, sha256,
		thumbnail ? ".jpg" : "");
}

/* The names in it stay over a crash of the machine. */
static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int make_folder(const char *path, const char *in)
{
	if (mkdir(path, 0750) == 0)
		return sync_folder(in);
	return errno == EEXIST ? 0 : -1;
}

int files_put(
	const struct conf *c, int tenant, const char *sha256, bool thumbnail, const char *from)
{
	char company[FILES_PATH_MAX], folder[FILES_PATH_MAX], path[FILES_PATH_MAX];

	snprintf(company, sizeof(company), "%s/%d", c->files_dir, tenant);
	snprintf(folder, sizeof(folder), "%s/%d/%.2s", c->files_dir, tenant, sha256);
	files_path(c, tenant, sha256, thumbnail, path);
	if (make_folder(company, c->files_dir) < 0 || make_folder(folder, company) < 0 ||
		rename(from, path) < 0)
		return -1;
	return sync_folder(folder);
}

int files_remove(const struct conf *c, int tenant, const char *sha256)
{
	char path[FILES_PATH_MAX];

	files_path(c, tenant, sha256, true, path);
	if (unlink(path) < 0 && errno != ENOENT)
		return -1;
	files_path(c, tenant, sha256, false, path);
	return unlink(path) < 0 && errno != ENOENT ? -1 : 0;
}

int files_remove_all(const struct conf *c, int tenant)
{
	char path[FILES_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d", c->files_dir, tenant);
	return temp_remove_tree(path);
}
