/*
 * list.c - GET of a list and of one row: one statement, one round trip, plain columns, JSON written
 * once. Titles of what rows refer to come from memory or by joins (names.c).
 *
 * The text of a list has only the requested conditions, so PostgreSQL plans exactly those and can
 * cache the plan; page.c says how a page is found. One row more than a page is fetched, to know
 * whether another page follows.
 *
 * A search has a time of its own (search_timeout_ms). Where a resource has an index for it
 * (`matches`), that is queried first for the rows that match; when there are many, the list's own
 * order finds a page of them quickly.
 */
#include "resource/impl.h"

#include <string.h>

#include "base/id.h"
#include "resource/list.sql.h"

/* Rows that a search finds by its index; more are looked for in the order of the list. */
#define FOUND_MAX 7000

/* --- conditions -------------------------------------------------------------------------------- */

/* The wanted values of a column as an array: of a reference with `also` the keys that either names. */
static const char *wanted(struct sql *s, const struct filter *f)
{
	const struct column *c = f->column;
	const char *arg = sql_arg(s, f->list), *key;

	if (!c->also)
		return arena_printf(s->arena, "%s%s[]", arg,
			c->kind.type == FIELD_ARRAY ? "::text" : value_cast(c->kind.type));
	key = column_sql(s->arena, key_of(c->kind.of));
	return arena_printf(s->arena,
		"ARRAY(SELECT k.%s FROM %s k WHERE k.%s = ANY (%s::text[]) OR k.%s = ANY (%s::text[]))",
		key, c->kind.of->table, key, arg, c->also, arg);
}

static void add_values(struct sql *s, const struct model *m, struct filter *f)
{
	const char *col = sql_of(m, f->column);
	bool is_array = f->column->kind.type == FIELD_ARRAY;

	f->wanted = f->list ? wanted(s, f) : NULL;
	sql_add(s, " AND (");
	if (f->wanted)
		sql_add(s, is_array ? "t.%s && %s" : "t.%s = ANY (%s)", col, f->wanted);
	if (f->has_none)
		sql_add(s, "%st.%s IS NULL", f->wanted ? " OR " : "", col);
	sql_add(s, ")");
}

/* Dates are compared as texts, which no value can make fail. */
static void add_member(struct sql *s, const struct model *m, struct filter *f)
{
	enum field_type type = f->column->kind.type;
	bool is_number = type == FIELD_INT || type == FIELD_DECIMAL;
	const char *key = sql_arg(s, f->member), *col = sql_of(m, f->of);
	const char *cast = is_number ? "::numeric" : "::text", *value;

	value = arena_printf(s->arena,
		type == FIELD_UUID ? "lower(t.%s ->> %s::text)" : "(t.%s ->> %s::text)", col, key);
	if (f->is_range)
		value = arena_printf(s->arena, "%s COLLATE \"C\"", value);
	if (is_number)
		value = arena_printf(s->arena,
			"CASE jsonb_typeof(t.%s -> %s::text) WHEN 'number' THEN"
			" (t.%s ->> %s::text)::numeric END",
			col, key, col, key);
	if (f->least)
		sql_add(s, " AND %s >= %s%s", value, sql_arg(s, f->least), cast);
	if (f->most)
		sql_add(s, " AND %s <= %s%s", value, sql_arg(s, f->most), cast);
	if (f->is_range)
		return;
	sql_add(s, " AND (");
	if (f->list)
		sql_add(s, "%s %s ANY (%s%s[])", value,
			type == FIELD_STRING || type == FIELD_TEXT ? "ILIKE" : "=",
			sql_arg(s, f->list), cast);
	if (f->has_none)
		sql_add(s, "%s(%s) IS NULL", f->list ? " OR " : "", value);
	sql_add(s, ")");
}

static void add_filter(struct sql *s, const struct model *m, struct filter *f)
{
	const char *col, *cast = value_cast(f->column->kind.type);

	if (f->of) {
		add_member(s, m, f);
		return;
	}
	col = sql_of(m, f->column);
	if (!f->is_range) {
		add_values(s, m, f);
		return;
	}
	if (f->least)
		sql_add(s, " AND t.%s >= %s%s", col, sql_arg(s, f->least), cast);
	if (f->most)
		sql_add(s, " AND t.%s <= %s%s", col, sql_arg(s, f->most), cast);
}

