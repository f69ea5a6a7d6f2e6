/*
 * lock.h - something that one worker of all hosts does at a time: an advisory lock of the session.
 *
 * A worker holds one at a time, and none during an operation on a plugin: the end of such
 * a step lets go of all locks of the session (registry/step.h).
 */
#ifndef LOCK_H
#define LOCK_H

#include "base/op.h"

struct lock {
	const char *name;
	const char *session; /* that holds it; NULL = somebody else holds it */
};

/* Waits at most wait_ms for others. 0 also when somebody else holds it: check ret->session. */
int lock_take(struct op *op, const char *name, long wait_ms, struct lock *ret);
/* Harmless without a lock. */
void lock_release(struct op *op, struct lock *t);

#endif
