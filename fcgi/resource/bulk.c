/*
 * bulk.c - many changes in one transaction: all of them or none. Each item is one of
 *
 *	{"create": {...}}, {"id": "...", "version": 3, "change": {...}}, {"id": "...", "archive": true}
 *
 * Faults name the item: "/items/3/change/title".
 */
#include "resource/impl.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"

static const struct field ITEM[] = {
	{"create", FIELD_OBJECT, 0, 0, 0, NULL},
	{"id", FIELD_STRING, 0, 1, 200, NULL},
	{"version", FIELD_INT, 0, 1, 2147483647, NULL},
	{"change", FIELD_OBJECT, 0, 0, 0, NULL},
	{"archive", FIELD_BOOL, 0, 0, 0, NULL},
	{.type = FIELD_END},
};

static const char *new_id(struct arena *p)
{
	char *id = arena_alloc(p, ID_UUID_LEN + 1);

	id_uuid7(id);
	return id;
}

static int wrong_item(struct change *c, const char *at)
{
	if (c->m->archived)
		return op_fault(c->op, at,
			"Must have create, or id and change, or id and \"archive\": true");
	return op_fault(c->op, at, "Must have create, or id and change");
}

static int take_item(struct change *c, const char *at, const json_t *item)
{
	struct op *op = c->op;
	const json_t *create = json_object_get(item, "create"),
		     *body = json_object_get(item, "change");
	const json_t *version = json_object_get(item, "version");
	const char *id = json_string_value(json_object_get(item, "id"));
	bool archive = json_is_true(json_object_get(item, "archive"));
	int rc;

	if (!json_is_object(item))
		return op_fault(op, at, "Must be an object");
	if ((rc = fields_check(&op->err, at, ITEM, item)) < 0)
		return rc;
	if (!create + !body + !archive != 2 || !create == !id || (archive && !c->m->archived))
		return wrong_item(c, at);
	if (id && c->m->key->kind.type == FIELD_UUID && !id_is_uuid(id))
		return op_fault(op, arena_printf(op->arena, "%s/id", at), "Must be a UUID");
	c->creates = create != NULL;
	c->id = id ? value_lower(op->arena, id) : new_id(op->arena);
	c->body = create ? create : body;
	c->prepare = archive ? archive_row : NULL;
	c->at = archive ? at : arena_printf(op->arena, "%s/%s", at, create ? "create" : "change");
	if (version)
		c->if_match =
			arena_printf(op->arena, "%lld", (long long)json_integer_value(version));
	if (archive)
		return 0;
	return fields_check(
		&op->err, c->at, create ? c->m->create_fields : c->m->change_fields, c->body);
}

/* An error of one row that is no field's names the row. */
static int name_item(struct op *op, const char *what, size_t i, int rc)
{
	json_t *more;

	if (rc == MT_EFIELDS || rc == 0)
		return rc;
	more = json_pack("{sI}", what, (json_int_t)i);
	json_own(op->arena, more);
	op->err.members = more;
	return rc;
}

int write_many(struct writing *w, struct change *const *list, int n, const char *what)
{
	int rc;

	for (int i = 0; i < n; i++) {
		rc = write_row(w, list[i], false);
		if (rc < 0 && rc != MT_EFIELDS)
			return name_item(w->op, what, list[i]->number, rc);
	}
	return w->op->err.code;
}

static int reply_rows(struct req *r, struct change *const *list, int n)
{
	struct buf b;

	buf_init(&b, REPLY_MAX);
	buf_adds(&b, "{\"items\":[");
	for (int i = 0; i < n; i++) {
		if (i)
			buf_add(&b, ",", 1);
		buf_adds(&b, list[i]->json);
	}
	buf_adds(&b, "]}");
	return reply_buf(r, 200, &b, "application/json");
}

int route_bulk(struct req *r)
{
	const struct model *m = model_of(r);
	const json_t *items = json_object_get(r->body, "items");
	int n = (int)json_array_size(items), rc = 0;
	struct change **list = arena_alloc(r->op.arena, sizeof(*list) * (size_t)n);
	struct writing w;

	for (int i = 0; i < n; i++) {
		list[i] = arena_zalloc(r->op.arena, sizeof(**list));
		*list[i] = (struct change){.op = &r->op, .m = m, .number = (size_t)i};
		rc |= take_item(list[i], arena_printf(r->op.arena, "/items/%d", i),
			json_array_get(items, (size_t)i));
	}
	if (rc < 0)
		return r->op.err.code;
	if ((rc = write_begin(&w, &r->op, m, n)) < 0 ||
		(rc = write_many(&w, list, n, "item")) < 0 || (rc = write_end(&w)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	write_hold(r, &w);
	return reply_rows(r, list, n);
}
