/*
 * hook.h - calling a plugin's hooks in its own pool: a small FastCGI client (FastCGI 1.0, responder).
 */
#ifndef HOOK_H
#define HOOK_H

#include "registry/step.h"

#define HOOK_BODY_MAX (256 * 1024) /* of JSON that a hook is given */

/* Calls "install", "enable", "disable", "uninstall", "upgrade" or "rollback" for the step's tenant and
 * user; waits for the pool to come up first. A plugin without that hook answers as if it had succeeded.
 * A refusal has the plugin's own words; a crash or silence is MT_EUPSTREAM or MT_ETIMEOUT, no pool
 * MT_EBUSY. */
int hook_call(struct step *s, const char *sha256, const char *hook, struct err *e);

/* The same with a body ("configure", "validate", "test-connection"), which stays the caller's. The
 * hook's reply is in *ret, memory of s->arena: {success?, message?, errors?}; NULL when it said nothing
 * or isn't there. The caller judges it. */
int hook_call_json(struct step *s, const char *sha256, const char *hook, json_t *body, json_t **ret,
	struct err *e);

/* Waits until the pool that nobody wants any more is gone (or for a while), so that the next step
 * doesn't meet its last moments. */
void hook_gone(struct step *s, const char *sha256);

#endif
