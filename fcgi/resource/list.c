/*
 * list.c - GET of a list and of one row: one statement, one round trip, plain columns, JSON written
 * once.
 *
 * The text of a list has only the requested conditions, so PostgreSQL plans exactly those and can
 * cache the plan. One row more than a page is fetched, to know whether another page follows.
 * Nothing counts all rows: "total" ends at TOTAL_MAX + 1, which means "more than".
 *
 * A search has a time of its own (search_timeout_ms). Where a resource has an index for it
 * (`matches`), that is queried first for the rows that match; when there are many, the list's own
 * order finds a page of them quickly.
 */
#include "resource/impl.h"

#include <string.h>

#include "base/id.h"
#include "resource/list.sql.h"

#define TOTAL_MAX "1000"

/* --- conditions -------------------------------------------------------------------------------- */

static const char *sql_of(const struct model *m, const struct column *c)
{
	return m->sql[c - m->res->columns];
}

/* For a filter's column and one of the row that it refers to. */
static void add_values(struct sql *s, const struct model *m, const struct filter *f)
{
	const struct column *c = f->column;
	const char *col = sql_of(m, c), *cast = value_cast(c->kind.type);
	const char *arg = f->list ? sql_arg(s, f->list) : NULL;

	sql_add(s, " AND (");
	if (arg && c->kind.type == FIELD_ARRAY)
		sql_add(s, "t.%s && %s::text[]", col, arg);
	else if (arg && c->also)
		sql_add(s,
			"t.%s IN (SELECT k.%s FROM %s k WHERE k.%s = ANY (%s::text[])"
			" OR k.%s = ANY (%s::text[]))",
			col, column_sql(s->arena, key_of(c->kind.of)), c->kind.of->table,
			column_sql(s->arena, key_of(c->kind.of)), arg, c->also, arg);
	else if (arg)
		sql_add(s, "t.%s = ANY (%s%s[])", col, arg, cast);
	if (f->has_none)
		sql_add(s, "%st.%s IS NULL", arg ? " OR " : "", col);
	sql_add(s, ")");
}

static void add_filter(struct sql *s, const struct model *m, const struct filter *f)
{
	const char *col = sql_of(m, f->column), *cast = value_cast(f->column->kind.type);

	if (!f->is_range) {
		add_values(s, m, f);
		return;
	}
	if (f->least)
		sql_add(s, " AND t.%s >= %s%s", col, sql_arg(s, f->least), cast);
	if (f->most)
		sql_add(s, " AND t.%s <= %s%s", col, sql_arg(s, f->most), cast);
}

static void add_search(struct req *r, struct sql *s, const struct model *m, const struct query *q)
{
	const char *like = NULL, *number = NULL; /* a parameter that nothing uses has no type */

	sql_add(s, " AND (");
	if (q->ids)
		sql_add(s, "t.%s = ANY (%s%s[])", sql_of(m, m->key), sql_arg(s, q->ids),
			value_cast(m->key->kind.type));
	else
		sql_add(s, "false");
	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];

		if (!(c->flags & SEARCH) || !may_read(&r->op, c))
			continue;
		if (c->kind.type == FIELD_INT) {
			if (!q->number)
				continue;
			number = number ? number : sql_arg(s, q->number);
			sql_add(s, " OR t.%s = %s::bigint", m->sql[i], number);
		} else if (!q->ids) {
			like = like ? like : sql_arg(s, q->like);
			sql_add(s, " OR t.%s ILIKE %s", m->sql[i], like);
		}
	}
	sql_add(s, ")");
}

static const char *conditions(
	struct req *r, struct sql *s, const struct model *m, const struct query *q)
{
	size_t from = s->text->len;

	sql_add(s, "true");
	if (m->parent)
		sql_add(s, " AND t.%s = $1%s", m->sql[column_index(m->res, m->res->parent_column)],
			value_cast(m->parent->key->kind.type));
	if (m->archived && strcmp(q->archived, "any"))
		sql_add(s, " AND t.archived_at IS %sNULL", *q->archived == 't' ? "NOT " : "");
	for (int i = 0; i < q->n_filters; i++)
		add_filter(s, m, &q->filter[i]);
	if (q->like)
		add_search(r, s, m, q);
	return arena_strdup(r->op.arena, s->text->data + from);
}

/* --- order ------------------------------------------------------------------------------------- */

