/* ring.c - see ring.h. */
#include "auth/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define FILE_MAX (16 * 1024)

static struct seal_ring ring;
static struct stat seen; /* identifies the file; st_ino 0 = none yet */

static bool is_seen(const struct stat *st)
{
	return seen.st_ino == st->st_ino && seen.st_dev == st->st_dev &&
	       seen.st_size == st->st_size && seen.st_mtim.tv_sec == st->st_mtim.tv_sec &&
	       seen.st_mtim.tv_nsec == st->st_mtim.tv_nsec;
}

static int read_ring(int fd, const struct stat *st, struct err *e)
{
	static struct seal_ring fresh;
	static char text[FILE_MAX];
	size_t len = 0;
	ssize_t n;
	int rc;

	while (len < sizeof(text) && (n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	rc = seal_ring_read(text, len, &fresh, e);
	seal_wipe(text, sizeof(text));
	if (rc == 0) {
		ring = fresh;
		seen = *st;
	}
	seal_wipe(&fresh, sizeof(fresh));
	return rc;
}

int ring_get(const struct conf *c, const struct seal_ring **ret, struct err *e)
{
	char path[600];
	struct stat st;
	int fd, rc = 0;

	*ret = &ring;
	snprintf(path, sizeof(path), "%s/settings.key", c->key_dir);
	if (seen.st_ino != 0 && stat(path, &st) == 0 && is_seen(&st))
		return 0;
	if (seal_init() < 0)
		return err_set(e, MT_EINTERNAL, "Libsodium does not start");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_log(e, "%s: %s (mortise setup makes it)", path, strerror(errno));
		rc = err_set(e, MT_EINTERNAL, "The keys of plugins' secrets can't be read");
	} else if ((rc = read_ring(fd, &st, e)) < 0) {
		err_log(e, "%s", path);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

const char *ring_request_key(
	const struct conf *c, struct arena *p, const char *plugin, int tenant, int key_id)
{
	const struct seal_ring *r;
	const char *ret;
	struct err *e;

	if (key_id == 0)
		return NULL;
	e = arena_alloc(p, sizeof(*e));
	err_init(e, p);
	ret = ring_get(c, &r, e) == 0 ? seal_request_key(p, r, plugin, tenant, key_id) : NULL;
	if (!ret)
		log_error("key %d of plugins' secrets isn't there: %s %s", key_id, e->message,
			e->log);
	return ret;
}
