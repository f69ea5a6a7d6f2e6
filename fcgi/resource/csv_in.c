/*
 * csv_in.c - rows from CSV: a line with an id changes that row, another one creates a row. All or
 * nothing; with ?dryRun=true everything is done and rolled back. Faults name line and column:
 * "/lines/7/title".
 *
 * Read-only columns may be there, so that an export can be imported again; an empty cell is null in
 * nullable columns, else ignored.
 */
#include "resource/impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"

#define IMPORT_BYTES (4 * 1024 * 1024)

struct table {
	struct req *r;
	const struct model *m;
	char *at; /* what is left to read; the cells are made in it */
	char comma;
	long line;
	int n_columns;
	int column[2 * COLUMNS_MAX]; /* of the model; -1 = only shown */
	int created, changed;
};

/* --- reading ----------------------------------------------------------------------------------- */

/* Where the next line begins can't be known then. */
static int bad_quotes(struct table *t)
{
	t->at += strlen(t->at);
	return op_fault(&t->r->op, arena_printf(t->r->op.arena, "/lines/%ld", t->line),
		"Has a quote that doesn't end, or text after one");
}

static int no_column(struct table *t, const char *name)
{
	return op_fault(&t->r->op, arena_printf(t->r->op.arena, "/lines/1/%.80s", name),
		"Is not known here: GET %s.csv shows the columns", t->m->res->path);
}

static int read_head(struct table *t)
{
	bool end = false;
	int rc = 0;

	t->comma = csv_comma(t->at);
	for (t->line = 1; !end;) {
		char *name = csv_cell(&t->at, t->comma, &end);
		int shown = -1, i;

		if (!name)
			return bad_quotes(t);
		i = column_index(t->m->res, name);
		for (int k = 0; k < t->m->n_members; k++)
			if (!strcmp(t->m->member[k].name, name))
				shown = k;
		if (t->n_columns == 2 * COLUMNS_MAX || shown < 0)
			return no_column(t, name);
		if (i >= 0 && !is_writable(&t->m->res->columns[i]) &&
			&t->m->res->columns[i] != t->m->key)
			i = -1;
		t->column[t->n_columns++] = i;
	}
	return rc;
}

/* The cell as JSON of the column's type; a value that doesn't fit stays a text, which is then a
 * fault. */
static json_t *cell_value(const struct column *c, const char *s)
{
	char *end;
	json_t *v;

	if (*s == '\'' && s[1] && strchr("=+-@\t\r'", s[1]))
		s++;
	switch (c->kind.type) {
	case FIELD_INT:
		return *s && strlen(s) < 19 && (strtoll(s, &end, 10), !*end)
			       ? json_integer(strtoll(s, NULL, 10))
			       : json_string(s);
	case FIELD_DECIMAL:
		return *s && s[strspn(s, "-.0123456789")] == '\0' && (strtod(s, &end), !*end)
			       ? json_real(strtod(s, NULL))
			       : json_string(s);
	case FIELD_BOOL:
		return !strcmp(s, "true")    ? json_true()
		       : !strcmp(s, "false") ? json_false()
					     : json_string(s);
	case FIELD_ARRAY:
	case FIELD_OBJECT:
		v = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
		return v ? v : json_string(s);
	default:
		return json_string(s);
	}
}

static void take_cell(struct change *c, json_t *body, const struct column *col, const char *s)
{
	if (col == c->m->key) {
		if (*s)
			c->id = value_lower(c->op->arena, s);
		return;
	}
	if (*s)
		json_object_set_new(body, col->name, cell_value(col, s));
	else if (col->flags & NULLABLE)
		json_object_set_new(body, col->name, json_null());
	else if (col->kind.type == FIELD_TEXT && col->kind.min == 0)
		json_object_set_new(body, col->name, json_string(""));
}

static int check_row(struct table *t, struct change *c)
{
	struct err *e = &t->r->op.err;
	char *id;

	if (c->id && c->m->key->kind.type == FIELD_UUID && !id_is_uuid(c->id))
		return err_addfield(e, arena_printf(t->r->op.arena, "%s/id", c->at),
			"Must be a UUID, or empty");
	if (c->id)
		return fields_check(e, c->at, t->m->bulk_fields, c->body);
	id = arena_alloc(t->r->op.arena, ID_UUID_LEN + 1);
	id_uuid7(id);
	c->id = id;
	c->creates = true;
	t->created++;
	return fields_check(e, c->at, t->m->create_fields, c->body);
}

