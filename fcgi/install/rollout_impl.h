/*
 * rollout_impl.h - what the files of rollouts share.
 */
#ifndef ROLLOUT_IMPL_H
#define ROLLOUT_IMPL_H

#include "install/rollout.h"
#include "registry/catalog.h"

/* One that this worker has claimed. */
struct rollout {
	const char *id;
	const char *key;
	const char *version; /* NULL = it can't be installed any more */
	const char *user;    /* who started it */
	const char *user_name;
	json_t *permissions; /* that were confirmed for all */
};

/* Hashes of all versions below this one, as a text[]; NULL = see the error. */
const char *rollout_older(struct op *op, const char *key, const char *version);

#endif
