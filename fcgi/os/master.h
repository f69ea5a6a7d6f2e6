/*
 * master.h - the process that owns sockets and processes, and nothing else: no database, no plugin's
 * code, no text from outside beyond one line from a trusted peer.
 */
#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>
#include "os/control_server.h"
#include "os/env.h"
#include "os/pool_list.h"
#include "os/trial.h"
#include "os/watch.h"

struct master {
	struct env env;	 /* the caller sets conf and conf_file */
	bool foreground; /* log to standard error, which is not ours to reopen */
	int pid_fd;
	struct watch signals;
	struct pool_list list;
	struct trials trials;
	struct control_server control;
};

/* Runs until it is stopped; the process's exit status. `ready_fd` (or -1) gets one byte when all sockets
 * exist. */
int master_run(struct master *m, int ready_fd);

#endif
