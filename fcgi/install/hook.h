/*
 * hook.h - calling a plugin's hooks in its own pool: a small FastCGI client (FastCGI 1.0, responder).
 */
#ifndef HOOK_H
#define HOOK_H

#include "registry/step.h"

/* Waits until the pool's socket takes connections: MT_EBUSY when it doesn't by the deadline. */
int hook_wait(struct step *s, const char *sha256, int64_t deadline, struct err *e);
/* Calls "install", "enable", "disable" or "uninstall" for the step's tenant and user. A plugin without
 * that hook answers as if it had succeeded. A refusal has the plugin's own words; a crash or silence
 * is MT_EUPSTREAM or MT_ETIMEOUT. */
int hook_call(struct step *s, const char *sha256, const char *hook, struct err *e);

#endif
