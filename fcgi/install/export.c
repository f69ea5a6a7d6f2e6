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

/* One export in the making. */
struct export
{
	struct step *s;
	struct db *db; /* as p_<key> */
	struct temp *folder;
	struct zip *zip;
	json_t *tables; /* of manifest.json */
	long bytes;
	struct err *e;
};

static int zip_failed(struct export *x)
{
	err_log(x->e, "zip: %s", zip_strerror(x->zip));
	return err_set(x->e, MT_EINTERNAL, "the export can't be written");
}

static int too_big(struct export *x)
{
	return err_set(x->e, MT_ETOOBIG,
		"the rows of %s are more than %ld MB: they can't be exported in one piece; delete some, or "
		"uninstall without an export",
		x->s->key, EXPORT_MAX >> 20);
}

static int row_too_big(struct export *x)
{
	return err_replace(x->e, MT_ETOOBIG,
		"a row of %s is more than %ld MB of JSON: it can't be exported; make it smaller, or "
		"uninstall without an export",
		x->s->key, ROW_BYTES >> 20);
}

/* Limits that are known before anything is read. */
static int check_room(struct export *x)
{
	struct step *s = x->s;
	struct rows rows;
	int rc = db_read(s->app->db, s->arena, s->deadline, step_as(s), &EXPORT_ROOM,
		DB_ARGS(step_tenant(s)), &rows, x->e);

	if (rc == 0 &&
		(row_int(&rows, 0, 0) >= EXPORT_KEPT || row_int(&rows, 0, 1) >= EXPORT_TOTAL))
		rc = err_set(x->e, MT_ECONFLICT,
			"%ld exports of %ld MB are kept for this company, and no more fit: download and "
			"delete one first",
			row_int(&rows, 0, 0), row_int(&rows, 0, 1) >> 20);
	return rc;
}

/* The rows that one table has, and how many of them make a batch. The answer is counted where the
 * rows are: a table that is too big is not even fetched. */