static void add_search(struct req *r, struct sql *s, const struct model *m, struct query *q)
{
	const char *like = NULL, *number = NULL; /* a parameter that nothing uses has no type */

	if (q->found) {
		/* One by one: the planner takes an average tenant's rows to be fewer than these. */
		q->from = arena_printf(s->arena,
			"(SELECT t.* FROM unnest(%s::int[]) f (found) CROSS JOIN LATERAL"
			" (SELECT * FROM %s t WHERE t.%s = f.found OFFSET 0) t)",
			sql_arg(s, q->found), m->res->table, m->res->match_key);
		return;
	}
	sql_add(s, " AND (");
	if (q->patterns)
		sql_add(s, "%s LIKE ALL (%s::text[])", m->res->match_text, sql_arg(s, q->patterns));
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
		} else if (!q->patterns) {
			like = like ? like : sql_arg(s, q->like);
			sql_add(s, " OR t.%s ILIKE %s", m->sql[i], like);
		}
	}
	sql_add(s, ")");
}

/* A filter whose values are those of an index that goes on with the list's order. */
static bool is_indexed(const struct model *m, const struct query *q, const struct filter *f)
{
	return !q->own && (f->column->flags & BY_INDEX) && f->column->kind.type != FIELD_ENUM &&
	       f->list && !f->has_none && !q->found && m->res->order &&
	       !strcmp(q->sort->name, m->res->order);
}

/* Of `t`. where: all conditions, rest: those beside that of q->indexed. */
static void add_conditions(struct req *r, struct sql *s, const struct model *m, struct query *q,
	const char **ret_where, const char **ret_rest)
{
	struct arena *p = r->op.arena;
	size_t from = s->text->len, at, end;

	q->indexed = NULL;
	q->from = m->res->table;
	sql_add(s, "%s", m->res->only ? m->res->only : "true");
	if (m->parent)
		sql_add(s, " AND t.%s = $1%s", m->sql[column_index(m->res, m->res->parent_column)],
			value_cast(m->parent->key->kind.type));
	if (m->archived && strcmp(q->archived, "any"))
		sql_add(s, " AND t.archived_at IS %sNULL", *q->archived == 't' ? "NOT " : "");
	at = end = s->text->len;
	for (int i = 0; i < q->n_filters; i++) {
		if (!q->indexed && is_indexed(m, q, &q->filter[i])) {
			q->indexed = &q->filter[i];
			at = s->text->len;
		}
		add_filter(s, m, &q->filter[i]);
		end = q->indexed == &q->filter[i] ? s->text->len : end;
	}
	if (q->like)
		add_search(r, s, m, q);
	*ret_where = arena_strdup(p, s->text->data + from);
	*ret_rest = arena_printf(
		p, "%.*s%s", (int)(at - from), s->text->data + from, s->text->data + end);
}

/* --- the statement ------------------------------------------------------------------------------------
 * */

/* Where its page may be empty, and a row is needed all the same: with the total, or to know that there is a
 * parent. */
static void add_around(struct sql *s, const struct model *m, const char *total, const char *page)
{
	sql_add(s, "(SELECT %s AS total", total);
	if (m->parent)
		sql_add(s, " FROM %s p WHERE p.%s = $1%s", m->parent->res->table,
			sql_of(m->parent, m->parent->key), value_cast(m->parent->key->kind.type));
	sql_add(s, ") n LEFT JOIN (%s) t ON true", page);
}

static struct stmt list_statement(
	struct req *r, struct sql *s, const struct model *m, struct query *q, bool named)
{
	const char *id = sql_of(m, m->key), *dir = q->down ? "DESC" : "ASC";
	const char *where, *rest, *page, *total = "NULL";
	bool counts, around;

	if (m->parent)
		sql_arg(s, q->parent);
	if (m->res->own && !q->found && !ident_may(r->op.who, m->res->read_all))
		q->own = sql_arg(s, r->op.who->user);
	add_conditions(r, s, m, q, &where, &rest);
	if (q->total == TOTAL_COUNT)
		total_find(r, m, q, where, s);
	page = page_text(s, m, q, where, rest);
	buf_clear(s->text);
	counts = q->total == TOTAL_COUNT;
	around = m->parent || (counts && q->value);
	if (counts)
		total = total_text(r->op.arena, m, q, where, rest);
	if (q->sets)
		sql_add(s, "WITH %s%s", q->sets, counts && !around ? ", " : " ");
	/* Nothing is counted where a first page isn't full. */
	if (counts && !around)
		sql_add(s, "%sp AS MATERIALIZED (%s) ", q->sets ? "" : "WITH ", page);
	sql_add(s, "SELECT ");
	if (counts && !around)
		sql_add(s, "CASE WHEN (SELECT count(*) FROM p) = %ld THEN %s END",
			page_rows(q->limit), total);
	else
		sql_add(s, around ? "n.total" : "NULL");
	sql_add(s, ", t.sort_value, t.%s, %s FROM ", id, named ? m->select : m->plain);
	if (around)
		add_around(s, m, total, page);
	else
		sql_add(s, counts ? "p t" : "(%s) t", page);
	sql_add(s, "%s ORDER BY t.sort_value %s, t.%s %s", named ? m->joins : "", dir, id, dir);
	return sql_done(s, arena_printf(r->op.arena, "%s_list", m->res->name));
}