/* The rank of an enum's words is their order in the table. */
static const char *rank_of(struct arena *p, const char *words, const char *col)
{
	const char *ret = arena_printf(p, "(CASE t.%s", col);
	int n = 0;

	for (const char *at = words; *at;) {
		size_t len = strcspn(at, "|");

		ret = arena_printf(p, "%s WHEN '%.*s' THEN %d", ret, (int)len, at, ++n);
		at += len + (at[len] == '|');
	}
	return arena_printf(p, "%s END)", ret);
}

/* The sort key. NULL is last, the smallest first. */
static const char *sort_key(struct arena *p, const struct column *c, const char *col)
{
	static const struct {
		enum field_type type;
		const char *format, *or_null;
	} KEYS[] = {
		{FIELD_STRING, "lower(t.%s)", "coalesce(lower(t.%s), '')"},
		{FIELD_TEXT, "lower(t.%s)", "coalesce(lower(t.%s), '')"},
		{FIELD_EMAIL, "lower(t.%s)", "coalesce(lower(t.%s), '')"},
		{FIELD_INT, "t.%s", "coalesce(t.%s, 999999999999999999)"},
		{FIELD_DECIMAL, "t.%s", "coalesce(t.%s, 999999999999999999)"},
		{FIELD_TIME, "t.%s", "coalesce(t.%s, '9999-12-31Z')"},
		{FIELD_DATE, "t.%s", "coalesce(t.%s, '9999-12-31')"},
		{FIELD_BOOL, "t.%s::int", "coalesce(t.%s::int, 2)"},
	};

	if (c->kind.type == FIELD_ENUM)
		return rank_of(p, c->kind.one_of, col);
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(*KEYS); i++) {
		const char *format = c->flags & NULLABLE ? KEYS[i].or_null : KEYS[i].format;
		const char *hole = strstr(format, "%s");

		if (KEYS[i].type == c->kind.type)
			return arena_printf(
				p, "%.*s%s%s", (int)(hole - format), format, col, hole + 2);
	}
	return arena_printf(p, "t.%s", col);
}

/* The cursor's value as one of the sort's key. */
static const char *sort_bound(struct sql *s, const struct column *c, const char *value)
{
	const char *arg = sql_arg(s, value);

	switch (c->kind.type) {
	case FIELD_TIME:
		return arena_printf(s->arena,
			"(timestamptz 'epoch' + %s::bigint * interval '1 microsecond')", arg);
	case FIELD_ENUM:
	case FIELD_BOOL:
		return arena_printf(s->arena, "%s::bigint", arg);
	default:
		return arena_printf(s->arena, "%s%s", arg, value_cast(c->kind.type));
	}
}

/* As many rows as are read: the planner knows how few, and there are few different statements. */
static long rows_read(long limit)
{
	static const long STEPS[] = {10, 50, 200, 1000, 5000};

	for (size_t i = 0; i < sizeof(STEPS) / sizeof(*STEPS); i++)
		if (limit <= STEPS[i])
			return STEPS[i] + 1;
	return limit + 1;
}

/* --- the statement ------------------------------------------------------------------------------------
 * */

static struct stmt list_statement(
	struct req *r, struct sql *s, const struct model *m, struct query *q, bool counts)
{
	const char *table = m->res->table, *id = sql_of(m, m->key), *dir = q->down ? "DESC" : "ASC";
	const char *key = sort_key(r->op.arena, q->sort, sql_of(m, q->sort));
	const char *where, *after = "", *first = "";

	if (m->parent)
		sql_arg(s, q->parent);
	where = conditions(r, s, m, q);
	if (q->value) {
		const char *bound = sort_bound(s, q->sort, q->value);

		after = arena_printf(r->op.arena, " AND (%s, t.%s) %s (%s, %s%s)", key, id,
			q->down ? "<" : ">", bound, sql_arg(s, q->id),
			value_cast(m->key->kind.type));
	}
	buf_clear(s->text);
	if (counts)
		first = arena_printf(r->op.arena,
			"(SELECT count(*) FROM (SELECT FROM %s t WHERE %s LIMIT " TOTAL_MAX
			" + 1) f)",
			table, where);
	sql_add(s, "SELECT n.total, t.sort_value, t.%s, %s FROM (SELECT %s AS total", id, m->select,
		counts ? first : "NULL");
	if (m->parent)
		sql_add(s, " FROM %s p WHERE p.%s = $1%s", m->parent->res->table,
			sql_of(m->parent, m->parent->key), value_cast(m->parent->key->kind.type));
	sql_add(s,
		") n LEFT JOIN (SELECT t.*, %s AS sort_value FROM %s t WHERE %s%s"
		" ORDER BY %s %s, t.%s %s LIMIT %ld) t ON true%s ORDER BY t.sort_value %s, t.%s %s",
		key, table, where, after, key, dir, id, dir, rows_read(q->limit), m->joins, dir, id,
		dir);
	return sql_done(s, arena_printf(r->op.arena, "%s_list", m->res->name));
}

