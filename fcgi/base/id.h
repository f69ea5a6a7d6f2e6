/*
 * id.h - identifiers and random tokens.
 */
#ifndef ID_H
#define ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_UUID_LEN 36
#define ID_TOKEN_LEN 43 /* 32 random bytes as base64url without padding */

void id_uuid7(char ret[ID_UUID_LEN + 1]); /* RFC 9562 version 7: ordered by time, lower case */
bool id_is_uuid(const char *s);
void id_token(char ret[ID_TOKEN_LEN + 1]);
#define ID_LETTERS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
void id_letters(char *ret, size_t n);		    /* n random ones of ID_LETTERS and NUL */
void id_hex(char *ret, const void *data, size_t n); /* 2n + NUL */
int id_unhex(void *ret, size_t max, const char *hex, size_t *ret_len); /* 0 or -1 */
void id_sha256_hex(char ret[65], const void *data, size_t n);
/* HMAC-SHA256 (RFC 2104) as 64 hex digits. */
void id_hmac_hex(char ret[65], const unsigned char key[32], const void *data, size_t n);
extern const char *const id_reserved_keys[]; /* ends with NULL */
bool id_is_plugin_key(
	const char *s); /* [a-z][a-z0-9-]{1,39}, no "--", no final "-", not reserved */

#endif
