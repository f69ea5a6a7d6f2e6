/*
 * trial.h - first loads of plugins' libraries, each in a child of its own.
 */
#ifndef OS_TRIAL_H
#define OS_TRIAL_H

#include <stdbool.h>
#include <sys/types.h>
#include "os/env.h"

struct trial;

struct trials {
	const struct env *env;
	struct trial *first;
	/* Sends one line to the connection that a trial was started for. */
	void (*answer)(void *conn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
};

void trial_start(struct trials *all, void *conn, const char *so);
bool trial_ended(struct trials *all, pid_t pid, int status); /* was it one of them? */
void trial_tick(struct trials *all);
void trial_forget(struct trials *all, const void *conn); /* nobody waits for its answer any more */

#endif
