/*
 * plugin_types.h - the TypeScript compiler over a plugin's interface, beside whatever else goes on: it takes
 * seconds where the build takes tenths.
 */
#ifndef PLUGIN_TYPES_H
#define PLUGIN_TYPES_H

#include "cli/plugin.h"

struct plugin_types {
	pid_t pid;  /* 0 = none runs */
	int output; /* its file in memory */
};

/* One that still runs is about sources of before: it is ended. */
void plugin_types_start(struct plugin_types *t, const struct plugin_home *home, const char *dir);
/* True once it has ended with faults, which are in `out` then. */
bool plugin_types_failed(struct plugin_types *t, struct buf *out);
void plugin_types_stop(struct plugin_types *t);

#endif
