/*
 * history.c - who changed what of a row, oldest first: the last thousand changes.
 */
#include "resource/impl.h"

#include <string.h>

#include "base/json.h"

/* Changes of columns that the reader may not see are left out. */
static int add_changes(struct op *op, const struct model *m, struct buf *b, const char *text)
{
	json_t *all;
	bool hidden = false;
	int rc;

	for (int i = 0; i < m->n; i++)
		hidden = hidden || !may_read(op, &m->res->columns[i]);
	if (!hidden) {
		buf_adds(b, text);
		return 0;
	}
	if ((rc = json_parse(op->arena, text, strlen(text), &all, &op->err)) < 0)
		return rc;
	for (int i = 0; i < m->n; i++)
		if (!may_read(op, &m->res->columns[i]))
			json_object_del(all, m->res->columns[i].name);
	buf_adds(b, json_text(op->arena, all, NULL));
	return 0;
}

static int add_entry(
	struct op *op, const struct model *m, struct buf *b, const struct rows *rows, int i)
{
	static const struct {
		const char *key;
		enum field_type type;
	} MEMBERS[] = {{"{\"id\":", FIELD_INT}, {",\"at\":", FIELD_TIME},
		{",\"userId\":", FIELD_UUID}, {",\"userName\":", FIELD_STRING}};
	int rc;

	for (int k = 0; k < 4; k++) {
		buf_adds(b, MEMBERS[k].key);
		value_add_json(b, MEMBERS[k].type, row_text(rows, i, k));
	}
	buf_adds(b, ",\"changes\":");
	if ((rc = add_changes(op, m, b, row_text(rows, i, 4))) < 0)
		return rc;
	buf_add(b, "}", 1);
	return 0;
}

int add_history(struct op *op, const struct model *m, const char *id, const char *changes)
{
	return op_queue(op, &m->history_add, (const char *const[]){id, changes, m->res->name},
		m->res->history ? 2 : 3);
}

int resource_add_history(struct req *r, const char *id, const char *changes)
{
	return add_history(&r->op, model_of(r), id, changes);
}

int route_history(struct req *r)
{
	const struct model *m = model_of(r);
	struct rows rows;
	struct buf b;
	int rc = row_read(r, m, &m->history_list, m->res->history ? 1 : 2, &rows);

	if (rc < 0)
		return rc;
	buf_init(&b, REPLY_MAX);
	buf_adds(&b, "{\"items\":[");
	for (int i = 0; i < rows.n && row_text(&rows, i, 0); i++) {
		if (i)
			buf_add(&b, ",", 1);
		if ((rc = add_entry(&r->op, m, &b, &rows, i)) < 0) {
			buf_release(&b);
			return rc;
		}
	}
	buf_adds(&b, "]}");
	return reply_buf(r, 200, &b, "application/json");
}