static int measure(struct export *x, const char *table, long *ret_rows, long *ret_batch)
{
	struct arena *p = x->s->arena;
	struct stmt st = {"export_measure",
		arena_printf(p,
			"SELECT count(*), coalesce(sum(v.n), 0), coalesce(max(v.n), 1) FROM (SELECT "
			"octet_length(row_to_json(t)::text)::bigint + 1 AS n FROM %s t) v",
			table)};
	struct rows rows;
	int rc;

	rc = db_query(x->db, &st, DB_NOARGS, &rows, x->e);
	/* out of memory: PostgreSQL could not even write a row down */
	if (rc < 0 && strcmp(db_sqlstate(x->db), "53200") == 0)
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

/* A batch of rows into the file, with memory of its own. */
static int fetch(struct export *x, const struct stmt *st, struct temp *to, int *ret_n)
{
	struct arena *scratch = arena_new();
	struct rows rows;
	int rc = db_query_in(x->db, scratch, st, DB_NOARGS, &rows, x->e);

	*ret_n = rc == 0 ? rows.n : 0;
	for (int i = 0; rc == 0 && i < rows.n; i++) {
		const char *text = row_text(&rows, i, 0);

		rc = temp_write(to, text, strlen(text), x->e);
		if (rc == 0)
			rc = temp_write(to, "\n", 1, x->e);
	}
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

/* "entries" is a file's name, "a/b" isn't: then it has a number, and manifest.json says whose it
 * is. */
static const char *file_name(struct export *x, const char *table)
{
	struct arena *p = x->s->arena;

	if (strlen(table) == strspn(table, "abcdefghijklmnopqrstuvwxyz0123456789_"))
		return arena_printf(p, "tables/%s.jsonl", table);
	return arena_printf(p, "tables/#%zu.jsonl", json_array_size(x->tables) + 1);
}

static int copy_rows(struct export *x, const char *table, long batch, const char *path)
{
	struct arena *p = x->s->arena;
	struct stmt st = {"export_fetch", arena_printf(p, "FETCH %ld FROM export_rows", batch)};
	struct temp to = {.path = path};
	int rc, n = 0;

	to.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to.fd < 0)
		return temp_errno(x->e, "open", path);
	rc = db_exec(x->db, p, x->s->deadline,
		arena_printf(p,
			"DECLARE export_rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text FROM %s t",
			table),
		x->e);
	do {
		if (rc == 0)
			rc = fetch(x, &st, &to, &n);
	} while (rc == 0 && n == batch);
	if (rc == 0)
		rc = db_exec(x->db, p, x->s->deadline, "CLOSE export_rows", x->e);
	if (close(to.fd) < 0 && rc == 0)
		rc = temp_errno(x->e, "close", path);
	return rc;
}

static int export_table(struct export *x, const char *name, const char *table, const char *columns)
{
	struct arena *p = x->s->arena;
	const char *file = file_name(x, name);
	const char *path =
		arena_printf(p, "%s/%zu.jsonl", x->folder->path, json_array_size(x->tables));
	long rows = 0, batch = 1;
	json_t *of;
	int rc = measure(x, table, &rows, &batch);

	if (rc == 0)
		rc = copy_rows(x, table, batch, path);
	if (rc == 0)
		rc = add_file(x, file, zip_source_file(x->zip, path, 0, -1));
	if (rc == 0)
		rc = json_parse(p, columns, strlen(columns), &of, x->e);
	if (rc == 0)
		json_array_append_new(
			x->tables, json_pack("{s:s, s:s, s:I, s:O}", "name", name, "file", file,
					   "rows", (json_int_t)rows, "columns", of));
	return rc;
}

/* As p_<key> in the tenant, all tables as they are at one moment. */
static int export_tables(struct export *x)
{
	struct step *s = x->s;
	char role[ROLE_MAX];
	struct rows tables;
	int rc = db_read(s->app->db, s->arena, s->deadline, NULL, &EXPORT_TABLES, DB_ARGS(s->key),
		&tables, x->e);

	if (rc < 0 || tables.n == 0)
		return rc;
	rc = migrate_worker(s, &x->db, role, x->e);
	if (rc == 0)
		rc = db_begin(x->db, s->arena, s->deadline, step_as(s), x->e);
	if (rc == 0)
		rc = db_exec(x->db, s->arena, s->deadline,
			"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", x->e);
	for (int i = 0; rc == 0 && i < tables.n; i++)
		rc = export_table(x, row_text(&tables, i, 0), row_text(&tables, i, 1),
			row_text(&tables, i, 2));
	return rc;
}

static int add_manifest(struct export *x, const char *version)
{
	const char *text;
	char now[40];
	json_t *m;
	size_t len;

	clock_iso(now, sizeof(now), clock_unix_ms());
	m = json_pack("{s:i, s:s, s:s, s:s?, s:s, s:O}", "format", 1, "plugin", x->s->key,
		"version", version, "company", x->s->tenant_code, "exportedAt", now, "tables",
		x->tables);
	json_own(x->s->arena, m);
	text = json_text(x->s->arena, m, &len);
	return add_file(x, "manifest.json", zip_source_buffer(x->zip, text, len, 0));
}

/* The ZIP in x->folder; it is written when it is closed. */
static int make_zip(struct export *x, const char *version, const char **ret_path)
{
	int code, rc;

	*ret_path = arena_printf(x->s->arena, "%s/export.zip", x->folder->path);
	x->zip = zip_open(*ret_path, ZIP_CREATE | ZIP_EXCL, &code);
	if (!x->zip) {
		err_log(x->e, "zip_open %s: %d", *ret_path, code);
		return err_set(x->e, MT_EINTERNAL, "the export can't be written");
	}
	rc = export_tables(x);
	if (rc == 0)
		rc = add_manifest(x, version);
	if (rc == 0 && zip_close(x->zip) < 0) {
		int cause = zip_error_code_system(zip_get_error(x->zip));

		rc = cause == ENOSPC || cause == EDQUOT
			     ? err_set(x->e, MT_EFULL, "there is no room left on the server's disk")
			     : zip_failed(x);
		zip_discard(x->zip);
	} else if (rc < 0) {
		zip_discard(x->zip);
	}
	db_free(x->db);
	x->db = NULL;
	return rc;
}

/* A piece of the file as a row; its text goes with a scratch arena. */
static int store_part(struct export *x, const char *id, int n, const char *bytes, size_t len)
{
	struct arena *scratch = arena_new();
	char *hex = arena_alloc(scratch, 2 * len + 1);
	struct rows rows;
	int rc;

	id_hex(hex, bytes, len);
	rc = db_query_in(x->s->app->db, scratch, &EXPORT_INSERT_PART,
		DB_ARGS(step_tenant(x->s), id, arena_printf(scratch, "%d", n), hex), &rows, x->e);
	arena_free(scratch);
	return rc;
}

static int store_parts(struct export *x, const char *id, int fd, const char *path)
{
	char *bytes = arena_alloc(x->s->arena, PART);
	ssize_t n;
	int rc = 0;

	for (int i = 0; rc == 0 && (n = read(fd, bytes, PART)) != 0; i++)
		rc = n < 0 ? temp_errno(x->e, "read", path)
			   : store_part(x, id, i, bytes, (size_t)n);
	return rc;
}

/* All of it in one transaction. */
static int store(struct export *x, const char *path, const char *version, struct export_result *ret)
{
	struct step *s = x->s;
	char id[ID_UUID_LEN + 1];
	struct stat st;
	struct rows rows;
	int rc, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = temp_errno(x->e, "open", path);
	} else {
		id_uuid7(id);
		rc = step_transaction(s, x->e);
		if (rc == 0)
			rc = db_query(s->app->db, &EXPORT_INSERT,
				DB_ARGS(step_tenant(s), id, s->key, version, s->user,
					arena_printf(s->arena, "%ld", (long)st.st_size),
					DB_NUMBER(EXPORT_DAYS)),
				&rows, x->e);
		if (rc == 0)
			rc = store_parts(x, id, fd, path);
		if (rc == 0)
			rc = db_commit(s->app->db, x->e);
	}
	if (fd >= 0)
		close(fd);
	if (rc < 0)
		return rc;
	*ret = (struct export_result){
		.id = arena_strdup(s->arena, id),
		.url = arena_printf(s->arena, "/api/plugins/exports/%s", id),
		.expires_at = row_text(&rows, 0, 0),
		.size = (long)st.st_size,
	};
	return 0;
}

int export_rows(struct step *s, const char *version, struct export_result *ret, struct err *e)
{
	struct export x = {.s = s, .tables = json_array(), .e = e};
	const char *path;
	int rc;

	json_own(s->arena, x.tables);
	rc = check_room(&x);
	if (rc == 0)
		rc = temp_folder(s->arena, s->app->conf.store_dir, &x.folder, e);
	if (rc == 0)
		rc = make_zip(&x, version, &path);
	if (rc == 0)
		rc = store(&x, path, version, ret);
	if (x.folder) /* not only at the end of the request: it may be big */
		(void)!temp_remove_tree(x.folder->path);
	return rc;
}
