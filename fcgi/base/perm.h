/*
 * perm.h - names of the core's permissions and of the built-in roles. Which role has which is in
 * sql/: the core's permissions of a person come with the identity (auth/ident.h); those of plugins
 * ("time-clock:clock") each tenant grants to its roles, in the table role_permissions, read at every
 * request.
 */
#ifndef PERM_H
#define PERM_H

#include <stdbool.h>

struct perm {
	const char *
		name; /* NULL ends the list; core_permissions() of sql/ has the same, t/api/rules.t.mjs compares */
	bool is_system; /* reaches beyond a company */
	/* What plugins request it for; NULL = plugins can't. sql/bootstrap-handover.sql grants it,
	 * by the columns of the resources (t/api/resources.t.mjs compares). */
	const char *plugins;
};

/* Every permission of the core. */
extern const struct perm perm_core[];
/* Those that only plugins can have, each of a service. */
extern const struct perm perm_services[];
/* The built-in roles that a user can have, those of a company first; sql/001-rules.sql has them as well, and
 * t/api/rules.t.mjs compares. End with NULL. */
extern const char *const perm_roles[], *const perm_company_roles[];
#define PERM_COMPANY_ROLES "Technician, Dispatcher or Admin"
#define PERM_ROLES "Technician, Dispatcher, Admin or SystemAdmin"
#define PERM_ROLES_OF_ONE 8 /* that a person can have at once; sql/002-tenants.sql */

/* The permissions that plugins may request; ends with NULL. */
extern const char *const perm_plugins[];
#define PERM_PLUGINS                                                                                   \
	"tickets:read, tickets:write, users:read, notifications:send, events:emit, storage, files or " \
	"network:HOST"

/* Is it built in? */
bool perm_is_role(const char *role);
/* Has it the form of an id of a role that a company made? */
bool perm_is_own_role(const char *role);
/* Is it in perm_core? */
bool perm_is_core(const char *permission);
/* Does it reach beyond a company? Then only a session of the system administration or a token has it. */
bool perm_is_system(const char *permission);
/* What a plugin needs it for. */
const char *perm_plugin_use(const char *permission);

/* Is this word in a comma separated list of roles or permissions? */
bool perm_in(const char *list, const char *word);

#endif
