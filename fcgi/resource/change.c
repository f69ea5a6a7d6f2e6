/*
 * change.c - a change as the rules of a resource, its history and its events see it.
 */
#include "resource/impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "events/event.h"

#define CHANGES_MAX (1024 * 1024)

/* A rule that names a column which isn't there is a fault of the program. */
static int index_of(const struct change *c, const char *column)
{
	int i = column_index(c->m->res, column);

	if (i >= 0)
		return i;
	log_error("resource %s has no column %s", c->m->res->name, column);
	abort();
}

const char *one_part(struct op *op, const struct resource *res)
{
	return message_part_plain(op->arena, res->one);
}

int not_found(struct op *op, const struct resource *res)
{
	return op_fail(op, MT_ENOENT, "There is no such %s", one_part(op, res));
}

struct op *change_op(const struct change *c)
{
	return c->op;
}

const char *change_id(const struct change *c)
{
	return c->id;
}

bool change_creates(const struct change *c)
{
	return c->creates;
}

const json_t *change_also(const struct change *c, const char *name)
{
	return json_object_get(c->body, name);
}

const char *change_old(const struct change *c, const char *column)
{
	return c->old[index_of(c, column)];
}

const char *change_new(const struct change *c, const char *column)
{
	return c->new[index_of(c, column)];
}

static bool differs(const struct change *c, int i)
{
	return value_differs(c->m->res->columns[i].kind.type, c->old[i], c->new[i]);
}

bool change_differs(const struct change *c, const char *column)
{
	return differs(c, index_of(c, column));
}

void change_set(struct change *c, const char *column, const char *value)
{
	c->new[index_of(c, column)] = value;
}

const char *change_pointer(const struct change *c, const char *column)
{
	return arena_printf(c->op->arena, "%s/%s", c->at, column);
}

int change_fault(struct change *c, const char *column, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_vaddfield(&c->op->err, change_pointer(c, column), fmt, ap);
	va_end(ap);
	return rc;
}

int change_fault_refer(struct change *c, const char *column)
{
	const char *text = c->m->res->columns[index_of(c, column)].kind.of->refer_fault;

	return err_addfield_plain(&c->op->err, change_pointer(c, column),
		text ? text : N_("Must be one that exists"));
}

/* For a new row long texts are not repeated, nor empty values. */
static bool is_reported(const struct change *c, int i)
{
	const struct column *col = &c->m->res->columns[i];

	if (!is_writable(col) && col != c->m->archived)
		return false;
	if (!c->creates)
		return differs(c, i);
	return c->new[i] && *c->new[i] && strcmp(c->new[i], "{}") != 0 &&
	       col->kind.type != FIELD_TEXT &&col != c->m->archived;
}

/* Of an object the members that differ. */
static void add_members(struct buf *b, const char *text, const char *other)
{
	json_t *v = json_loads(text ? text : "{}", 0, NULL), *one;
	json_t *o = json_loads(other ? other : "{}", 0, NULL);
	const char *key;
	void *next;
	char *ret;

	json_object_foreach_safe(v, next, key, one) if (json_equal(one, json_object_get(o, key)))
		json_object_del(v, key);
	ret = json_dumps(v, JSON_COMPACT | JSON_REAL_PRECISION(15));
	buf_adds(b, ret ? ret : "{}");
	free(ret);
	json_decref(v);
	json_decref(o);
}

bool change_is_any(const struct change *c)
{
	for (int i = 0; i < c->m->n; i++)
		if (is_reported(c, i))
			return true;
	return false;
}

static const char *finish(struct change *c, struct buf *b)
{
	const char *ret = arena_strdup(c->op->arena, b->data);

	buf_release(b);
	return ret;
}

const char *change_changes(struct change *c)
{
	struct buf b;

	buf_init(&b, CHANGES_MAX);
	for (int i = 0; i < c->m->n; i++) {
		enum field_type type = c->m->res->columns[i].kind.type;

		if (!is_reported(c, i))
			continue;
		buf_addf(&b, "%s\"%s\":[", b.len ? "," : "{", c->m->res->columns[i].name);
		if (type == FIELD_OBJECT) {
			add_members(&b, c->old[i], c->new[i]);
			buf_add(&b, ",", 1);
			add_members(&b, c->new[i], c->old[i]);
		} else {
			value_add_json(&b, type, c->old[i]);
			buf_add(&b, ",", 1);
			value_add_json(&b, type, c->new[i]);
		}
		buf_add(&b, "]", 1);
	}
	buf_adds(&b, b.len ? "}" : "{}");
	return finish(c, &b);
}

/* Does the database add the row's columns to its event? The parent's, and those that have a number not
 * known yet. */
static bool is_from_row(const struct change *c)
{
	return c->m->parent || (c->creates && c->m->counter);
}

/* An event's payload: the row, its columns, who did it. */
static const char *payload(struct change *c)
{
	const struct ident *who = c->op->who;
	const struct model *of = c->m->parent ? c->m->parent : c->m;
	struct buf b;

	buf_init(&b, CHANGES_MAX);
	buf_addf(&b, "{\"%s\":\"%s\"", of->id_name, of == c->m ? c->id : c->parent_id);
	if (of != c->m)
		buf_addf(&b, ",\"%sId\":\"%s\"", c->m->res->one, c->id);
	for (int i = 0; !is_from_row(c) && i < c->m->n; i++) {
		const struct column *col = &c->m->res->columns[i];

		if (col == c->m->version) {
			buf_addf(&b, ",\"version\":%ld", c->version);
		} else if (col->flags & IN_EVENT) {
			buf_addf(&b, ",\"%s\":", col->name);
			value_add_json(&b, col->kind.type, c->new[i]);
		}
	}
	buf_adds(&b, ",\"byUserId\":");
	buf_add_json(&b, who->user, strlen(who->user));
	buf_adds(&b, ",\"byUserName\":");
	buf_add_json(&b, who->name, strlen(who->name));
	buf_adds(&b, "}");
	return finish(c, &b);
}

int change_emit(struct change *c, const char *channel, const char *type)
{
	const struct model *of = c->m->parent ? c->m->parent : c->m;
	const char *id = of == c->m ? c->id : c->parent_id, *text = payload(c);

	if (is_from_row(c))
		return op_queue(c->op, &of->emit, DB_ARGS(channel, type, text, id));
	return event_emit_text(c->op, channel, type, text);
}
