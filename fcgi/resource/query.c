/*
 * query.c - the query of a list against the columns: filters with several values, ranges, search,
 * sort, cursor, limit. Every fault is reported at once; parameters that a resource doesn't know are
 * ignored.
 */
#include "resource/impl.h"

#include <string.h>

#include "base/id.h"
#include "base/moment.h"
#include "resource/query.sql.h"

#define VALUES_MAX 50
#define FILTER_BYTES 2000
#define SEARCH_MAX 200
#define PAGE 50
#define PAGE_MAX 200
#define TEAM "team:"

const char *sort_name(const struct column *c)
{
	return c->sort ? c->sort : c->name;
}

const char *filter_name(const struct column *c)
{
	return c->filter ? c->filter : c->name;
}

static const char *at_query(struct req *r, const char *name)
{
	return arena_printf(r->op.arena, "?%s", name);
}

/* "low|normal" -> "low, normal" */
static const char *listed(struct req *r, const char *words)
{
	const char *ret = "";

	for (const char *at = words; *at;) {
		size_t n = strcspn(at, "|");

		ret = arena_printf(r->op.arena, "%s%s%.*s", ret, *ret ? ", " : "", (int)n, at);
		at += n + (at[n] == '|');
	}
	return ret;
}

/* --- one value --------------------------------------------------------------------------------- */

static bool is_people(const struct column *c)
{
	return c->kind.of && !strcmp(c->kind.of->name, "users");
}

