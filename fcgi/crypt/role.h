/*
 * role.h - a plugin's database role: its name and its password, which is stored nowhere but can be made
 * from the installation's role.key by those that need it: the admin pool when it creates the role, the
 * master when it starts a worker, and `mortise setup`, which knows the role's name and not the key. So
 * the name is what a password follows from, here and nowhere else. And the key that hand-overs to one
 * plugin's workers are signed with (crypt/handover.h), for the pools that sign and the master.
 */
#ifndef ROLE_H
#define ROLE_H

#define ROLE_MAX 64
#define ROLE_VERIFIER_MAX 216

/* "time-clock" -> "p_time_clock" */
void role_name(char ret[ROLE_MAX], const char *plugin_key);
/* HMAC-SHA256 of the role's name as 64 hex digits. */
void role_password(char ret[65], const unsigned char role_key[32], const char *role);
/* The text that PostgreSQL stores for that password (SCRAM-SHA-256$1:salt$stored:server), for CREATE or
 * ALTER ROLE ... PASSWORD. One round instead of 4,096: rounds slow the guessing of passwords that
 * people choose; 256 random bits can't be guessed, and the rounds are 3 ms of every cold start of a
 * plugin's worker. The password itself never reaches the server, nor its log. */
void role_verifier(char ret[ROLE_VERIFIER_MAX], const unsigned char role_key[32], const char *role);
/* One plugin's key, from ticket.key, as 64 hex digits and as bytes. */
void role_handover_hex(char ret[65], const unsigned char ticket_key[32], const char *plugin_key);
void role_handover_key(
	unsigned char ret[32], const unsigned char ticket_key[32], const char *plugin_key);

#endif
