/*
 * model.c - derives from a table, once at the start of the process: fields that bodies are checked
 * with, texts of SQL, routes.
 */
#include "resource/impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define BULK_MAX_BYTES (4 * 1024 * 1024)
#define ROUTES_MAX 20
#define MODELS_MAX 64
#define FIELDS_MAX 16 /* of a route of its own, beside columns */

static struct arena *memory;
static const struct model *models[MODELS_MAX];
static int n_models;

static struct arena *model_arena(void)
{
	if (!memory)
		memory = arena_new();
	return memory;
}

static void contradiction(const struct resource *res, const char *column, const char *what)
{
	log_error("resource %s, column %s: %s", res->name, column, what);
	abort();
}

bool is_writable(const struct column *c)
{
	return !(c->flags & (KEY | READONLY | BY_CODE | BY_AUTHOR | TOUCHED)) && !c->counter;
}

int column_index(const struct resource *res, const char *name)
{
	for (int i = 0; res->columns[i].name; i++)
		if (!strcmp(res->columns[i].name, name))
			return i;
	return -1;
}

const struct column *key_of(const struct resource *res)
{
	for (const struct column *c = res->columns; c->name; c++)
		if (c->flags & KEY)
			return c;
	return NULL;
}

/* customerId -> customer_id */
const char *column_sql(struct arena *p, const struct column *c)
{
	char *ret, *to;

	if (c->sql)
		return c->sql;
	ret = to = arena_alloc(p, 2 * strlen(c->name) + 1);
	for (const char *s = c->name; *s; s++) {
		if (*s >= 'A' && *s <= 'Z') {
			*to++ = '_';
			*to++ = (char)(*s + ('a' - 'A'));
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return ret;
}

/* The target of a reference: "mortise.users", its key's and its title's column. */
static const char *target_key(const struct column *c)
{
	return column_sql(memory, key_of(c->kind.of));
}

static const char *target_title(const struct resource *res)
{
	return column_sql(memory, &res->columns[column_index(res, res->title)]);
}

static void add_member(struct model *m, const char *name, const struct column *c,
	enum field_type type, bool is_title, const char *sql)
{
	const char *key = arena_printf(memory, ",\"%s\":", name);

	m->member[m->n_members++] = (struct member){name, key, strlen(key), c, type, is_title, sql};
}

static void make_members(struct model *m)
{
	const char *select = "", *plain = "", *joins = "";

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];
		bool is_array = c->kind.type == FIELD_ARRAY && !c->kind.rows;

		add_member(m, c->name, c, c->kind.type, false,
			arena_printf(memory, "%st.%s%s", is_array ? "array_to_json(" : "",
				m->sql[i], is_array ? ")" : ""));
		if (!c->shown)
			continue;
		m->shows = true;
		add_member(m, c->shown, c, FIELD_STRING, true,
			arena_printf(memory, "j%d.%s", i, target_title(c->kind.of)));
		joins = arena_printf(memory,
			"%s LEFT JOIN %s j%d ON j%d.tenant_id = t.tenant_id AND j%d.%s = t.%s",
			joins, c->kind.of->table, i, i, i, target_key(c), m->sql[i]);
	}
	for (int i = 0; i < m->n_members; i++) {
		const struct member *e = &m->member[i];

		select = arena_printf(memory, "%s%s%s", select, i ? ", " : "", e->sql);
		plain = arena_printf(
			memory, "%s%s%s", plain, i ? ", " : "", e->is_title ? "NULL" : e->sql);
	}
	m->select = select;
	m->plain = plain;
	m->joins = joins;
}

