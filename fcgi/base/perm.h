/*
 * perm.h - which role may do what of the core: one const table, in perm.c. Permissions of plugins
 * ("time-clock:clock") each tenant grants to its roles: table role_permissions, read at every request.
 */
#ifndef PERM_H
#define PERM_H

#include <stdbool.h>

struct perm {
	const char *name;  /* NULL ends the list */
	const char *label; /* what it allows, for people */
	const char *roles; /* of a company that have it, with commas */
	/* What plugins request it for; NULL = plugins can't. sql/bootstrap-handover.sql grants it,
	 * by the columns of the resources (t/api/resources.t.mjs compares). */
	const char *plugins;
};

/* Every permission of the core. */
extern const struct perm perm_core[];
/* The roles that a user can have, those of a company first; sql/001-rules.sql has them as well, and
 * t/api/rules.t.mjs compares. End with NULL. */
extern const char *const perm_roles[], *const perm_company_roles[];
#define PERM_COMPANY_ROLES "Technician, Dispatcher or Admin"
#define PERM_ROLES "Technician, Dispatcher, Admin or SystemAdmin"
#define PERM_ROLES_FIELD "Technician|Dispatcher|Admin|SystemAdmin" /* of a FIELD_ENUM */

/* The permissions that plugins may request; ends with NULL. */
extern const char *const perm_plugins[];
#define PERM_PLUGINS "tickets:read, tickets:write, users:read or notifications:send"

bool perm_is_role(const char *role);
/* Is it in perm_core? */
bool perm_is_core(const char *permission);
/* Does it reach beyond a company? Then only a session of the system administration or a token has it. */
bool perm_is_system(const char *permission);
/* What a plugin needs it for. */
const char *perm_plugin_use(const char *permission);

/* roles: comma separated. A SystemAdmin has every permission, known or not. */
bool perm_granted(const char *roles, const char *permission);
bool perm_has_role(const char *roles, const char *role);

#endif
