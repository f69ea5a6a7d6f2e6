/* export.c - a tenant's rows of a plugin as a ZIP: see export.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "install/export.h"
#include "install/migrate_impl.h"
#include "base/temp.h"
#include "install/export.sql.h"

#define BATCH_BYTES (8L << 20) /* of rows in memory at a time; one row may be more, */
#define ROW_BYTES (16L << 20)  /* but not more than this: it is in memory whole */
#define BATCH_ROWS 1000
#define PART (1L << 20)

/* One export in progress. */
struct export
{
	struct target *t;
	struct temp *folder;
	struct zip *zip;
	json_t *tables; /* of manifest.json */
	long bytes;
};

static int zip_failed(struct export *x)
{
	op_log(x->t->op, "zip: %s", zip_strerror(x->zip));
	return op_fail(x->t->op, MT_EINTERNAL, "The export can't be written");
}

static int too_big(struct export *x)
{
	return op_fail(x->t->op, MT_ETOOBIG,
		"The rows of %s are more than %ld MB: they can't be exported in one piece; delete some, or "
		"uninstall without an export",
		x->t->key, EXPORT_MAX >> 20);
}

static int row_too_big(struct export *x)
{
	return err_replace(&x->t->op->err, MT_ETOOBIG,
		"A row of %s is more than %ld MB of JSON: it can't be exported; make it smaller, or "
		"uninstall without an export",
		x->t->key, ROW_BYTES >> 20);
}

/* Limits that are known before anything is read. */
static int check_room(struct export *x)
{
	struct target *t = x->t;
	struct rows rows;
	int rc = op_read(t->op, target_as(t), &EXPORT_ROOM, DB_ARGS(target_tenant(t)), &rows);

	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 0) < EXPORT_KEPT && row_int(&rows, 0, 1) < EXPORT_TOTAL)
		return 0;
	return op_fail(t->op, MT_ECONFLICT,
		"%ld exports of %ld MB are kept for this company, and no more fit: download and "
		"delete one first",
		row_int(&rows, 0, 0), row_int(&rows, 0, 1) >> 20);
}

/* The rows that one table has, and how many of them make a batch. The answer is counted where the
 * rows are: a table that is too big is not even fetched. */
static int measure(struct export *x, const char *table, long *ret_rows, long *ret_batch)
{
	struct arena *p = x->t->op->arena;
	struct stmt st = {"export_measure",
		arena_printf(p,
			"SELECT count(*), coalesce(sum(v.n), 0), coalesce(max(v.n), 1) FROM (SELECT "
			"octet_length(row_to_json(t)::text)::bigint + 1 AS n FROM %s t) v",
			table)};
	struct rows rows;
	int rc;

	rc = op_query(x->t->op, &st, DB_NOARGS, &rows);
	/* out of memory: PostgreSQL could not even write a row down */
	if (rc < 0 && strcmp(db_sqlstate(x->t->op->db), "53200") == 0)
		return row_too_big(x);
	if (rc < 0)
		return rc;
	if (row_int(&rows, 0, 2) > ROW_BYTES)
		return row_too_big(x);
	*ret_rows = row_int(&rows, 0, 0);
	*ret_batch = BATCH_BYTES / row_int(&rows, 0, 2);
	if (*ret_batch < 1)
		*ret_batch = 1;
	if (*ret_batch > BATCH_ROWS)
		*ret_batch = BATCH_ROWS;
	x->bytes += row_int(&rows, 0, 1);
	return x->bytes > EXPORT_MAX ? too_big(x) : 0;
}

static int write_rows(struct export *x, const struct rows *rows, struct temp *to)
{
	int rc;

	for (int i = 0; i < rows->n; i++) {
		const char *text = row_text(rows, i, 0);

		if ((rc = temp_write(to, text, strlen(text), &x->t->op->err)) < 0 ||
			(rc = temp_write(to, "\n", 1, &x->t->op->err)) < 0)
			return rc;
	}
	return 0;
}

/* A batch of rows into the file, with memory of its own. */
static int fetch(struct export *x, const struct stmt *st, struct temp *to, int *ret_n)
{
	struct op *op = x->t->op;
	struct arena *scratch = arena_new();
	struct rows rows;
	int rc;

	if ((rc = db_query_in(op->db, scratch, st, DB_NOARGS, &rows, &op->err)) == 0)
		rc = write_rows(x, &rows, to);
	*ret_n = rows.n;
	arena_free(scratch);
	return rc;
}

