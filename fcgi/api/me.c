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

/* The permissions of enabled plugins that the person's roles are granted; the names of the company's
 * own roles; what person and company chose. A name of the core's means what the core defines,
 * whatever a plugin with that key defines. */
static int add_granted(
	struct req *r, const struct ident *w, json_t *me, json_t *may, json_t *role_names)
{
	const struct db_as as = {w->tenant, w->user};
	const char **name;
	struct rows rows;
	int n = 0;
	int rc = ident_has_role(w, "SystemAdmin") || w->is_service
			 ? op_read(&r->op, &as, &ME_ALL, DB_NOARGS, &rows)
			 : op_read(&r->op, &as, &ME_GRANTED, DB_ARGS(w->roles), &rows);

	if (rc < 0)
		return rc;
	name = arena_alloc(r->op.arena, sizeof(*name) * (size_t)rows.n + 1);
	for (int i = 0; i < rows.n; i++) {
		const char *kind = row_text(&rows, i, 0), *found = row_text(&rows, i, 1);

		if (*kind != 'p')
			json_object_set_new(*kind == 'r' ? role_names : me, found,
				json_string(row_text(&rows, i, 2)));
		else if (ident_scope(w, found))
			name[n++] = found;
	}
	qsort(name, (size_t)n, sizeof(*name), by_name);
	for (int i = 0; i < n; i++)
		if ((i == 0 || strcmp(name[i], name[i - 1]) != 0) && !perm_is_core(name[i]))
			json_array_append_new(may, json_string(name[i]));
	return 0;
}

/* What the person says about themself; nothing where there is nothing. */
static void add_chosen(json_t *me, const struct ident *w)
{
	const char *const chosen[][2] = {
		{"phone", w->phone}, {"language", w->language}, {"theme", w->theme}};

	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
		if (*chosen[i][1])
			json_object_set_new(me, chosen[i][0], json_string(chosen[i][1]));
}

int me_json(struct req *r, const struct ident *w, json_t **ret)
{
	json_t *may = json_array(), *role_names = json_object();

	*ret = api_json(
		r, json_pack("{ss ss ss ss si ss ss so so so}", "id", w->user, "email", w->email,
			   "name", w->name, "tenant", w->tenant_code, "tenantId", w->tenant,
			   "tenantName", w->tenant_name, "timeZone", w->time_zone, "roles",
			   roles_json(w->roles), "roleNames", role_names, "permissions", may));
	add_chosen(*ret, w);
	if (w->needs_factor)
		json_object_set_new(*ret, "needsSecondFactor", json_true());
	/* Where to do what this session can't. */
	if (!w->is_system && ident_has_role(w, "SystemAdmin") && *r->op.app->conf.system_url)
		json_object_set_new(*ret, "systemUrl", json_string(r->op.app->conf.system_url));
	for (int i = 0; perm_core[i].name; i++)
		if (ident_may(w, perm_core[i].name))
			json_array_append_new(may, json_string(perm_core[i].name));
	return add_granted(r, w, *ret, may, role_names);
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
	{"timeZone", FIELD_TEXT, FIELD_REQUIRED},
	{"roles", FIELD_ARRAY, FIELD_REQUIRED},
	{"roleNames", FIELD_OBJECT, FIELD_REQUIRED},
	{"permissions", FIELD_ARRAY, FIELD_REQUIRED},
	{"systemUrl", FIELD_TEXT},
	{"needsSecondFactor", FIELD_BOOL}, /* and can't do anything before */
	{"phone", FIELD_TEXT},
	{"language", FIELD_ENUM, .one_of = ME_LANGUAGES},
	{"theme", FIELD_ENUM, .one_of = ME_THEMES},
	{"ownTimeZone", FIELD_TEXT},
	{"locale", FIELD_ENUM, .one_of = ME_LOCALES},
	{"tenantLocale", FIELD_ENUM, .one_of = ME_LOCALES},
	{"photo", FIELD_TEXT}, /* hashes of pictures: pictures.c */
	{"tenantLogo", FIELD_TEXT},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/api/me", NULL, NULL, ROUTE_SYSTEM | ROUTE_ENROL, 0, me_get, .answer = me_answer,
		.scope = SCOPE_NONE},
	{.path = NULL},
};

const struct route_table me_routes = {"me", ROUTES};
