/*
 * ident.c - token -> identity. The token itself is never stored: its SHA-256 names the session in the
 * database and in the cache. A cached identity carries a MAC, so that whoever can write to memcached
 * can't make himself an administrator; it lives 30 s, which is how long a deactivated user may stay.
 *
 * No header but Cookie and Authorization says who asks: x-company-code, x-user-id and the like are
 * what a client claims, and are not read anywhere.
 */
#include "auth/ident.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/app.h"
#include "auth/perm.h"
#include "base/clock.h"
#include "base/id.h"
#include "cache/cache.h"
#include "db/db.h"

#define CACHE_SECONDS 30
#define MAC_LEN 64
#define N_FIELDS 8 /* of a packed identity */

static const struct stmt SESSION_FIND = {"session_find",
	"SELECT tenant, tenant_code, tenant_name, user_id, email, name, roles, expires"
	" FROM mortise.session_find($1) AS s (tenant, tenant_code, tenant_name, user_id, email,"
	" name, roles, expires)"};

/* --- the token ------------------------------------------------------------------------------------ */

static bool is_token(const char *s, size_t n)
{
	return n == ID_TOKEN_LEN &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") >= n;
}

static const char *cookie_token(const struct req *r)
{
	static const size_t name_len = sizeof(COOKIE_NAME) - 1;
	const char *at = req_header(r, "Cookie");

	while (at && *at) {
		at += strspn(at, " \t;");
		size_t n = strcspn(at, ";");

		if (n > name_len && !strncmp(at, COOKIE_NAME "=", name_len + 1)) {
			const char *value = at + name_len + 1;
			size_t len = n - name_len - 1;

			while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
				len--;
			if (is_token(value, len))
				return pool_strndup(r->pool, value, len);
		}
		at += n;
	}
	return NULL;
}

static const char *bearer_token(const struct req *r)
{
	const char *h = req_header(r, "Authorization");
	size_t n;

	if (!h || strncasecmp(h, "Bearer ", 7))
		return NULL;
	h += 7 + strspn(h + 7, " ");
	n = strcspn(h, " \t");
	return is_token(h, n) ? pool_strndup(r->pool, h, n) : "";
}

bool ident_token_hash(const struct req *r, char ret[65], bool *ret_by_cookie)
{
	const char *token = bearer_token(r);

	/* Who sends a bearer token means it: a bad one is not replaced by the cookie. */
	*ret_by_cookie = !token;
	if (!token)
		token = cookie_token(r);
	if (!token || !*token)
		return false;
	id_sha256_hex(ret, token, strlen(token));
	return true;
}

/* --- the cache ------------------------------------------------------------------------------------ */

static const char *cache_key(const struct req *r, const char *hash)
{
	return pool_printf(r->pool, "session:%s", hash);
}

/* The MAC binds the value to its session: an identity can't be copied under another one's key. */
static void value_mac(
	const struct req *r, const char *hash, const char *val, size_t n, char mac[65])
{
	char *text = pool_alloc(r->pool, MAC_LEN + n);

	memcpy(text, hash, MAC_LEN);
	memcpy(text + MAC_LEN, val, n);
	id_hmac_hex(mac, r->app->ticket_key, text, MAC_LEN + n);
}

static void unpack(struct ident *w, const char *const f[N_FIELDS])
{
	w->tenant = (int)strtol(f[0], NULL, 10);
	w->tenant_code = f[1];
	w->tenant_name = f[2];
	w->user = f[3];
	w->email = f[4];
	w->name = f[5];
	w->roles = f[6];
	w->expires = strtol(f[7], NULL, 10);
}

static bool from_cache(struct req *r, struct ident *w, const char *hash)
{
	const char *f[N_FIELDS];
	size_t len, n = 0;
	char mac[65];
	char *val = cache_get(r->app->cache, r->pool, 0, cache_key(r, hash), &len);

	if (!val || len <= MAC_LEN || val[len - 1])
		return false;
	value_mac(r, hash, val + MAC_LEN, len - MAC_LEN, mac);
	if (memcmp(mac, val, MAC_LEN))
		return false;
	for (size_t at = MAC_LEN; at < len && n < N_FIELDS; at += strlen(val + at) + 1)
		f[n++] = val + at;
	if (n < N_FIELDS)
		return false;
	unpack(w, f);
	return true;
}

static void to_cache(struct req *r, const char *const f[N_FIELDS], const char *hash)
{
	size_t n = MAC_LEN, at = MAC_LEN;
	char mac[65];
	char *val;

	for (int i = 0; i < N_FIELDS; i++)
		n += strlen(f[i]) + 1;
	val = pool_alloc(r->pool, n);
	for (int i = 0; i < N_FIELDS; i++) {
		size_t len = strlen(f[i]) + 1;

		memcpy(val + at, f[i], len);
		at += len;
	}
	value_mac(r, hash, val + MAC_LEN, n - MAC_LEN, mac);
	memcpy(val, mac, MAC_LEN);
	cache_set(r->app->cache, 0, cache_key(r, hash), val, n, CACHE_SECONDS);
}

void ident_forget(struct req *r, const char *hash)
{
	cache_delete(r->app->cache, cache_key(r, hash));
}

/* --- the identity --------------------------------------------------------------------------------- */

static int from_database(struct req *r, struct ident *w, const char *hash, bool *ret_found)
{
	struct rows rows;
	const char *f[N_FIELDS];
	int rc = db_read(r->app->db, r->pool, r->deadline, NULL, &SESSION_FIND, DB_ARGS(hash),
		&rows, &r->err);

	*ret_found = rc == 0 && rows.n == 1;
	if (!*ret_found)
		return rc;
	for (int i = 0; i < N_FIELDS; i++) {
		f[i] = row_text(&rows, 0, i);
		if (!f[i])
			f[i] = "";
	}
	unpack(w, f);
	to_cache(r, f, hash);
	return 0;
}

int ident_load(struct req *r, const char *hash, bool by_cookie)
{
	struct ident *w = pool_zalloc(r->pool, sizeof(*w));
	bool found = from_cache(r, w, hash);
	int rc;

	if (!found && (rc = from_database(r, w, hash, &found)) < 0)
		return rc;
	if (!found || w->tenant <= 0 || !id_is_uuid(w->user) || w->expires <= clock_unix())
		return 0;
	w->session = pool_strdup(r->pool, hash);
	w->by_cookie = by_cookie;
	r->who = w;
	return 0;
}

int ident_find(struct req *r)
{
	char hash[65];
	bool by_cookie;

	if (!ident_token_hash(r, hash, &by_cookie))
		return 0;
	return ident_load(r, hash, by_cookie);
}

bool ident_has_role(const struct ident *w, const char *role)
{
	return w && perm_has_role(w->roles, role);
}

bool ident_may(const struct ident *w, const char *permission)
{
	return w && perm_granted(w->roles, permission);
}
