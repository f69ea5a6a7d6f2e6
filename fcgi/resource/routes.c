/*
 * routes.c - the requests that change one row: create, change, archive, restore.
 */
#include "resource/impl.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/moment.h"

static void tag_reply(struct req *r, const struct change *c)
{
	if (c->m->version)
		reply_header(r, "ETag", "\"%ld\"", c->version);
}

static int after_change(struct change *c, json_t **ret)
{
	*ret = json_object();
	json_own(c->op->arena, *ret);
	return c->m->res->changed(c, *ret);
}

/* Behind those of the row. */
static void add_members(struct change *c, const json_t *members)
{
	if (json_object_size(members))
		c->json = arena_printf(c->op->arena, "%.*s,%s", (int)strlen(c->json) - 1, c->json,
			json_text(c->op->arena, members, NULL) + 1);
}

/* The one change of a request, from its begin to its commit. */
static int change_one(struct req *r, struct change *c)
{
	const struct resource *res = c->m->res;
	json_t *members = NULL;
	struct writing w;
	int rc = write_begin(&w, &r->op, c->m, 1);

	if (rc == 0)
		rc = write_row(&w, c, !res->changed);
	if (rc == 0 && res->changed)
		rc = after_change(c, &members);
	if (rc < 0 || (rc = write_end(&w)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	if (r->op.ended_at)
		r->op.ended_at = clock_ms();
	add_members(c, members);
	tag_reply(r, c);
	write_hold(r, &w);
	return 0;
}

static struct change *change_new_row(struct req *r, const struct model *m)
{
	struct change *c = arena_zalloc(r->op.arena, sizeof(*c));

	*c = (struct change){.op = &r->op, .m = m, .at = "", .body = r->body};
	return c;
}

int route_create(struct req *r)
{
	const struct model *m = model_of(r);
	struct change *c = change_new_row(r, m);
	char *id = arena_alloc(r->op.arena, ID_UUID_LEN + 1);
	int rc = m->parent ? row_id(r, m->parent, &c->parent_id) : 0;

	if (rc < 0)
		return rc;
	id_uuid7(id);
	c->creates = true;
	c->id = id;
	if ((rc = change_one(r, c)) < 0)
		return rc;
	if (m->res->offers & OFFERS_ONE)
		reply_header(r, "Location", "%s/%s", m->one_path, id);
	return reply_text_json(r, 201, c->json);
}

static int change_named(struct req *r, struct change *c)
{
	int rc = row_id(r, c->m, &c->id);

	if (rc < 0)
		return rc;
	c->if_match = req_header(r, "If-Match");
	return change_one(r, c);
}

int route_change(struct req *r)
{
	struct change *c = change_new_row(r, model_of(r));
	int rc = change_named(r, c);

	return rc < 0 ? rc : reply_text_json(r, 200, c->json);
}

int archive_row(struct change *c)
{
	char *now = arena_alloc(c->op->arena, MOMENT_LEN);

	c->event = c->m->event_archived;
	if (change_old(c, "archivedAt"))
		return 0;
	moment_sql(now, clock_unix_ms() * 1000);
	change_set(c, "archivedAt", now);
	return 0;
}

static int restore_row(struct change *c)
{
	c->event = c->m->event_restored;
	change_set(c, "archivedAt", NULL);
	return 0;
}

int route_archive(struct req *r)
{
	struct change *c = change_new_row(r, model_of(r));
	int rc;

	c->prepare = archive_row;
	if ((rc = change_named(r, c)) < 0)
		return rc;
	return reply_empty(r);
}

int route_restore(struct req *r)
{
	struct change *c = change_new_row(r, model_of(r));
	int rc;

	c->prepare = restore_row;
	if ((rc = change_named(r, c)) < 0)
		return rc;
	return reply_text_json(r, 200, c->json);
}