static struct field *make_fields(const struct model *m, bool creates, bool requires)
{
	struct field *ret = arena_zalloc(memory, sizeof(*ret) * (size_t)(m->n + 1)), *f = ret;

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];
		bool is_parent = m->parent && !strcmp(c->name, m->res->parent_column);

		if (!is_writable(c) || is_parent || (!creates && (c->flags & ONCE)))
			continue;
		*f++ = (struct field){c->name, c->kind.type,
			(requires && (c->flags & REQUIRED) ? FIELD_REQUIRED : 0) |
				(c->flags & NULLABLE ? FIELD_NULLABLE : 0),
			c->kind.min, c->kind.max, c->kind.one_of};
	}
	f->type = FIELD_END;
	return ret;
}

static struct stmt statement(const struct model *m, const char *what, const char *text)
{
	return (struct stmt){arena_printf(memory, "%s_%s", m->res->name, what), text};
}

/* Of a statement that writes rows of `t`, with the rows as they are shown. with: what goes before it. */
static struct stmts returning(
	const struct model *m, const char *what, const char *with, const char *text)
{
	return (struct stmts){
		statement(m, what,
			arena_printf(memory, "WITH %s%st AS (%s RETURNING t.*) SELECT %s FROM t%s",
				with, *with ? ", " : "", text, m->select, m->joins)),
		statement(m, what,
			arena_printf(memory, "%s%s %s RETURNING %s", *with ? "WITH " : "", with,
				text, m->plain)),
	};
}

static void make_insert(struct model *m)
{
	const char *columns = "tenant_id", *values = "mortise.tenant()", *with = "";

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];
		const char *value = "(SELECT value FROM n)";

		if (c->flags & (READONLY | TOUCHED))
			continue;
		if (c->counter) {
			m->counter = c->counter;
			with = arena_printf(memory,
				"n AS (UPDATE mortise.counters SET value = value + 1"
				" WHERE name = '%s' RETURNING value)",
				c->counter);
		} else {
			m->insert_column[m->n_insert++] = i;
			value = value_param(memory, c->kind.type, m->n_insert);
		}
		columns = arena_printf(memory, "%s, %s", columns, m->sql[i]);
		values = arena_printf(memory, "%s, %s", values, value);
	}
	m->insert = returning(m, "insert", with,
		arena_printf(memory, "INSERT INTO %s AS t (%s) VALUES (%s)", m->res->table, columns,
			values));
}

static void make_update(struct model *m)
{
	const char *set = "";

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];
		const char *value = NULL;

		if (c == m->version)
			value = arena_printf(memory, "%s + 1", m->sql[i]);
		else if (c->flags & TOUCHED)
			value = "clock_timestamp()";
		else if ((is_writable(c) && !(c->flags & ONCE)) || (c->flags & BY_CODE)) {
			m->update_column[m->n_update++] = i;
			value = value_param(memory, c->kind.type, m->n_update + 1);
		}
		if (value)
			set = arena_printf(
				memory, "%s%s%s = %s", set, *set ? ", " : "", m->sql[i], value);
	}
	m->update = returning(m, "update", "",
		arena_printf(memory, "UPDATE %s t SET %s WHERE t.%s = $1%s", m->res->table, set,
			column_sql(memory, m->key), value_cast(m->key->kind.type)));
}

static void make_one(struct model *m)
{
	const char *key = column_sql(memory, m->key), *cast = value_cast(m->key->kind.type);
	const char *own = "";
	const char *only = m->res->only ? arena_printf(memory, " AND %s", m->res->only) : "";

	for (int i = 0; i < m->n_members; i++)
		if (!m->member[i].is_title)
			own = arena_printf(
				memory, "%s%s%s", own, *own ? ", " : "", m->member[i].sql);
	m->get.named = statement(m, "get",
		arena_printf(memory, "SELECT %s FROM %s t%s WHERE t.%s = $1%s%s", m->select,
			m->res->table, m->joins, key, cast, only));
	m->get.plain = statement(m, "get",
		arena_printf(memory, "SELECT %s FROM %s t WHERE t.%s = $1%s%s", m->plain,
			m->res->table, key, cast, only));
	/* Keys never change, so rows that refer to this one may be written meanwhile. */
	m->lock = statement(m, "lock",
		arena_printf(memory, "SELECT %s FROM %s t WHERE t.%s = $1%s%s FOR NO KEY UPDATE",
			own, m->res->table, key, cast, only));
}

