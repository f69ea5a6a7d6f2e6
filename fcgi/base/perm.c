/*
 * perm.c - roles and permissions; see perm.h.
 */
#include "base/perm.h"

#include <string.h>

#define EVERYBODY "Technician,Dispatcher,Admin"

const struct perm perm_core[] = {
	{"tickets:read", "See tickets", EVERYBODY, "reads tickets"},
	{"tickets:write", "Create and change tickets", EVERYBODY,
		"changes state, assignee and priority of tickets"},
	{"users:read", "See people", EVERYBODY, "reads names and roles of people"},
	{"users:write", "Change people", "Admin", NULL},
	{"notifications:send", "Send notifications", "Dispatcher,Admin",
		"sends notifications to people"},
	{"stats:read", "See statistics", "Admin", NULL},
	{"plugins:manage", "Install and manage plugins", "Admin", NULL},
	{"plugins:upload", "Bring in packages for all companies", "", NULL},
	{"roles:manage", "Give permissions to roles", "Admin", NULL},
	{NULL, NULL, NULL, NULL},
};

const char *const perm_plugins[] = {
	"tickets:read", "tickets:write", "users:read", "notifications:send", NULL};

#define COMPANY_ROLES "Technician", "Dispatcher", "Admin"
const char *const perm_company_roles[] = {COMPANY_ROLES, NULL};
const char *const perm_roles[] = {COMPANY_ROLES, "SystemAdmin", NULL};

static const struct perm *find(const char *permission)
{
	for (const struct perm *p = perm_core; p->name; p++)
		if (!strcmp(p->name, permission))
			return p;
	return NULL;
}

bool perm_is_core(const char *permission)
{
	return find(permission);
}

bool perm_is_role(const char *role)
{
	for (int i = 0; perm_roles[i]; i++)
		if (!strcmp(perm_roles[i], role))
			return true;
	return false;
}

bool perm_is_system(const char *permission)
{
	return !strcmp(permission, "plugins:upload");
}

const char *perm_plugin_use(const char *permission)
{
	const struct perm *p = find(permission);

	return p && p->plugins ? p->plugins : "nothing: this version of Mortise doesn't serve it";
}

bool perm_has_role(const char *roles, const char *role)
{
	size_t n = strlen(role);

	for (const char *at = roles; n && *at;) {
		size_t len = strcspn(at, ",");

		if (len == n && !memcmp(at, role, n))
			return true;
		at += len + (at[len] == ',');
	}
	return false;
}

bool perm_granted(const char *roles, const char *permission)
{
	const struct perm *p = find(permission);

	if (perm_has_role(roles, "SystemAdmin"))
		return true;
	for (int i = 0; p && perm_company_roles[i]; i++)
		if (perm_has_role(p->roles, perm_company_roles[i]) &&
			perm_has_role(roles, perm_company_roles[i]))
			return true;
	return false;
}
