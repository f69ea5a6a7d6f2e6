/*
 * address.h - is an IP address one of the public internet?
 *
 * A marketplace names addresses of packages and icons, and its server may redirect: none of that
 * may make this machine connect to itself or to its neighbours. It is called with the address that
 * is really connected to, after names were resolved. The table follows IANA's registries of
 * special-purpose addresses.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <sys/socket.h>

/* NULL = public; else what it is: "loopback", "private", "link-local", ... */
const char *address_special(const struct sockaddr *sa);

#endif