int list_begin(struct req *r, const struct model *m, struct query *q)
{
	const char *most = arena_printf(r->op.arena, "%d", r->op.app->conf.search_timeout_ms);
	struct db *db = r->op.db;
	struct stmt matches;
	struct rows found;
	int rc = db_begin(db, r->op.arena, r->op.deadline, op_as(&r->op), &r->op.err);

	if (rc < 0 || !q->like)
		return rc;
	if ((rc = op_queue(&r->op, &SEARCH_TIME, DB_ARGS(most))) < 0 || !m->res->matches)
		return rc;
	matches = (struct stmt){arena_printf(r->op.arena, "%s_matches", m->res->name),
		arena_printf(r->op.arena, "SELECT %s($1, 1000)", m->res->matches)};
	if ((rc = op_query(&r->op, &matches, DB_ARGS(q->like), &found)) < 0)
		return rc;
	q->ids = row_text(&found, 0, 0);
	return 0;
}

int list_page(
	struct req *r, struct arena *p, const struct model *m, struct query *q, struct rows *ret)
{
	struct sql s;
	struct stmt stmt;

	sql_init(&s, r->op.arena);
	stmt = list_statement(r, &s, m, q, false);
	return db_query_in(r->op.db, p, &stmt, s.arg, s.n, ret, &r->op.err);
}

int list_fault(struct req *r, const struct query *q, int rc)
{
	if (rc != MT_ETIMEOUT || !q->like || strcmp(db_sqlstate(r->op.db), "57014"))
		return rc;
	op_clear(&r->op);
	r->op.err.retry_after = 2;
	return op_fail(&r->op, MT_EBUSY,
		"This search takes longer than search_timeout_ms (%d ms): search for a longer or"
		" rarer word, or choose a state or a person as well",
		r->op.app->conf.search_timeout_ms);
}

static int search_rows(struct req *r, const struct model *m, struct query *q, struct rows *ret)
{
	struct sql s;
	struct stmt stmt;
	int rc = list_begin(r, m, q);

	if (rc < 0)
		return rc;
	sql_init(&s, r->op.arena);
	stmt = list_statement(r, &s, m, q, m->res->offers & COUNTED);
	if ((rc = op_query(&r->op, &stmt, s.arg, s.n, ret)) < 0)
		return rc;
	return op_commit(&r->op);
}

static int list_rows(struct req *r, const struct model *m, struct query *q, struct rows *ret)
{
	struct sql s;
	struct stmt stmt;

	if (q->like)
		return list_fault(r, q, search_rows(r, m, q, ret));
	sql_init(&s, r->op.arena);
	stmt = list_statement(r, &s, m, q, m->res->offers & COUNTED);
	return op_read(&r->op, op_as(&r->op), &stmt, s.arg, s.n, ret);
}

/* --- replies ------------------------------------------------------------------------------------------
 * */

static void release(void *b)
{
	buf_release(b);
}

int reply_buf(struct req *r, int status, struct buf *b, const char *type)
{
	struct buf *kept = arena_alloc(r->op.arena, sizeof(*kept));

	*kept = *b;
	arena_cleanup(r->op.arena, release, kept);
	if (kept->full)
		return op_fail(&r->op, MT_ETOOBIG,
			"The answer would have more than %ld MB: ask for fewer rows",
			REPLY_MAX / 1024 / 1024);
	return reply_data(r, status, type, kept->data, kept->len);
}

/* Rows of ROWS(): what code knows, then the table's. */
static void add_rows(
	struct op *op, struct buf *b, const struct member *e, const char *key, const char *text)
{
	const char *known = e->column->known(op->arena, key);

	buf_addf(b, "[%s%s%s", known, *known && strcmp(text, "[]") ? "," : "", text + 1);
}

