/*
 * auth.h - signing in, for those routes that end with it or that check a password: auth.c, password.c.
 */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "auth/password.h"
#include "base/id.h"
#include "db/db.h"
#include "http/req.h"
#include "http/route.h"

/* Checks a password for an account and counts the try. device: auth_device(). MT_EAUTH, MT_ERATE. */
int auth_check(struct req *r, const char *email, const char *password, const char *device);
/* The same without what follows a right one: *ret_second = a code has to come as well, and the try still
 * counts as a mistake. */
int auth_check_password(struct req *r, const char *email, const char *password, const char *device,
	bool *ret_second);
/* Password, and code where there is one, were right: place and device are known from now on. */
int auth_right(struct req *r, const char *email, const char *device, bool signs_in);
/* What this browser is called; it goes with the answers of the sign-in routes. */
const char *auth_cookie(struct req *r, const char *name);
void auth_set_cookie(struct req *r, const char *name, const char *value, long seconds);
/* The problem of who signs in to the system administration and doesn't administer it. MT_EPERM. */
int auth_no_system_admin(struct req *r);
/* The same of the sender; a wrong one is 403, as 401 would mean that the session has ended. */
int auth_check_own(struct req *r, const char *password);
/* MT_ERATE; bound: of login_try() in sql/. */
int auth_locked(struct req *r, long seconds, const char *bound);
/* The mark that this browser got at an earlier sign-in, else a new one; its name in the database. */
const char *auth_mark(struct req *r);
const char *auth_device(struct req *r, const char *mark);
/* The value of a cookie that has the form of a token (base/id.h); NULL = there is none. */
const char *auth_cookie(struct req *r, const char *name);
/* The provider sends a browser there that signed out, with the state that this cookie has (oidc/flow.c). */
const char *auth_signed_out_uri(struct req *r);
#define AUTH_LEFT_COOKIE "mortise_left"
/* Is this address, of the two, reached by https alone? */
bool auth_is_tls(const struct req *r);
/* The session of this token has begun: ends the one that the browser had and sets the cookies. */
int auth_open(struct req *r, const char *token, long expires, const char *mark);
/* The same, and answers with the person, and what else is to be in the answer (NULL = nothing). */
int auth_begin(
	struct req *r, const char *token, long expires, const char *mark, const json_t *more);
extern const struct field auth_signed_in[];
/* The same, or what is to come behind the password: factor_ask(). */
extern const struct field auth_signed_in_or_half[];

/* Is the body's field a password that somebody may choose of whom others know this (it ends with NULL)? Then
 * its hash. A fault of the field. */
int auth_choose(
	struct req *r, const char *field, const char *const *known, char ret[PASSWORD_HASH_MAX]);
/* Of a one-time link's token in the body. */
void auth_link_hash(struct req *r, char ret[65]);
/* The link of this hash, by a statement that counts mistakes by network: its first column is the wait, and
 * there is no row where the link doesn't work, which none() says. *ret = the row. */
int auth_find_link(struct req *r, const struct stmt *s, const char *hash, int (*none)(struct req *),
	struct rows *ret);
/* clang-format off */
#define AUTH_TOKEN {"token", FIELD_STRING, FIELD_REQUIRED, ID_TOKEN_LEN, ID_TOKEN_LEN, NULL}
/* clang-format on */

#endif
