/* export_routes.c - a tenant's exports over HTTP: see export.h. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "auth/app.h"
#include "auth/ident.h"
#include "base/id.h"
#include "db/db.h"
#include "install/export.h"
#include "install/routes.h"
#include "base/temp.h"
#include "install/export_routes.sql.h"

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such export; they are kept for %d days",
		EXPORT_DAYS);
}

static int list(struct req *r)
{
	return routes_reply_list(r, &EXPORT_LIST, DB_NOARGS);
}

static int unreadable(struct op *op)
{
	return op_fail(op, MT_EINTERNAL, "The export can't be read");
}

/* One part into the file; *ret_n = 0 behind the last. scratch: for its text. */
static int fetch_part(
	struct op *op, struct arena *scratch, const char *id, int n, struct temp *to, size_t *ret_n)
{
	struct rows rows;
	const char *hex;
	size_t max;
	char *bytes;
	int rc;

	*ret_n = 0;
	rc = db_query_in(op->db, scratch, &EXPORT_PART, DB_ARGS(id, arena_printf(scratch, "%d", n)),
		&rows, &op->err);
	if (rc < 0 || rows.n == 0)
		return rc;
	hex = row_text(&rows, 0, 0);
	max = strlen(hex) / 2;
	bytes = arena_alloc(scratch, max + 1);
	if (id_unhex(bytes, max, hex, ret_n) < 0)
		return unreadable(op);
	return temp_write(to, bytes, *ret_n, &op->err);
}

struct mapping {
	void *at;
	size_t len;
};

static void unmap(void *arg)
{
	struct mapping *m = arg;

	munmap(m->at, m->len);
}

/* The reply is the file's pages, not a copy of them in memory. */
static int reply_file(struct req *r, const struct temp *file, size_t len)
{
	struct mapping *m = arena_alloc(r->op.arena, sizeof(*m));

	*m = (struct mapping){.len = len};
	m->at = mmap(NULL, len, PROT_READ, MAP_SHARED, file->fd, 0);
	if (m->at == MAP_FAILED)
		return temp_errno(&r->op.err, "mmap", file->path);
	arena_cleanup(r->op.arena, unmap, m);
	return reply_data(r, 200, "application/zip", m->at, len);
}

static int copy_parts(struct op *op, const char *id, long size, struct temp *to)
{
	struct arena *scratch = arena_new();
	long at = 0;
	size_t n = 1;
	int rc = 0;

	for (int i = 0; rc == 0 && n > 0 && at < size; i++) {
		rc = fetch_part(op, scratch, id, i, to, &n);
		at += (long)n;
		arena_clear(scratch);
	}
	arena_free(scratch);
	return rc == 0 && at != size ? unreadable(op) : rc;
}

static int read_one(struct req *r)
{
	const char *id = req_param(r, "id");
	struct op *op = &r->op;
	struct temp *file;
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	if ((rc = op_begin(op, op_as(op))) < 0 ||
		(rc = op_query(op, &EXPORT_ONE, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return none(r);
	if ((rc = temp_file(op, op->app->conf.store_dir, 0600, &file)) < 0 ||
		(rc = copy_parts(op, id, row_int(&rows, 0, 2), file)) < 0 ||
		(rc = op_commit(op)) < 0)
		return rc;
	reply_header(r, "Content-Disposition", "attachment; filename=\"%s-%s-%s.zip\"",
		row_text(&rows, 0, 0), row_text(&rows, 0, 1), row_text(&rows, 0, 3));
	return reply_file(r, file, (size_t)row_int(&rows, 0, 2));
}

static int delete_one(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	rc = op_write(&r->op, op_as(&r->op), &EXPORT_DELETE, DB_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	return rows.changed == 0 ? none(r) : reply_empty(r);
}

#define ONE_PATH "/api/plugins/exports/:id"

static const struct route ROUTES[] = {
	{"GET", "/api/plugins/exports", MANAGE, NULL, 0, 0, list,
		.answer = ANSWER_ITEMS(answer_exports)},
	{"GET", ONE_PATH, MANAGE, NULL, 0, 0, read_one, .type = "application/zip"},
	{"DELETE", ONE_PATH, MANAGE, NULL, 0, 0, delete_one, .answer = answer_none},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table export_routes = {"exports", ROUTES};
