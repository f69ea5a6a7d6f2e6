/*
 * perm.h - which role may do what: one const table, in perm.c.
 */
#ifndef PERM_H
#define PERM_H

#include <stdbool.h>

/* Every permission of the core; ends with NULL. */
extern const char *const perm_all[];
/* Every role that a user can have; ends with NULL. */
extern const char *const perm_roles[];

/* roles: comma separated. A SystemAdmin has every permission, known or not. */
bool perm_granted(const char *roles, const char *permission);
bool perm_has_role(const char *roles, const char *role);

#endif