static int add_file(struct export *x, const char *name, struct zip_source *source)
{
	zip_int64_t at = source ? zip_file_add(x->zip, name, source, ZIP_FL_ENC_UTF_8) : -1;

	if (at < 0) {
		zip_source_free(source);
		return zip_failed(x);
	}
	/* Its fastest degree: rows shrink to a tenth with any. */
	if (zip_set_file_compression(x->zip, (zip_uint64_t)at, ZIP_CM_DEFLATE, 1) < 0)
		return zip_failed(x);
	return 0;
}

/* "entries" can be a file's name, "a/b" can't: that gets a number, and manifest.json maps it to the
 * table. */
static const char *file_name(struct export *x, const char *table)
{
	struct arena *p = x->t->op->arena;

	if (strlen(table) == strspn(table, "abcdefghijklmnopqrstuvwxyz0123456789_"))
		return arena_printf(p, "tables/%s.jsonl", table);
	return arena_printf(p, "tables/#%zu.jsonl", json_array_size(x->tables) + 1);
}

static int fetch_all(struct export *x, const char *table, long batch, struct temp *to)
{
	struct op *op = x->t->op;
	struct stmt st = {
		"export_fetch", arena_printf(op->arena, "FETCH %ld FROM export_rows", batch)};
	int rc, n;

	rc = op_exec(op,
		arena_printf(op->arena,
			"DECLARE export_rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text FROM %s t",
			table));
	if (rc < 0)
		return rc;
	do {
		if ((rc = fetch(x, &st, to, &n)) < 0)
			return rc;
	} while (n == batch);
	return op_exec(op, "CLOSE export_rows");
}

static int copy_rows(struct export *x, const char *table, long batch, const char *path)
{
	struct temp to = {.path = path};
	int rc;

	to.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to.fd < 0)
		return temp_errno(&x->t->op->err, "open", path);
	rc = fetch_all(x, table, batch, &to);
	if (close(to.fd) < 0 && rc == 0)
		rc = temp_errno(&x->t->op->err, "close", path);
	return rc;
}

static int export_table(struct export *x, const char *name, const char *table, const char *columns)
{
	struct op *op = x->t->op;
	const char *file = file_name(x, name);
	const char *path = arena_printf(
		op->arena, "%s/%zu.jsonl", x->folder->path, json_array_size(x->tables));
	long rows = 0, batch = 1;
	json_t *of;
	int rc;

	if ((rc = measure(x, table, &rows, &batch)) < 0 ||
		(rc = copy_rows(x, table, batch, path)) < 0 ||
		(rc = add_file(x, file, zip_source_file(x->zip, path, 0, -1))) < 0 ||
		(rc = json_parse(op->arena, columns, strlen(columns), &of, &op->err)) < 0)
		return rc;
	json_array_append_new(x->tables, json_pack("{s:s, s:s, s:I, s:O}", "name", name, "file",
						 file, "rows", (json_int_t)rows, "columns", of));
	return 0;
}

