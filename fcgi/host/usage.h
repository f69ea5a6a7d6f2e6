/*
 * usage.h - counts this worker's use per tenant: calls, errors, time, processor time.
 *
 * The counts are sent to the steward about once a second through the master, which adds the pool's
 * name, so a call costs one reading of a clock and some additions. A call that ends the process is
 * counted by the master (worker_serves()). Format of a datagram: "u", then lines of os/tally.h.
 * Plugins have no access to it.
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include "http/req.h"

#define USAGE_EVERY_MS 1000
#define USAGE_DATAGRAM_MAX 1400

/* A request is done. fd: datagram socket to the master, -1 = none; tenant 0 or a hook doesn't count;
 * guest_us: processor time of the guest, measured from outside. */
void usage_count(int fd, const struct req *r, int tenant, bool is_hook, int64_t guest_us);
/* Sends what is due; returns ms until more is due, -1 = nothing is left. all: due or not. */
long usage_tell(int fd, bool all);

#endif
