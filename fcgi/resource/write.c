/*
 * write.c - creates and changes rows: locks and reads the row, applies the rules, resolves
 * references, then writes row, history and events in one transaction.
 *
 * A new row takes one round trip, and one before it where it has references, or a rule whose answer isn't
 * known (rule.c). Its number is taken in the statement that inserts it, because until COMMIT others
 * of the tenant wait for that counter. A change takes one more for the row as it was.
 */
#include "resource/impl.h"

#include <string.h>

#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"
#include "events/event.h"

int write_begin(struct writing *w, struct op *op, const struct model *m, int rows)
{
	*w = (struct writing){.op = op, .m = m, .max = rows};
	w->written = arena_alloc(op->arena, sizeof(struct change *) * (size_t)rows);
	return op_begin(op, op_as(op));
}

/* --- the row, and the request ------------------------------------------------------------------- */

static int not_there(struct change *c)
{
	if (!*c->at)
		return not_found(c->op, c->m->res);
	return op_fault(c->op, arena_printf(c->op->arena, "%s/id", c->at), "There is no such %s",
		one_part(c->op, c->m->res));
}

static int others(struct op *op)
{
	return op_fail(op, MT_EPERM,
		"You can change your own tickets only: those that are assigned to you or that you"
		" created");
}

/* Who sees all rows and changes own ones only. */
static bool is_others(struct change *c)
{
	const char *own = c->op->who->own;
	struct rows rows;

	return own && !strcmp(own, "write") &&
	       op_query(c->op, &c->m->get.plain, DB_ARGS(c->id), &rows) == 0 && rows.n > 0;
}

