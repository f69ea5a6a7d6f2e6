/*
 * perm.h - which role may do what of the core: one const table, in perm.c. What plugins bring
 * ("time-clock:clock") each tenant gives to its roles: table role_permissions, read at every request.
 */
#ifndef PERM_H
#define PERM_H

#include <stdbool.h>

/* Every permission of the core; ends with NULL. */
extern const char *const perm_all[];
/* Every role that a user can have; ends with NULL. */
extern const char *const perm_roles[];

/* Is it in perm_all? */
bool perm_is_core(const char *permission);
/* Does it reach beyond a company? Then only a session of the system administration or a token has it. */
bool perm_is_system(const char *permission);
/* What it allows, for people; the name itself when there are no words for it. */
const char *perm_label(const char *permission);

/* roles: comma separated. A SystemAdmin has every permission, known or not. */
bool perm_granted(const char *roles, const char *permission);
bool perm_has_role(const char *roles, const char *role);

#endif
