/*
 * nursery.h - plugin workers that start with everything loaded.
 *
 * Loading and relocating what libpq pulls in (OpenSSL, Kerberos, LDAP, GnuTLS: 29 libraries) is
 * more than half of a worker's start. The nursery is one process of the plugin host's program that
 * has done it, and waits. On the master's order it makes a process whose parent is the master
 * (CLONE_PARENT), so that the master manages it like any other child; that process takes its
 * descriptors, limits and user as spawn.h describes and continues as a worker. It never loads a
 * plugin itself.
 *
 * The price: these workers share one layout of address space, so that a plugin knows where libc is
 * in another plugin's worker. They have nothing else in common, and no way to reach each other.
 *
 * Whenever the nursery is not there, starting or slow, the master forks and executes as usual.
 */
#ifndef NURSERY_H
#define NURSERY_H

#include <stdbool.h>
#include <sys/types.h>
#include "os/spawn.h"

#define NURSERY_FD 3 /* its end of the socket, when it starts */

/* --- the master's side ---------------------------------------------------------------------------- */

struct nursery {
	int fd; /* -1 = none */
	bool ready;
};

/* A fresh socket; *ret_child_end is for the new process. 0 or -1 with errno. */
int nursery_open(struct nursery *n, int *ret_child_end);
void nursery_close(struct nursery *n);
/* As spawn_start(); -1 when the nursery can't (then it is closed, or just not ready yet). */
pid_t nursery_spawn(struct nursery *n, const struct spawn *s);

/* --- the nursery's side ---------------------------------------------------------------------------- */

/* Serves until the master is gone; then ends the process. Returns only in a new worker, whose
 * environment and descriptors are as if it had just been executed. argv is overwritten with the
 * pool's name. */
void nursery_serve(int argc, char **argv);

#endif
