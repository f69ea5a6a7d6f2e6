/* trust_store.c - the operator's keys, and the bundled packages: see trust.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/id.h"
#include "package/digest.h"
#include "package/package.h"
#include "registry/trust_impl.h"
#include "registry/trust_store.sql.h"

#define BUNDLED_MAX 200 /* packages; more in that folder are ignored */

int trust_load(struct op *op, struct trust_store **ret)
{
	struct trust_store *s = arena_zalloc(op->arena, sizeof(*s));
	struct rows rows;
	int rc = op_read(op, NULL, &TRUST_KEYS, DB_NOARGS, &rows);

	if (rc < 0)
		return rc;
	*s = (struct trust_store){.op = op, .conf = &op->app->conf};
	s->key = arena_zalloc(op->arena, ((size_t)rows.n + 1) * sizeof(*s->key));
	for (int i = 0; i < rows.n; i++) {
		struct trust_key *k = &s->key[s->n];
		const char *text = row_text(&rows, i, 1);

		if (minisign_key_read(&k->key, text, strlen(text), &op->err) < 0) {
			op_log(op, "trust_keys: %s", text);
			return err_replace(
				&op->err, MT_EINTERNAL, "A key of the trust store can't be read");
		}
		k->id = row_text(&rows, i, 0);
		k->name = row_text(&rows, i, 2);
		k->added_at = row_text(&rows, i, 3);
		k->revoked_at = row_text(&rows, i, 4);
		s->n++;
	}
	*ret = s;
	return 0;
}

struct trust_store *trust_of_key(struct op *op, const struct minisign_key *key, const char *name)
{
	struct arena *p = op->arena;
	struct trust_store *s = arena_zalloc(p, sizeof(*s));
	struct conf *c = arena_zalloc(p, sizeof(*c));
	char *id = arena_alloc(p, MINISIGN_ID_LEN + 1);

	snprintf(c->trust_policy, sizeof(c->trust_policy), "warn");
	s->op = op;
	s->conf = c;
	if (!key)
		return s;
	minisign_id(id, key->id);
	s->key = arena_zalloc(p, sizeof(*s->key));
	*s->key = (struct trust_key){.id = id, .key = *key, .name = arena_strdup(p, name)};
	s->n = 1;
	return s;
}

const struct trust_key *trust_find_key(const struct trust_store *s, const char *id)
{
	for (int i = 0; i < s->n; i++)
		if (!strcmp(s->key[i].id, id))
			return &s->key[i];
	return NULL;
}

json_t *trust_keys_json(const struct trust_store *s)
{
	json_t *list = json_array();

	for (int i = 0; i < s->n; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s?}", "id", s->key[i].id, "name",
				      s->key[i].name, "addedAt", s->key[i].added_at, "revokedAt",
				      s->key[i].revoked_at));
	return list;
}

const char *trust_printable(struct arena *p, const char *comment)
{
	char *copy = arena_strdup(p, comment);

	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	return copy;
}

struct mapping {
	void *data;
	size_t len;
};

static void unmap(void *arg)
{
	const struct mapping *m = arg;

	munmap(m->data, m->len);
}

int trust_map(struct op *op, const char *file, void **ret, size_t *ret_len)
{
	struct mapping *m = arena_alloc(op->arena, sizeof(*m));
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;

	m->data = MAP_FAILED;
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		m->len = (size_t)st.st_size;
		m->data = mmap(NULL, m->len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (m->data == MAP_FAILED)
		op_log(op, "%s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (m->data == MAP_FAILED)
		return op_fail(op, MT_EINTERNAL, "The package can't be read");
	arena_cleanup(op->arena, unmap, m);
	*ret = m->data;
	*ret_len = m->len;
	return 0;
}

/* --- packages that came with Mortise: hashed once, and again when a file changes ------------------- */

struct bundled {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
	char sha256[65];
};

static struct bundled BUNDLED[BUNDLED_MAX];
static int N_BUNDLED;

/* Beside sql_dir, which is an installation's own as well: share/mortise/marketplace. */
static void bundled_folder(const struct conf *c, char *ret, size_t max)
{
	const char *slash = strrchr(c->sql_dir, '/');

	if (slash)
		snprintf(ret, max, "%.*s/marketplace", (int)(slash - c->sql_dir), c->sql_dir);
	else
		snprintf(ret, max, "%s/share/mortise/marketplace", conf_prefix());
}

/* Only somebody who installs Mortise could have put it there. */
static bool is_installers(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static const struct bundled *remembered(const struct stat *st)
{
	for (int i = 0; i < N_BUNDLED; i++) {
		const struct bundled *b = &BUNDLED[i];

		if (b->ino == st->st_ino && b->dev == st->st_dev && b->size == st->st_size &&
			b->changed.tv_sec == st->st_ctim.tv_sec &&
			b->changed.tv_nsec == st->st_ctim.tv_nsec)
			return b;
	}
	return NULL;
}

static const struct bundled *hashed(const char *path, const struct stat *st)
{
	static int next;
	struct bundled *b;
	struct err e;
	uint64_t size;

	b = &BUNDLED[N_BUNDLED < BUNDLED_MAX ? N_BUNDLED++ : next++ % BUNDLED_MAX];
	*b = (struct bundled){
		.dev = st->st_dev, .ino = st->st_ino, .size = st->st_size, .changed = st->st_ctim};
	err_init(&e, NULL);
	if (digest_sha256(path, b->sha256, &size, &e) < 0)
		b->ino = 0;
	return b;
}

static void read_core(struct trust_store *s, DIR *dir, const char *folder)
{
	char path[600];
	struct stat st;
	struct dirent *d;

	while (s->n_core < BUNDLED_MAX && (d = readdir(dir))) {
		size_t len = strlen(d->d_name);
		const struct bundled *b;

		if (len < 5 || strcmp(d->d_name + len - 4, ".zip") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || !is_installers(&st))
			continue;
		b = remembered(&st);
		if (!b)
			b = hashed(path, &st);
		s->core[s->n_core++] = arena_strdup(s->op->arena, b->sha256);
	}
}

bool trust_is_core(struct trust_store *s, const char *sha256)
{
	char folder[300];
	struct stat st;
	DIR *dir;

	if (!s->core_read) {
		s->core_read = true;
		s->core = arena_alloc(s->op->arena, BUNDLED_MAX * sizeof(*s->core));
		bundled_folder(s->conf, folder, sizeof(folder));
		dir = stat(folder, &st) == 0 && is_installers(&st) ? opendir(folder) : NULL;
		if (dir) {
			read_core(s, dir, folder);
			closedir(dir);
		}
	}
	for (int i = 0; i < s->n_core; i++)
		if (!strcmp(s->core[i], sha256))
			return true;
	return false;
}
