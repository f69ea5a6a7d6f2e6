/*
 * me.c - GET /api/me: who the server takes the caller for, and what they may.
 *
 * The identity may be some seconds old (auth/ident.c); permissions of plugins are not part of it but read
 * from the database each time, so that what an administrator gives or takes holds at once.
 */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/perm.h"
#include "base/json.h"
#include "api/me.sql.h"

static json_t *roles_json(const char *roles)
{
	json_t *list = json_array();

	for (const char *at = roles; *at;) {
		size_t n = strcspn(at, ",");

		if (n)
			json_array_append_new(list, json_stringn(at, n));
		at += n + (at[n] == ',');
	}
	return list;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The permissions of enabled plugins that the person's roles are granted. A name of the core's
 * means what the core defines, whatever a plugin with that key defines. */
static int add_granted(struct req *r, const struct ident *w, json_t *may)
{
	const struct db_as as = {w->tenant, w->user};
	const char **name;
	struct rows rows;
	int rc = ident_has_role(w, "SystemAdmin")
			 ? op_read(&r->op, &as, &ME_ALL, DB_NOARGS, &rows)
			 : op_read(&r->op, &as, &ME_GRANTED, DB_ARGS(w->roles), &rows);

	if (rc < 0)
		return rc;
	name = arena_alloc(r->op.arena, sizeof(*name) * (size_t)rows.n + 1);
	for (int i = 0; i < rows.n; i++)
		name[i] = row_text(&rows, i, 0);
	qsort(name, (size_t)rows.n, sizeof(*name), by_name);
	for (int i = 0; i < rows.n; i++)
		if ((i == 0 || strcmp(name[i], name[i - 1]) != 0) && !perm_is_core(name[i]))
			json_array_append_new(may, json_string(name[i]));
	return 0;
}

int me_json(struct req *r, const struct ident *w, json_t **ret)
{
	json_t *may = json_array();

	*ret = api_json(
		r, json_pack("{ss ss ss ss si ss so so}", "id", w->user, "email", w->email, "name",
			   w->name, "tenant", w->tenant_code, "tenantId", w->tenant, "tenantName",
			   w->tenant_name, "roles", roles_json(w->roles), "permissions", may));
	/* Where to do what this session can't. */
	if (!w->is_system && ident_has_role(w, "SystemAdmin") && *r->op.app->conf.system_url)
		json_object_set_new(*ret, "systemUrl", json_string(r->op.app->conf.system_url));
	for (int i = 0; perm_core[i].name; i++)
		if (ident_may(w, perm_core[i].name))
			json_array_append_new(may, json_string(perm_core[i].name));
	return add_granted(r, w, may);
}

static int me_get(struct req *r)
{
	json_t *me;
	int rc = me_json(r, r->op.who, &me);

	return rc < 0 ? rc : reply_json(r, 200, me);
}

const struct field me_answer[] = {
	{"id", FIELD_UUID, FIELD_REQUIRED},
	{"email", FIELD_EMAIL, FIELD_REQUIRED},
	{"name", FIELD_TEXT, FIELD_REQUIRED},
	{"tenant", FIELD_TEXT, FIELD_REQUIRED},
	{"tenantId", FIELD_INT, FIELD_REQUIRED},
	{"tenantName", FIELD_TEXT, FIELD_REQUIRED},
	{"roles", FIELD_ARRAY, FIELD_REQUIRED, .one_of = PERM_ROLES_FIELD},
	{"permissions", FIELD_ARRAY, FIELD_REQUIRED},
	{"systemUrl", FIELD_TEXT},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/api/me", NULL, NULL, ROUTE_SYSTEM, 0, me_get, .answer = me_answer},
	{.path = NULL},
};

const struct route_table me_routes = {"me", ROUTES};
