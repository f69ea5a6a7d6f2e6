/*
 * second_factor.h - the second step of signing in, for the routes that check a password or a link before it.
 */
#ifndef API_SECOND_FACTOR_H
#define API_SECOND_FACTOR_H

#include "auth/totp.h"
#include "http/req.h"
#include "http/route.h"

/* A code of the app or a recovery code, as it was typed. */
/* clang-format off */
#define FACTOR_CODE(flags) {"code", FIELD_STRING, flags, 1, TOTP_TYPED_MAX, NULL}
/* clang-format on */

/* The password was right: answers that a code is to come, and gives this browser the challenge. */
int factor_ask(struct req *r, const char *email, const char *kind, const char *device);
extern const struct field factor_asked[];
/* The same where code and password come at once. */
int factor_with_password(struct req *r, const char *email, const char *device);
/* Checks the body's code for an account that has a second factor, counts the try, and uses the code up.
 * MT_EFIELDS, MT_ERATE. */
int factor_check_use(struct req *r, const char *email, const char *device);

/* The problem of who signs in to the system administration and has to set it up before. MT_EPERM. */
int factor_needed(struct req *r);

extern const struct route_table factor_routes, factor_state_routes;

#endif
