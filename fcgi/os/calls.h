/*
 * calls.h - a stream to a process of mortise-fetch that makes one call to another server (base/outbound.h).
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdint.h>

/*
 * One end of a new pair of stream sockets; the other went to `to`, a datagram socket that is
 * connected to run_dir/calls.sock, with whose call it is: the company and a plugin's key. Waits
 * until `until` (clock_ms()) for a place in that socket's queue. -1 with errno.
 */
int calls_open(int to, int tenant, const char *key, int64_t until);

#endif
