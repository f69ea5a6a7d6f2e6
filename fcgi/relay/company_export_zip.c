/* company_export_zip.c - see company_export_zip.h. */
#include "relay/company_export_zip.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "auth/ident.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/exports.h"
#include "base/files.h"
#include "base/id.h"
#include "base/json.h"
#include "db/db.h"
#include "relay/relay.h"
#include "relay/company_export.sql.h"

#define BATCH_BYTES (4L << 20) /* of rows in memory at a time; one row may be more, */
#define ROW_BYTES (32L << 20)  /* but not more than this: it is in memory whole */
#define BATCH_ROWS 1000
#define FILE_BYTES (256 << 10) /* of a file in files_dir at a time */
#define OUT_MAX (96L << 20)    /* a batch as it is written */
#define NOTE_MS 1000

struct making {
	struct op *op;	/* notes how far it is; its error is what failed first */
	struct op read; /* the snapshot */
	const struct company_export_job *job;
	struct zip *zip;
	json_t *parts; /* of manifest.json */
	long done, total;
	int64_t note_at;
};

/* An entry of the ZIP: a table in one of its two forms, a file, or the manifest (rows NULL). */
struct entry {
	struct making *m;
	const char *name, *rows; /* the statement that reads them */
	const char *hash;	 /* of a file in files_dir */
	int fd;
	const json_t *columns;
	bool csv, file, end, counted;
	long batch, n, bytes;
	struct arena *scratch;
	struct buf out;
	size_t at;
	crypto_hash_sha256_state sha;
};

/* --- how far it is ---------------------------------------------------------------- */

static void add_size(void *arg, const char *path, const char *id, long size)
{
	(void)path;
	(void)id;
	*(long *)arg += size;
}

static int check_room(struct making *m)
{
	const struct conf *c = &m->op->app->conf;
	long size = 0;

	exports_each(c, add_size, &size);
	if (size >> 20 < c->exports_mb)
		return 0;
	return op_fail(m->op, MT_EFULL,
		"The exports of all companies take more than %d MB (exports_mb): remove some first",
		c->exports_mb);
}

static int note(struct making *m, const char *part)
{
	struct arena *p = arena_new();
	struct rows rows;
	int rc;

	if (clock_ms() < m->note_at)
		return arena_free(p), 0;
	m->note_at = clock_ms() + NOTE_MS;
	rc = db_write(m->op->db, p, clock_ms() + RELAY_DB_MS, NULL, &COMPANY_EXPORT_NOTE,
		DB_ARGS(m->job->tenant, m->job->id, part, arena_printf(p, "%ld", m->done),
			arena_printf(p, "%ld", m->total), DB_NUMBER(COMPANY_EXPORT_HOLD_S)),
		&rows, &m->op->err);
	if (rc == 0 && !row_bool(&rows, 0, 0))
		rc = op_refuse(m->op, MT_ECONFLICT, COMPANY_EXPORT_GONE, "The export was removed");
	arena_free(p);
	return rc < 0 ? rc : check_room(m);
}

/* The first cause stays that of the whole. */
static int failed(struct making *m, int rc)
{
	if (m->op->err.code == 0)
		err_take(&m->op->err, rc, &m->read.err);
	return -1;
}

/* --- the rows of an entry ---------------------------------------------------------------- */

static const char *csv_columns(const struct entry *e)
{
	struct arena *p = e->m->read.arena;
	const char *ret = "";
	const json_t *c;
	size_t i;

	json_array_foreach(e->columns, i, c) {
		const char *name = json_string_value(json_array_get(c, 0));
		char *quoted = arena_alloc(p, 2 * strlen(name) + 1), *to = quoted;

		for (const char *s = name; *s; s++) {
			*to++ = *s;
			if (*s == '\'')
				*to++ = '\'';
		}
		*to = '\0';
		ret = arena_printf(p, "%s%sj->>'%s'", ret, i ? "," : "", quoted);
	}
	return *ret ? ret : "null";
}

static void add_csv(struct entry *e, const struct rows *rows, int i)
{
	const json_t *c;
	size_t k;

	json_array_foreach(e->columns, k, c) {
		const char *text = row_text(rows, i, (int)k);

		if (k)
			buf_add(&e->out, ",", 1);
		if (text && json_is_true(json_array_get(c, 1)))
			buf_adds(&e->out, text);
		else if (text)
			csv_text(&e->out, text);
	}
	buf_adds(&e->out, "\r\n");
}

