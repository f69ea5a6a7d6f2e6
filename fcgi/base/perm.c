/*
 * perm.c - roles and permissions; see perm.h.
 */
#include "base/perm.h"

#include <string.h>

#define OWN_ROLE_LEN 13 /* "r0123456789ab" */

const struct perm perm_core[] = {
	{"tickets:read", false, "reads tickets, their descriptions and comments"},
	{"tickets:read:own", false, NULL},
	{"tickets:write", false, "creates and changes tickets, writes comments"},
	{"tickets:write:own", false, NULL},
	{"users:read", false, "reads names and roles of people"},
	{"users:write", false, NULL},
	{"notifications:send", false, "sends notifications to people"},
	{"stats:read", false, NULL},
	{"plugins:manage", false, NULL},
	{"plugins:upload", true, NULL},
	{"roles:manage", false, NULL},
	{"company:manage", false, NULL},
	{"audit:read", false, NULL},
	{"tenants:manage", true, NULL},
	{"mail:manage", true, NULL},
	{"tokens:manage", false, NULL},
	{"company:export", false, NULL},
	{"teams:manage", false, NULL},
	{"webhooks:manage", false, NULL},
	{NULL, false, NULL},
};

const struct perm perm_services[] = {
	{"events:emit", false, "sends its own live updates to open pages"},
	{"storage", false, "keeps values by key in its own storage"},
	{"files", false, "keeps files that people add"},
	{NULL, false, NULL},
};

const char *const perm_plugins[] = {"tickets:read", "tickets:write", "users:read",
	"notifications:send", "events:emit", "storage", "files", NULL};

#define COMPANY_ROLES "Technician", "Dispatcher", "Admin"
const char *const perm_company_roles[] = {COMPANY_ROLES, NULL};
const char *const perm_roles[] = {COMPANY_ROLES, "SystemAdmin", NULL};

static const struct perm *find(const struct perm *list, const char *permission)
{
	for (const struct perm *p = list; p->name; p++)
		if (!strcmp(p->name, permission))
			return p;
	return NULL;
}

bool perm_is_core(const char *permission)
{
	return find(perm_core, permission);
}

bool perm_is_role(const char *role)
{
	for (int i = 0; perm_roles[i]; i++)
		if (!strcmp(perm_roles[i], role))
			return true;
	return false;
}

bool perm_is_own_role(const char *role)
{
	return *role == 'r' && strlen(role) == OWN_ROLE_LEN &&
	       strspn(role + 1, "0123456789abcdef") == OWN_ROLE_LEN - 1;
}

bool perm_is_system(const char *permission)
{
	const struct perm *p = find(perm_core, permission);

	return p && p->is_system;
}

const char *perm_plugin_use(const char *permission)
{
	const struct perm *p = find(perm_core, permission);

	if (strncmp(permission, "network:", 8) == 0)
		return "calls this server, or the one that a setting names";
	if (!p)
		p = find(perm_services, permission);
	return p && p->plugins ? p->plugins : "nothing: this version of Mortise doesn't serve it";
}

bool perm_in(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; n && *at;) {
		size_t len = strcspn(at, ",");

		if (len == n && !memcmp(at, word, n))
			return true;
		at += len + (at[len] == ',');
	}
	return false;
}