/* $1 row, and where the table is everybody's $2 resource. Its rows are named by text. */
static void make_history(struct model *m)
{
	const struct resource *res = m->res;
	bool shared = !res->history;
	const char *table = shared ? "mortise.history" : res->history;
	const char *row = shared ? "row_id" : res->history_row;

	m->history_add = statement(m, "history_add",
		arena_printf(memory,
			"INSERT INTO %s (tenant_id, %s, user_id, changes%s)"
			" VALUES (mortise.tenant(), $1%s, mortise.user_id(), $2::jsonb%s)",
			table, row, shared ? ", resource" : "",
			shared ? "" : value_cast(m->key->kind.type), shared ? ", $3" : ""));
	m->history_list = statement(m, "history_list",
		arena_printf(memory,
			"SELECT h.id, h.at, h.user_id, u.name, h.changes FROM %s t LEFT JOIN LATERAL"
			" (SELECT * FROM %s h WHERE h.tenant_id = t.tenant_id AND h.%s = t.%s%s%s"
			"  ORDER BY h.id DESC LIMIT 1000) h ON true"
			" LEFT JOIN mortise.users u ON u.tenant_id = t.tenant_id AND u.id = h.user_id"
			" WHERE t.%s = $1%s ORDER BY h.id",
			res->table, table, row, column_sql(memory, m->key), shared ? "::text" : "",
			shared ? " AND h.resource = $2" : "", column_sql(memory, m->key),
			value_cast(m->key->kind.type)));
}

static void make_emit(struct model *m)
{
	const char *members = "";

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];
		bool is_time = c->kind.type == FIELD_TIME;

		if (!(c->flags & IN_EVENT) && c != m->version)
			continue;
		members = arena_printf(memory, "%s%s'%s', %st.%s%s", members, *members ? ", " : "",
			c->name, is_time ? "mortise.iso(" : "", m->sql[i], is_time ? ")" : "");
	}
	m->emit = statement(m, "emit",
		arena_printf(memory,
			"SELECT mortise.emit($1, $2, $3::jsonb || (SELECT jsonb_build_object(%s)"
			" FROM %s t WHERE t.%s = $4%s))",
			members, m->res->table, column_sql(memory, m->key),
			value_cast(m->key->kind.type)));
}

static void make_events(struct model *m)
{
	const char *type = m->res->events;
	char *id;

	if (!type)
		return;
	m->event_created = arena_printf(memory, "%sCreated", type);
	m->event_updated = arena_printf(memory, "%sUpdated", type);
	m->event_archived = arena_printf(memory, "%sArchived", type);
	m->event_restored = arena_printf(memory, "%sRestored", type);
	id = arena_printf(memory, "%sId", type);
	id[0] = (char)(id[0] + ('a' - 'A'));
	m->id_name = id;
	make_emit(m);
}

/* --- routes ------------------------------------------------------------------------------------ */

/* FIELD_COLUMNS becomes the fields of a new row. */
static const struct field *with_columns(const struct model *m, const struct field *fields)
{
	struct field *ret = arena_zalloc(memory, sizeof(*ret) * (FIELDS_MAX + COLUMNS_MAX)),
		     *to = ret;

	if (!fields)
		return NULL;
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		if (f->type != FIELD_COLUMNS)
			*to++ = *f;
		for (const struct field *c = m->create_fields;
			f->type == FIELD_COLUMNS && c->type != FIELD_END; c++)
			*to++ = *c;
	}
	to->type = FIELD_END;
	return ret;
}

static const struct field *with_more(const struct field *fields, const struct field *more)
{
	struct field *ret, *to;

	if (!more)
		return fields;
	ret = to = arena_zalloc(memory, sizeof(*ret) * (FIELDS_MAX + COLUMNS_MAX));
	for (const struct field *f = fields; f->type != FIELD_END; f++)
		*to++ = *f;
	for (const struct field *f = more; f->type != FIELD_END; f++)
		*to++ = *f;
	to->type = FIELD_END;
	return ret;
}

