/*
 * abi.h - how long a plugin's tables may be: from what ABI 1 had to what this host's mortise.h has. An older
 * header's entries are shorter, and what they lack is 0. Guest and host judge by the same rule.
 */
#ifndef ABI_H
#define ABI_H

#include <stdbool.h>
#include <stddef.h>
#include "mortise.h"

/* Bytes in ABI 1 and 2. They have both been released: never change them. */
#define ABI_PLUGIN_1 offsetof(struct mt_plugin, jobs)
#define ABI_ROUTE_1 (offsetof(struct mt_route, flags) + sizeof(void *))
#define ABI_HOOK_1 (2 * sizeof(void *))
#define ABI_FIELD_1 (offsetof(struct mt_field, one_of) + sizeof(void *))

static inline bool abi_between(size_t n, size_t least, size_t most)
{
	return n >= least && n <= most && n % sizeof(void *) == 0;
}

/* Reads the head of *p alone. */
static inline bool abi_fits(const struct mt_plugin *p)
{
	return abi_between(p->size, ABI_PLUGIN_1, sizeof(struct mt_plugin)) &&
	       abi_between(p->route_size, ABI_ROUTE_1, sizeof(struct mt_route)) &&
	       abi_between(p->hook_size, ABI_HOOK_1, sizeof(struct mt_hook)) &&
	       abi_between(p->field_size, ABI_FIELD_1, sizeof(struct mt_field));
}

static inline bool abi_is_known(unsigned abi)
{
	return abi >= 1 && abi <= MT_ABI;
}

#endif