void list_add_row(struct op *op, const struct model *m, struct buf *b, const struct rows *rows,
	int i, int first)
{
	bool comma = false;

	buf_add(b, "{", 1);
	for (int k = 0; k < m->n_members; k++) {
		const struct member *e = &m->member[k];

		if (!may_read(op, e->column))
			continue;
		if (comma)
			buf_add(b, ",", 1);
		comma = true;
		buf_adds(b, e->key);
		if (e->column->known)
			add_rows(op, b, e, row_text(rows, i, first), row_text(rows, i, first + k));
		else
			value_add_json(b, e->type, row_text(rows, i, first + k));
	}
	buf_add(b, "}", 1);
}

void list_follow(struct req *r, struct query *q, const struct rows *rows, int last)
{
	q->value = row_text(rows, last, 1);
	if (q->sort->kind.type == FIELD_TIME)
		q->value = arena_printf(r->op.arena, "%lld", (long long)value_micros(q->value));
	else
		q->value = arena_strdup(r->op.arena, q->value);
	q->id = arena_strdup(r->op.arena, row_text(rows, last, 2));
}

static const char *next_cursor(struct req *r, struct query *q, const struct rows *rows, int last)
{
	list_follow(r, q, rows, last);
	return cursor_text(r, q->letter, q->value, q->id);
}

int list_get(struct req *r)
{
	const struct model *m = model_of(r);
	bool counts = m->res->offers & COUNTED;
	struct query q;
	struct rows rows;
	struct buf b;
	const char *parent = NULL;
	int n, rc = m->parent ? row_id(r, m->parent, &parent) : 0;

	if (rc < 0 || (rc = query_read(r, m, &q)) < 0)
		return rc;
	q.parent = parent;
	if ((rc = list_rows(r, m, &q, &rows)) < 0)
		return rc;
	if (m->parent && !rows.n)
		return op_fail(&r->op, MT_ENOENT, "There is no such %s", m->parent->res->one);
	n = row_text(&rows, 0, 2) ? rows.n : 0;
	buf_init(&b, REPLY_MAX);
	buf_adds(&b, "{\"items\":[");
	for (int i = 0; i < n && i < q.limit; i++) {
		if (i)
			buf_add(&b, ",", 1);
		list_add_row(&r->op, m, &b, &rows, i, LIST_MEMBERS);
	}
	if (n > q.limit)
		buf_addf(
			&b, "],\"nextCursor\":\"%s\"", next_cursor(r, &q, &rows, (int)q.limit - 1));
	else
		buf_adds(&b, "],\"nextCursor\":null");
	if (counts)
		buf_addf(&b, ",\"total\":%s", row_text(&rows, 0, 0));
	buf_add(&b, "}", 1);
	return reply_buf(r, 200, &b, "application/json");
}

int row_id(struct req *r, const struct model *m, const char **ret)
{
	const char *id = req_param(r, "id");
	bool is_uuid = m->key->kind.type == FIELD_UUID;

	if (!*id || (is_uuid && !id_is_uuid(id)) || strlen(id) > 200)
		return op_fail(&r->op, MT_ENOENT, "There is no such %s", m->res->one);
	*ret = is_uuid ? value_lower(r->op.arena, id) : id;
	return 0;
}

int row_read(struct req *r, const struct model *m, const struct stmt *s, int n, struct rows *ret)
{
	const char *args[] = {NULL, m->res->name};
	int rc;

	if ((rc = row_id(r, m, &args[0])) < 0 ||
		(rc = op_read(&r->op, op_as(&r->op), s, args, n, ret)) < 0)
		return rc;
	return ret->n ? 0 : op_fail(&r->op, MT_ENOENT, "There is no such %s", m->res->one);
}

int resource_reply_one(struct req *r)
{
	const struct model *m = model_of(r);
	struct rows rows;
	struct buf b;
	int rc = row_read(r, m, &m->get, 1, &rows);

	if (rc < 0)
		return rc;
	for (int k = 0; k < m->n_members; k++)
		if (m->member[k].column == m->version)
			reply_header(r, "ETag", "\"%s\"", row_text(&rows, 0, k));
	buf_init(&b, REPLY_MAX);
	list_add_row(&r->op, m, &b, &rows, 0, 0);
	return reply_buf(r, 200, &b, "application/json");
}
