/* seal.c - see seal.h. */
#include "crypt/seal.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#define VERSION "v1."
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define ID_MAX 1000000000

_Static_assert(SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "length of a key");
_Static_assert(SEAL_KEY == crypto_generichash_KEYBYTES, "length of a key");

int seal_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

void seal_wipe(void *data, size_t n)
{
	if (data)
		sodium_memzero(data, n);
}

/* --- the ring --- */

/* "<id> <64 hex digits>"; false when it is anything else. */
static bool read_line(const char *line, size_t n, struct seal_key *ret)
{
	char text[16 + 2 * SEAL_KEY], *end;
	size_t len;
	bool ok;

	if (n >= sizeof(text) || n < 2 + 2 * SEAL_KEY || !isdigit((unsigned char)line[0]))
		return false;
	memcpy(text, line, n);
	text[n] = '\0';
	long id = strtol(text, &end, 10);
	ok = *end == ' ' && id > 0 && id <= ID_MAX && strlen(end + 1) == 2 * SEAL_KEY &&
	     sodium_hex2bin(ret->key, SEAL_KEY, end + 1, 2 * SEAL_KEY, NULL, &len, NULL) == 0 &&
	     len == SEAL_KEY;
	ret->id = (int)id;
	sodium_memzero(text, sizeof(text));
	return ok;
}

int seal_ring_read(const char *text, size_t len, struct seal_ring *ret, struct err *e)
{
	int line = 0;

	memset(ret, 0, sizeof(*ret));
	for (size_t at = 0; at < len;) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t n = nl ? (size_t)(nl - (text + at)) : len - at;
		struct seal_key *k = &ret->key[ret->n];

		line++;
		if (n > 0 && ret->n == SEAL_KEYS_MAX)
			return err_set(e, MT_EINVAL, "More than %d keys: mortise secrets prune",
				SEAL_KEYS_MAX);
		if (n > 0 && !read_line(text + at, n, k))
			return err_set(e, MT_EINVAL,
				"Line %d isn't a number and 64 hex digits: restore it from a backup",
				line);
		if (n > 0 && ret->n > 0 && k->id <= k[-1].id)
			return err_set(e, MT_EINVAL, "Line %d: the numbers must ascend", line);
		ret->n += n > 0;
		at += n + 1;
	}
	return ret->n > 0 ? 0 : err_set(e, MT_EINVAL, "It has no key: restore it from a backup");
}

char *seal_ring_text(struct arena *p, const struct seal_ring *ring, size_t *ret_len)
{
	size_t size = (size_t)ring->n * (14 + 2 * SEAL_KEY) + 1, at = 0;
	char *ret = arena_zalloc(p, size), hex[2 * SEAL_KEY + 1];

	for (int i = 0; i < ring->n; i++) {
		sodium_bin2hex(hex, sizeof(hex), ring->key[i].key, SEAL_KEY);
		at += (size_t)snprintf(ret + at, size - at, "%d %s\n", ring->key[i].id, hex);
	}
	sodium_memzero(hex, sizeof(hex));
	*ret_len = at;
	return ret;
}

int seal_ring_grow(struct seal_ring *ring, struct err *e)
{
	struct seal_key *k = &ring->key[ring->n];

	if (ring->n == SEAL_KEYS_MAX)
		return err_set(e, MT_EFULL, "The ring has %d keys: mortise secrets prune", ring->n);
	k->id = ring->n > 0 ? k[-1].id + 1 : 1;
	randombytes_buf(k->key, SEAL_KEY);
	ring->n++;
	return 0;
}

const struct seal_key *seal_ring_find(const struct seal_ring *ring, int id)
{
	for (int i = 0; i < ring->n; i++)
		if (ring->key[i].id == id)
			return &ring->key[i];
	return NULL;
}

const struct seal_key *seal_ring_newest(const struct seal_ring *ring)
{
	return ring->n > 0 ? &ring->key[ring->n - 1] : NULL;
}

/* --- values --- */

/* No text of a plugin key or a setting's name has a NUL in it, so the parts can't be shifted. */
static unsigned char *place(
	struct arena *p, const char *plugin, int tenant, const char *name, size_t *ret_len)
{
	size_t n_plugin = strlen(plugin), n_name = strlen(name);
	char number[16];
	size_t n_number = (size_t)snprintf(number, sizeof(number), "%d", tenant);
	unsigned char *ret = arena_zalloc(p, n_plugin + n_number + n_name + 2);

	memcpy(ret, plugin, n_plugin);
	memcpy(ret + n_plugin + 1, number, n_number);
	memcpy(ret + n_plugin + 1 + n_number + 1, name, n_name);
	*ret_len = n_plugin + n_number + n_name + 2;
	return ret;
}

void seal_subkey(
	unsigned char ret[SEAL_KEY], const struct seal_key *key, const char *plugin, int tenant)
{
	static const char what[] = "mortise plugin settings";
	crypto_generichash_state s;
	char number[16];

	snprintf(number, sizeof(number), "%d", tenant);
	crypto_generichash_init(&s, key->key, SEAL_KEY, SEAL_KEY);
	/* Each with its NUL. */
	crypto_generichash_update(&s, (const unsigned char *)what, sizeof(what));
	crypto_generichash_update(&s, (const unsigned char *)plugin, strlen(plugin) + 1);
	crypto_generichash_update(&s, (const unsigned char *)number, strlen(number) + 1);
	crypto_generichash_final(&s, ret, SEAL_KEY);
	sodium_memzero(&s, sizeof(s));
}

