/*
 * csv.c - a list as CSV (RFC 4180), with the filters, search and sort of the list; pages are read one
 * after the other, so that memory holds one of them and the text.
 */
#include "resource/impl.h"

#include <string.h>

#include "base/csv.h"
#include "base/moment.h"

#define PAGE_ROWS 200

static void release(void *p)
{
	arena_free(p);
}

static void add_cell(struct buf *b, enum field_type type, const char *text)
{
	char iso[MOMENT_LEN];
	int64_t us;

	if (!text)
		return;
	if (type == FIELD_INT || type == FIELD_DECIMAL)
		buf_adds(b, text);
	else if (type == FIELD_BOOL)
		buf_adds(b, *text == 't' ? "true" : "false");
	else if (type == FIELD_TIME && moment_read_sql(text, &us)) {
		moment_iso(iso, us);
		buf_adds(b, iso);
	} else
		csv_text(b, text); /* csv_in.c takes the ' away */
}

static void add_head(struct req *r, const struct model *m, struct buf *b)
{
	bool comma = false;

	for (int k = 0; k < m->n_members; k++) {
		if (!may_read(&r->op, m->member[k].column))
			continue;
		buf_addf(b, "%s%s", comma ? "," : "", m->member[k].name);
		comma = true;
	}
	buf_adds(b, "\r\n");
}

static void add_line(
	struct req *r, const struct model *m, struct buf *b, const struct rows *rows, int i)
{
	bool comma = false;

	for (int k = 0; k < m->n_members; k++) {
		if (!may_read(&r->op, m->member[k].column))
			continue;
		if (comma)
			buf_add(b, ",", 1);
		comma = true;
		add_cell(b, m->member[k].type, row_text(rows, i, LIST_MEMBERS + k));
	}
	buf_adds(b, "\r\n");
}

/* Pages until the last one. */
static int add_pages(struct req *r, const struct model *m, struct query *q, struct buf *b)
{
	const long most = r->op.app->conf.csv_export_rows;
	struct arena *scratch = arena_new();
	struct rows rows;
	long total = 0;
	int n, rc;

	arena_cleanup(r->op.arena, release, scratch);
	q->limit = PAGE_ROWS;
	for (;;) {
		if ((rc = list_page(r, scratch, m, q, &rows)) < 0)
			return rc;
		n = row_text(&rows, 0, 2) ? rows.n : 0;
		for (int i = 0; i < n && i < PAGE_ROWS; i++)
			add_line(r, m, b, &rows, i);
		total += n < PAGE_ROWS ? n : PAGE_ROWS;
		if (total > most || b->full)
			return op_fail(&r->op, MT_ETOOBIG,
				"More than %ld rows (csv_export_rows) or %ld MB: choose fewer by a filter",
				most, REPLY_MAX / 1024 / 1024);
		if (n <= PAGE_ROWS)
			return 0;
		list_follow(r, q, &rows, PAGE_ROWS - 1);
		arena_clear(scratch);
	}
}

int route_csv_out(struct req *r)
{
	const struct model *m = model_of(r);
	struct query q;
	struct buf b;
	int rc = m->res->whose ? m->res->whose(r) : 0;

	if (rc < 0 || (rc = query_read(r, m, &q)) < 0)
		return rc;
	q.exact = false; /* CSV has no total */
	if ((rc = list_begin(r, m, &q)) < 0)
		return rc;
	buf_init(&b, REPLY_MAX);
	add_head(r, m, &b);
	if ((rc = add_pages(r, m, &q, &b)) < 0 || (rc = op_commit(&r->op)) < 0) {
		buf_release(&b);
		return list_fault(r, &q, rc);
	}
	reply_header(r, "Content-Disposition", "attachment; filename=\"%s.csv\"", m->res->name);
	return reply_buf(r, 200, &b, "text/csv; charset=utf-8");
}
