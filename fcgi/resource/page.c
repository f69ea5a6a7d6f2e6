/*
 * page.c - the text of one page of a list: its order, its cursor, and the way to its rows.
 *
 * PostgreSQL takes every tenant to be an average one: row security hides from the planner which
 * tenant it is. So it would read and sort all rows of a large one where the list's order finds a page
 * at once, or follow an order to its end for rows that there are none of. Therefore the way is
 * written into the statement:
 *
 * - a person who sees own rows only: those of each column that may name them (resource.h, `own`);
 * - without filters the index of the order is followed;
 * - one filter whose index goes on with the list's order: a page of each value;
 * - other filters that have an index: where one of them has few rows, these are read, and what the
 *   others leave is sorted. Which one that is turns out in the statement itself. Where each has many,
 *   the order is followed: a page is full soon, unless few rows have all values together.
 */
#include "resource/impl.h"

#include <string.h>

/* The rank of an enum's words is their order in the table. of: "t.priority" */
static const char *rank_of(struct arena *p, const char *words, const char *of)
{
	const char *ret = arena_printf(p, "(CASE %s", of);
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
		return rank_of(p, c->kind.one_of, arena_printf(p, "t.%s", col));
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

long page_rows(long limit)
{
	static const long STEPS[] = {10, 50, 200, 1000, 5000};

	for (size_t i = 0; i < sizeof(STEPS) / sizeof(*STEPS); i++)
		if (limit <= STEPS[i])
			return STEPS[i] + 1;
	return limit + 1;
}

/* --- filters that few rows may have ----------------------------------------------------------------- */

static bool has_index(const struct filter *f)
{
	return (f->column->flags & BY_INDEX) && !f->is_range;
}

/* Is there another condition than that of q->indexed, or another order? */
bool page_needs_sets(const struct model *m, const struct query *q)
{
	if (q->own || q->found || m->parent || (q->indexed && q->n_filters == 1 && !q->like))
		return false;
	for (int i = 0; i < q->n_filters; i++)
		if (has_index(&q->filter[i]))
			return true;
	return false;
}

/* Rows `t` of a filter's values, as what follows FROM. columns, end: of the innermost selects, which
 * are of one value each. */
static const char *set_rows(struct arena *p, const struct model *m, const struct filter *f,
	const char *columns, const char *end)
{
	const char *table = m->res->table, *some = NULL, *none = NULL, *value = "w.value";
	const char *col = arena_printf(p, "t.%s", sql_of(m, f->column)), *key = col;

	if (f->column->kind.type == FIELD_ENUM) {
		key = rank_of(p, f->column->kind.one_of, col);
		value = rank_of(p, f->column->kind.one_of, value);
	}
	if (f->has_none)
		none = arena_printf(
			p, "(SELECT %s FROM %s t WHERE %s IS NULL %s) t", columns, table, col, end);
	if (!f->wanted)
		return none;
	some = arena_printf(p,
		"(SELECT DISTINCT unnest(%s)) w (value) CROSS JOIN LATERAL"
		" (SELECT %s FROM %s t WHERE %s = %s %s) t",
		f->wanted, columns, table, key, value, end);
	return none ? arena_printf(
			      p, "(SELECT t.* FROM %s UNION ALL SELECT t.* FROM %s) t", some, none)
		    : some;
}

/* n.fewest: the number of the first filter that has at most FEW_MAX rows, NULL = none; few: what all
 * conditions leave of those. Rows of the filters behind it are not counted, those of all others not
 * read. */
static const char *sets_text(
	struct arena *p, const struct model *m, struct query *q, const char *where, const char *key)
{
	const char *most = arena_printf(p, "LIMIT %d + 1", FEW_MAX), *whens = "", *few = "";
	int n = 0;

	for (int i = 0; i < q->n_filters; i++) {
		const struct filter *f = &q->filter[i];

		if (!has_index(f))
			continue;
		n++;
		whens = arena_printf(p,
			"%s WHEN (SELECT count(*) FROM (SELECT FROM %s %s) c) <= %d THEN %d", whens,
			set_rows(p, m, f, "", most), most, FEW_MAX, n);
		few = arena_printf(p,
			"%s%sSELECT t.%s AS id, %s AS sort_value FROM %s"
			" WHERE (SELECT fewest FROM n) = %d AND %s",
			few, n > 1 ? " UNION ALL " : "", sql_of(m, m->key), key,
			set_rows(p, m, f, "*", "OFFSET 0"), n, where);
	}
	return arena_printf(p,
		"n AS MATERIALIZED (SELECT CASE%s END AS fewest), few AS MATERIALIZED (%s)", whens,
		few);
}

/* --- the page -------------------------------------------------------------------------------------- */

struct page_order {
	const char *id, *dir, *key;
	const char *by,
		*found_by; /* what follows ORDER BY, of the table's rows and of those with a sort_value */
	long limit;
	const char *after, *few_after; /* the cursor's condition, and the same of a row of `few` */
};

static struct page_order order_of(struct sql *s, const struct model *m, const struct query *q)
{
	struct arena *p = s->arena;
	struct page_order o = {.id = sql_of(m, m->key),
		.dir = q->down ? "DESC" : "ASC",
		.key = sort_key(p, q->sort, sql_of(m, q->sort)),
		.limit = page_rows(q->limit),
		.after = "",
		.few_after = ""};
	/* A number is unique, and its index ends with it: with the key behind it all rows would be sorted. */
	const char *tie = q->sort->counter ? "" : arena_printf(p, ", t.%s %s", o.id, o.dir);

	o.by = arena_printf(p, "%s %s%s", o.key, o.dir, tie);
	o.found_by = arena_printf(p, "t.sort_value %s%s", o.dir, tie);
	if (q->value) {
		const char *than = q->down ? "<" : ">";
		const char *bound = arena_printf(p, "(%s, ", sort_bound(s, q->sort, q->value));

		bound = arena_printf(
			p, "%s%s%s)", bound, sql_arg(s, q->id), value_cast(m->key->kind.type));
		o.after = arena_printf(p, " AND (%s, t.%s) %s %s", o.key, o.id, than, bound);
		o.few_after = arena_printf(p, " WHERE (f.sort_value, f.id) %s %s", than, bound);
	}
	return o;
}

/* Follows the order of all rows, or of each value of q->indexed, until a page is full. when: "... AND" */
static const char *many_text(struct arena *p, const struct model *m, const struct query *q,
	const struct page_order *o, const char *when, const char *where, const char *rest)
{
	const char *at = q->indexed
				 ? arena_printf(p, "t.%s = w.value", sql_of(m, q->indexed->column))
				 : "true";
	const char *end = arena_printf(p, "ORDER BY %s LIMIT %ld", o->found_by, o->limit);
	const char *rows = arena_printf(p,
		"SELECT t.* FROM (SELECT t.*, %s AS sort_value FROM %s t WHERE %s%s"
		" ORDER BY %s OFFSET 0) t WHERE %s %s %s",
		o->key, m->res->table, at, o->after, o->by, when, q->indexed ? rest : where, end);

	if (!q->indexed)
		return rows;
	return arena_printf(p,
		"SELECT t.* FROM (SELECT DISTINCT unnest(%s)) w (value) CROSS JOIN LATERAL (%s) t %s",
		q->indexed->wanted, rows, end);
}

/* --- own rows only ---------------------------------------------------------------------------------- */

/* Rows of `t` in which this column is the first of `own` to name the person. */
static const char *named_in(
	struct arena *p, const struct model *m, const struct query *q, const char *name, size_t len)
{
	const char *ret = arena_printf(p, "t.%s = %s::uuid",
		m->sql[column_index(m->res, arena_strndup(p, name, len))], q->own);

	for (const char *at = m->res->own; at < name; at = strchr(at, '|') + 1)
		ret = arena_printf(p, "%s AND t.%s IS DISTINCT FROM %s::uuid", ret,
			m->sql[column_index(m->res, arena_strndup(p, at, strcspn(at, "|")))],
			q->own);
	return ret;
}

const char *page_own_rows(
	struct arena *p, const struct model *m, const struct query *q, const char *where)
{
	const char *ret = "";

	for (const char *at = m->res->own; *at;) {
		size_t len = strcspn(at, "|");

		ret = arena_printf(p,
			"%s%sSELECT FROM (SELECT t.* FROM %s t WHERE %s OFFSET 0) t WHERE %s", ret,
			*ret ? " UNION ALL " : "", m->res->table, named_in(p, m, q, at, len),
			where);
		at += len + (at[len] == '|');
	}
	return ret;
}

/* The list's own order is that of the indexes; for another one all own rows are read. */
static const char *own_text(struct arena *p, const struct model *m, const struct query *q,
	const struct page_order *o, const char *where)
{
	bool in_order = m->res->order && !strcmp(q->sort->name, m->res->order);
	const char *end = arena_printf(p, "ORDER BY %s LIMIT %ld", o->found_by, o->limit);
	const char *all = "";

	for (const char *at = m->res->own; *at;) {
		size_t len = strcspn(at, "|");

		all = arena_printf(p,
			"%s%s(SELECT t.* FROM (SELECT t.*, %s AS sort_value FROM %s t WHERE %s%s%s%s"
			" OFFSET 0) t WHERE %s%s %s)",
			all, *all ? " UNION ALL " : "", o->key, m->res->table,
			named_in(p, m, q, at, len), in_order ? o->after : "",
			in_order ? " ORDER BY " : "", in_order ? o->by : "", where,
			in_order ? "" : o->after, end);
		at += len + (at[len] == '|');
	}
	return arena_printf(p, "SELECT t.* FROM (%s) t %s", all, end);
}

/* Whole rows of those that `found` names, with their sort_value. */
static const char *rows_text(
	struct arena *p, const struct model *m, const struct page_order *o, const char *found)
{
	return arena_printf(p,
		"SELECT t.*, f.sort_value FROM (%s) f CROSS JOIN LATERAL"
		" (SELECT * FROM %s t WHERE t.%s = f.id OFFSET 0) t",
		found, m->res->table, o->id);
}

const char *page_text(
	struct sql *s, const struct model *m, struct query *q, const char *where, const char *rest)
{
	struct arena *p = s->arena;
	struct page_order o = order_of(s, m, q);
	const char *end = arena_printf(p, "ORDER BY %s LIMIT %ld", o.by, o.limit);

	q->sets = NULL;
	if (q->own)
		return own_text(p, m, q, &o, where);
	if (page_needs_sets(m, q)) {
		q->sets = sets_text(p, m, q, where, o.key);
		return arena_printf(p, "(%s) UNION ALL (%s)",
			rows_text(p, m, &o,
				arena_printf(p,
					"SELECT * FROM few f%s ORDER BY f.sort_value %s, f.id %s"
					" LIMIT %ld",
					o.few_after, o.dir, o.dir, o.limit)),
			many_text(p, m, q, &o, "(SELECT fewest FROM n) IS NULL AND", where, rest));
	}
	if (q->found) /* only a page of them is read whole */
		return rows_text(p, m, &o,
			arena_printf(p,
				"SELECT t.%s AS id, %s AS sort_value FROM %s t WHERE %s%s %s", o.id,
				o.key, q->from, where, o.after, end));
	if (q->patterns) /* many rows have what is searched for, which the planner doesn't know */
		return many_text(p, m, q, &o, "", where, rest);
	if (!q->indexed)
		return arena_printf(p, "SELECT t.*, %s AS sort_value FROM %s t WHERE %s%s %s",
			o.key, q->from, where, o.after, end);
	return arena_printf(p,
		"SELECT t.*, %s AS sort_value FROM (SELECT DISTINCT unnest(%s)) w (value)"
		" CROSS JOIN LATERAL (SELECT t.* FROM %s t WHERE t.%s = w.value AND %s%s %s) t %s",
		o.key, q->indexed->wanted, m->res->table, sql_of(m, q->indexed->column), rest,
		o.after, end, end);
}