static int load_row(struct change *c)
{
	struct op *op = c->op;
	struct rows rows;
	int rc = op_query(op, &c->m->lock, DB_ARGS(c->id), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return is_others(c) ? others(c->op) : not_there(c);
	for (int i = 0; i < c->m->n; i++) {
		c->old[i] = row_text(&rows, 0, i);
		if (&c->m->res->columns[i] == c->m->version)
			c->version = row_int(&rows, 0, i);
	}
	return 0;
}

static const char *first_value(const struct change *c, int i)
{
	const struct column *col = &c->m->res->columns[i];

	if (col->flags & KEY)
		return c->id ? c->id : col->fallback;
	if (col->flags & BY_AUTHOR)
		return c->op->who->user;
	if (c->m->parent && !strcmp(col->name, c->m->res->parent_column))
		return c->parent_id;
	return col->fallback;
}

static int take_values(struct change *c)
{
	int rc = 0;

	for (int i = 0; i < c->m->n; i++) {
		const struct column *col = &c->m->res->columns[i];
		const json_t *v = is_writable(col) ? json_object_get(c->body, col->name) : NULL;

		c->given[i] = v != NULL;
		c->new[i] = v		 ? value_of_json(c->op->arena, col->kind.type, v)
			    : c->creates ? first_value(c, i)
					 : c->old[i];
		if (v && !c->creates && (col->flags & ONCE) &&
			value_differs(col->kind.type, c->old[i], c->new[i]))
			rc = change_fault(c, col->name, "Is given once and can't be changed");
		if (v && col->write && !ident_may(c->op->who, col->write))
			rc = change_fault(c, col->name, "Needs the permission %s", col->write);
	}
	return rc;
}

/* --- what a row refers to ---------------------------------------------------------------------- */

/* A value that is given must be one that may be chosen; one that stays need not be any more. */
static bool is_reference(const struct change *c, int i)
{
	const struct column *col = &c->m->res->columns[i];

	return col->kind.of && c->given[i] && c->new[i] &&
	       value_differs(col->kind.type, c->old[i], c->new[i]);
}

static void add_reference(struct sql *s, const struct change *c, int i, bool is_first)
{
	const struct column *col = &c->m->res->columns[i];
	const struct resource *of = col->kind.of;
	const char *key = column_sql(s->arena, key_of(of));

	sql_add(s, "%s(SELECT %s%s FROM %s x WHERE x.%s = %s%s)", is_first ? "" : ", ",
		of->refer_if ? of->refer_if : "", of->refer_if ? "(x)" : "true", of->table, key,
		sql_arg(s, c->new[i]), value_cast(col->kind.type));
}

/* One statement: a column for each reference, then the rule. How many they are. */
static int lookup_text(struct sql *s, const struct change *c, bool with_rule)
{
	int n = 0;

	sql_add(s, "SELECT ");
	for (int i = 0; i < c->m->n; i++)
		if (is_reference(c, i))
			add_reference(s, c, i, n++ == 0);
	if (with_rule) {
		sql_add(s, "%s", n++ ? ", " : "");
		rule_add(s, c);
	}
	return n;
}

/* A company without the rows that a new row begins with, such as the states of tickets. */
static int check_references(struct change *c)
{
	int rc = 0;

	for (int i = 0; c->creates && i < c->m->n; i++) {
		const struct column *col = &c->m->res->columns[i];

		if (col->kind.of && !c->new[i] && !(col->flags & NULLABLE))
			rc = change_fault_refer(c, col->name);
	}
	return rc;
}

static int take_references(struct change *c, const struct rows *rows, int *n)
{
	int rc = 0;

	for (int i = 0; i < c->m->n; i++)
		if (is_reference(c, i) && !row_bool(rows, 0, (*n)++))
			rc = change_fault_refer(c, c->m->res->columns[i].name);
	return rc;
}

static int run_lookups(struct change *c)
{
	const char *known = rule_known(c), *rule;
	bool asks = rule_applies(c) && !known;
	int64_t read_at = clock_ms();
	struct op *op = c->op;
	struct stmt stmt;
	struct rows rows;
	struct sql s;
	int n = 0, rc;

	sql_init(&s, op->arena);
	if (!lookup_text(&s, c, asks))
		return known ? rule_take(c, known) : 0;
	stmt = sql_done(&s, arena_printf(op->arena, "%s_lookup", c->m->res->name));
	if ((rc = op_query(op, &stmt, s.arg, s.n, &rows)) < 0 ||
		(rc = take_references(c, &rows, &n)) < 0)
		return rc;
	if (!asks)
		return known ? rule_take(c, known) : 0;
	rule = row_text(&rows, 0, n);
	if ((rc = rule_take(c, rule)) < 0)
		return rc;
	rule_keep(c, rule, read_at);
	return 0;
}

/* --- writing ----------------------------------------------------------------------------------- */

static void take_row(struct change *c, const struct rows *rows)
{
	struct buf b;

	buf_init(&b, REPLY_MAX);
	list_add_row(c->op, c->m, &b, rows, 0, 0, &c->names);
	c->json = arena_strdup(c->op->arena, b.data);
	buf_release(&b);
}

static int note_changes(struct change *c)
{
	if (!(c->m->res->offers & OFFERS_HISTORY))
		return 0;
	return add_history(c->op, c->m, c->id, change_changes(c));
}

static bool renames(const struct change *c)
{
	int i = c->creates ? -1 : column_index(c->m->res, c->m->res->title);

	return i >= 0 && value_differs(c->m->res->columns[i].kind.type, c->old[i], c->new[i]) &&
	       is_shown(c->m->res);
}

/* The statement without joins, where memory has the titles of what the row is about to refer to. */
static const struct stmt *statement_for(struct change *c, bool last)
{
	const struct stmts *s = c->creates ? &c->m->insert : &c->m->update;

	c->names = names_begin_named(c->op);
	c->names.uncommitted = !last;
	c->names.in_rows = !names_are_here(&c->names, c->m, c->new);
	return c->names.in_rows ? &s->named : &s->plain;
}

/* What a new row lacks was not looked up before. */
static int write_fault(const struct writing *w, int rc)
{
	const struct model *m = w->m;
	const char *state = db_sqlstate(w->op->db);
	bool no_parent = m->parent && !strcmp(state, "23503");

	/* A policy refuses a row at a parent that isn't one's own; who doesn't see that gets the
	 * same answer as for none. */
	if (rc == MT_EPERM && m->parent && !strcmp(state, "42501") && w->op->who->own) {
		op_clear(w->op);
		return strcmp(w->op->who->own, "write") ? not_found(w->op, m->parent->res)
							: others(w->op);
	}
	if (rc != MT_EFIELDS || !(no_parent || (m->counter && !strcmp(state, "23502"))))
		return rc;
	op_clear(w->op);
	if (no_parent)
		return not_found(w->op, m->parent->res);
	return op_fail(w->op, MT_EINTERNAL, "The company has no counter %s", m->counter);
}

static int store_row(struct writing *w, struct change *c, bool last)
{
	const struct model *m = c->m;
	const struct stmt *s = statement_for(c, last);
	const char *args[COLUMNS_MAX + 1];
	struct db *db = c->op->db;
	struct rows rows;
	int n = 0, rc;

	if (!c->creates)
		args[n++] = c->id;
	for (int i = 0; i < (c->creates ? m->n_insert : m->n_update); i++)
		args[n++] = c->new[c->creates ? m->insert_column[i] : m->update_column[i]];
	c->version = c->creates ? 1 : c->version + 1;
	w->written[w->n++] = c;
	w->renames = w->renames || renames(c);
	if (last) {
		w->last = c;
		w->last_index = db_queue_rows(db, s, args, n, &c->op->err);
		return w->last_index < 0 ? w->last_index : note_changes(c);
	}
	if ((rc = op_query(c->op, s, args, n, &rows)) < 0)
		return write_fault(w, rc);
	take_row(c, &rows);
	return note_changes(c);
}

static int show_row(struct change *c)
{
	struct rows rows;
	int rc = op_query(c->op, &c->m->get.named, DB_ARGS(c->id), &rows);

	if (rc < 0)
		return rc;
	c->names = names_begin_named(c->op);
	c->names.uncommitted = true;
	take_row(c, &rows);
	return 0;
}

static int is_archived(const struct change *c)
{
	int i = c->m->archived ? (int)(c->m->archived - c->m->res->columns) : -1;

	return i >= 0 && c->old[i] && c->new[i];
}

int write_row(struct writing *w, struct change *c, bool last)
{
	const struct resource *res = c->m->res;
	struct err *e = &c->op->err;
	int rc;

	if (!c->creates && (rc = load_row(c)) < 0)
		return rc;
	if (c->m->parent && !c->creates)
		c->parent_id = c->old[column_index(res, res->parent_column)];
	if (c->m->version && c->if_match &&
		(rc = etag_check(c->op, c->if_match, one_part(c->op, res), c->version)) < 0)
		return rc;
	if ((rc = take_values(c)) < 0 || (c->prepare && (rc = c->prepare(c)) < 0))
		return rc;
	if ((rc = run_lookups(c)) < 0 || (rc = check_references(c)) < 0)
		return rc;
	if (res->check && (rc = res->check(c)) < 0)
		return rc;
	if (e->code) /* of a row before this one */
		return e->code;
	if (!c->creates && !change_is_any(c))
		return show_row(c);
	if (!c->creates && is_archived(c))
		return err_set(e, MT_ECONFLICT, "The %s is archived: restore it first",
			one_part(c->op, res));
	return store_row(w, c, last);
}

static const char *event_of(const struct change *c)
{
	if (c->creates && c->m->res->parent_event)
		return c->m->res->parent_event;
	return c->event ? c->event : c->creates ? c->m->event_created : c->m->event_updated;
}

/* Those on other channels, which the rule names. */
static int emit_others(struct change *c)
{
	const char *type;
	json_t *channels, *one;
	size_t i;
	int rc;

	json_object_foreach(c->events, type, channels)
		json_array_foreach(channels, i, one)
			if ((rc = change_emit(c, json_string_value(one), type)) < 0)
				return rc;
	return 0;
}

int write_end(struct writing *w)
{
	struct op *op = w->op;
	struct rows rows;
	int rc;

	for (int i = 0; i < w->n; i++)
		if (event_of(w->written[i]) && (rc = change_emit(w->written[i], event_tenant(op),
							event_of(w->written[i]))) < 0)
			return rc;
	for (int i = 0; i < w->n; i++)
		if ((rc = emit_others(w->written[i])) < 0)
			return rc;
	if ((rc = w->last ? db_commit_rows(op->db, w->last_index, &rows, &op->err)
			  : op_commit(op)) < 0)
		return write_fault(w, rc);
	if (w->last)
		take_row(w->last, &rows);
	if (w->n > 0 || w->m->res->changed)
		app_wake_steward(op->app, WAKE_EVENTS);
	return 0;
}

void write_hold(struct req *r, const struct writing *w)
{
	if (w->renames)
		rights_hold_lease(r, clock_ms());
}
