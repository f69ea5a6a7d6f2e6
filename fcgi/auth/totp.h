/*
 * totp.h - codes of authenticator apps (RFC 6238: HMAC-SHA1, six digits, steps of 30 s; what every app
 * knows), with liboath, and recovery codes.
 *
 * Pure functions; which steps and codes were used is the database's to know (sql/033-second-factor.sql).
 */
#ifndef TOTP_H
#define TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOTP_STEP_S 30
#define TOTP_DIGITS 6
#define TOTP_SECRET 20	    /* bytes */
#define TOTP_SECRET_TEXT 32 /* of them as base32 */
#define TOTP_RECOVERY_CODES 10
#define TOTP_RECOVERY_LEN 19 /* "abcd-efgh-ijkl-mnop": 80 bits */
#define TOTP_TYPED_MAX 40    /* what people type has blanks in it */

int totp_init(void); /* 0, or -1 when a library doesn't start */
void totp_secret_make(unsigned char ret[TOTP_SECRET]);
void totp_secret_text(char ret[TOTP_SECRET_TEXT + 1], const unsigned char secret[TOTP_SECRET]);

/* Is it six digits, with or without blanks? Else it is meant as a recovery code. */
bool totp_is_code(const char *typed);
/* The step that this code belongs to: the one of now, the one before or behind it; 0 = none of them, or not
 * later than `used`, the last step whose code was used. Takes as long whichever it is. */
int64_t totp_step(
	const unsigned char secret[TOTP_SECRET], const char *typed, int64_t now_s, int64_t used);

void totp_recovery_make(char ret[TOTP_RECOVERY_LEN + 1]);
/* Its name in the database: a hash with the person in it. 80 random bits need no slow one. Blanks, dashes and
 * upper case are the same code. */
void totp_recovery_hash(char ret[65], const char *person, const char *typed);

#endif
