/*
 * pool_list.h - the list of pools: the core's from the configuration, the plugins' from the control
 * socket; and how they end.
 */
#ifndef POOL_LIST_H
#define POOL_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include "os/pool.h"

enum list_stage {
	LIST_RUN,
	LIST_CLOSE_FRONT, /* api, auth and admin finish; they may still need plugins */
	LIST_CLOSE_REST,
};

struct pool_list {
	struct env *env;
	struct pool *first;
	enum list_stage stage;
	int64_t stage_at, kill_at;
};

/* Opens one and has its workers start, or its listener watched. NULL: logged. */
struct pool *pool_list_add(struct pool_list *l, const struct pool_spec *spec);
int pool_list_open_core(struct pool_list *l);
struct pool *pool_list_find(
	const struct pool_list *l, const char *name); /* not draining; or NULL */
void pool_list_reload(struct pool_list *l);	      /* SIGHUP */
void pool_list_stop(struct pool_list *l, bool at_once);
bool pool_list_stopped(struct pool_list *l); /* moves through the stages; true = nothing is left */

void pool_list_tick(struct pool_list *l);
/* Checks the pools that are due, and their logs; the moment of the next one, `next` at the latest. */
int64_t pool_list_check_due(struct pool_list *l, int64_t next);
void pool_list_sweep(struct pool_list *l); /* frees those that are gone */
/* Was that process one of theirs? */
bool pool_list_ended(struct pool_list *l, pid_t pid, int status);

#endif