char *seal_value(struct arena *p, const unsigned char subkey[SEAL_KEY], const char *plugin,
	int tenant, const char *name, const char *value, size_t len)
{
	size_t n_place, size = NONCE + len + TAG, n_text = sodium_base64_ENCODED_LEN(size, VARIANT);
	unsigned char *where = place(p, plugin, tenant, name, &n_place),
		      *raw = arena_alloc(p, size);
	char *ret = arena_alloc(p, strlen(VERSION) + n_text);

	randombytes_buf(raw, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(raw + NONCE, NULL, (const unsigned char *)value,
		len, where, n_place, NULL, raw, subkey);
	memcpy(ret, VERSION, strlen(VERSION));
	sodium_bin2base64(ret + strlen(VERSION), n_text, raw, size, VARIANT);
	return ret;
}

int seal_open(struct arena *p, const unsigned char subkey[SEAL_KEY], const char *plugin, int tenant,
	const char *name, const char *sealed, char **ret, size_t *ret_len)
{
	size_t n = strlen(sealed), size, n_place;
	unsigned char *where, *raw;
	unsigned long long len;

	if (n < strlen(VERSION) || n > 2 * (SEAL_VALUE_MAX + NONCE + TAG) ||
		memcmp(sealed, VERSION, strlen(VERSION)) != 0)
		return -1;
	sealed += strlen(VERSION);
	n -= strlen(VERSION);
	raw = arena_alloc(p, n + 1);
	if (sodium_base642bin(raw, n, sealed, n, NULL, &size, NULL, VARIANT) < 0 ||
		size < NONCE + TAG)
		return -1;
	where = place(p, plugin, tenant, name, &n_place);
	*ret = arena_zalloc(p, size - NONCE - TAG + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)*ret, &len, NULL,
		    raw + NONCE, size - NONCE, where, n_place, raw, subkey) < 0)
		return -1;
	*ret_len = (size_t)len;
	return 0;
}

/* --- the key of a request --- */

static const char *key_text(
	struct arena *p, const struct seal_key *k, const char *plugin, int tenant)
{
	unsigned char subkey[SEAL_KEY];
	char hex[2 * SEAL_KEY + 1];
	const char *ret;

	seal_subkey(subkey, k, plugin, tenant);
	sodium_bin2hex(hex, sizeof(hex), subkey, SEAL_KEY);
	ret = arena_printf(p, "%d:%s", k->id, hex);
	sodium_memzero(subkey, sizeof(subkey));
	sodium_memzero(hex, sizeof(hex));
	return ret;
}

char *seal_in_ring(struct arena *p, const struct seal_ring *ring, int *key_id, const char *place,
	int tenant, const char *name, const char *value, size_t len)
{
	const struct seal_key *key = seal_ring_find(ring, *key_id);
	unsigned char subkey[SEAL_KEY];
	char *ret;

	if (!key)
		key = seal_ring_newest(ring);
	seal_subkey(subkey, key, place, tenant);
	ret = seal_value(p, subkey, place, tenant, name, value, len);
	seal_wipe(subkey, sizeof(subkey));
	*key_id = key->id;
	return ret;
}

int seal_open_in_ring(struct arena *p, const struct seal_ring *ring, int key_id, const char *place,
	int tenant, const char *name, const char *sealed, char **ret, size_t *ret_len)
{
	const struct seal_key *key = seal_ring_find(ring, key_id);
	unsigned char subkey[SEAL_KEY];
	int rc;

	if (!key)
		return -1;
	seal_subkey(subkey, key, place, tenant);
	rc = seal_open(p, subkey, place, tenant, name, sealed, ret, ret_len);
	seal_wipe(subkey, sizeof(subkey));
	return rc;
}

const char *seal_request_key(
	struct arena *p, const struct seal_ring *ring, const char *plugin, int tenant, int key_id)
{
	const struct seal_key *own = seal_ring_find(ring, key_id), *newest = seal_ring_newest(ring);

	if (key_id <= 0 || !own)
		return NULL;
	if (own == newest)
		return key_text(p, own, plugin, tenant);
	return arena_printf(
		p, "%s,%s", key_text(p, own, plugin, tenant), key_text(p, newest, plugin, tenant));
}

bool seal_request_subkey(const char *text, int key_id, unsigned char ret[SEAL_KEY])
{
	for (int i = 0; i < SEAL_TEXT_KEYS && text && *text; i++) {
		char *end;
		long id = strtol(text, &end, 10);
		size_t n = strcspn(text, ","), len;

		if (id == key_id && *end == ':' && (size_t)(end + 1 - text) + 2 * SEAL_KEY == n &&
			sodium_hex2bin(ret, SEAL_KEY, end + 1, 2 * SEAL_KEY, NULL, &len, NULL) ==
				0 &&
			len == SEAL_KEY)
			return true;
		text += n + (text[n] == ',');
	}
	return false;
}
