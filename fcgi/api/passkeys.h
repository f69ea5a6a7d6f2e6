/*
 * passkeys.h - routes of passkeys: adding one and signing in with one (the auth pool), and a person's own.
 */
#ifndef API_PASSKEYS_H
#define API_PASSKEYS_H

#include "http/route.h"

extern const struct route_table passkey_routes, own_passkey_routes;

#endif
