/*
 * users.c - GET /api/users: the people of the caller's tenant, for assigning and for People.
 */
#include "api/api.h"

#include <string.h>

#include "base/perm.h"

static const struct stmt LIST = {"user_list",
	"SELECT json_build_object('items', coalesce(json_agg(json_build_object("
	"'id', u.id, 'name', u.name, 'email', u.email, 'roles', u.roles, 'active', u.active)"
	" ORDER BY lower(u.name), u.id), '[]'))"
	" FROM mortise.users u"
	" WHERE ($1::text IS NULL OR $1 = ANY (u.roles))"
	" AND ($2::text IS NULL OR u.name ILIKE $2 OR u.email ILIKE $2)"};

static int users_get(struct req *r)
{
	const char *role = req_query(r, "role"), *q = NULL;
	bool known = !role || !*role;
	int rc = api_query_like(r, "q", &q);

	for (int i = 0; !known && perm_roles[i]; i++)
		known = !strcmp(role, perm_roles[i]);
	if (!known)
		rc = op_fault(&r->op, "?role", "must be the name of a role, such as Technician");
	if (rc < 0)
		return rc;
	return api_read_json(r, &LIST, DB_ARGS(role && *role ? role : NULL, q), "users");
}

static const struct route ROUTES[] = {
	{"GET", "/api/users", "users:read", NULL, 0, 0, users_get},
	{.path = NULL},
};

const struct route_table user_routes = {"users", ROUTES};
