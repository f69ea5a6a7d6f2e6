/*
 * hook.h - calling a plugin's hooks in its own pool: a small FastCGI client (FastCGI 1.0, responder).
 */
#ifndef HOOK_H
#define HOOK_H

#include "install/target.h"

#define HOOK_BODY_MAX (256 * 1024) /* of JSON that a hook is given */

/* Calls "install", "enable", "disable", "uninstall", "upgrade" or "rollback" for the target's
 * tenant and user; waits for the pool to come up first. A plugin without that hook answers as if it
 * had succeeded. A refusal has the plugin's own message; a crash or no answer is MT_EUPSTREAM or
 * MT_ETIMEOUT, no pool MT_EBUSY. */
int hook_call(struct target *t, const char *sha256, const char *hook);

/* The same with a body ("configure", "validate", "test-connection"), which stays the caller's. The
 * hook's reply is in *ret, memory of the operation: {success?, message?, errors?}; NULL when it had
 * none or doesn't exist. The caller evaluates it. */
int hook_call_json(
	struct target *t, const char *sha256, const char *hook, json_t *body, json_t **ret);

/* A job or an event ("job:low-stock") with its arguments, under a request id of its own and with so
 * many seconds. */
int hook_work(struct target *t, const char *sha256, const char *hook, const char *request,
	json_t *body, int seconds);

/* Waits until the pool that isn't wanted any more is gone (or for a while), so that the next step
 * doesn't run beside its end. */
void hook_gone(struct target *t, const char *sha256);

#endif
