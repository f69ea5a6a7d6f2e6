/*
 * rule.c - the rule in sql/ that a resource's changes pass (resource.h): what it is given, what follows.
 *
 * For a new row of which nothing is given that the rule reads, its answer is the same for everybody in
 * the company. It is kept in this worker's memory under a lease (auth/lease.h), so that most new rows need
 * no round trip for it. A rule may look at other rows only where the database itself guards what follows, as
 * foreign keys do.
 */
#include "resource/impl.h"

#include <string.h>

#include "auth/lease.h"
#include "base/clock.h"
#include "base/json.h"

/* A change without effect breaks no rule. */
bool rule_applies(const struct change *c)
{
	return c->m->res->rule && (c->creates || change_is_any(c));
}

/* What it reads of the request, and which row the row belongs to. */
static const char *given_text(const struct change *c)
{
	const struct resource *res = c->m->res;
	json_t *given = json_object(), *v;
	const char *ret, *name;

	json_object_foreach((json_t *)c->body, name, v)
		if (!res->rule_reads || word_in(res->rule_reads, name))
			json_object_set(given, name, v);
	if (c->m->parent)
		json_object_set_new(given, res->parent_column, json_string(c->parent_id));
	ret = json_text(c->op->arena, given, NULL);
	json_decref(given);
	return ret;
}

/* Of the lease; NULL = there can't be one. */
static const char *lease_name(const struct change *c)
{
	const struct resource *res = c->m->res;

	if (!c->creates || !res->rule_reads || strcmp(given_text(c), "{}"))
		return NULL;
	return arena_printf(c->op->arena, "rule %d %.60s", c->op->who->tenant, res->name);
}

const char *rule_known(const struct change *c)
{
	const char *name = rule_applies(c) ? lease_name(c) : NULL;
	size_t n;

	return name ? lease_get(c->op->app->lease, c->op->arena, name, &n) : NULL;
}

/* The row as it was; a new one is NULL. */
void rule_add(struct sql *s, const struct change *c)
{
	const struct model *m = c->m;

	sql_add(s, "%s(", m->res->rule);
	if (c->creates)
		sql_add(s, "NULL");
	else
		sql_add(s, "(SELECT x FROM %s x WHERE x.%s = %s%s)", m->res->table,
			column_sql(s->arena, m->key), sql_arg(s, c->id),
			value_cast(m->key->kind.type));
	sql_add(s, ", %s::jsonb)", sql_arg(s, given_text(c)));
}

int rule_take(struct change *c, const char *text)
{
	const struct resource *res = c->m->res;
	struct op *op = c->op;
	const char *name;
	json_t *follows, *v;
	int rc;

	if (!text) {
		op->err.type = res->refused;
		return err_plain(&op->err, MT_ECONFLICT, res->refusal);
	}
	if ((rc = json_parse(op->arena, text, strlen(text), &follows, &op->err)) < 0)
		return rc;
	json_object_foreach(follows, name, v)
		if (!strcmp(name, "events"))
			c->events = v;
		else
			change_set(c, name,
				value_of_json(op->arena,
					res->columns[column_index(res, name)].kind.type, v));
	return 0;
}

/* A moment is that of one request. */
static bool has_moment(const struct change *c)
{
	for (int i = 0; i < c->m->n; i++)
		if (c->m->res->columns[i].kind.type == FIELD_TIME && c->new[i])
			return true;
	return false;
}

void rule_keep(const struct change *c, const char *text, int64_t read_at)
{
	const char *name = lease_name(c);

	if (name && text && strcmp(text, "{}") && !has_moment(c))
		lease_put(c->op->app->lease, name, text, strlen(text), read_at);
}