static int begin_rows(struct entry *e)
{
	struct arena *p = e->m->read.arena;
	const json_t *c;
	size_t i;

	buf_clear(&e->out);
	if (e->csv) {
		json_array_foreach(e->columns, i, c) {
			if (i)
				buf_add(&e->out, ",", 1);
			csv_text(&e->out, json_string_value(json_array_get(c, 0)));
		}
		buf_adds(&e->out, "\r\n");
	}
	return op_exec(&e->m->read,
		arena_printf(p, "DECLARE part NO SCROLL CURSOR FOR SELECT %s FROM (%s) s",
			e->csv ? csv_columns(e) : "j::text", e->rows));
}

static int fetch(struct entry *e)
{
	struct making *m = e->m;
	struct stmt st = {
		"export_fetch", arena_printf(m->read.arena, "FETCH %ld FROM part", e->batch)};
	struct rows rows;
	int rc;

	arena_clear(e->scratch);
	buf_clear(&e->out);
	e->at = 0;
	if ((rc = db_query_in(m->read.db, e->scratch, &st, DB_NOARGS, &rows, &m->read.err)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		if (e->csv) {
			add_csv(e, &rows, i);
		} else {
			buf_adds(&e->out, row_text(&rows, i, 0));
			buf_adds(&e->out, "\n");
		}
	}
	if (e->out.full)
		return op_fail(&m->read, MT_ETOOBIG, "The rows of %s are too large to be exported",
			e->name);
	e->n += rows.n;
	m->done += rows.n;
	e->end = rows.n < e->batch;
	return e->end ? op_exec(&m->read, "CLOSE part") : 0;
}

/* A file is small: a picture. */
static int begin_file(struct entry *e)
{
	struct making *m = e->m;
	struct stmt st = {"export_file", e->rows};
	unsigned char *data;
	struct rows rows;
	const char *text;
	size_t len;
	int rc;

	if ((rc = db_query_in(m->read.db, e->scratch, &st, DB_NOARGS, &rows, &m->read.err)) < 0)
		return rc;
	text = rows.n ? row_text(&rows, 0, 0) : "";
	data = arena_alloc(e->scratch, strlen(text) + 1);
	if (sodium_base642bin(data, strlen(text) + 1, text, strlen(text), "\n", &len, NULL,
		    sodium_base64_VARIANT_ORIGINAL) != 0)
		return op_fail(&m->read, MT_EINTERNAL, "The export can't be written");
	buf_clear(&e->out);
	buf_add(&e->out, (const char *)data, len);
	e->n = rows.n;
	m->done += rows.n;
	e->end = true;
	return 0;
}

/* One that was deleted since the snapshot is empty. */
static int begin_stored(struct entry *e)
{
	char path[FILES_PATH_MAX];

	files_path(&e->m->op->app->conf, e->m->read.who->tenant, e->hash, false, path);
	e->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	e->n = e->fd >= 0;
	e->end = e->fd < 0;
	if (e->fd >= 0 || errno == ENOENT)
		return 0;
	op_log(&e->m->read, "%s: %s", path, strerror(errno));
	return op_fail(&e->m->read, MT_EINTERNAL, "The export can't be written");
}

static int read_stored(struct entry *e)
{
	char *data = arena_alloc(e->scratch, FILE_BYTES);
	ssize_t n = read(e->fd, data, FILE_BYTES);

	if (n < 0) {
		op_log(&e->m->read, "%s: %s", e->hash, strerror(errno));
		return op_fail(&e->m->read, MT_EINTERNAL, "The export can't be written");
	}
	buf_clear(&e->out);
	buf_add(&e->out, data, (size_t)n);
	arena_clear(e->scratch);
	e->at = 0;
	e->end = n == 0;
	e->m->done += n == 0;
	return 0;
}

static const char *sha_text(struct arena *p, crypto_hash_sha256_state *sha)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *hex = arena_alloc(p, 2 * sizeof(hash) + 1);

	crypto_hash_sha256_final(sha, hash);
	id_hex(hex, hash, sizeof(hash));
	return hex;
}

static void count(struct entry *e)
{
	if (e->counted || (!e->rows && !e->hash))
		return;
	e->counted = true;
	json_array_append_new(
		e->m->parts, json_pack("{s:s, s:I, s:I, s:s}", "file", e->name, "rows",
				     (json_int_t)e->n, "bytes", (json_int_t)e->bytes, "sha256",
				     sha_text(e->m->op->arena, &e->sha)));
}

