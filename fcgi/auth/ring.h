/*
 * ring.h - the key ring of plugins' secrets, key_dir/settings.key (crypt/seal.h), in a process of the
 * core.
 *
 * Read when it is first needed and again when the file is another one: `mortise secrets rotate` adds
 * keys while everything runs.
 */
#ifndef RING_H
#define RING_H

#include "base/conf.h"
#include "crypt/seal.h"

/* The ring as its file is now. It belongs to the process and is valid until the next call. */
int ring_get(const struct conf *c, const struct seal_ring **ret, struct err *e);

/* The value of X-Mt-Settings-Key or MT_SETTINGS_KEY for the worker of a plugin, when the tenant's row in
 * plugin_settings has this key_id; NULL when that is 0 (no secrets), and when there is no such key, which
 * is logged: the plugin then can't read its settings, but all else goes on. */
const char *ring_request_key(
	const struct conf *c, struct arena *p, const char *plugin, int tenant, int key_id);

#endif
