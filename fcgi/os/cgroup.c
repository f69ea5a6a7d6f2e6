/*
 * cgroup.c - a few small files below /sys/fs/cgroup.
 */
#include "os/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "os/file.h"

/* "0::/path" is the v2 line of /proc/self/cgroup; others belong to v1. */
static int own_group(const char *self, char *ret, size_t n)
{
	char text[4096];
	if (file_read(self, text, sizeof(text)) < 0)
		return -1;
	const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return -1;
	line = strchr(line, '/');
	if (!line)
		return -1;
	size_t len = strcspn(line, "\n");
	if (len >= n)
		return -1;
	memcpy(ret, line, len);
	ret[len == 1 ? 0 : len] = '\0'; /* the root group is "" */
	return 0;
}

void cgroup_probe(const char *mount, const char *self, char *ret, size_t n)
{
	char path[600], own[256], group[512], text[1024];
	ret[0] = '\0';
	if (own_group(self, own, sizeof(own)) < 0)
		return;
	snprintf(group, sizeof(group), "%s%s", mount, own);
	snprintf(path, sizeof(path), "%s/cgroup.controllers", group);
	if (strlen(group) + 40 > n || file_read(path, text, sizeof(text)) < 0 ||
		!strstr(text, "memory"))
		return;
	snprintf(path, sizeof(path), "%s/mortised", group);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return;
	if (file_write(path, "cgroup.procs", "0") < 0 ||
		file_write(group, "cgroup.subtree_control", "+memory") < 0)
		return;
	snprintf(ret, n, "%s", group);
}

void cgroup_make(const char *parent, const char *pool, int memory_mb, char *ret, size_t n)
{
	char bytes[32];
	ret[0] = '\0';
	if (!parent[0])
		return;
	if (snprintf(ret, n, "%s/pool-%s", parent, pool) >= (int)n) {
		ret[0] = '\0';
		return;
	}
	snprintf(bytes, sizeof(bytes), "%lld", (long long)memory_mb << 20);
	if ((mkdir(ret, 0755) < 0 && errno != EEXIST) || file_write(ret, "memory.max", bytes) < 0) {
		log_kv(LOG_LV_WARN, "no memory group for a pool", "pool", pool, "cause",
			strerror(errno), NULL);
		rmdir(ret);
		ret[0] = '\0';
		return;
	}
	/* Swap would only make a flood slower; not every kernel counts it. */
	file_write(ret, "memory.swap.max", "0");
}

void cgroup_drop(const char *folder)
{
	if (folder[0])
		rmdir(folder);
}