/* Until its COMMIT: for what may take long. */
static int limit_time(struct req *r)
{
	const char *most = arena_printf(r->op.arena, "%d", r->op.app->conf.search_timeout_ms);

	return op_queue(&r->op, &SEARCH_TIME, DB_ARGS(most));
}

int list_begin(struct req *r, const struct model *m, struct query *q)
{
	struct stmt matches;
	struct rows found;
	const char *sort;
	int rc = op_begin(&r->op, op_as(&r->op));

	if (rc < 0 || (!q->like && !q->exact))
		return rc;
	if ((rc = limit_time(r)) < 0 || !q->like || !m->res->matches)
		return rc;
	matches = (struct stmt){arena_printf(r->op.arena, "%s_matches", m->res->name),
		arena_printf(r->op.arena,
			"SELECT numbers, patterns, corrected, total FROM"
			" %s($1, %d, $2, $3::bool, $4::bigint, $5::uuid, $6::int)",
			m->res->matches, FOUND_MAX)};
	sort = q->is_page && !q->n_filters && !q->exact ? sort_name(q->sort) : NULL;
	rc = op_query(&r->op, &matches,
		DB_ARGS(q->search, sort, q->down ? "true" : "false", q->value, q->id,
			arena_printf(r->op.arena, "%ld", page_rows(q->limit))),
		&found);
	if (rc < 0)
		return rc;
	q->found = row_text(&found, 0, 0);
	q->patterns = row_text(&found, 0, 1);
	q->corrected = row_text(&found, 0, 2);
	q->found_total = row_text(&found, 0, 3);
	return 0;
}

int list_page(
	struct req *r, struct arena *p, const struct model *m, struct query *q, struct rows *ret)
{
	struct sql s;
	struct stmt stmt;

	sql_init(&s, r->op.arena);
	stmt = list_statement(r, &s, m, q, true);
	return db_query_in(r->op.db, p, &stmt, s.arg, s.n, ret, &r->op.err);
}

int list_fault(struct req *r, const struct query *q, int rc)
{
	if (rc != MT_ETIMEOUT || (!q->like && !q->exact) || strcmp(db_sqlstate(r->op.db), "57014"))
		return rc;
	op_clear(&r->op);
	r->op.err.retry_after = 2;
	if (!q->like)
		return op_fail(&r->op, MT_EBUSY,
			"Counting these rows takes longer than search_timeout_ms (%d ms): choose fewer"
			" by a filter, or leave out total=exact",
			r->op.app->conf.search_timeout_ms);
	return op_fail(&r->op, MT_EBUSY,
		"This search takes longer than search_timeout_ms (%d ms): search for a longer or"
		" rarer word, or choose a state or a person as well",
		r->op.app->conf.search_timeout_ms);
}

/* In a transaction of its own, or in the one that list_begin() began, which then ends. */
static int run_list(
	struct req *r, const struct model *m, struct query *q, bool named, struct rows *ret)
{
	struct db *db = r->op.db;
	struct sql s;
	struct stmt stmt;
	int place;

	sql_init(&s, r->op.arena);
	stmt = list_statement(r, &s, m, q, named);
	if (!q->like && !q->exact)
		return op_read(&r->op, op_as(&r->op), &stmt, s.arg, s.n, ret);
	place = db_queue_rows(db, &stmt, s.arg, s.n, &r->op.err);
	return place < 0 ? place : db_commit_rows(db, place, ret, &r->op.err);
}

static int list_rows(
	struct req *r, const struct model *m, struct query *q, bool named, struct rows *ret)
{
	int rc = q->like || q->exact ? list_begin(r, m, q) : 0;

