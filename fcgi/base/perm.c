/*
 * perm.c - roles and permissions; see perm.h.
 */
#include "base/perm.h"

#include <string.h>

#define PER_ROLE_MAX 8

const char *const perm_all[] = {
	"tickets:read",
	"tickets:write",
	"users:read",
	"users:write",
	"notifications:send",
	"stats:read",
	"plugins:manage",
	"plugins:upload",
	"roles:manage",
	NULL,
};

static const struct {
	const char *permission;
	const char *label;
} LABELS[] = {
	{"tickets:read", "See tickets"},
	{"tickets:write", "Create and change tickets"},
	{"users:read", "See people"},
	{"users:write", "Change people"},
	{"notifications:send", "Send notifications"},
	{"stats:read", "See statistics"},
	{"plugins:manage", "Install and manage plugins"},
	{"plugins:upload", "Bring in packages for all companies"},
	{"roles:manage", "Give permissions to roles"},
};

const char *const perm_roles[] = {"Technician", "Dispatcher", "Admin", "SystemAdmin", NULL};

static const struct {
	const char *role;
	const char *may[PER_ROLE_MAX];
} GRANTS[] = {
	{"Technician", {"tickets:read", "tickets:write", "users:read"}},
	{"Dispatcher", {"tickets:read", "tickets:write", "users:read", "notifications:send"}},
	{"Admin", {"tickets:read", "tickets:write", "users:read", "users:write",
			  "notifications:send", "stats:read", "plugins:manage", "roles:manage"}},
};

bool perm_is_core(const char *permission)
{
	for (int i = 0; perm_all[i]; i++)
		if (!strcmp(perm_all[i], permission))
			return true;
	return false;
}

bool perm_is_system(const char *permission)
{
	return !strcmp(permission, "plugins:upload");
}

const char *perm_label(const char *permission)
{
	for (size_t i = 0; i < sizeof(LABELS) / sizeof(*LABELS); i++)
		if (!strcmp(LABELS[i].permission, permission))
			return LABELS[i].label;
	return permission;
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
	if (perm_has_role(roles, "SystemAdmin"))
		return true;
	for (size_t g = 0; g < sizeof(GRANTS) / sizeof(*GRANTS); g++) {
		if (!perm_has_role(roles, GRANTS[g].role))
			continue;
		for (int i = 0; i < PER_ROLE_MAX && GRANTS[g].may[i]; i++)
			if (!strcmp(GRANTS[g].may[i], permission))
				return true;
	}
	return false;
}
