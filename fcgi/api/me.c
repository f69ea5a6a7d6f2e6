/*
 * me.c - GET /api/me: who the server takes the caller for.
 */
#include "api/api.h"

#include <string.h>

#include "auth/perm.h"

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

json_t *me_json(struct req *r, const struct ident *w)
{
	json_t *may = json_array();
	json_t *me = json_pack("{ss ss ss ss si ss so so}", "id", w->user, "email", w->email,
		"name", w->name, "tenant", w->tenant_code, "tenantId", w->tenant, "tenantName",
		w->tenant_name, "roles", roles_json(w->roles), "permissions", may);

	for (int i = 0; perm_all[i]; i++)
		if (ident_may(w, perm_all[i]))
			json_array_append_new(may, json_string(perm_all[i]));
	return api_json(r, me);
}

static int me_get(struct req *r)
{
	return reply_json(r, 200, me_json(r, r->who));
}

static const struct route ROUTES[] = {
	{"GET", "/api/me", NULL, NULL, 0, 0, me_get},
	{.path = NULL},
};

const struct route_table me_routes = {"me", ROUTES};
