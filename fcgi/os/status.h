/*
 * status.h - the pools and their processes as one JSON object, for `mortise status`.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdint.h>
#include "os/pool_list.h"

/* started: clock_ms() of the master's start. malloc'ed; NULL = out of memory. */
char *status_json(const struct pool_list *l, int64_t started);

#endif
