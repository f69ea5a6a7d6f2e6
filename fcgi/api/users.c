/*
 * users.c - the people of a company, for assigning and for People.
 */
#include "api/api.h"
#include "base/perm.h"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY | PLUGIN_READ},
	{"name", STRING(1, 120), REQUIRED | SEARCH | SORT | PLUGIN_READ},
	{"email", EMAIL, REQUIRED | SEARCH},
	{"roles", WORDS(4, PERM_ROLES_FIELD), FILTER | PLUGIN_READ, .filter = "role",
		.fallback = "[]"},
	{"active", BOOLEAN, PLUGIN_READ, .fallback = "true"},
	{0},
};

const struct resource user_resource = {
	.name = "users",
	.one = P_("user"),
	.type = "User",
	.path = "/api/users",
	.table = "mortise.users",
	.title = "name",
	.read = "users:read",
	.write = "users:write",
	.columns = COLUMNS,
	.order = "name",
	.page = 5000, /* who assigns sees everybody */
	.page_max = 5000,
	.refer_if = "mortise.may_be_chosen",
	.refer_fault = N_("Must be an active user of your company"),
};
