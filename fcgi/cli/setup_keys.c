/*
 * setup_keys.c - folders, and the secrets in key_dir. Each file appears whole or not at all (written
 * beside, then renamed), and what is there is never replaced: a new ticket.key would cut off running
 * workers.
 */
#include "cli/setup.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "crypt/seal.h"

const char *const setup_roles[4] = {
	"mortise_owner", "mortise_api", "mortise_admin", "mortise_steward"};

static const char *path_of(struct op *op, const char *name)
{
	return arena_printf(op->arena, "%s/%s", op->app->conf.key_dir, name);
}

int setup_owner(struct op *op, struct cli_owner *ret)
{
	const struct conf *c = &op->app->conf;
	struct passwd *pw;

	*ret = (struct cli_owner){(uid_t)-1, (gid_t)-1};
	if (geteuid() != 0 || !c->user[0])
		return 0;
	pw = getpwnam(c->user);
	if (!pw)
		return op_fail(op, MT_ENOENT,
			"User %s does not exist: create it, or change `user` in %s", c->user,
			c->file);
	*ret = (struct cli_owner){pw->pw_uid, pw->pw_gid};
	return 0;
}

/* Corrects mode and owner of what is there. */
static int correct(struct op *op, const char *path, mode_t mode, const struct cli_owner *o)
{
	return chmod(path, mode) < 0 || chown(path, o->uid, o->gid) < 0 ? cli_errno(op, path) : 0;
}

/* Reads a file of key_dir, mode and owner corrected. MT_ENOENT without an error when it isn't there. */
static int read_kept(
	struct op *op, const char *path, const struct cli_owner *o, char **ret, size_t *ret_len)
{
	int rc;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return MT_ENOENT;
	if ((rc = correct(op, path, 0600, o)) < 0)
		return rc;
	return cli_read_file(op, path, ret, ret_len);
}

/* Reads a key of 32 bytes, or makes one. */
static int key_file(
	struct op *op, const char *name, const struct cli_owner *o, unsigned char ret[32])
{
	const char *path = path_of(op, name);
	char *text;
	size_t n;
	int rc = read_kept(op, path, o, &text, &n);

