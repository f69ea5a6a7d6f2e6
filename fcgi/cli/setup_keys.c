/*
 * setup_keys.c - the secrets in key_dir. Each file appears whole or not at all (written beside, then
 * renamed), and what is there is never replaced: a new ticket.key would cut off running workers.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "crypt/seal.h"

const char *const setup_roles[4] = {
	"mortise_owner", "mortise_api", "mortise_admin", "mortise_steward"};

struct owner {
	uid_t uid;
	gid_t gid;
	bool change;
};

static int find_owner(const struct conf *c, struct owner *ret, struct err *e)
{
	struct passwd *pw;

	memset(ret, 0, sizeof(*ret));
	if (geteuid() != 0 || c->user[0] == '\0')
		return 0;
	pw = getpwnam(c->user);
	if (pw == NULL)
		return err_set(
			e, MT_ENOENT, "there is no user %s (`user` in %s)", c->user, c->file);
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	ret->change = true;
	return 0;
}

static int fault(const char *path, struct err *e)
{
	return err_set(
		e, errno == ENOSPC ? MT_EFULL : MT_EINTERNAL, "%s: %s", path, strerror(errno));
}

static int write_file(
	const char *path, const struct owner *o, const void *data, size_t n, struct err *e)
{
	char beside[700];
	int fd, rc = 0;

	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fault(beside, e);
	if (write(fd, data, n) != (ssize_t)n || fsync(fd) < 0 ||
		(o->change && fchown(fd, o->uid, o->gid) < 0))
		rc = fault(beside, e);
	close(fd);
	if (rc == 0 && rename(beside, path) < 0)
		rc = fault(path, e);
	if (rc < 0)
		unlink(beside);
	return rc;
}

/* Reads a key of 32 bytes, or makes one. Wrong modes and owners are corrected. */
static int key_file(const struct conf *c, const char *name, const struct owner *o,
	unsigned char ret[32], struct err *e)
{
	char path[600], *text;
	size_t n;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", c->key_dir, name);
	if (access(path, F_OK) < 0) {
		if (errno != ENOENT)
			return fault(path, e);
		if (getrandom(ret, 32, 0) != 32)
			return err_set(e, MT_EINTERNAL, "the kernel gives no random bytes");
		return write_file(path, o, ret, 32, e);
	}
	if ((rc = cli_read_file(path, &text, &n, e)) < 0)
		return rc;
	if (n == 32)
		memcpy(ret, text, 32);
	explicit_bzero(text, n);
	free(text);
	if (n != 32)
		return err_set(e, MT_EINVAL,
			"%s has %zu bytes, a key has 32: restore it from a backup", path, n);
	if (chmod(path, 0600) < 0 || (o->change && chown(path, o->uid, o->gid) < 0))
		return fault(path, e);
	return 0;
}

/* The password in a line `*:*:*:role:password`, when this is the role's. */
static bool pgpass_line(const char *line, size_t n, const char *role, char *ret, size_t size)
{
	char start[80];
	size_t len = (size_t)snprintf(start, sizeof(start), "*:*:*:%s:", role);

	if (n <= len || strncmp(line, start, len) != 0 || n - len >= size)
		return false;
	memcpy(ret, line + len, n - len);
	ret[n - len] = '\0';
	return true;
}

static void read_pgpass(const char *text, struct setup_keys *k)
{
	const char *line = text;

	while (*line != '\0') {
		size_t n = strcspn(line, "\n");

		for (int i = 0; i < 4; i++)
			pgpass_line(
				line, n, setup_roles[i], k->password[i], sizeof(k->password[i]));
		line += n + (line[n] == '\n');
	}
}

static int pgpass_file(
	const struct conf *c, const struct owner *o, struct setup_keys *k, struct err *e)
{
	char path[600], *text = NULL;
	struct buf b;
	bool grew = false;
	int rc = 0;

	buf_init(&b, 1 << 20);
	snprintf(path, sizeof(path), "%s/pgpass", c->key_dir);
	if (access(path, F_OK) == 0) {
		if ((rc = cli_read_file(path, &text, NULL, e)) < 0)
			goto out;
		buf_adds(&b, text);
		if (b.len > 0 && b.data[b.len - 1] != '\n')
			buf_adds(&b, "\n");
		read_pgpass(text, k);
	}
	for (int i = 0; i < 4; i++) {
		if (k->password[i][0] != '\0')
			continue;
		id_token(k->password[i]);
		buf_addf(&b, "*:*:*:%s:%s\n", setup_roles[i], k->password[i]);
		grew = true;
	}
	if (grew)
		rc = write_file(path, o, b.data, b.len, e);
	else if (chmod(path, 0600) < 0 || (o->change && chown(path, o->uid, o->gid) < 0))
		rc = fault(path, e);
out:
	explicit_bzero(b.data, b.len);
	buf_release(&b);
	free(text);
	return rc;
}

int setup_ring_write(const struct conf *c, const struct seal_ring *ring, struct err *e)
{
	char path[600], *text;
	struct arena *p = arena_new();
	struct owner o;
	size_t n;
	int rc;

	snprintf(path, sizeof(path), "%s/settings.key", c->key_dir);
	text = seal_ring_text(p, ring, &n);
	if ((rc = find_owner(c, &o, e)) == 0)
		rc = write_file(path, &o, text, n, e);
	seal_wipe(text, n);
	arena_free(p);
	return rc;
}

/* The ring that seals plugins' secrets: makes a first key, or repairs its file mode and checks that
 * the file can be read, before anything is sealed with half of it. */
static int ring_file(const struct conf *c, const struct owner *o, struct err *e)
{
	struct seal_ring ring = {0};
	char path[600], *text;
	size_t n;
	int rc;

	if (seal_init() < 0)
		return err_set(e, MT_EINTERNAL, "libsodium does not start");
	snprintf(path, sizeof(path), "%s/settings.key", c->key_dir);
	if (access(path, F_OK) == 0) {
		if ((rc = cli_read_file(path, &text, &n, e)) < 0)
			return rc;
		if ((rc = seal_ring_read(text, n, &ring, e)) < 0)
			err_log(e, "%s", path);
		else if (chmod(path, 0600) < 0 || (o->change && chown(path, o->uid, o->gid) < 0))
			rc = fault(path, e);
		seal_wipe(text, n);
		free(text);
	} else if (errno != ENOENT) {
		rc = fault(path, e);
	} else if ((rc = seal_ring_grow(&ring, e)) == 0) {
		rc = setup_ring_write(c, &ring, e);
	}
	seal_wipe(&ring, sizeof(ring));
	return rc;
}

int setup_keys(const struct conf *c, struct setup_keys *ret, struct err *e)
{
	struct owner o;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if ((rc = find_owner(c, &o, e)) < 0)
		return rc;
	if (mkdir(c->key_dir, 0700) < 0 && errno != EEXIST)
		return fault(c->key_dir, e);
	if (chmod(c->key_dir, 0700) < 0 || (o.change && chown(c->key_dir, o.uid, o.gid) < 0))
		return fault(c->key_dir, e);
	if ((rc = key_file(c, "ticket.key", &o, ret->ticket, e)) < 0 ||
		(rc = key_file(c, "role.key", &o, ret->role, e)) < 0 ||
		(rc = ring_file(c, &o, e)) < 0)
		return rc;
	return pgpass_file(c, &o, ret, e);
}