	if (rc < 0 || (rc = run_list(r, m, q, named, ret)) < 0)
		return list_fault(r, q, rc);
	if (m->parent && !ret->n)
		return not_found(&r->op, m->parent->res);
	return 0;
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

void list_add_row(struct op *op, const struct model *m, struct buf *b, const struct rows *rows,
	int i, int first, struct names *names)
{
	bool first_one = true;

	buf_add(b, "{", 1);
	for (int k = 0; k < m->n_members; k++) {
		const struct member *e = &m->member[k];
		const char *text = row_text(rows, i, first + k);

		if (!may_read(op, e->column))
			continue;
		buf_add(b, e->key + first_one, e->key_len - first_one); /* without its comma */
		first_one = false;
		if (e->is_title)
			names_add(names, b, e->column, row_text(rows, i, first + k - 1), text);
		else
			value_add_json(b, e->type, text);
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

static void add_list(struct req *r, const struct model *m, struct query *q, const struct rows *rows,
	struct buf *b, struct names *names)
{
	int n = row_text(rows, 0, 2) ? rows->n : 0;
	bool all = !q->value && n < page_rows(q->limit); /* a first page that isn't full */

	buf_adds(b, "{\"items\":[");
	for (int i = 0; i < n && i < q->limit; i++) {
		if (i)
			buf_add(b, ",", 1);
		list_add_row(&r->op, m, b, rows, i, LIST_MEMBERS, names);
	}
	names_end(names, m);
	if (n > q->limit)
		buf_addf(b, "],\"nextCursor\":\"%s\"", next_cursor(r, q, rows, (int)q->limit - 1));
	else
		buf_adds(b, "],\"nextCursor\":null");
	if (q->total != TOTAL_NONE)
		buf_addf(b, ",\"total\":%ld", all ? n : total_of(r, q, row_text(rows, 0, 0)));
	if (q->corrected) {
		buf_adds(b, ",\"corrected\":");
		value_add_json(b, FIELD_STRING, q->corrected);
	}
	buf_add(b, "}", 1);
}

/* q: a copy, which goes on to the next page. */
static int list_try(
	struct req *r, const struct model *m, struct query q, struct names *names, struct buf *b)
{
	struct rows rows;
	int rc = list_rows(r, m, &q, names->in_rows, &rows);

	if (rc < 0)
		return rc;
	buf_clear(b);
	add_list(r, m, &q, &rows, b, names);
	return 0;
}

int list_get(struct req *r)
{
	const struct model *m = model_of(r);
	struct names names;
	struct query q;
	struct buf b;
	const char *parent = NULL;
	int rc = m->parent ? row_id(r, m->parent, &parent) : 0;

	if (rc < 0 || (m->res->whose && (rc = m->res->whose(r)) < 0) ||
		(rc = query_read(r, m, &q)) < 0)
		return rc;
	q.parent = parent;
	q.is_page = true;
	q.total = m->res->offers & COUNTED ? TOTAL_COUNT : TOTAL_NONE;
	buf_init(&b, REPLY_MAX);
	names = names_begin(&r->op, m);
	rc = list_try(r, m, q, &names, &b);
	if (rc == 0 && names_begin_again(&names))
		rc = list_try(r, m, q, &names, &b);
	if (rc < 0) {
		buf_release(&b);
		return rc;
	}
	return reply_buf(r, 200, &b, "application/json");
}

int row_id(struct req *r, const struct model *m, const char **ret)
{
	const char *id = req_param(r, "id");
	bool is_uuid = m->key->kind.type == FIELD_UUID;

	if (!*id || (is_uuid && !id_is_uuid(id)) || strlen(id) > 200)
		return not_found(&r->op, m->res);
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
	return ret->n ? 0 : not_found(&r->op, m->res);
}

static int reply_row(
	struct req *r, const struct model *m, const char *id, struct names *names, struct buf *b)
{
	const struct stmt *s = names->in_rows ? &m->get.named : &m->get.plain;
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), s, DB_ARGS(id), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return not_found(&r->op, m->res);
	for (int k = 0; m->version && k < m->n_members; k++)
		if (m->member[k].column == m->version && row_text(&rows, 0, k))
			reply_header(r, "ETag", "\"%s\"", row_text(&rows, 0, k));
	buf_clear(b);
	list_add_row(&r->op, m, b, &rows, 0, 0, names);
	names_end(names, m);
	return 0;
}

static int reply_named(struct req *r, const struct model *m, int status, const char *id)
{
	struct names names = names_begin(&r->op, m);
	struct buf b;
	int rc;

	buf_init(&b, REPLY_MAX);
	rc = reply_row(r, m, id, &names, &b);
	if (rc == 0 && names_begin_again(&names))
		rc = reply_row(r, m, id, &names, &b);
	if (rc < 0) {
		buf_release(&b);
		return rc;
	}
	return reply_buf(r, status, &b, "application/json");
}

int resource_reply_one(struct req *r)
{
	const struct model *m = model_of(r);
	const char *id;
	int rc = row_id(r, m, &id);

	return rc < 0 ? rc : reply_named(r, m, 200, id);
}

int resource_reply_new(struct req *r, const char *id)
{
	const struct model *m = model_of(r);

	reply_header(r, "Location", "%s/%s", m->one_path, id);
	return reply_named(r, m, 201, id);
}
