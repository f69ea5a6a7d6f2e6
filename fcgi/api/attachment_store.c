/* attachment_store.c - see attachment_store.h. */
#include "api/attachment_store.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/app.h"
#include "auth/ident.h"
#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/id.h"
#include "base/utf8.h"
#include "db/db.h"
#include "http/multipart.h"
#include "http/url.h"
#include "api/attachments.sql.h"

#define NAME_MAX_CHARS 200
#define ENDING_MAX 12
#define INSPECT_MS 4000
#define HEAD_MAX 160 /* of what mortise-inspect says first */
#define UNKNOWN "application/octet-stream"

/* --- its name ----------------------------------------------------------------------------------------- */

/* Marks that turn the direction of writing show "gnp.exe" as "exe.png". */
static bool is_hidden(unsigned c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static const char *last_part(const char *s)
{
	for (const char *at = s; *at; at++)
		if (*at == '/' || *at == '\\')
			s = at + 1;
	return s;
}

static size_t bytes_of(const char *s, long characters)
{
	size_t at = 0;
	unsigned c;

	while (s[at] && characters-- > 0)
		at += (size_t)utf8_next(s + at, strlen(s + at), &c);
	return at;
}

const char *attachment_name(struct arena *p, const char *given)
{
	const char *from = last_part(given ? given : ""), *ending;
	char *ret = arena_alloc(p, strlen(from) + 1), *to = ret;
	long n;

	if (utf8_length(from, strlen(from)) < 0)
		from = "";
	for (unsigned c; *from;) {
		int bytes = utf8_next(from, strlen(from), &c);

		/* No name begins with a blank or a dot. */
		if (!is_hidden(c) && (to > ret || (c != ' ' && c != '.'))) {
			memcpy(to, from, (size_t)bytes);
			to += bytes;
		}
		from += bytes;
	}
	while (to > ret && (to[-1] == ' ' || to[-1] == '.'))
		to--;
	*to = '\0';
	if (!*ret)
		return "file";
	n = utf8_length(ret, strlen(ret));
	if (n <= NAME_MAX_CHARS)
		return ret;
	ending = strrchr(ret, '.');
	if (!ending || strlen(ending) > ENDING_MAX)
		ending = "";
	return arena_printf(p, "%.*s%s", (int)bytes_of(ret, NAME_MAX_CHARS - (long)strlen(ending)),
		ret, ending);
}

/* --- its bytes ---------------------------------------------------------------------------------------- */

struct receiving {
	struct temp *file;
	crypto_hash_sha256_state sha;
};

static int take(void *arg, const void *data, size_t n, struct err *e)
{
	struct receiving *x = arg;

	crypto_hash_sha256_update(&x->sha, data, n);
	return temp_write(x->file, data, n, e);
}

static void end_hash(struct receiving *x, char ret[65])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(&x->sha, hash);
	id_hex(ret, hash, sizeof(hash));
}

/* --- what it is --------------------------------------------------------------------------------------- */

/* "image/png 20 30": what a decoder may have made of it is believed as far as it is one. */
static void read_line(struct arena *p, const char *line, struct stored *s)
{
	size_t n = strcspn(line, " ");
	const char *slash = memchr(line, '/', n);
	char *end;

	if (!slash || slash == line || slash == line + n - 1 || n > 100)
		return;
	for (size_t i = 0; i < n; i++) {
		bool first = line + i < slash;

		if (line + i != slash &&
			!(first ? islower((unsigned char)line[i])
				: isalnum((unsigned char)line[i]) || strchr(".+_-", line[i])))
			return;
	}
	s->type = arena_strndup(p, line, n);
	s->width = (unsigned)strtoul(line + n, &end, 10);
	s->height = (unsigned)strtoul(end, NULL, 10);
	if (s->width > 1000000 || s->height > 1000000)
		s->width = s->height = 0;
}

static bool is_jpeg(const char *data, size_t n)
{
	return n > 4 && n <= FILES_THUMBNAIL_MAX && !memcmp(data, "\xff\xd8\xff", 3) &&
	       !memcmp(data + n - 2, "\xff\xd9", 2);
}

static int keep_thumbnail(struct op *op, const char *data, size_t n, struct stored *s)
{
	struct temp *t;
	int rc = temp_file(op, op->app->conf.files_dir, 0640, &t);

	if (rc < 0 || (rc = temp_write(t, data, n, &op->err)) < 0)
		return rc;
	s->thumbnail = t;
	return 0;
}

