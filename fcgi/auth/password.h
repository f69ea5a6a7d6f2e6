/*
 * password.h - argon2id (libsodium): hashing takes some 50 ms and 64 MB on purpose.
 *
 * Call password_init() once before anything else. A verification without a hash does the same work as
 * one with it, so that an unknown address takes as long as a wrong password.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

#define PASSWORD_HASH_MAX 128
#define PASSWORD_MAX 1024 /* bytes; longer ones are refused */

int password_init(void);					      /* 0 or -1 */
int password_hash(const char *password, char ret[PASSWORD_HASH_MAX]); /* 0 or -1: no memory */
bool password_verify(const char *hash, const char *password); /* hash NULL = false, slowly */

#endif