	if (rc == MT_ENOENT) {
		if (getrandom(ret, 32, 0) != 32)
			return op_fail(op, MT_EINTERNAL, "The kernel gives no random bytes");
		return cli_replace_file(op, path, ret, 32, 0600, o);
	}
	if (rc < 0)
		return rc;
	if (n != 32)
		return op_fail(op, MT_EINVAL,
			"%s has %zu bytes, a key has 32: restore it from a backup", path, n);
	memcpy(ret, text, 32);
	explicit_bzero(text, n);
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

static int pgpass_file(struct op *op, const struct cli_owner *o, struct setup_keys *k)
{
	const char *path = path_of(op, "pgpass");
	struct buf b;
	char *text = NULL;
	size_t n = 0, before;
	int rc = read_kept(op, path, o, &text, &n);

	if (rc < 0 && rc != MT_ENOENT)
		return rc;
	buf_init(&b, 1 << 20);
	if (text) {
		read_pgpass(text, k);
		buf_add(&b, text, n);
		explicit_bzero(text, n);
	}
	if (b.len > 0 && b.data[b.len - 1] != '\n')
		buf_adds(&b, "\n");
	before = b.len;
	for (int i = 0; i < 4; i++) {
		if (k->password[i][0])
			continue;
		id_token(k->password[i]);
		buf_addf(&b, "*:*:*:%s:%s\n", setup_roles[i], k->password[i]);
	}
	rc = b.len > before ? cli_replace_file(op, path, b.data, b.len, 0600, o) : 0;
	explicit_bzero(b.data, b.len);
	buf_release(&b);
	return rc;
}

int setup_ring_write(struct op *op, const struct seal_ring *ring)
{
	struct cli_owner o;
	char *text;
	size_t n;
	int rc;

	if ((rc = setup_owner(op, &o)) < 0)
		return rc;
	text = seal_ring_text(op->arena, ring, &n);
	rc = cli_replace_file(op, path_of(op, "settings.key"), text, n, 0600, &o);
	seal_wipe(text, n);
	return rc;
}

static int make_ring(struct op *op, struct seal_ring *ring)
{
	int rc = seal_ring_grow(ring, &op->err);

	return rc < 0 ? rc : setup_ring_write(op, ring);
}

/* The ring that seals plugins' secrets: a first key, or a check that it can be read, before anything is
 * sealed with half of it. */
static int ring_file(struct op *op, const struct cli_owner *o)
{
	const char *path = path_of(op, "settings.key");
	struct seal_ring ring = {0};
	char *text;
	size_t n;
	int rc;

	if (seal_init() < 0)
		return op_fail(op, MT_EINTERNAL, "Can't start libsodium");
	rc = read_kept(op, path, o, &text, &n);
	if (rc < 0 && rc != MT_ENOENT)
		return rc;
	if (rc == MT_ENOENT) {
		rc = make_ring(op, &ring);
	} else {
		rc = cli_about(op, path, seal_ring_read(text, n, &ring, &op->err));
		seal_wipe(text, n);
	}
	seal_wipe(&ring, sizeof(ring));
	return rc;
}

const char *setup_keys_missing(struct op *op)
{
	static const char *const NAMES[] = {"ticket.key", "role.key", "settings.key", "pgpass"};
	const char *ret = "";

	for (int i = 0; i < 4; i++)
		if (access(path_of(op, NAMES[i]), F_OK) < 0)
			ret = arena_printf(op->arena, "%s%s%s", ret, *ret ? ", " : "", NAMES[i]);
	return ret;
}

/* --- folders ------------------------------------------------------------------------------------------ */

/* The next folder of mortise.conf that isn't there; NULL behind the last. 0750: what is in it shows who
 * did what, or lets others publish. */
static const char *next_missing(struct op *op, int *i, mode_t *ret_mode)
{
	const struct conf *c = &op->app->conf;
	const struct {
		const char *path;
		mode_t mode;
	} folders[] = {{c->store_dir, 0755}, {c->asset_dir, 0755}, {c->export_dir, 0750},
		{c->files_dir, 0750}, {c->log_dir, 0750}, {c->run_dir, 0755},
		{arena_printf(op->arena, "%s/events", c->run_dir), 0750}};

	for (; *i < (int)(sizeof(folders) / sizeof(folders[0])); ++*i) {
		*ret_mode = folders[*i].mode;
		if (access(folders[*i].path, F_OK) < 0)
			return folders[(*i)++].path;
	}
	return NULL;
}

const char *setup_folders_missing(struct op *op)
{
	const char *ret = "", *path;
	mode_t mode;

	for (int i = 0; (path = next_missing(op, &i, &mode));)
		ret = arena_printf(op->arena, "%s%s%s", ret, *ret ? ", " : "", path);
	return ret;
}

/* Folders above it are root's. */
static int make_parents(struct op *op, const char *path)
{
	char *at = arena_strdup(op->arena, path);

	for (char *s = at + 1; (s = strchr(s, '/')); *s++ = '/') {
		*s = '\0';
		if (mkdir(at, 0755) < 0 && errno != EEXIST)
			return cli_errno(op, at);
	}
	return 0;
}

int setup_folders(struct op *op)
{
	struct cli_owner o;
	const char *path;
	mode_t mode;
	int rc = setup_owner(op, &o);

	umask(022);
	for (int i = 0; rc == 0 && (path = next_missing(op, &i, &mode));) {
		if ((rc = make_parents(op, path)) < 0)
			return rc;
		if (mkdir(path, 0700) < 0)
			return cli_errno(op, path);
		rc = correct(op, path, mode, &o);
	}
	return rc;
}

int setup_keys(struct op *op, struct setup_keys *ret)
{
	const char *dir = op->app->conf.key_dir;
	struct cli_owner o;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if ((rc = setup_owner(op, &o)) < 0)
		return rc;
	if ((rc = make_parents(op, dir)) < 0)
		return rc;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return cli_errno(op, dir);
	if ((rc = correct(op, dir, 0700, &o)) < 0 ||
		(rc = key_file(op, "ticket.key", &o, ret->ticket)) < 0 ||
		(rc = key_file(op, "role.key", &o, ret->role)) < 0 || (rc = ring_file(op, &o)) < 0)
		return rc;
	return pgpass_file(op, &o, ret);
}