static int begin_manifest(struct entry *e)
{
	struct making *m = e->m;
	const char *text;
	char now[40];
	json_t *v;

	clock_iso(now, sizeof(now), clock_unix_ms());
	v = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:O}", "format", 1, "company", m->job->code,
		"name", m->job->name, "server", m->op->app->conf.public_url, "mortise",
		MORTISE_VERSION, "exportedAt", now, "parts", m->parts);
	json_own(m->op->arena, v);
	text = json_text(m->op->arena, v, NULL);
	buf_clear(&e->out);
	buf_adds(&e->out, text);
	e->end = true;
	return 0;
}

/* --- as a source of libzip ---------------------------------------------------------------- */

static zip_int64_t read_entry(struct entry *e, void *data, zip_uint64_t max)
{
	struct making *m = e->m;
	size_t n;
	int rc;

	while (e->at == e->out.len && !e->end)
		if ((rc = e->hash ? read_stored(e) : fetch(e)) < 0 || (rc = note(m, e->name)) < 0)
			return failed(m, rc);
	n = e->out.len - e->at;
	if (n == 0)
		return count(e), 0;
	n = n < max ? n : (size_t)max;
	memcpy(data, e->out.data + e->at, n);
	crypto_hash_sha256_update(&e->sha, data, n);
	e->at += n;
	e->bytes += (long)n;
	return (zip_int64_t)n;
}

static zip_int64_t open_entry(struct entry *e)
{
	int rc;

	crypto_hash_sha256_init(&e->sha);
	e->scratch = arena_new();
	buf_init(&e->out, OUT_MAX);
	e->at = 0;
	e->fd = -1;
	rc = e->hash   ? begin_stored(e)
	     : e->file ? begin_file(e)
	     : e->rows ? begin_rows(e)
		       : begin_manifest(e);
	if (rc < 0)
		return failed(e->m, rc);
	return 0;
}

static zip_int64_t source(void *arg, void *data, zip_uint64_t len, zip_source_cmd_t what)
{
	struct entry *e = arg;

	switch (what) {
	case ZIP_SOURCE_OPEN:
		return open_entry(e);
	case ZIP_SOURCE_READ:
		return read_entry(e, data, len);
	case ZIP_SOURCE_CLOSE:
		if (e->fd >= 0)
			close(e->fd);
		e->fd = -1;
		buf_release(&e->out);
		arena_free(e->scratch);
		e->scratch = NULL;
		return 0;
	case ZIP_SOURCE_STAT:
		zip_stat_init(data);
		return sizeof(struct zip_stat);
	case ZIP_SOURCE_ERROR:
		((int *)data)[0] = ZIP_ER_READ;
		((int *)data)[1] = EIO;
		return 2 * sizeof(int);
	case ZIP_SOURCE_FREE:
		return 0;
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
			ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
	default:
		return -1;
	}
}

static int zip_failed(struct making *m)
{
	int cause = zip_error_code_system(zip_get_error(m->zip));

	if (m->op->err.code < 0)
		return m->op->err.code;
	if (cause == ENOSPC || cause == EDQUOT)
		return op_fail(m->op, MT_EFULL, "There is no room left on the server's disk");
	op_log(m->op, "zip: %s", zip_strerror(m->zip));
	return op_fail(m->op, MT_EINTERNAL, "The export can't be written");
}

static int add_entry(struct making *m, const struct entry *as)
{
	struct entry *e = arena_alloc(m->op->arena, sizeof(*e));
	struct zip_source *s;
	zip_int64_t at;

	*e = *as;
	e->m = m;
	s = zip_source_function(m->zip, source, e);
	at = s ? zip_file_add(m->zip, e->name, s, ZIP_FL_ENC_UTF_8) : -1;
	if (at < 0) {
		zip_source_free(s);
		return zip_failed(m);
	}
	/* Its fastest degree: rows shrink to a tenth with any. Photos don't. */
	return zip_set_file_compression(
		       m->zip, (zip_uint64_t)at, e->hash ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 1) < 0
		       ? zip_failed(m)
		       : 0;
}

/* --- all of it ---------------------------------------------------------------- */