static void make_routes(struct model *m)
{
	static const struct field NONE[] = {{.type = FIELD_END}};
	static const struct field BULK[] = {
		{"items", FIELD_ARRAY, FIELD_REQUIRED, 1, 200, NULL}, {.type = FIELD_END}};
	const struct resource *res = m->res;
	const char *one = arena_printf(memory, "%s/:id", m->one_path);
	struct route *rt = arena_zalloc(memory, sizeof(*rt) * ROUTES_MAX);

	m->table = (struct route_table){res->name, rt};
#define ROUTE(...)                                                                                 \
	*rt++ = (struct route)                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
	if (!(res->offers & WITHOUT_LIST))
		ROUTE("GET", res->path, res->read, NULL, res->list_flags, 0, list_get,
			.query = res->list_query, .scope = res->scope);
	if (res->offers & OFFERS_CREATE)
		ROUTE("POST", res->path, res->write, m->create_fields, res->write_flags, 0,
			route_create);
	if (res->offers & OFFERS_ONE)
		ROUTE("GET", one, res->read, NULL, 0, 0, resource_reply_one, .scope = res->scope);
	if (res->offers & OFFERS_CHANGE)
		ROUTE("PATCH", one, res->write, with_more(m->change_fields, res->change_more),
			res->write_flags, 0, route_change);
	if (res->offers & OFFERS_ARCHIVE) {
		ROUTE("DELETE", one, res->write, NULL, 0, 0, route_archive);
		ROUTE("POST", arena_printf(memory, "%s/restore", one), res->write, NONE, 0, 0,
			route_restore);
	}
	if (res->offers & OFFERS_HISTORY)
		ROUTE("GET", arena_printf(memory, "%s/history", one),
			res->read_history ? res->read_history : res->read, NULL, 0, 0,
			route_history);
	if (res->offers & OFFERS_BULK)
		ROUTE("POST", arena_printf(memory, "%s/bulk", res->path), res->write, BULK, 0,
			BULK_MAX_BYTES, route_bulk);
	if (res->offers & (OFFERS_CSV | OFFERS_CSV_OUT))
		ROUTE("GET", arena_printf(memory, "%s.csv", res->path), res->read, NULL,
			res->list_flags, 0, route_csv_out, .query = res->list_query);
	if (res->offers & OFFERS_CSV)
		ROUTE("POST", arena_printf(memory, "%s.csv", res->path), res->write, NULL,
			ROUTE_RAW_BODY, BULK_MAX_BYTES, route_csv_in);
	for (const struct route *own = res->more; own && own->path; own++, rt++) {
		*rt = *own;
		rt->fields = with_columns(m, own->fields);
	}
#undef ROUTE
}

/* --- a table that contradicts itself -----------------------------------------------------------------
 * */

static void check_column(const struct resource *res, const struct column *c)
{
	bool sorts = c->flags & (SORT | SORT_DOWN);

	if ((c->shown || c->also) && !c->kind.of)
		contradiction(res, c->name, "shown and also are of references");
	if (c->kind.of && (!key_of(c->kind.of) || !c->kind.of->title))
		contradiction(res, c->name, "refers to a resource without a key or a title");
	if (sorts && (c->kind.type == FIELD_ARRAY || c->kind.type == FIELD_OBJECT))
		contradiction(res, c->name, "can't be sorted by");
	if (c->read && sorts)
		contradiction(
			res, c->name, "has a permission of its own: its order would tell of it");
	for (const struct column *o = res->columns; c->counter && o != c; o++)
		if (o->counter)
			contradiction(res, c->name, "two columns have numbers of a counter");
	if (c->kind.type == FIELD_ENUM && !c->kind.one_of)
		contradiction(res, c->name, "an enum without words");
	if ((c->kind.type == FIELD_INT || c->kind.type == FIELD_DECIMAL) && is_writable(c) &&
		c->kind.min == 0 && c->kind.max == 0)
		contradiction(res, c->name, "a number without bounds");
	for (const struct column *o = res->columns; sorts && o != c; o++)
		if ((o->flags & (SORT | SORT_DOWN)) && sort_name(o)[0] == sort_name(c)[0])
			contradiction(res, c->name, "two sorts begin with the same letter");
}