static bool is_word(const char *s)
{
	return !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

static bool is_digits(const char *s, const char *others, size_t max)
{
	size_t n = strlen(s);

	return n > 0 && n <= max && s[strspn(s, others)] == '\0' && strpbrk(s, "0123456789") &&
	       !strchr(s + 1, '-');
}

static const char *moment_of(struct req *r, const char *s)
{
	char *ret = arena_alloc(r->op.arena, MOMENT_LEN);
	int64_t us;

	if (moment_is_date(s))
		s = arena_printf(r->op.arena, "%sT00:00:00Z", s);
	if (!moment_read(s, &us))
		return NULL;
	moment_sql(ret, us);
	return ret;
}

/* The value as a parameter, or NULL when it is none of the column's. */
static const char *value_read(struct req *r, const struct column *c, const char *s)
{
	switch (c->kind.type) {
	case FIELD_UUID:
		if (is_people(c) && !strcmp(s, "me"))
			return r->op.who->user;
		return id_is_uuid(s) ? value_lower(r->op.arena, s) : NULL;
	case FIELD_ENUM:
	case FIELD_ARRAY:
		return !c->kind.one_of || !*c->kind.one_of || word_in(c->kind.one_of, s) ? s : NULL;
	case FIELD_INT:
		return is_digits(s, "-0123456789", 18) ? s : NULL;
	case FIELD_DECIMAL:
		return is_digits(s, "-.0123456789", 30) && strchr(s, '.') == strrchr(s, '.') ? s
											     : NULL;
	case FIELD_TIME:
		return moment_of(r, s);
	case FIELD_DATE:
		return moment_is_date(s) ? s : NULL;
	case FIELD_BOOL:
		return !strcmp(s, "true") || !strcmp(s, "false") ? s : NULL;
	default:
		return !c->kind.of || is_word(s) ? s : NULL;
	}
}

static int not_a_value(struct req *r, const struct column *c)
{
	const char *at = at_query(r, filter_name(c));
	const char *none = c->flags & NULLABLE ? message_part(r->op.arena, " or none") : "";

	switch (c->kind.type) {
	case FIELD_UUID:
		if (!c->kind.of)
			return op_fault(&r->op, at, "Must be an id%s", none);
		return op_fault(&r->op, at, "Must be a %s's id%s%s", one_part(&r->op, c->kind.of),
			is_people(c) ? message_part(r->op.arena, ", me, team: and a team's id")
				     : "",
			none);
	case FIELD_ENUM:
	case FIELD_ARRAY:
		return op_fault(&r->op, at, "Must be of %s%s",
			c->kind.one_of ? listed(r, c->kind.one_of)
				       : message_part(r->op.arena, "its words"),
			none);
	case FIELD_INT:
	case FIELD_DECIMAL:
		return op_fault(&r->op, at, "Must be a number, or a range such as 1..5%s", none);
	case FIELD_TIME:
	case FIELD_DATE:
		return op_fault(&r->op, at,
			"Must be a date%s, or a range such as 2026-01-01..2026-02-01%s",
			c->kind.type == FIELD_TIME
				? message_part(r->op.arena, " or a moment with its zone")
				: "",
			none);
	case FIELD_BOOL:
		return op_fault(&r->op, at, "Must be true or false");
	default:
		return op_fault(&r->op, at, "Must be words separated by commas");
	}
}

/* For ILIKE: finds s anywhere. */
static const char *pattern_of(struct arena *p, const char *s)
{
	char *ret = arena_alloc(p, 2 * strlen(s) + 3);
	size_t at = 0;

	ret[at++] = '%';
	for (; *s; s++) {
		if (*s == '%' || *s == '_' || *s == '\\')
			ret[at++] = '\\';
		ret[at++] = *s;
	}
	ret[at++] = '%';
	ret[at] = '\0';
	return ret;
}

/* --- the values of a filter -------------------------------------------------------------------- */

struct values {
	const char *one[VALUES_MAX];
	int n;
	const char *team[VALUES_MAX]; /* all of whose members are meant */
	int n_teams;
	bool has_none, is_bad;
};

static bool has_ranges(enum field_type type)
{
	return type == FIELD_INT || type == FIELD_DECIMAL || type == FIELD_TIME ||
	       type == FIELD_DATE;
}

static void add_value(struct req *r, const struct column *c, const char *s, struct values *v)
{
	const char *value;

	if (!*s)
		return;
	if ((c->flags & NULLABLE) && !strcmp(s, "none")) {
		v->has_none = true;
		return;
	}
	if (is_people(c) && !strncmp(s, TEAM, strlen(TEAM)) && id_is_uuid(s + strlen(TEAM)) &&
		v->n_teams < VALUES_MAX) {
		v->team[v->n_teams++] = value_lower(r->op.arena, s + strlen(TEAM));
		return;
	}
	value = value_read(r, c, s);
	if (!value || v->n == VALUES_MAX)
		v->is_bad = true;
	else
		v->one[v->n++] = value;
}

/* The values and the members of the teams among them, as an array. A team without members, or that isn't
 * there any more, stands for nobody. */
static int with_members(struct req *r, const struct values *v, const char **ret)
{
	struct rows rows;
	int rc;

	*ret = v->n ? value_array(r->op.arena, v->one, v->n) : NULL;
	if (!v->n_teams)
		return 0;
	rc = op_read(&r->op, op_as(&r->op), &QUERY_MEMBERS,
		DB_ARGS(value_array(r->op.arena, v->team, v->n_teams), *ret ? *ret : "{}"), &rows);
	if (rc == 0)
		*ret = row_text(&rows, 0, 0);
	return rc;
}

static int read_range(struct req *r, const struct column *c, const char *s, struct filter *f)
{
	const char *dots = strstr(s, "..");
	const char *least = arena_strndup(r->op.arena, s, (size_t)(dots - s)), *most = dots + 2;

	f->is_range = true;
	f->least = *least ? value_read(r, c, least) : NULL;
	f->most = *most ? value_read(r, c, most) : NULL;
	if ((*least && !f->least) || (*most && !f->most) || (!*least && !*most))
		return not_a_value(r, c);
	return 0;
}

static bool is_text(const struct column *c)
{
	return !c->kind.of && (c->kind.type == FIELD_STRING || c->kind.type == FIELD_TEXT ||
				      c->kind.type == FIELD_EMAIL);
}

/* What stands between two values, "" = there is one alone. Options that people named may have commas. */
static const char *between(const struct column *c, const struct filter *f)
{
	return is_text(c) ? "" : f->of && c->kind.type == FIELD_ENUM ? "|" : ",";
}

static int read_filter(struct req *r, const struct column *c, struct query *q)
{
	struct filter *f = &q->filter[q->n_filters];
	const char *comma = between(c, f);
	struct values v = {.n = 0};
	size_t bytes = 0;

	f->column = c;
	for (int i = 0; i < r->n_query; i++) {
		const char *s = r->query[i].value;

		if (strcmp(r->query[i].name, filter_name(c)) || !s || !*s)
			continue;
		if (!may_read(&r->op, c))
			return op_fault(&r->op, at_query(r, filter_name(c)),
				"Needs the permission %s", c->read);
		if ((bytes += strlen(s)) > FILTER_BYTES)
			return op_fault(&r->op, at_query(r, filter_name(c)),
				"Must be at most %d bytes long", FILTER_BYTES);
		if (has_ranges(c->kind.type) && strstr(s, "..")) {
			q->n_filters++;
			return read_range(r, c, s, f);
		}
		for (const char *at = s; *at;) {
			size_t n = strcspn(at, comma);

			add_value(r, c, arena_strndup(r->op.arena, at, n), &v);
			at += n + (at[n] != '\0');
		}
	}
	for (int i = 0; f->of && is_text(c) && i < v.n; i++)
		v.one[i] = pattern_of(r->op.arena, v.one[i]);
	if (v.is_bad)
		return not_a_value(r, c);
	if (!v.n && !v.n_teams && !v.has_none)
		return 0;
	f->has_none = v.has_none;
	q->n_filters++;
	return with_members(r, &v, &f->list);
}

static int read_member(struct req *r, const struct model *m, const struct column *of,
	const char *query_name, const char *name, struct query *q)
{
	struct column *c = arena_zalloc(r->op.arena, sizeof(*c));
	int rc = m->res->member(&r->op, name, c);

	if (rc == MT_ENOENT)
		return op_fault(&r->op, at_query(r, query_name), "There is no such field");
	if (rc < 0)
		return rc;
	c->name = query_name;
	c->flags = FILTER | NULLABLE;
	q->filter[q->n_filters] = (struct filter){.of = of, .member = name};
	return read_filter(r, c, q);
}

/* ?custom[floor]=3, each name once. */
static int read_members(
	struct req *r, const struct model *m, const struct column *of, struct query *q)
{
	size_t len = strlen(filter_name(of));
	int rc = 0;

	for (int i = 0; i < r->n_query && q->n_filters < FILTERS_MAX; i++) {
		const char *name = r->query[i].name, *end = name + strlen(name) - 1;
		bool again = false;

		if (strncmp(name, filter_name(of), len) || name[len] != '[' || *end != ']')
			continue;
		for (int k = 0; k < i; k++)
			again = again || !strcmp(r->query[k].name, name);
		if (!again)
			rc |= read_member(r, m, of, name,
				arena_strndup(r->op.arena, name + len + 1,
					(size_t)(end - name) - len - 1),
				q);
	}
	return rc;
}

static int read_filters(struct req *r, const struct model *m, struct query *q)
{
	int rc = 0;

	for (int i = 0; i < m->n && q->n_filters < FILTERS_MAX; i++) {
		const struct column *c = &m->res->columns[i];

		if (!(c->flags & FILTER))
			continue;
		if (c->kind.type == FIELD_OBJECT) {
			rc |= read_members(r, m, c, q);
			continue;
		}
		q->filter[q->n_filters] = (struct filter){.of = NULL};
		rc |= read_filter(r, c, q);
	}
	return rc;
}

/* --- the rest of the query ----------------------------------------------------------------------------
 * */

static int read_search(struct req *r, struct query *q)
{
	const char *s = req_query(r, "q");
	size_t n = s ? strlen(s) : 0;

	if (!n)
		return 0;
	if (n > SEARCH_MAX)
		return op_fault(&r->op, "?q", "Must be at most %d bytes long", SEARCH_MAX);
	q->search = s;
	q->like = pattern_of(r->op.arena, s);
	s += *s == '#';
	if (*s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 10)
		q->number = s;
	return 0;
}

static bool takes_search(const struct model *m)
{
	for (int i = 0; i < m->n; i++)
		if (m->res->columns[i].flags & SEARCH)
			return true;
	return false;
}

static void set_sort(struct query *q, const struct column *c, bool reversed)
{
	char letter = sort_name(c)[0];

	q->sort = c;
	q->down = !(c->flags & SORT_DOWN) == reversed;
	q->letter = reversed ? (char)(letter - ('a' - 'A')) : letter;
}

static int read_sort(struct req *r, const struct model *m, struct query *q)
{
	const char *s = req_query(r, "sort"), *known = "";
	bool reversed = s && *s == '-';

	set_sort(q, m->res->order ? &m->res->columns[column_index(m->res, m->res->order)] : m->key,
		false);
	if (!s || !*s)
		return 0;
	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];

		if (!(c->flags & (SORT | SORT_DOWN)))
			continue;
		if (!strcmp(s + reversed, sort_name(c))) {
			set_sort(q, c, reversed);
			return 0;
		}
		known = arena_printf(
			r->op.arena, "%s%s%s", known, *known ? ", " : "", sort_name(c));
	}
	return op_fault(&r->op, "?sort",
		"Must be one of %s, or one with - before it for the other way", known);
}

