/*
 * ticket.c - minting; the other half, verification, is mortise.tenant() in sql/.
 */
#include "auth/ticket.h"

#include <string.h>

#include "base/id.h"

const char *ticket_mint(struct pool *p, const unsigned char key[32], int tenant, const char *user,
	const char *db_role, long expires)
{
	const char *head = pool_printf(p, "%d.%s.%ld.", tenant, user, expires);
	const char *signed_part = pool_printf(p, "%s%s", head, db_role);
	char mac[65];

	id_hmac_hex(mac, key, signed_part, strlen(signed_part));
	return pool_printf(p, "%s%s", head, mac);
}