static int copy_tables(struct export *x, const struct rows *tables)
{
	struct op *op = x->t->op;
	int rc;

	if ((rc = op_begin(op, target_as(x->t))) < 0 ||
		(rc = op_exec(op, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")) <
			0)
		return rc;
	for (int i = 0; i < tables->n; i++)
		if ((rc = export_table(x, row_text(tables, i, 0), row_text(tables, i, 1),
			     row_text(tables, i, 2))) < 0)
			return rc;
	return 0;
}

/* As p_<key> in the tenant, all tables as they are at one moment. */
static int export_tables(struct export *x)
{
	struct target *t = x->t;
	struct db *db = t->op->db;
	struct rows tables;
	struct op own;
	int rc;

	if ((rc = op_read(t->op, NULL, &EXPORT_TABLES, DB_ARGS(t->key), &tables)) < 0 ||
		tables.n == 0)
		return rc;
	if ((rc = migrate_worker(t, &own)) < 0)
		return rc;
	t->op->db = own.db;
	rc = copy_tables(x, &tables);
	t->op->db = db;
	db_free(own.db);
	return rc;
}

static int add_manifest(struct export *x, const char *version)
{
	const char *text;
	char now[40];
	json_t *m;
	size_t len;

	clock_iso(now, sizeof(now), clock_unix_ms());
	m = json_pack("{s:i, s:s, s:s, s:s?, s:s, s:O}", "format", 1, "plugin", x->t->key,
		"version", version, "company", x->t->tenant_code, "exportedAt", now, "tables",
		x->tables);
	json_own(x->t->op->arena, m);
	text = json_text(x->t->op->arena, m, &len);
	return add_file(x, "manifest.json", zip_source_buffer(x->zip, text, len, 0));
}

/* The ZIP is written when it is closed. */
static int close_zip(struct export *x)
{
	int cause;

	if (zip_close(x->zip) == 0)
		return 0;
	cause = zip_error_code_system(zip_get_error(x->zip));
	return cause == ENOSPC || cause == EDQUOT
		       ? op_fail(x->t->op, MT_EFULL, "There is no room left on the server's disk")
		       : zip_failed(x);
}

/* The ZIP in x->folder. */
static int make_zip(struct export *x, const char *version, const char **ret_path)
{
	int code, rc;

	*ret_path = arena_printf(x->t->op->arena, "%s/export.zip", x->folder->path);
	x->zip = zip_open(*ret_path, ZIP_CREATE | ZIP_EXCL, &code);
	if (!x->zip) {
		op_log(x->t->op, "zip_open %s: %d", *ret_path, code);
		return op_fail(x->t->op, MT_EINTERNAL, "The export can't be written");
	}
	if ((rc = export_tables(x)) < 0 || (rc = add_manifest(x, version)) < 0 ||
		(rc = close_zip(x)) < 0)
		zip_discard(x->zip);
	return rc;
}

/* A piece of the file as a row; its text is in a scratch arena. */
static int store_part(struct export *x, const char *id, int n, const char *bytes, size_t len)
{
	struct arena *scratch = arena_new();
	char *hex = arena_alloc(scratch, 2 * len + 1);
	struct rows rows;
	int rc;

	id_hex(hex, bytes, len);
	rc = db_query_in(x->t->op->db, scratch, &EXPORT_INSERT_PART,
		DB_ARGS(target_tenant(x->t), id, arena_printf(scratch, "%d", n), hex), &rows,
		&x->t->op->err);
	arena_free(scratch);
	return rc;
}

static int store_parts(struct export *x, const char *id, int fd, const char *path)
{
	char *bytes = arena_alloc(x->t->op->arena, PART);
	ssize_t n;
	int rc;

	for (int i = 0; (n = read(fd, bytes, PART)) > 0; i++)
		if ((rc = store_part(x, id, i, bytes, (size_t)n)) < 0)
			return rc;
	return n < 0 ? temp_errno(&x->t->op->err, "read", path) : 0;
}

/* All of it in one transaction. */
static int store_file(
	struct export *x, int fd, const char *path, const char *version, struct export_result *ret)
{
	struct target *t = x->t;
	struct arena *p = t->op->arena;
	char id[ID_UUID_LEN + 1];
	struct stat st;
	struct rows rows;
	int rc;

	if (fstat(fd, &st) < 0)
		return temp_errno(&t->op->err, "stat", path);
	id_uuid7(id);
	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_query(t->op, &EXPORT_INSERT,
			 DB_ARGS(target_tenant(t), id, t->key, version, t->user,
				 arena_printf(p, "%ld", (long)st.st_size), DB_NUMBER(EXPORT_DAYS)),
			 &rows)) < 0 ||
		(rc = store_parts(x, id, fd, path)) < 0 || (rc = op_commit(t->op)) < 0)
		return rc;
	*ret = (struct export_result){
		.id = arena_strdup(p, id),
		.url = arena_printf(p, "/api/plugins/exports/%s", id),
		.expires_at = row_text(&rows, 0, 0),
		.size = (long)st.st_size,
	};
	return 0;
}

static int store(struct export *x, const char *path, const char *version, struct export_result *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return temp_errno(&x->t->op->err, "open", path);
	rc = store_file(x, fd, path, version, ret);
	close(fd);
	return rc;
}

static int write_export(struct export *x, const char *version, struct export_result *ret)
{
	struct op *op = x->t->op;
	const char *path;
	int rc;

	if ((rc = check_room(x)) < 0 ||
		(rc = temp_folder(op, op->app->conf.store_dir, &x->folder)) < 0 ||
		(rc = make_zip(x, version, &path)) < 0)
		return rc;
	return store(x, path, version, ret);
}

int export_rows(struct target *t, const char *version, struct export_result *ret)
{
	struct export x = {.t = t, .tables = json_array()};
	int rc;

	json_own(t->op->arena, x.tables);
	rc = write_export(&x, version, ret);
	if (x.folder) /* not only at the end of the request: it may be big */
		(void)!temp_remove_tree(x.folder->path);
	return rc;
}