static int read_archived(struct req *r, const struct model *m, struct query *q)
{
	const char *s = req_query(r, "archived");

	q->archived = "false";
	if (!m->archived || !s || !*s)
		return 0;
	q->archived = s;
	if (!strcmp(s, "true") || !strcmp(s, "false") || !strcmp(s, "any"))
		return 0;
	return op_fault(&r->op, "?archived", "Must be true, false or any");
}

static int read_total(struct req *r, const struct model *m, struct query *q)
{
	const char *s = req_query(r, "total");

	if (!s || !*s)
		return 0;
	q->exact = true;
	if (!(m->res->offers & COUNTED))
		return op_fault(&r->op, "?total", "This list has no total: leave it out");
	if (!strcmp(s, "exact"))
		return 0;
	return op_fault(&r->op, "?total",
		"Must be exact, or be left out for a total that ends at %d", TOTAL_MAX);
}

int query_read(struct req *r, const struct model *m, struct query *q)
{
	const struct resource *res = m->res;
	int rc;

	*q = (struct query){.n_filters = 0};
	rc = read_filters(r, m, q);
	if (takes_search(m))
		rc |= read_search(r, q);
	rc |= read_sort(r, m, q); /* before the cursor, which is of one sort */
	rc |= cursor_read(r, q->letter, q->sort->kind.type, m->key->kind.type == FIELD_UUID,
		&q->value, &q->id);
	rc |= read_archived(r, m, q);
	rc |= read_total(r, m, q);
	rc |= req_query_int(r, "limit", 1, res->page_max ? res->page_max : PAGE_MAX,
		res->page ? res->page : PAGE, &q->limit);
	return rc == 0 ? 0 : r->op.err.code;
}
