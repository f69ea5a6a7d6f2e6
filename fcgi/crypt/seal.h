/*
 * seal.h - secrets of plugins at rest: sealed by a key that the database doesn't have.
 *
 * The key ring is a file, key_dir/settings.key: lines "<id> <64 hex digits>". The highest id seals,
 * older ones open what they sealed until `mortise secrets rotate` has sealed it again.
 *
 * Each (plugin, tenant) has a key derived from the ring's by keyed BLAKE2b. A plugin's worker gets
 * that one with a request, so it can open its own secrets in this tenant and nothing else. The
 * cipher is XChaCha20-Poly1305 with a random nonce; plugin, tenant and name are authenticated, so a
 * sealed text that was moved elsewhere doesn't open. A sealed text is "v1." and base64url.
 *
 * Pure functions over libsodium: the caller has called seal_init().
 */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include "base/err.h"
#include "base/arena.h"

#define SEAL_KEY 32
#define SEAL_KEYS_MAX 64
#define SEAL_VALUE_MAX 16384 /* bytes of a secret */
#define SEAL_TEXT_KEYS 2     /* in a request's key text */

struct seal_key {
	int id; /* > 0 */
	unsigned char key[SEAL_KEY];
};

/* In ascending order of ids. */
struct seal_ring {
	int n;
	struct seal_key key[SEAL_KEYS_MAX];
};

int seal_init(void); /* 0, or -1 when libsodium doesn't start */

/* MT_EINVAL names the wrong line; an empty text is wrong as well. */
int seal_ring_read(const char *text, size_t len, struct seal_ring *ret, struct err *e);
/* The file's text, in the arena; wipe it (seal_wipe) when it is written. */
char *seal_ring_text(struct arena *p, const struct seal_ring *ring, size_t *ret_len);
/* A new key with the next id; MT_EFULL when the ring has 64. */
int seal_ring_grow(struct seal_ring *ring, struct err *e);
const struct seal_key *seal_ring_find(const struct seal_ring *ring, int id); /* NULL = not there */
const struct seal_key *seal_ring_newest(const struct seal_ring *ring);
void seal_wipe(void *data, size_t n);

/* The key of one plugin in one tenant. */
void seal_subkey(
	unsigned char ret[SEAL_KEY], const struct seal_key *key, const char *plugin, int tenant);

/* Sealed text in the arena. */
char *seal_value(struct arena *p, const unsigned char subkey[SEAL_KEY], const char *plugin,
	int tenant, const char *name, const char *value, size_t len);
/* Opens it into memory of the arena, NUL behind it: 0, or -1 when it isn't of this key and place, or was
 * changed. The caller wipes it. */
int seal_open(struct arena *p, const unsigned char subkey[SEAL_KEY], const char *plugin, int tenant,
	const char *name, const char *sealed, char **ret, size_t *ret_len);

/* The same for what belongs to no plugin but has a place of its own, "oidc:<id>" (no plugin's key has a
 * colon): sealed by this key of the ring, by the newest where that isn't in it; *key_id says which. */
char *seal_in_ring(struct arena *p, const struct seal_ring *ring, int *key_id, const char *place,
	int tenant, const char *name, const char *value, size_t len);
/* As seal_open(); -1 as well when the key isn't in the ring. */
int seal_open_in_ring(struct arena *p, const struct seal_ring *ring, int key_id, const char *place,
	int tenant, const char *name, const char *sealed, char **ret, size_t *ret_len);

/* Sent with a request to the plugin's worker when the tenant's row was sealed by key_id: "1:<hex>" of
 * that key, and of the newest one, for `mortise secrets rotate` may be at work. NULL when key_id is 0 (no
 * secrets) or isn't in the ring. */
const char *seal_request_key(
	struct arena *p, const struct seal_ring *ring, const char *plugin, int tenant, int key_id);
/* The other end: the subkey for what key_id sealed; false when the text has none. */
bool seal_request_subkey(const char *text, int key_id, unsigned char ret[SEAL_KEY]);

#endif