/* A table's name can be anything: such a one gets a number. */
static const char *file_of(struct making *m, const char *part, int n)
{
	if (strlen(part) == strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789_-/"))
		return part;
	return arena_printf(m->op->arena, "plugins/#%d", n);
}

static int add_part(struct making *m, const struct rows *parts, int i)
{
	struct arena *p = m->op->arena;
	const char *name = file_of(m, row_text(parts, i, 0), i), *rows = row_text(parts, i, 1);
	struct stmt st = {"export_measure",
		arena_printf(p,
			"SELECT count(*), coalesce(max(octet_length(j::text)), 1) FROM (%s) s",
			rows)};
	struct entry e = {.rows = rows};
	struct rows size;
	json_t *columns = NULL;
	int rc;

	if ((rc = op_query(&m->read, &st, DB_NOARGS, &size)) < 0 ||
		(rc = row_json(&m->read, parts, i, 2, &columns)) < 0 || (rc = note(m, name)) < 0)
		return failed(m, rc);
	if (row_int(&size, 0, 0) == 0 &&
		row_bool(parts, i, 3)) /* a plugin that the company doesn't have */
		return 0;
	if (row_int(&size, 0, 1) > ROW_BYTES)
		return op_fail(m->op, MT_ETOOBIG, "A row of %s is more than %ld MB of JSON", name,
			ROW_BYTES >> 20);
	e.columns = columns;
	e.batch = BATCH_BYTES / row_int(&size, 0, 1);
	e.batch = e.batch < 1 ? 1 : e.batch < BATCH_ROWS ? e.batch : BATCH_ROWS;
	m->total += 2 * row_int(&size, 0, 0);
	e.name = arena_printf(p, "%s.jsonl", name);
	if ((rc = add_entry(m, &e)) < 0)
		return rc;
	e.name = arena_printf(p, "%s.csv", name);
	e.csv = true;
	return add_entry(m, &e);
}

static int add_files(struct making *m)
{
	struct rows files;
	int rc = op_query(&m->read, &COMPANY_EXPORT_FILES, DB_NOARGS, &files);

	if (rc < 0)
		return failed(m, rc);
	m->total += files.n;
	for (int i = 0; i < files.n && rc == 0; i++)
		rc = add_entry(m, &(struct entry){.name = row_text(&files, i, 0),
					  .rows = row_text(&files, i, 1),
					  .hash = row_text(&files, i, 2),
					  .file = true});
	return rc;
}

static int add_parts(struct making *m)
{
	struct op *read = &m->read;
	struct rows parts;
	int rc;

	/* Not in the transaction, which begins with a query: whom it is for. */
	if ((rc = op_exec(read,
		     "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ")) <
			0 ||
		(rc = op_begin(read, op_as(read))) < 0 ||
		(rc = op_exec(read, "SET TRANSACTION READ ONLY")) < 0 ||
		(rc = op_exec(read, "SET LOCAL statement_timeout = '10min'")) < 0 ||
		(rc = op_query(read, &COMPANY_EXPORT_PARTS, DB_NOARGS, &parts)) < 0)
		return failed(m, rc);
	for (int i = 0; i < parts.n; i++)
		if (add_part(m, &parts, i) < 0)
			return m->op->err.code;
	if ((rc = add_files(m)) < 0)
		return rc;
	return add_entry(m, &(struct entry){.name = "manifest.json"});
}

int company_export_zip(
	struct op *op, struct app *reader, const struct company_export_job *job, const char *path)
{
	struct ident who = {.tenant = (int)strtol(job->tenant, NULL, 10), .user = "-"};
	struct making m = {.op = op, .job = job, .parts = json_array()};
	int code, rc;

	json_own(op->arena, m.parts);
	app_op(reader, &m.read, arena_new(), op->deadline);
	m.read.who = &who;
	m.zip = zip_open(path, ZIP_CREATE | ZIP_EXCL, &code);
	if (!m.zip) {
		op_log(op, "zip_open %s: %d", path, code);
		rc = op_fail(op, MT_EINTERNAL, "The export can't be written");
	} else if ((rc = add_parts(&m)) < 0) {
		rc = op->err.code;
	} else if (zip_close(m.zip) == 0) {
		m.zip = NULL;
	} else {
		rc = zip_failed(&m);
	}
	if (m.zip)
		zip_discard(m.zip);
	op_rollback(&m.read);
	arena_free(m.read.arena);
	return rc;
}
