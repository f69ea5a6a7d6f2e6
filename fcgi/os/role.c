/*
 * role.c - names and passwords of plugin roles.
 */
#include "os/role.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"

void role_name(char ret[ROLE_MAX], const char *plugin_key)
{
	snprintf(ret, ROLE_MAX, "p_%s", plugin_key);
	for (char *s = ret; *s; s++) {
		if (*s == '-')
			*s = '_';
	}
}

void role_password(char ret[65], const unsigned char role_key[32], const char *plugin_key)
{
	char text[ROLE_MAX];
	int n = snprintf(text, sizeof(text), "p_%s", plugin_key);
	id_hmac_hex(ret, role_key, text, (size_t)n);
}
