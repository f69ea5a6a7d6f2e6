/*
 * link.h - one-time links (sql/019-people.sql, 023-first-run.sql): their token is in the address
 * behind a '#', which browsers don't send, so that no log has it; the database has its hash.
 */
#ifndef LINK_H
#define LINK_H

#include "base/op.h"
#include "http/route.h"

/* A new token: the address to hand over, which is shown once, and the hash to store. In the arena. */
struct link {
	const char *url;
	const char *token;
	const char *hash;
};
#define LINK_WELCOME "welcome"	 /* the page where somebody chooses a password */
#define LINK_SETUP "setup"	 /* the page of the first run */
#define LINK_REGISTER "register" /* where somebody registers a company */
struct link link_new(struct op *op, const char *page);
/* The address of a page with this token. */
const char *link_to(struct op *op, const char *page, const char *token);
/* How long one works, in seconds as text. */
const char *link_invite_s(struct op *op);
const char *link_reset_s(struct op *op);

/* What an answer shows of a new one: purpose ("invite" or "reset"), url, expiresAt (given in seconds). In
 * the arena. */
struct json_t *link_json(
	struct op *op, const struct link *link, const char *purpose, int64_t expires);
extern const struct field link_answer[];

#endif
