/* exports.c - see exports.h. */
#include "base/exports.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"

void exports_path(const struct conf *c, const char *id, char ret[EXPORTS_PATH_MAX])
{
	snprintf(ret, EXPORTS_PATH_MAX, "%s/%s.zip", c->export_dir, id);
}

void exports_each(const struct conf *c,
	void (*found)(void *arg, const char *path, const char *id, long size), void *arg)
{
	DIR *d = opendir(c->export_dir);
	char id[ID_UUID_LEN + 1], path[EXPORTS_PATH_MAX + 256];
	const struct dirent *de;
	struct stat st;

	while (d && (de = readdir(d))) {
		snprintf(id, sizeof(id), "%.*s", ID_UUID_LEN, de->d_name);
		if (!id_is_uuid(id) || strncmp(de->d_name + ID_UUID_LEN, ".zip", 4) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", c->export_dir, de->d_name);
		if (lstat(path, &st) == 0)
			found(arg, path, id, (long)st.st_size);
	}
	if (d)
		closedir(d);
}

static void remove_own(void *arg, const char *path, const char *id, long size)
{
	(void)size;
	if (strcmp(arg, id) == 0)
		unlink(path);
}

void exports_remove(const struct conf *c, const char *id)
{
	exports_each(c, remove_own, (void *)(uintptr_t)id);
}
