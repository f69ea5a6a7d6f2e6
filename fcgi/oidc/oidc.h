/*
 * oidc.h - signing in by OpenID Connect: authorization code with PKCE.
 *
 *	provider.c  what is known of a provider, and everything that is asked of it
 *	flow.c      the way of a browser: to the provider, back, and into a session
 *	settings.c  a company's providers, and as whom they know somebody
 *
 * The flow runs in a pool of its own, so a provider that doesn't answer delays nobody who signs in
 * with a password. Rules about accounts and roles are in sql/034-oidc.sql.
 */
#ifndef OIDC_H
#define OIDC_H

#include "http/route.h"

extern const struct route_table oidc_flow_routes;    /* of the oidc pool */
extern const struct route_table oidc_company_routes; /* of the api pool */

/* Where providers send browsers back to. */
const char *oidc_redirect_uri(struct op *op);

#endif
