/*
 * password.h - argon2id (libsodium): hashing takes some 50 ms and 64 MB on purpose; and which passwords
 * people may choose.
 *
 * Call password_init() once before anything else. A verification without a hash does the same work as
 * one with it, so that an unknown address takes as long as a wrong password.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

#define PASSWORD_HASH_MAX 128
#define PASSWORD_MIN 12	  /* characters */
#define PASSWORD_MAX 1024 /* bytes; longer ones are refused */

enum password_fault { PASSWORD_GOOD, PASSWORD_SHORT, PASSWORD_LONG, PASSWORD_EASY };
/* May somebody choose it? known: what others know of the person (address, name, company); ends with
 * NULL. Easy is what has little left without that, without words that are tried first and without runs
 * like "1234". */
enum password_fault password_check(const char *password, const char *const *known);

int password_init(void);					      /* 0 or -1 */
int password_hash(const char *password, char ret[PASSWORD_HASH_MAX]); /* 0 or -1: no memory */
bool password_verify(const char *hash, const char *password); /* hash NULL = false, slowly */

#endif
