/*
 * rollout.h - a share of the tenants moves to another version first.
 *
 *	GET  /api/plugins/rollouts                  all of them, newest first
 *	POST /api/plugins/rollouts                  {pluginKey, version, percent, permissions}
 *	GET  /api/plugins/rollouts/:id
 *	POST /api/plugins/rollouts/:id/pause|resume|cancel
 *	POST /-/maintain                                a slice of work; for the steward alone
 *
 * mortise.rollout_place() decides which tenants are the first n percent: the same tenants at 20
 * that were at 10. Each tenant is one upgrade as its own admin would do it, so a tenant whose
 * upgrade fails keeps its version and is listed; the others go on. Resuming one that ended with
 * failures tries those again.
 */
#ifndef ROLLOUT_H
#define ROLLOUT_H

#include <stdbool.h>
#include "http/route.h"

extern const struct route_table rollout_routes;

/* Moves tenants of one running rollout for a few seconds; *ret_more = there are more. */
int rollout_slice(struct op *op, bool *ret_more);

#endif
