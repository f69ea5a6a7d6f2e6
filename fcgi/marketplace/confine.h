/*
 * confine.h - how mortise-fetch confines itself before it connects to a foreign server.
 *
 *  - System calls: a list of what libcurl, OpenSSL and the resolver need; the rest is EPERM. Sockets are
 *    IPv4, IPv6 and the routing one that getaddrinfo() reads the machine's own addresses from: none of them
 *    reaches a process of this machine by a name. No program, no signal but to itself, no executable
 *    memory: modules of nsswitch.conf are not loaded, names are resolved by files and DNS.
 *  - Files (Landlock): reading the system's certificates and what resolving needs.
 *  - TCP (Landlock from ABI 4): the ports that the caller names and DNS.
 *  - Limits: time, processor, memory, descriptors, bytes of the file.
 *
 * Its user is the master's part (os/pool.h). Where the master isn't root there is no own user, and
 * then Landlock must be there.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

struct confine {
	long bytes; /* of the file that it writes */
	int seconds;
	bool same_user;		     /* as those who hold keys: refuse to go on without Landlock */
	const unsigned short *ports; /* ends with 0 */
};

/* For good, from the calling process on. 0, or -1 and why for a person. */
int confine_enter(const struct confine *c, const char **ret_why);
/* "seccomp landlock-7": what a confined process here would have. */
void confine_note(char ret[64]);

#endif
