/* env.c - see env.h. */
#include "os/env.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

int env_run_path(const struct env *v, char *ret, size_t n, const char *name)
{
	int len = snprintf(ret, n, "%s/%s", v->conf.run_dir, name);
	return len < 0 || (size_t)len >= n ? -1 : 0;
}

int env_read_user(struct env *v)
{
	v->uid = geteuid();
	v->gid = getegid();
	if (!v->is_root || !v->conf.user[0])
		return 0;
	struct passwd *pw = getpwnam(v->conf.user);
	if (!pw) {
		log_kv(LOG_LV_ERROR, "the configuration's user does not exist on this machine",
			"user", v->conf.user, NULL);
		return -1;
	}
	v->uid = pw->pw_uid;
	v->gid = pw->pw_gid;
	return 0;
}

static bool read_key(const struct conf *conf, const char *name, unsigned char ret[32])
{
	char path[512];
	unsigned char key[33];
	snprintf(path, sizeof(path), "%s/%s", conf->key_dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, key, sizeof(key));
	const char *cause = n < 0 ? strerror(errno) : "it must have 32 bytes";
	if (fd >= 0)
		close(fd);
	if (n == 32)
		memcpy(ret, key, 32);
	else
		log_kv(LOG_LV_WARN, "a key is missing", "file", path, "cause", cause, NULL);
	explicit_bzero(key, sizeof(key));
	return n == 32;
}

void env_read_keys(struct env *v)
{
	bool role = read_key(&v->conf, "role.key", v->role_key);
	v->has_keys = read_key(&v->conf, "ticket.key", v->ticket_key) && role;
}
