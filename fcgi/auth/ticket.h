/*
 * ticket.h - what lets a transaction see a tenant's rows: `tenant.user.expiry.mac`.
 *
 * mac = hex(HMAC-SHA256(key, "tenant.user.expiry." + session_user)); expiry is unix seconds. Verified
 * by mortise.tenant() in the database, which has the prepared pads of the same key. The database role
 * is part of the mac, so a ticket for one role is worthless to another.
 */
#ifndef TICKET_H
#define TICKET_H

#include "base/pool.h"

#define TICKET_SECONDS 60

const char *ticket_mint(struct pool *p, const unsigned char key[32], int tenant, const char *user,
	const char *db_role, long expires);

#endif
