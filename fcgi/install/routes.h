/*
 * routes.h - what the admin pool's route files share.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include "db/db.h"
#include "http/req.h"
#include "http/route.h"
#include "registry/catalog.h"

#define MANAGE "plugins:manage"
#define UPLOAD "plugins:upload"

/* Answers with it, and releases it. */
int routes_reply(struct req *r, int status, json_t *json);
/* {"items": items}; takes it over. */
int routes_reply_items(struct req *r, json_t *items);
/* The same of a statement that answers one array as JSON. */
int routes_reply_list(struct req *r, const struct stmt *st, const char *const *args, int n_args);
/* The master's pools, as `mortise status` shows them; NULL = it doesn't answer. They live as long as the
 * request. */
json_t *routes_pools(struct req *r);
/* The path's installation id, or NULL with the error that a foreign one gets as well. */
const char *routes_installation(struct req *r);
/* The path's plugin key, or NULL with the error. */
const char *routes_key(struct req *r);

/* Members of answers, of each item where it is a list. */
extern const struct field answer_package[], answer_installed[], answer_installation[],
	answer_export[], answer_exports[], answer_rollout[], answer_activity[], answer_fetch[],
	answer_step[], answer_overview[], answer_guest[], answer_logs[], answer_configuration[];

#endif