static void check_resource(const struct resource *res)
{
	int n = 0;

	for (const struct column *c = res->columns; c->name; c++, n++)
		check_column(res, c);
	if (n >= COLUMNS_MAX)
		contradiction(res, "-", "too many columns");
	if (!key_of(res))
		contradiction(res, "-", "no column is the key");
	if (res->order && column_index(res, res->order) < 0)
		contradiction(res, res->order, "there is no such column to sort by");
	if ((res->offers & OFFERS_ARCHIVE) && column_index(res, "archivedAt") < 0)
		contradiction(res, "archivedAt", "is needed to archive");
	if (res->changed && (res->offers & (OFFERS_ARCHIVE | OFFERS_BULK | OFFERS_CSV)))
		contradiction(res, "-", "changed() is of single rows: no archive, bulk and CSV");
	if (res->parent && (column_index(res, res->parent_column) < 0 ||
				   (res->offers & (OFFERS_BULK | OFFERS_CSV))))
		contradiction(res, "-", "what belongs to another has neither bulk nor CSV");
}

static const struct column *named(const struct resource *res, const char *name)
{
	int i = column_index(res, name);

	return i < 0 ? NULL : &res->columns[i];
}

static const struct model *make_model(const struct resource *res)
{
	struct model *m = arena_zalloc(model_arena(), sizeof(*m));

	check_resource(res);
	m->res = res;
	for (const struct column *c = res->columns; c->name; c++)
		m->sql[m->n++] = column_sql(memory, c);
	m->key = key_of(res);
	m->version = named(res, "version");
	m->archived = named(res, "archivedAt");
	m->one_path = res->one_path ? res->one_path : res->path;
	m->parent = res->parent ? make_model(res->parent) : NULL;
	make_members(m);
	make_events(m);
	m->create_fields = make_fields(m, true, true);
	m->change_fields = make_fields(m, false, false);
	m->bulk_fields = make_fields(m, true, false);
	make_one(m);
	make_insert(m);
	make_update(m);
	make_history(m);
	make_routes(m);
	if (n_models == MODELS_MAX)
		contradiction(res, "-", "one resource too many");
	models[n_models++] = m;
	return m;
}

const struct route_table *const *resource_tables(
	const struct resource *const *list, const struct route_table *const *more)
{
	const struct route_table **ret;
	int n = 0, k = 0;

	while (list[n])
		n++;
	while (more[k])
		k++;
	ret = arena_zalloc(model_arena(), sizeof(*ret) * (size_t)(n + k + 1));
	for (int i = 0; i < n; i++)
		ret[i] = &make_model(list[i])->table;
	memcpy(ret + n, more, sizeof(*ret) * (size_t)k);
	return ret;
}

/* A resource's route is in its model's table. */
const struct model *model_of_route(const struct route *rt)
{
	for (int i = 0; i < n_models; i++)
		if (rt >= models[i]->table.routes && rt < models[i]->table.routes + ROUTES_MAX)
			return models[i];
	return NULL;
}

const struct model *model_of(const struct req *r)
{
	return model_of_route(r->route);
}

bool is_shown(const struct resource *res)
{
	for (int i = 0; i < n_models; i++)
		for (const struct column *c = models[i]->res->columns; c->name; c++)
			if (c->kind.of == res && c->shown)
				return true;
	return false;
}

bool may_read(const struct op *op, const struct column *c)
{
	return !c->read || ident_may(op->who, c->read);
}