/* Whatever that process does, the file is kept. */
static int inspect(struct op *op, struct stored *s)
{
	char *argv[] = {arena_printf(op->arena, "%s/mortise-inspect", op->app->conf.lib_dir), NULL};
	int64_t until = clock_ms() + INSPECT_MS;
	const char *end;
	struct buf said;
	int fd = open(s->file->path, O_RDONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return temp_errno(&op->err, "open", s->file->path);
	buf_init(&said, FILES_THUMBNAIL_MAX + HEAD_MAX);
	if (child_read(argv, fd, until < op->deadline ? until : op->deadline, &said, NULL, NULL) <
		0)
		op_log(op, "%s: %s", argv[0], strerror(errno));
	close(fd);
	end = said.len ? memchr(said.data, '\n', said.len < HEAD_MAX ? said.len : HEAD_MAX) : NULL;
	if (end) {
		size_t n = said.len - (size_t)(end + 1 - said.data);

		read_line(op->arena, arena_strndup(op->arena, said.data, (size_t)(end - said.data)),
			s);
		if (is_jpeg(end + 1, n))
			rc = keep_thumbnail(op, end + 1, n, s);
	}
	buf_release(&said);
	return rc;
}

int attachment_receive(struct req *r, struct stored *ret)
{
	struct op *op = &r->op;
	struct receiving x;
	struct multipart_field form[] = {
		{.name = "file",
			.max = (size_t)op->app->conf.attachment_max_mb << 20,
			.sink = take,
			.arg = &x},
		{.name = NULL},
	};
	int rc;

	*ret = (struct stored){.type = UNKNOWN};
	crypto_hash_sha256_init(&x.sha);
	if ((rc = temp_file(op, op->app->conf.files_dir, 0640, &x.file)) < 0 ||
		(rc = multipart_read(r, form)) < 0)
		return rc;
	end_hash(&x, ret->sha256);
	ret->file = x.file;
	ret->size = form[0].got;
	ret->name = attachment_name(op->arena, form[0].file);
	if (ret->size == 0)
		return op_fault(op, "/file", "The file is empty: choose one with something in it");
	return inspect(op, ret);
}

static int put(struct op *op, const struct stored *s, struct temp *t, bool thumbnail)
{
	if (fsync(t->fd) < 0 ||
		files_put(&op->app->conf, op->who->tenant, s->sha256, thumbnail, t->path) < 0)
		return temp_errno(&op->err, "store", t->path);
	temp_keep(t);
	return 0;
}

static int keep(struct req *r, struct stored *s)
{
	int rc = s->thumbnail ? put(&r->op, s, s->thumbnail, true) : 0;

	return rc < 0 ? rc : put(&r->op, s, s->file, false);
}

int attachment_begin(struct req *r, struct stored *s)
{
	struct op *op = &r->op;
	struct rows rows;
	int rc;

	if ((rc = op_write(op, op_as(op), &ATTACHMENT_BEGIN, DB_ARGS(s->sha256), &rows)) < 0 ||
		(rc = op_begin(op, op_as(op))) < 0 ||
		(rc = op_query(op, &ATTACHMENT_HOLD, DB_ARGS(s->sha256), &rows)) < 0)
		return rc;
	return keep(r, s);
}

/* --- to whom asks for it ------------------------------------------------------------------------------ */

static const char *const SHOWN[] = {
	"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", NULL};

static bool is_shown(const char *type)
{
	for (int i = 0; SHOWN[i]; i++)
		if (!strcmp(type, SHOWN[i]))
			return true;
	return false;
}

/* A name in both forms of RFC 6266: clients that don't know the second get the ASCII of the first. */
static void name_it(struct req *r, const char *name, bool inside)
{
	char *plain = arena_strdup(r->op.arena, name);

	for (char *c = plain; *c; c++)
		if ((unsigned char)*c >= 0x7f || *c == '"' || *c == '\\' || *c == '%')
			*c = '_';
	reply_header(r, "Content-Disposition", "%s; filename=\"%s\"; filename*=UTF-8''%s",
		inside ? "inline" : "attachment", plain, url_encode(r->op.arena, name));
}

int attachment_send(
	struct req *r, const char *name, const char *type, const char *sha256, bool thumbnail)
{
	int tenant = r->op.who->tenant;
	char path[FILES_PATH_MAX];

	if (thumbnail)
		type = "image/jpeg";
	files_path(&r->op.app->conf, tenant, sha256, thumbnail, path);
	if (access(path, R_OK) < 0) {
		op_log(&r->op, "%s is missing", path);
		return op_fail(&r->op, MT_EINTERNAL,
			"The file is missing on the server: the operator has to restore files_dir");
	}
	if (!thumbnail)
		name_it(r, name, req_query(r, "show") && is_shown(type));
	files_name(tenant, sha256, thumbnail, path);
	reply_header(r, "X-Accel-Redirect", "/-/files/%s", path);
	return reply_data(r, 200, type, "", 0);
}