static int read_line(struct table *t, struct change **ret)
{
	struct change *c = arena_zalloc(t->r->op.arena, sizeof(*c));
	json_t *body = json_object();
	bool end = false;
	int n = 0;

	json_own(t->r->op.arena, body);
	*c = (struct change){.op = &t->r->op, .m = t->m, .body = body, .number = (size_t)++t->line};
	c->at = arena_printf(t->r->op.arena, "/lines/%ld", t->line);
	for (; !end; n++) {
		const char *cell = csv_cell(&t->at, t->comma, &end);

		if (!cell)
			return bad_quotes(t);
		if (n < t->n_columns && t->column[n] >= 0)
			take_cell(c, body, &t->m->res->columns[t->column[n]], cell);
	}
	if (n != t->n_columns)
		return op_fault(&t->r->op, c->at, "Has %d cells where the first line has %d", n,
			t->n_columns);
	*ret = c;
	return check_row(t, c);
}

static int read_table(struct table *t, struct change **list, int *ret_n)
{
	const int most = t->r->op.app->conf.csv_import_rows;
	int rc = read_head(t), n = 0;

	if (rc < 0)
		return rc;
	while (*t->at) {
		if (n == most)
			return op_fail(&t->r->op, MT_ETOOBIG,
				"At most %d lines at once (csv_import_rows): send the rest in another"
				" request",
				most);
		if (read_line(t, &list[n]) == 0)
			n++;
		else if (t->r->op.err.n_fields == 0)
			return t->r->op.err.code;
	}
	*ret_n = n;
	return t->r->op.err.code;
}

/* --- the request ------------------------------------------------------------------------------- */

int resource_read_csv(struct req *r, char **ret)
{
	const char *type = req_header(r, "Content-Type");
	size_t n;
	int rc;

	if (!type || strncasecmp(type, "text/csv", 8))
		return op_fail(&r->op, MT_EMEDIA, "The body must be text/csv in UTF-8");
	if ((rc = req_body(r, IMPORT_BYTES, ret, &n)) < 0)
		return rc;
	if (strlen(*ret) != n || utf8_length(*ret, n) < 0)
		return op_fail(&r->op, MT_EINVAL,
			"The body is not UTF-8 text: save the table as \"CSV UTF-8\"");
	if (!strncmp(*ret, "\xef\xbb\xbf", 3)) /* a byte order mark */
		*ret += 3;
	if (!**ret)
		return op_fail(&r->op, MT_EINVAL, "The first line must name the columns");
	return 0;
}

static int write_table(struct table *t, struct change **list, int n, bool is_dry)
{
	struct req *r = t->r;
	struct writing w;
	int rc = write_begin(&w, &r->op, t->m, n + 1);

	if (rc < 0 || (rc = write_many(&w, list, n, "line")) < 0)
		return rc;
	t->changed = w.n - t->created;
	if (is_dry) {
		op_rollback(&r->op);
		return 0;
	}
	if ((rc = write_end(&w)) < 0)
		return rc;
	write_hold(r, &w);
	return 0;
}

int route_csv_in(struct req *r)
{
	const char *dry = req_query(r, "dryRun");
	bool is_dry = dry && !strcmp(dry, "true");
	struct table t = {.r = r, .m = model_of(r)};
	struct change **list = arena_alloc(
		r->op.arena, sizeof(*list) * (size_t)(r->op.app->conf.csv_import_rows + 1));
	int n = 0, rc = resource_read_csv(r, &t.at);

	if (rc < 0 || (rc = read_table(&t, list, &n)) < 0)
		return rc;
	if ((rc = write_table(&t, list, n, is_dry)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	return reply_text_json(r, 200,
		arena_printf(r->op.arena,
			"{\"dryRun\":%s,\"created\":%d,\"changed\":%d,\"unchanged\":%d}",
			is_dry ? "true" : "false", t.created, t.changed,
			n - t.created - t.changed));
}
