/*
 * role.h - a plugin's database role: its name and its password, which is stored nowhere but can be made
 * from the installation's role.key by the two that need it: the admin pool when it creates the role and
 * the master when it starts a worker.
 */
#ifndef ROLE_H
#define ROLE_H

#define ROLE_MAX 64

/* "time-clock" -> "p_time_clock" */
void role_name(char ret[ROLE_MAX], const char *plugin_key);
/* HMAC-SHA256 of "p_<key>" (the key as it is, with its dashes) as 64 hex digits. */
void role_password(char ret[65], const unsigned char role_key[32], const char *plugin_key);

#endif
