/* source.c - see source.h. */
#include "marketplace/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "package/manifest_value.h"
#include "base/temp.h"

#define CATALOGUE "plugins.json"
#define URL_MAX 1500

/* Printable ASCII without what URLs have no room for. */
static bool is_url_text(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f || strchr("\"<>\\^`{|}", s[i]))
			return false;
	return n > 0 && n <= URL_MAX;
}

static bool is_https(const char *s)
{
	return !strncasecmp(s, "https://", 8) && s[8] && s[8] != '/';
}

static int wrong(struct op *op)
{
	return op_fail(op, MT_EINVAL,
		"Change marketplace in mortise.conf from \"%.200s\" to https://host/plugins.json, "
		"file:///folder/plugins.json or the absolute path of a folder",
		op->app->conf.marketplace);
}

/* A path of plugins.json, or of its folder. */
static int open_path(struct op *op, const char *path, struct source *ret)
{
	struct arena *p = op->arena;
	size_t n = strlen(path);
	const char *slash = strrchr(path, '/');

	if (path[0] != '/' || strchr(path, '%'))
		return wrong(op);
	ret->kind = SOURCE_FOLDER;
	if (n > 5 && !strcmp(path + n - 5, ".json")) {
		ret->folder = slash == path ? "/" : arena_strndup(p, path, (size_t)(slash - path));
		ret->file = slash + 1;
		return 0;
	}
	while (n > 1 && path[n - 1] == '/')
		n--;
	ret->folder = arena_strndup(p, path, n);
	ret->file = CATALOGUE;
	return 0;
}

/* Mortise's data lie side by side: PREFIX/share/mortise/{sql,marketplace}. */
static bool is_bundled(struct op *op, const char *folder)
{
	const char *dir = op->app->conf.sql_dir, *slash = strrchr(dir, '/');

	return slash && !strcmp(folder, arena_printf(op->arena, "%.*s/marketplace",
						(int)(slash - dir), dir));
}

int source_open(struct op *op, struct source *ret)
{
	const char *name = op->app->conf.marketplace;
	int rc;

	*ret = (struct source){.name = name};
	if (!name[0])
		return 0;
	if (is_https(name)) {
		if (!is_url_text(name) || strpbrk(name, "#@"))
			return wrong(op);
		ret->kind = SOURCE_HTTPS;
		ret->url = name;
		return 0;
	}
	if ((rc = open_path(op, strncmp(name, "file://", 7) ? name : name + 7, ret)) < 0)
		return rc;
	ret->bundled = is_bundled(op, ret->folder);
	return 0;
}

const char *source_shown(const struct source *s)
{
	if (s->kind == SOURCE_NONE)
		return "none";
	if (s->bundled)
		return "bundled";
	if (s->kind == SOURCE_HTTPS)
		return s->url;
	return "folder";
}

bool source_has_reference(const struct source *s, const char *reference)
{
	if (s->kind == SOURCE_HTTPS && is_https(reference))
		return is_url_text(reference) && !strpbrk(reference, "#@");
	if (s->kind == SOURCE_HTTPS && reference[0] == '/' && reference[1] != '/')
		return is_url_text(reference) && !strstr(reference, "..");
	return value_path_fault(reference) == NULL;
}

/* The reference as a URL of its own. */
static const char *full_url(struct arena *p, const struct source *s, const char *reference)
{
	const char *host = s->url + 8, *end = host + strcspn(host, "/?");
	const char *path = end + strcspn(end, "?");

	if (!reference)
		return s->url;
	if (is_https(reference))
		return reference;
	if (reference[0] == '/')
		return arena_printf(p, "%.*s%s", (int)(end - s->url), s->url, reference);
	while (path > end && path[-1] != '/')
		path--;
	return arena_printf(
		p, "%.*s%s%s", (int)(path - s->url), s->url, path > end ? "" : "/", reference);
}

static int open_beneath(const struct source *s, const char *reference)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	int folder = open(s->folder, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1, cause;

	if (folder < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, folder, reference, &how, sizeof(how));
	cause = errno;
	close(folder);
	errno = cause;
	return fd;
}

static const char *file_etag(struct arena *p, const struct stat *st)
{
	return arena_printf(p, "%lld.%09ld-%lld-%llu", (long long)st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec, (long long)st->st_size, (unsigned long long)st->st_ino);
}

const char *source_etag(struct arena *p, const struct source *s)
{
	struct stat st;
	int fd = s->kind == SOURCE_FOLDER ? open_beneath(s, s->file) : -1;
	const char *etag = fd >= 0 && fstat(fd, &st) == 0 ? file_etag(p, &st) : "";

	if (fd >= 0)
		close(fd);
	return etag;
}

#define UPSTREAM(op, ...) op_refuse(op, MT_EUPSTREAM, "marketplace", __VA_ARGS__)

static int copy(
	struct op *op, const char *name, int from, struct temp *to, long max, long *ret_bytes)
{
	char chunk[65536];
	ssize_t n;
	int rc;

	*ret_bytes = 0;
	while ((n = read(from, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return UPSTREAM(op, "Can't read %s: %s", name, strerror(errno));
		*ret_bytes += n;
		if (*ret_bytes > max)
			return UPSTREAM(
				op, "%s is larger than the %ld bytes that are allowed", name, max);
		if ((rc = temp_write(to, chunk, (size_t)n, &op->err)) < 0)
			return rc;
	}
	return 0;
}

static int read_open(
	struct op *op, const char *name, int fd, const struct fetch_order *o, struct fetch *ret)
{
	struct stat st;
	struct temp *t;
	int rc;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return UPSTREAM(op, "%s is not a file", name);
	ret->etag = file_etag(op->arena, &st);
	ret->status = 304;
	if (!strcmp(o->etag, ret->etag))
		return 0;
	if ((rc = temp_file(op, op->app->conf.store_dir, 0600, &t)) < 0)
		return rc;
	ret->status = 200;
	ret->path = t->path;
	return copy(op, name, fd, t, o->max, &ret->bytes);
}

/* Copied, so that the checked bytes are stored even if somebody writes into the folder at the same
 * time. */
static int read_folder(struct op *op, const struct source *s, const char *reference,
	const struct fetch_order *o, struct fetch *ret)
{
	const char *file = reference ? reference : s->file;
	const char *name = arena_printf(op->arena, "%.200s/%.150s", s->folder, file);
	int fd = open_beneath(s, file), rc;

	*ret = (struct fetch){0};
	if (fd < 0 && errno == ENOENT && reference) {
		ret->status = 404;
		return 0;
	}
	if (fd < 0)
		return UPSTREAM(op, "Can't read %s: %s", name, strerror(errno));
	rc = read_open(op, name, fd, o, ret);
	close(fd);
	return rc;
}

int source_read(struct op *op, const struct source *s, const char *reference,
	const struct fetch_order *o, struct fetch *ret)
{
	struct fetch_order order = *o;

	if (s->kind == SOURCE_FOLDER)
		return read_folder(op, s, reference, o, ret);
	if (s->kind == SOURCE_NONE)
		return op_fail(op, MT_ENOENT,
			"No marketplace is configured: set marketplace in mortise.conf");
	order.base = s->url;
	order.url = full_url(op->arena, s, reference);
	return fetch_file(op, &order, ret);
}
